/** Hosts whose types change while they run: what the cluster does, in virtual time. */
import { expect, test } from 'vitest'
import { decodeCommand } from '../../src/fsm/command-codec.js'
import { hostsPerCommandMax } from '../../src/hosts/command-size.js'
import { typesLevel } from '../../src/versions/versions.js'
import { type VirtualSidecar, World, type WorldOptions } from './support/world.js'

const ids = Array.from({ length: 24 }, (_, i) => String(i))
const typesSeen = ['Order', 'Cart', 'Stock']

/** Hosts with `Order`; no key of any type ever has two owners among them. */
async function clusterOf(names: readonly string[], options: WorldOptions = {}) {
  const world = await World.create({ level: typesLevel, ...options })
  world.elect(1)
  const hosts = names.map((name) => world.host(name, ['Order']))
  const observer = world.observer()
  settled(world, [...hosts, observer])
  const epochs = hosts.map((host) => host.admission().epoch)
  world.check = () => {
    const ownersOf = (type: string, id: string) => hosts.filter((host) => host.owns(type, id))
    const isShared = (type: string) => ids.some((id) => ownersOf(type, id).length > 1)
    expect(typesSeen.filter(isShared)).toEqual([])
  }
  /** Nobody was fenced or admitted anew, and all have their session still. */
  const nobodyNoticed = () => {
    expect(hosts.map(({ fences }) => fences.length)).toEqual(hosts.map(() => 0))
    expect(hosts.map((host) => host.admission().epoch)).toEqual(epochs)
  }
  return { world, hosts: hosts as [VirtualSidecar, VirtualSidecar], observer, nobodyNoticed }
}

function settled(world: World, sidecars: readonly VirtualSidecar[]): void {
  world.runUntil('one table everywhere', () => {
    const { newest } = world.state().namespace('default')!
    return sidecars.every(({ machine, stamp }) => {
      const { generation, movingTo, isFenced } = machine.state(stamp)
      return newest > 0 && generation === newest && movingTo === null && !isFenced
    })
  })
}

function setTypes(host: VirtualSidecar, ...types: string[]): number {
  let number = 0
  host.tell((machine, now) => {
    number = machine.setTypes(types, now)
  })
  return number
}

const outcome = (host: VirtualSidecar, number: number) => host.machine.typesOutcome(number).kind
const inForce = (world: World, host: VirtualSidecar, number: number, limitMs?: number) =>
  world.runUntil(`types ${number}`, () => outcome(host, number) === 'done', limitMs)
const ownedBy = (host: VirtualSidecar, type: string) => ids.filter((id) => host.owns(type, id))
const commands = (world: World, kind: string) =>
  world.log
    .filter((entry) => entry.kind === 'command')
    .map(({ data }) => decodeCommand(data).command)
    .filter((command) => command.kind === kind)

test('a type that is added gets its keys by a round, and keys of others never notice', async () => {
  const { world, hosts, nobodyNoticed } = await clusterOf(['a:1', 'b:1'])
  const [a, b] = hosts
  const orders = hosts.map((host) => ownedBy(host, 'Order'))
  const check = world.check
  world.check = () => {
    check()
    expect(hosts.map((host) => ownedBy(host, 'Order'))).toEqual(orders)
  }
  inForce(world, a, setTypes(a, 'Order', 'Cart'))
  expect(ownedBy(a, 'Cart')).toEqual(ids)
  b.releaseMs = 500
  const releases = a.releases.length
  inForce(world, b, setTypes(b, 'Order', 'Cart'))
  expect(ownedBy(b, 'Cart').length).toBeGreaterThan(0)
  // From whom the keys were taken let go of them.
  expect(a.releases.length).toBe(releases + 1)
  expect(ownedBy(a, 'Cart').length + ownedBy(b, 'Cart').length).toBe(ids.length)
  nobodyNoticed()
  expect(hosts.map(({ sessionCount }) => sessionCount)).toEqual([1, 1])
})

