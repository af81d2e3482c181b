/** Admissions that end while their sessions come and go. */
import { expect, test } from 'vitest'
import { World } from './support/world.js'

const ids = Array.from({ length: 40 }, (_, i) => String(i))

async function twoHosts() {
  const world = await World.create()
  world.elect(1)
  const hosts = ['a:1', 'b:1'].map((name) => world.host(name, ['Order']))
  world.runUntil('both are in the table', () =>
    hosts.every((host) => host.machine.state(host.stamp).members === 2),
  )
  world.run(1_000)
  return { world, host: hosts[0]!, other: hosts[1]! }
}

test('nothing runs again under an admission of which "fenced" was said, however late it is heard', async () => {
  const { world, host } = await twoHosts()
  const before = host.admission()
  const leader = world.leader!
  const { route } = leader.leadership!.lease(before)!
  const served: number[] = []
  world.check = () => {
    const owns = ids.some((id) => host.owns('Order', id))
    const { epoch } = host.machine.state(host.stamp)
    if (owns && host.fences.some(({ isFinal }) => isFinal)) served.push(epoch)
  }
  // What it says now is lost between the replicas.
  if (route!.replica !== leader.id) leader.cut.add(route!.replica)
  host.cut.add(leader.id)
  world.replicas[route!.replica - 1]!.down(
    { kind: 'fence', session: route!.session, epoch: before.epoch, code: 'ahead' },
    world.term,
  )
  world.runUntil('it is fenced', () => host.fences.some(({ isFinal }) => isFinal))
  world.run(5)
  leader.cut.clear()
  host.cut.clear()
  world.runUntil('it owns something again', () => served.length > 0)
  expect(served).not.toContain(before.epoch)
})

test('a host that leaves goes on doing so in another session, and is not admitted anew', async () => {
  const { world, host, other } = await twoHosts()
  const { epoch } = host.admission()
  host.releaseMs = 3_000
  host.tell((machine, now) => machine.leave(now))
  world.run(500)
  const replica = world.replicas[host.replicaId! - 1]!
  host.cut.add(replica.id)
  replica.sessions.stop()
  world.runUntil(
    'it has another session',
    () => host.replicaId !== undefined && host.replicaId !== replica.id,
  )
  world.runUntil('it has left', () => host.phase === 'left', 6_000)
  expect(host.fences).toEqual([])
  const joined = world.log.length
  expect(world.state().namespace('default')?.member('a:1')).toBeUndefined()
  expect(world.state().namespace('default')?.newest).toBe(3)
  world.run(1_000)
  expect(ids.every((id) => other.owns('Order', id))).toBe(true)
  expect(joined).toBe(world.log.length)
  expect(epoch).toBeGreaterThan(0)
})
