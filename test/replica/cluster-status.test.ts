import { beforeEach, expect, test } from 'vitest'
import { BerthError } from '../../src/errors/berth-error.js'
import { termMax } from '../../src/raft/core/limits.js'
import { clusterStatus, replicaHealth } from '../../src/replica/process/cluster-status.js'
import { MachineCluster, type MemoryReplica } from './support/machine-cluster.js'
import { VirtualHost } from './support/virtual-host.js'

/** A database that does well; a test says what else is so. */
const well = { connected: true, version: '18.1', incarnation: 1, waiting: null }

let cluster: MachineCluster
let leader: MemoryReplica
let follower: MemoryReplica
let other: MemoryReplica
beforeEach(async () => {
  cluster = await MachineCluster.create()
  leader = cluster.untilLed()
  ;[follower, other] = cluster.followers as [MemoryReplica, MemoryReplica]
  cluster.run(3_000)
})

const statusAt = ({ machine }: MemoryReplica, peers: Parameters<typeof clusterStatus>[2] = []) =>
  clusterStatus(machine, { status: well }, peers, cluster.now)
const healthAt = ({ machine }: MemoryReplica, status: object = {}) =>
  replicaHealth(machine, { status: { ...well, ...status } }, cluster.now)
const alarmsAt = (replica: MemoryReplica) =>
  statusAt(replica).alarms.map(({ code, replica: id }) => `${code} ${id}`)
const failedChecks = (replica: MemoryReplica, status?: object) =>
  healthAt(replica, status).ready.filter(({ ok }) => !ok)

test('every replica shows all of them, with who leads and how far each has come', () => {
  const views = cluster.up.map((replica) => statusAt(replica))
  for (const view of views) {
    expect(view.leader).toBe(leader.id)
    expect(view.replicas.map(({ id, membership }) => [id, membership])).toEqual([
      [1, 'voter'],
      [2, 'voter'],
      [3, 'voter'],
    ])
    const roles = view.replicas.filter(({ role }) => role === 'leader').map(({ id }) => id)
    expect(roles).toEqual([leader.id])
    expect(new Set(view.replicas.map(({ digest }) => digest)).size).toBe(1)
  }
})

test('a replica that is silent is shown as that; one that was removed is not', () => {
  other.kill()
  cluster.run(5_500)
  expect(alarmsAt(leader)).toContain(`replica_silent ${other.id}`)
  const shown = statusAt(leader).replicas.find(({ id }) => id === other.id)
  expect(shown).toMatchObject({ role: 'unknown' })
  expect(shown!.lastContactMs).toBeGreaterThan(5_000)
  const removed = leader.ask({ kind: 'remove-replica', id: other.id })
  cluster.until('the removal', () => removed.outcome)
  expect(removed.outcome).toMatchObject({ kind: 'done' })
  cluster.run(100)
  for (const replica of [leader, follower]) {
    expect(alarmsAt(replica).filter((alarm) => alarm.startsWith('replica_silent'))).toEqual([])
    expect(statusAt(replica).replicas.map(({ id }) => id)).not.toContain(other.id)
  }
})

test('a replica of which nothing was heard since the start is silent too', () => {
  other.kill()
  follower.kill()
  follower.start()
  cluster.run(4_000)
  const silent = `replica_silent ${other.id}`
  expect(alarmsAt(follower)).not.toContain(silent)
  cluster.run(2_000)
  expect(alarmsAt(follower)).toContain(silent)
  const alarm = statusAt(follower).alarms.find(({ replica }) => replica === other.id)
  expect(alarm!.detail).toMatch(/^Never heard from in the \d s that this replica runs\.$/)
})

test('a disk that stalls is an alarm, and to the others no writable database', () => {
  follower.setDisk(true)
  leader.ask({ kind: 'cordon', namespace: 'default', name: 'a:1', cordoned: true })
  cluster.run(2_500)
  expect(alarmsAt(follower)).toContain(`disk_stalled ${follower.id}`)
  const shown = statusAt(leader).replicas.find(({ id }) => id === follower.id)
  expect(shown!.postgres).toMatchObject({ writable: false })
})