test('a type that is withdrawn: let go of, acknowledged, disseminated, then the next owner', async () => {
  const { world, hosts, nobodyNoticed } = await clusterOf(['a:1', 'b:1'])
  const [a, b] = hosts
  inForce(world, a, setTypes(a, 'Order', 'Cart'))
  inForce(world, b, setTypes(b, 'Order', 'Cart'))
  const carts = ownedBy(a, 'Cart')
  const orders = hosts.map((host) => ownedBy(host, 'Order'))
  const tokenBefore = a.machine.token('Cart', carts[0]!, a.stamp)!
  a.releaseMs = 700
  const { newest } = world.state().namespace('default')!
  const releases = a.releases.length
  const number = setTypes(a, 'Order')
  // Until it is asked to let go it goes on.
  expect(ownedBy(a, 'Cart')).toEqual(carts)
  world.runUntil('the release', () => a.releases.length > releases)
  expect(ownedBy(a, 'Cart')).toEqual([])
  world.run(500)
  expect(world.state().namespace('default')!.disseminated).toBe(newest)
  expect(carts.some((id) => b.owns('Cart', id))).toBe(false)
  inForce(world, a, number)
  expect(ownedBy(b, 'Cart')).toEqual(ids)
  expect(hosts.map((host) => ownedBy(host, 'Order'))).toEqual(orders)
  // Each time that a key changes hands its token is a higher one.
  const tokenOfB = b.machine.token('Cart', carts[0]!, b.stamp)!
  expect(tokenOfB).toBeGreaterThan(tokenBefore)
  inForce(world, a, setTypes(a, 'Cart', 'Order'))
  expect(ownedBy(a, 'Cart')).toEqual(carts)
  expect(a.machine.token('Cart', carts[0]!, a.stamp)!).toBeGreaterThan(tokenOfB)
  nobodyNoticed()
})

test('a host without types stays a member that owns nothing, and has some again', async () => {
  const { world, hosts, nobodyNoticed } = await clusterOf(['a:1', 'b:1'])
  const [a, b] = hosts
  const before = ownedBy(a, 'Order')
  inForce(world, a, setTypes(a))
  expect(ownedBy(a, 'Order')).toEqual([])
  expect(ownedBy(b, 'Order')).toEqual(ids)
  expect(world.state().namespace('default')!.member('a:1')).toMatchObject({ types: [] })
  world.run(9_000)
  inForce(world, a, setTypes(a, 'Order'))
  expect(ownedBy(a, 'Order')).toEqual(before)
  nobodyNoticed()
  expect(hosts.map(({ sessionCount }) => sessionCount)).toEqual([1, 1])
})

test('a change outlives the leader that was told of it', async () => {
  const { world, hosts, nobodyNoticed } = await clusterOf(['a:1', 'b:1'])
  const [a] = hosts
  const number = setTypes(a, 'Cart')
  world.run(2)
  world.elect(2)
  expect(commands(world, 'retype')).toEqual([])
  inForce(world, a, number)
  a.releaseMs = 1_500
  const next = setTypes(a)
  world.runUntil('the round', () => a.releases.at(-1)?.keys.types.includes('Cart') === true)
  world.elect(3)
  inForce(world, a, next)
  nobodyNoticed()
})

test('and the session over which it was said: the next hello keeps the epoch', async () => {
  const { world, hosts, nobodyNoticed } = await clusterOf(['a:1', 'b:1'])
  const [a] = hosts
  for (const types of [['Cart'], [], ['Order', 'Stock']]) {
    const number = setTypes(a, ...types)
    const { replicaId } = a
    a.cut.add(replicaId!)
    world.runUntil('another replica', () => a.replicaId !== replicaId && a.phase === 'serving')
    a.cut.clear()
    inForce(world, a, number)
    expect(world.state().namespace('default')!.member('a:1')?.types).toEqual(types)
    // And once more, when all is settled.
    world.replicas[a.replicaId! - 1]!.sessions.stop()
    world.run(3_000)
    expect(world.state().namespace('default')!.member('a:1')?.types).toEqual(types)
  }
  nobodyNoticed()
})

for (const dies of ['the leader', 'the session'] as const) {
  test(`a host whose first types the log has keeps its epoch when ${dies} dies before it hears so`, async () => {
    const { world, hosts, nobodyNoticed } = await clusterOf(['a:1', 'b:1'])
    const [a] = hosts
    const before = ownedBy(a, 'Order')
    inForce(world, a, setTypes(a))
    const number = setTypes(a, 'Order')
    const inLog = () => world.state().namespace('default')!.member('a:1')!.types.length > 0
    while (!inLog()) world.run(1)
    const { replicaId } = a
    // What the leader tells is lost, and so is what the host says.
    const { cut } = world.leader!
    cut.add(replicaId!)
    a.cut.add(replicaId!)
    world.run(20)
    cut.clear()
    if (dies === 'the leader') world.elect(2)
    const hellos = a.welcomes.length
    expect(outcome(a, number)).toBe('waiting')
    world.runUntil('another replica', () => a.replicaId !== replicaId && a.phase === 'serving')
    a.cut.clear()
    inForce(world, a, number)
    expect(a.welcomes.length).toBe(hellos + 1)
    expect(ownedBy(a, 'Order')).toEqual(before)
    nobodyNoticed()
  })
}

