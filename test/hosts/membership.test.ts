/** Hosts, leaders and sidecars together, in virtual time: what a cluster does when hosts change. */
import { expect, test } from 'vitest'
import { type VirtualSidecar, World } from './support/world.js'

const ids = Array.from({ length: 60 }, (_, i) => String(i))
const types = ['Order']

async function clusterOf(...names: string[]) {
  const world = await World.create()
  world.elect(1)
  const hosts = names.map((name) => world.host(name, types))
  const observer = world.observer()
  agreed(world, [...hosts, observer], names.length)
  return { world, hosts, observer }
}

/** Waits until all serve one table of so many members, and nothing moves. */
function agreed(world: World, sidecars: readonly VirtualSidecar[], members: number): void {
  world.runUntil(`${members} members everywhere`, () => {
    const { newest } = world.state().namespace('default')!
    return sidecars.every(({ machine, stamp }) => {
      const state = machine.state(stamp)
      const isQuiet = state.movingTo === null && state.missing === null && !state.isFenced
      return isQuiet && state.members === members && state.generation === newest
    })
  })
}

const ownersOf = (hosts: readonly VirtualSidecar[], id: string) =>
  hosts.filter((host) => host.owns('Order', id)).map(({ name }) => name)

test('a join takes keys from their owners by release, and no key ever has two', async () => {
  const { world, hosts, observer } = await clusterOf('a:1', 'b:1')
  const releases = hosts.map((host) => host.releases.length)
  for (const host of hosts) host.releaseMs = 700
  const before = new Map(ids.map((id) => [id, observer.owner('Order', id)]))
  const d = world.host('d:1', types)
  const all = [...hosts, d]
  world.check = () => {
    expect(ids.filter((id) => ownersOf(all, id).length > 1)).toEqual([])
  }
  agreed(world, [...all, observer], 3)
  expect(hosts.map((host) => host.releases.length)).toEqual(releases.map((count) => count + 1))
  for (const id of ids) {
    const owner = observer.owner('Order', id)
    expect(ownersOf(all, id)).toEqual([owner])
    expect([before.get(id), 'd:1']).toContain(owner)
  }
})

test('a leader that dies changes nobody: hosts stay, the next leader finishes its round', async () => {
  const { world, hosts, observer } = await clusterOf('a:1', 'b:1', 'c:1')
  const lines = hosts.map(({ replicaId }) => replicaId)
  const releases = hosts.map((host) => host.releases.length)
  for (const host of hosts) host.releaseMs = 2_000
  const d = world.host('d:1', types)
  world.runUntil('a round', () => world.leader!.leadership!.rounds('default')!.round !== null)
  const { newest } = world.state().namespace('default')!
  world.elect(2)
  agreed(world, [...hosts, d, observer], 4)
  expect(world.state().namespace('default')!.newest).toBe(newest)
  expect(hosts.map(({ replicaId }) => replicaId)).toEqual(lines)
  expect(hosts.every(({ fences }) => fences.length === 0)).toBe(true)
  expect(hosts.map((host) => host.releases.length)).toEqual(releases.map((count) => count + 1))
  expect(world.published.filter(({ kind }) => kind === 'unlock').at(-1)).toMatchObject({ term: 2 })
})

test('a host whose replica dies attaches elsewhere within its lease', async () => {
  const { world, hosts } = await clusterOf('a:1', 'b:1')
  const { newest } = world.state().namespace('default')!
  const id = ids.find((each) => hosts[0]!.owns('Order', each))!
  const dead = hosts[0]!.replicaId!
  world.replicas[dead - 1]!.kill()
  if (world.leader === undefined) world.elect((dead % 3) + 1)
  world.check = () => expect(hosts[0]!.owns('Order', id)).toBe(true)
  world.run(10_000)
  expect(hosts[0]!.replicaId).not.toBe(dead)
  expect(world.state().namespace('default')!.newest).toBe(newest)
})

test('a host that dies is out after its time, and its keys have new owners', async () => {
  const { world, hosts, observer } = await clusterOf('a:1', 'b:1', 'c:1')
  const [dead, ...alive] = hosts as [VirtualSidecar, ...VirtualSidecar[]]
  const diedAtMs = world.nowMs
  dead.kill()
  agreed(world, [...alive, observer], 2)
  const { hostTimeoutMs, fenceAfterMs } = world.settings
  expect(world.nowMs - diedAtMs).toBeGreaterThan(fenceAfterMs)
  expect(world.nowMs - diedAtMs).toBeLessThan(hostTimeoutMs + 2_000)
  for (const id of ids) expect(ownersOf(alive, id)).toEqual([observer.owner('Order', id)])
})

test('a host that leaves hands over before it goes; its keys are never without an answer', async () => {
  const { world, hosts, observer } = await clusterOf('a:1', 'b:1')
  const [a, b] = hosts as [VirtualSidecar, VirtualSidecar]
  a.releaseMs = 1_000
  const releases = a.releases.length
  const id = ids.find((each) => a.owns('Order', each))!
  a.tell((machine, now) => machine.leave(now))
  world.runUntil('the hand-over', () => a.phase === 'left')
  agreed(world, [b, observer], 1)
  expect(a.releases.length).toBe(releases + 1)
  expect(a.fences).toEqual([])
  expect(b.owns('Order', id)).toBe(true)
})