test("a follower whose state is another than the leader's stops, and is an alarm until it is back", () => {
  leader.ask({ kind: 'cordon', namespace: 'default', name: 'a:1', cordoned: true })
  cluster.run(200)
  follower.kill()
  // Damage that no checksum shows: here another name was cordoned than everywhere else.
  const { data } = follower.storage.state.entries.at(-1)!
  data[Buffer.from(data).indexOf('a:1')] = 'b'.charCodeAt(0)
  follower.start()
  cluster.until('its end', () => follower.stopped, 10_000)
  expect(follower.stopped).toMatchObject({ code: 'state_diverged' })
  cluster.run(1)
  follower.kill()
  // It is known for long, and whatever the others do meanwhile.
  leader.ask({ kind: 'cordon', namespace: 'default', name: 'c:1', cordoned: true })
  cluster.run(20_000)
  for (const replica of [leader, other]) {
    expect(alarmsAt(replica)).toEqual([`nats_away ${replica.id}`, `state_differs ${follower.id}`])
    const shown = statusAt(replica).replicas.find(({ id }) => id === follower.id)
    expect(shown).toMatchObject({ role: 'stopped' })
  }
})

/** A replica that starts again with damage that no checksum shows: another name was cordoned. */
function damage(replica: MemoryReplica): void {
  leader.ask({ kind: 'cordon', namespace: 'default', name: 'a:1', cordoned: true })
  cluster.run(200)
  replica.kill()
  const { data } = replica.storage.state.entries.at(-1)!
  data[Buffer.from(data).indexOf('a:1')] = 'b'.charCodeAt(0)
  replica.start()
}

test('a leader whose state is another than everybody else has hands over, and stops', () => {
  damage(follower)
  cluster.until('its log', () => statusAt(leader).replicas.every(({ lag }) => lag === 0))
  leader.ask({ kind: 'transfer', to: follower.id })
  cluster.until('its lead', () => follower.machine.node.status(cluster.nowMs).role === 'leader')
  cluster.until('its end', () => follower.stopped, 15_000)
  expect(follower.stopped).toMatchObject({ code: 'state_diverged' })
  const rolesOf = (...some: MemoryReplica[]) =>
    some.map(({ machine }) => machine.node.status(cluster.nowMs).role)
  expect(rolesOf(leader, other), 'another one leads already').toContain('leader')
  cluster.run(1)
  follower.kill()
  const next = cluster.untilLed()
  cluster.run(20_000)
  expect([leader.stopped, other.stopped], 'those who are right go on').toEqual([null, null])
  expect(alarmsAt(next)).toContain(`state_differs ${follower.id}`)
})

test('on its way out it answers nobody: neither hosts, nor tables, nor reads, nor replicas', () => {
  damage(follower)
  cluster.until('its log', () => statusAt(leader).replicas.every(({ lag }) => lag === 0))
  leader.ask({ kind: 'transfer', to: follower.id })
  const hosts = [new VirtualHost(cluster, '10.0.0.1:1', follower.id)]
  const { machine } = follower
  const isLeaving = () => readOf(follower) !== null
  cluster.until('its lead', () => machine.leadership !== null && hosts[0]!.replica === follower)
  cluster.until('its way out', isLeaving, 15_000)
  // It cannot hand over, so it takes its time.
  for (const id of [leader.id, other.id]) cluster.cut.add(`${follower.id}-${id}`)
  for (const types of [['Order'], []]) {
    hosts.push(new VirtualHost(cluster, `10.0.0.${hosts.length + 1}:1`, follower.id, types))
  }
  let looks = 0
  while (follower.stopped === null) {
    cluster.run(10)
    if (follower.stopped !== null) break
    looks += 1
    expect(machine.leadership).toBeNull()
    expect(machine.leader).toBeNull()
    expect(machine.tableFor('default', { kind: 'get', generation: 0 })).toBeNull()
    expect(hosts.map(({ replica }) => replica === follower)).toEqual([false, false, false])
  }
  expect(looks).toBeGreaterThan(50)
})

/** What a read of its state is refused for; null when it is not. */
function readOf({ machine }: MemoryReplica): string | null {
  let refusal: string | null = null
  machine.read('stale', cluster.now, (error) => {
    refusal = error?.message ?? null
  })
  return refusal
}