test('what comes late or again does nothing', async () => {
  const { world, hosts, nobodyNoticed } = await clusterOf(['a:1', 'b:1'])
  const [a] = hosts
  inForce(world, a, setTypes(a, 'Cart'))
  inForce(world, a, setTypes(a, 'Order'))
  const { newest } = world.state().namespace('default')!
  const { lineage } = world.state().origin!
  const { secretHash } = world.state().namespace('default')!.member('a:1')!
  const said = { lineage, secretHash, ...a.admission() }
  for (const [number, types] of [
    [1, ['Cart']],
    [2, ['Order']],
    [1, []],
  ] as const) {
    const message = { kind: 'types', session: '3.9', ...said, number, types } as const
    world.leader!.fromReplica(3, message)
    world.run(1_000)
  }
  expect(world.state().namespace('default')!.newest).toBe(newest)
  nobodyNoticed()
})

test('a stranger changes nobody: neither without the proof of the admission nor of another epoch', async () => {
  const { world, hosts } = await clusterOf(['a:1', 'b:1'])
  const { lineage } = world.state().origin!
  const { secretHash } = world.state().namespace('default')!.member('a:1')!
  const said = { kind: 'types', session: '3.9', lineage, number: 9, types: [] } as const
  const { epoch, ...who } = hosts[0].admission()
  world.leader!.fromReplica(3, { ...said, ...who, epoch, secretHash: 'x'.repeat(43) })
  world.leader!.fromReplica(3, { ...said, ...who, epoch: epoch + 1, secretHash })
  world.leader!.fromReplica(3, {
    ...{ ...said, ...who, epoch, secretHash },
    lineage: lineage.replace('1', '2'),
  })
  world.run(2_000)
  expect(commands(world, 'retype')).toEqual([])
})

test('a host that changes its types again and again makes few rounds; its last word holds', async () => {
  const { world, hosts, nobodyNoticed } = await clusterOf(['a:1', 'b:1'])
  const [a, b] = hosts
  const { newest } = world.state().namespace('default')!
  let number = 0
  for (let i = 0; i < 300; i += 1) {
    number = i % 2 === 0 ? setTypes(a) : setTypes(a, 'Order')
    world.run(100)
  }
  expect(world.state().namespace('default')!.newest - newest).toBeLessThanOrEqual(6)
  world.runUntil('the answer', () => a.machine.state(a.stamp).typesWaiting !== null)
  expect(a.machine.state(a.stamp).typesWaiting).toMatchObject({ code: 'damped' })
  // Others are not held for it.
  inForce(world, b, setTypes(b, 'Order', 'Stock'), 1_000)
  inForce(world, a, number, 70_000)
  expect(world.state().namespace('default')!.member('a:1')?.types).toEqual(['Order'])
  expect(a.machine.state(a.stamp).typesWaiting).toBeNull()
  nobodyNoticed()
})

/** Its changes are held now; it has `Order` alone, or with `Cart`. */
function flapUntilDamped(world: World, host: VirtualSidecar): void {
  let changes = 0
  world.runUntil('the answer', () => {
    const isHeld = host.machine.state(host.stamp).typesWaiting?.code === 'damped'
    if (!isHeld && changes * 500 <= world.nowMs) {
      changes += 1
      if (changes % 2 === 0) setTypes(host, 'Order')
      else setTypes(host, 'Order', 'Cart')
    }
    return isHeld
  })
}

test('a host that withdraws types is rid of them at once, however often they changed', async () => {
  const { world, hosts, nobodyNoticed } = await clusterOf(['a:1', 'b:1'])
  const [a, b] = hosts
  flapUntilDamped(world, a)
  inForce(world, a, setTypes(a), 1_000)
  expect(ownedBy(b, 'Order')).toEqual(ids)
  // What comes again waits, and so does one that takes others instead.
  const before = commands(world, 'retype').length
  for (const types of [['Order'], ['Cart'], ['Order', 'Cart']]) {
    setTypes(a, ...types)
    world.run(1_000)
    expect(a.machine.state(a.stamp).typesWaiting).toMatchObject({ code: 'damped' })
  }
  // And one that alters nothing: it would be written as often as it is said.
  setTypes(a)
  world.run(1_000)
  expect(commands(world, 'retype').length).toBe(before)
  nobodyNoticed()
})

test('a change that one leader held is told to the next one at once', async () => {
  const { world, hosts, nobodyNoticed } = await clusterOf(['a:1', 'b:1'])
  const [a] = hosts
  flapUntilDamped(world, a)
  world.elect(2)
  inForce(world, a, setTypes(a, ...a.machine.state(a.stamp).types), 1_000)
  nobodyNoticed()
})