test('after a bye the next instance of the name is in at once, under a new epoch', async () => {
  const { world, hosts, observer } = await clusterOf('a:1', 'b:1')
  const [a, b] = hosts as [VirtualSidecar, VirtualSidecar]
  const { epoch } = a.admission()
  a.tell((machine) => machine.bye())
  a.kill()
  const next = world.host('a:1', types)
  const fromMs = world.nowMs
  agreed(world, [next, b, observer], 2)
  expect(world.nowMs - fromMs).toBeLessThan(2_000)
  expect(next.admission().epoch).toBeGreaterThan(epoch)
})

test('a second instance of a live name waits, and neither harms nor outlives the first by force', async () => {
  const { world, hosts } = await clusterOf('a:1', 'b:1')
  const [a] = hosts as [VirtualSidecar, VirtualSidecar]
  const second = world.host('a:1', types)
  world.run(30_000)
  expect(second.machine.state(second.stamp)).toMatchObject({
    ...{ phase: 'waiting', waiting: { code: 'name_taken' } },
  })
  expect(a.phase).toBe('serving')
  expect(a.fences).toEqual([])
  a.kill()
  world.runUntil('the second', () => second.phase === 'serving')
})

test('a host that was stopped by an eviction stops, and its keys move before its lease would end', async () => {
  const { world, hosts, observer } = await clusterOf('a:1', 'b:1')
  const [a, b] = hosts as [VirtualSidecar, VirtualSidecar]
  const fromMs = world.nowMs
  world.leader!.leadership!.departures.remove([a.admission()], 'evicted', world.now, 60_000)
  agreed(world, [b, observer], 1)
  expect(a.fences).toMatchObject([{ reason: 'evicted', isFinal: true }])
  expect(world.nowMs - fromMs).toBeLessThan(1_000)
  world.run(1_000)
  expect(a.machine.state(a.stamp).waiting?.code).toBe('evicted')
})

test('one host that never lets go freezes nobody else: it alone goes, at the deadline', async () => {
  const { world, hosts, observer } = await clusterOf('a:1', 'b:1', 'c:1')
  const [stuck, ...others] = hosts as [VirtualSidecar, ...VirtualSidecar[]]
  stuck.releaseMs = null
  stuck.stopMs = 0
  const stays = ids.filter((id) => others.some((host) => host.owns('Order', id)))
  const d = world.host('d:1', types)
  const fromMs = world.nowMs
  world.runUntil('the straggler', () => stuck.fences.length > 0)
  expect(stuck.fences[0]!.reason).toBe('straggler')
  expect(world.nowMs - fromMs).toBeGreaterThanOrEqual(world.settings.roundDeadlineMs)
  agreed(world, [...others, d, observer], 4)
  expect(others.every(({ fences }) => fences.length === 0)).toBe(true)
  expect(stays.length).toBeGreaterThan(0)
})

test('with NATS away for all a join goes its way over the WebSockets', async () => {
  const { world, hosts, observer } = await clusterOf('a:1', 'b:1')
  world.natsIsUp = false
  for (const host of hosts) host.setNats(false)
  observer.setNats(false)
  const fromMs = world.nowMs
  const d = world.host('d:1', types)
  agreed(world, [...hosts, d, observer], 3)
  expect(world.nowMs - fromMs).toBeLessThan(5_000)
})

test('a host that hears no order, and does not know it, is reached over its WebSocket', async () => {
  const { world, hosts, observer } = await clusterOf('a:1', 'b:1')
  hosts[0]!.subscribed = false
  const fromMs = world.nowMs
  const d = world.host('d:1', types)
  agreed(world, [...hosts, d, observer], 3)
  expect(world.nowMs - fromMs).toBeLessThan(4_000)
})

test('a token never falls while its key goes round the hosts, whoever leads', async () => {
  const { world, hosts } = await clusterOf('a:1', 'b:1')
  const tokens = new Map<string, { readonly token: number; readonly owner: string }>()
  world.check = () => {
    for (const host of world.sidecars) {
      if (!host.isRunning) continue
      for (const id of ids.slice(0, 10)) {
        const token = host.machine.token('Order', id, host.stamp)
        if (token === null || !host.owns('Order', id)) continue
        const last = tokens.get(id)
        const owner = `${host.name}#${host.admission().epoch}`
        if (last !== undefined) {
          expect(token).toBeGreaterThanOrEqual(last.token)
          if (last.owner !== owner) expect(token).toBeGreaterThan(last.token)
        }
        tokens.set(id, { token, owner })
      }
    }
  }
  for (let i = 0; i < 6; i += 1) {
    const guest = world.host(`guest-${i}:1`, types)
    agreed(world, [...hosts, guest], 3)
    if (i % 2 === 0) world.elect(1 + (i % 3))
    guest.tell((machine, now) => machine.leave(now))
    world.runUntil('the guest to leave', () => guest.phase === 'left')
    guest.kill()
    agreed(world, hosts, 2)
  }
  expect(new Set([...tokens.values()].map(({ owner }) => owner)).size).toBeGreaterThan(1)
})

test('observers come and go without a round, and nobody waits for them', async () => {
  const { world, hosts } = await clusterOf('a:1')
  const { newest } = world.state().namespace('default')!
  const observers = Array.from({ length: 5 }, () => world.observer())
  world.runUntil('they serve', () => observers.every(({ phase }) => phase === 'serving'))
  for (const observer of observers) observer.pause()
  const b = world.host('b:1', types)
  const fromMs = world.nowMs
  agreed(world, [...hosts, b], 2)
  expect(world.nowMs - fromMs).toBeLessThan(2_000)
  expect(world.state().namespace('default')!.newest).toBe(newest + 1)
})