test('while the third is away, two that differ are alarms to one another, and go on', () => {
  other.kill()
  damage(follower)
  cluster.run(20_000)
  expect([leader.stopped, follower.stopped]).toEqual([null, null])
  expect(alarmsAt(leader)).toContain(`state_differs ${follower.id}`)
  expect(alarmsAt(follower)).toContain(`state_differs ${leader.id}`)
  // With the third comes a majority.
  other.start()
  cluster.until('its end', () => follower.stopped, 15_000)
  cluster.run(10_000)
  expect([leader.stopped, other.stopped]).toEqual([null, null])
})

test('of two that differ, with nobody to tell who is right, the follower stops', async () => {
  cluster = await MachineCluster.create({ voters: [1, 2] })
  leader = cluster.untilLed()
  const [only] = cluster.followers
  cluster.run(1_000)
  damage(only!)
  cluster.until('its end', () => only!.stopped, 15_000)
  expect(only!.stopped!.detail).toMatch(/No state has a majority/)
  cluster.run(1)
  only!.kill()
  cluster.run(10_000)
  expect(leader.stopped).toBeNull()
  expect(alarmsAt(leader)).toContain(`state_differs ${only!.id}`)
})

test('a replica that stops by itself says why, and is well again once it runs', () => {
  follower.machine.toNode(cluster.now, (node) => {
    node.stored(new BerthError('storage_damaged', 'a page cannot be read'), cluster.nowMs)
  })
  cluster.run(1)
  follower.kill()
  cluster.run(20_000)
  const alarm = statusAt(leader).alarms.at(-1)
  expect(alarm).toMatchObject({ code: 'replica_stopped', replica: follower.id })
  expect(alarm!.detail).toContain('storage_damaged')
  follower.start()
  cluster.run(3_000)
  expect(alarmsAt(leader)).toEqual([`nats_away ${leader.id}`])
})

/** The leader hears a member for so long by a connection of another process than it has met. */
function hearImpostor(of: MemoryReplica, forMs: number): void {
  const run = 1 + of.machine.node.hello().run
  const word = { kind: 'higher-term', from: of.id, to: leader.id, term: 1 } as const
  for (let left = forMs; left > 0; left -= 500) {
    leader.machine.toNode(cluster.now, (node) => {
      node.receive(of.id, run, { kind: 'raft', message: word }, cluster.nowMs)
    })
    cluster.run(500)
  }
}

test('a member that is heard and not listened to is an alarm, and unready, until it is', () => {
  for (const replica of cluster.up) replica.machine.natsChanged(true)
  // It is there, as all can see, but its frames come by a connection that somebody else began.
  cluster.cut.add(`${follower.id}-${leader.id}`)
  hearImpostor(follower, 3_000)
  expect(alarmsAt(leader).filter((alarm) => alarm.startsWith('replica_ignored'))).toEqual([])
  hearImpostor(follower, 4_000)
  expect(alarmsAt(leader)).toContain(`replica_ignored ${follower.id}`)
  const alarm = statusAt(leader).alarms.find(({ code }) => code === 'replica_ignored')
  expect(alarm!.detail).toMatch(/^What it says has not counted for \d s: it is another process/)
  expect(failedChecks(leader)).toEqual([
    { name: 'peers', ok: false, detail: `not listened to: replica ${follower.id}` },
  ])
  cluster.cut.clear()
  cluster.run(1_000)
  expect(failedChecks(leader)).toEqual([])
  hearImpostor(follower, 7_000)
  expect(failedChecks(leader), 'as long as its own words count, others do no harm').toEqual([])
})

test('a member of a term beyond all reach is an alarm as well', () => {
  const word = { kind: 'higher-term', from: follower.id, to: leader.id, term: 2 ** 53 - 1 } as const
  const { run } = follower.machine.node.hello()
  cluster.cut.add(`${follower.id}-${leader.id}`)
  for (let left = 7_000; left > 0; left -= 500) {
    leader.machine.toNode(cluster.now, (node) => {
      node.receive(follower.id, run, { kind: 'raft', message: word }, cluster.nowMs)
    })
    cluster.run(500)
  }
  const alarm = statusAt(leader).alarms.find(({ code }) => code === 'replica_ignored')
  expect(alarm!.detail).toMatch(/terms beyond all reach\.$/)
})

test('a term that no elections can have come to is an alarm, and harms nobody else', () => {
  follower.kill()
  Object.assign(follower.storage.state.hardState, { term: termMax / 2 + 1 })
  follower.start()
  cluster.run(10_000)
  expect(alarmsAt(follower)).toContain(`terms_low ${follower.id}`)
  expect(statusAt(leader)).toMatchObject({ leader: leader.id, term: statusAt(other).term })
  expect(alarmsAt(leader)).toContain(`replica_ignored ${follower.id}`)
})