test('below its feature level it is refused, and nothing moves', async () => {
  const { world, hosts, nobodyNoticed } = await clusterOf(['a:1', 'b:1'], { level: 1 })
  const [a] = hosts
  const { newest } = world.state().namespace('default')!
  const number = setTypes(a)
  world.runUntil('the refusal', () => outcome(a, number) === 'refused')
  expect(a.machine.typesOutcome(number)).toMatchObject({
    detail: expect.stringMatching(/feature level 2 on, this cluster is at 1: upgrade all replicas/),
  })
  expect(a.machine.state(a.stamp).types).toEqual(['Order'])
  // Not by a hello either: that would be another admission.
  world.replicas[a.replicaId! - 1]!.sessions.stop()
  world.run(5_000)
  expect(world.state().namespace('default')!.newest).toBe(newest)
  nobodyNoticed()
  world.raise(typesLevel)
  inForce(world, a, setTypes(a))
  nobodyNoticed()
})

test('many that change at once make few commands', async () => {
  const names = Array.from({ length: 150 }, (_, i) => `h${i}:1`)
  const { world, hosts } = await clusterOf(names)
  world.check = () => undefined
  const before = commands(world, 'retype').length
  const numbers = hosts.map((host) => setTypes(host, 'Order', 'Cart'))
  world.runUntil('all', () => hosts.every((host, i) => outcome(host, numbers[i]!) === 'done'))
  const made = commands(world, 'retype').length - before
  expect(made).toBeLessThanOrEqual(Math.ceil(names.length / hostsPerCommandMax) + 2)
})

test('an observer with a name becomes a host by the types that it learns', async () => {
  const { world } = await clusterOf(['a:1', 'b:1'])
  const late = world.host('late:1', [])
  world.runUntil('it looks up', () => late.owner('Order', '1') !== 'unknown')
  expect(late.admission().epoch).toBe(0)
  inForce(world, late, setTypes(late, 'Stock'))
  expect(ownedBy(late, 'Stock')).toEqual(ids)
  expect(late.fences).toEqual([])
})

test('a host that was fenced comes back with the types that it was told meanwhile', async () => {
  const { world, hosts } = await clusterOf(['a:1', 'b:1'])
  const [a] = hosts
  a.stopMs = 2_000
  for (const { id } of world.replicas) a.cut.add(id)
  world.runUntil('the fence', () => a.fences.length === 1, 20_000)
  const number = setTypes(a, 'Stock')
  a.cut.clear()
  inForce(world, a, number)
  world.run(1_000)
  expect(world.state().namespace('default')!.member('a:1')?.types).toEqual(['Stock'])
  expect(ownedBy(a, 'Stock')).toEqual(ids)
})

test('a fence stops the keys of a type that is withdrawn and not let go of yet', async () => {
  const { world, hosts } = await clusterOf(['a:1', 'b:1'])
  const [a, b] = hosts
  inForce(world, a, setTypes(a, 'Order', 'Cart'))
  a.releaseMs = null
  setTypes(a, 'Order')
  world.runUntil('the release', () => a.releases.at(-1)?.keys.types.includes('Cart') === true)
  world.runUntil('the end of the straggler', () => a.fences.length === 1, 20_000)
  expect(a.fences[0]).toMatchObject({ reason: 'straggler', isFinal: true })
  expect(a.fences[0]!.keys).toEqual({ kind: 'all', types: ['Cart', 'Order'] })
  expect(b.fences).toEqual([])
})

test('a host whose word that it leaves is lost leaves by its next session', async () => {
  const { world, hosts } = await clusterOf(['a:1', 'b:1'])
  const [a, b] = hosts
  const { replicaId } = a
  a.cut.add(replicaId!)
  a.releaseMs = 1_000
  a.tell((machine, now) => machine.leave(now))
  world.run(1_000)
  expect(world.state().namespace('default')!.member('a:1')).toBeDefined()
  world.runUntil('the end', () => a.phase === 'left', 8_000)
  expect(world.state().namespace('default')!.member('a:1')).toBeUndefined()
  expect(a.fences).toEqual([])
  expect(a.releases.length).toBe(1)
  world.run(100)
  expect(ownedBy(b, 'Order')).toEqual(ids)
})

test('a host that leaves in the midst of a change leaves', async () => {
  const { world, hosts } = await clusterOf(['a:1', 'b:1'])
  const [a, b] = hosts
  setTypes(a, 'Cart')
  a.tell((machine, now) => machine.leave(now))
  world.runUntil('the end', () => a.phase === 'left')
  expect(world.state().namespace('default')!.member('a:1')).toBeUndefined()
  expect(a.fences).toEqual([])
  inForce(world, b, setTypes(b))
  b.tell((machine, now) => machine.leave(now))
  world.runUntil('the end of one that owns nothing', () => b.phase === 'left')
  expect(world.state().namespace('default')?.newestTable.size ?? 0).toBe(0)
})