test('what strangers show of themselves is not kept', () => {
  const status = follower.machine.show(cluster.nowMs)
  for (let id = 100; id < 1_100; id += 1) {
    leader.machine.receive(id, id, { kind: 'status', status }, cluster.now)
  }
  const ids = [...leader.machine.shown.entries()].map(([id]) => id)
  expect(ids.sort()).toEqual([follower.id, other.id].sort())
})

test('a replica that nobody has added says that it is none yet', () => {
  const stranger = cluster.add(4)
  cluster.run(1_000)
  expect(alarmsAt(stranger)).toContain('not_a_member 4')
  const [member] = failedChecks(stranger)
  expect(member).toMatchObject({ name: 'member', detail: expect.stringMatching(/as replica 4/) })
})

test('readiness names what is missing: a leader, the database, NATS', () => {
  expect(failedChecks(leader)).toEqual([
    { name: 'nats', ok: false, detail: 'away; orders go over WebSocket' },
  ])
  const forbids = 'NATS forbids this replica to publish to "a.b"; let it publish to a.*'
  leader.machine.natsChanged(false, forbids)
  expect(failedChecks(leader)).toEqual([{ name: 'nats', ok: false, detail: forbids }])
  expect(alarmsAt(leader)).toEqual([`nats_forbids ${leader.id}`])
  expect(statusAt(leader).alarms[0]!.detail).toBe(`${forbids}.`)
  leader.machine.natsChanged(true, forbids)
  expect(failedChecks(leader)).toEqual([{ name: 'nats', ok: false, detail: forbids }])
  for (const replica of cluster.up) replica.machine.natsChanged(true)
  expect(failedChecks(leader)).toEqual([])
  expect(failedChecks(leader, { connected: false })).toEqual([
    { name: 'database', ok: false, detail: 'not connected' },
  ])
  const waiting = { for: 'Postgres x, to append', waitedMs: 5_000, reason: 'no room' }
  expect(failedChecks(leader, { waiting })).toEqual([
    { name: 'database', ok: false, detail: 'waits 5000 ms for Postgres x, to append: no room' },
  ])
  leader.kill()
  cluster.until('the loss of the leader', () => follower.machine.leader === null)
  expect(failedChecks(follower).map(({ name }) => name)).toEqual(['quorum'])
  expect(healthAt(follower).live.every(({ ok }) => ok)).toBe(true)
})

test('so does one whose database ends while nothing is being written', () => {
  follower.machine.toNode(cluster.now, (node) => {
    node.storageLost(new BerthError('database_taken_over', 'by another'), cluster.nowMs)
  })
  expect(follower.stopped).toMatchObject({ code: 'database_taken_over' })
  cluster.run(1)
  follower.kill()
  cluster.run(1_000)
  const [alarm] = statusAt(leader).alarms.filter(({ replica }) => replica === follower.id)
  expect(alarm).toMatchObject({ code: 'replica_stopped' })
  expect(alarm!.detail).toContain('database_taken_over')
})

test('a member that is heard and not reached for long is an alarm, with what was tried', () => {
  const tried = [
    { address: 'old:1', reason: 'connect ECONNREFUSED' },
    { address: 'new:1', reason: 'another_replica: Another replica is meant.' },
  ]
  const peer = { id: follower.id, connected: false, heardMs: 60_000, sinceMs: 7_000, tried }
  const alarmsOf = (...peers: (typeof peer)[]) =>
    statusAt(leader, peers).alarms.filter(({ code }) => code === 'replica_unreachable')
  const tries = 'old:1 (connect ECONNREFUSED), new:1 (another_replica: Another replica is meant.)'
  const detail = `It is heard, and for 7 s not reached: ${tries}.`
  expect(alarmsOf(peer)).toEqual([{ code: 'replica_unreachable', replica: follower.id, detail }])
  // One that came back a moment ago, one that is silent, one that is reached, one that is nobody.
  const well = [{ heardMs: 200 }, { heardMs: 0 }, { connected: true }, { id: 9 }]
  expect(alarmsOf(...well.map((but) => ({ ...peer, ...but })))).toEqual([])
})
