/** Three replicas as machines, from the first start on. */
import { beforeEach, describe, expect, test } from 'vitest'
import type { BerthError } from '../../src/errors/berth-error.js'
import { requestTimeoutMs } from '../../src/replica/requests/requests.js'
import { MachineCluster, type MemoryReplica } from './support/machine-cluster.js'
import { VirtualHost } from './support/virtual-host.js'

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

const cordon = (name: string, cordoned = true) =>
  ({ kind: 'cordon', namespace: 'default', name, cordoned }) as const

const newest = ({ machine }: MemoryReplica) => machine.state.namespace('default')!.newest
const isCordoned = ({ machine }: MemoryReplica, name: string) =>
  machine.state.namespace('default')!.isCordoned(name)

describe('a first start', () => {
  test('forms one cluster, whose replicas know where each is reached', () => {
    for (const { machine } of cluster.up) {
      expect(machine.state.origin).toEqual(leader.machine.state.origin)
      expect(machine.state.replicas.map(({ replica, peer }) => [replica, peer])).toEqual([
        [1, 'replica-1:1'],
        [2, 'replica-2:1'],
        [3, 'replica-3:1'],
      ])
      expect(machine.state.digest).toBe(leader.machine.state.digest)
    }
  })

  test('has every replica shown to every other', () => {
    for (const { machine } of cluster.up) {
      const ids = [...machine.shown.entries()].map(([id]) => id)
      expect([...ids, machine.id].sort()).toEqual([1, 2, 3])
    }
  })
})

describe('a request', () => {
  test('to a follower is decided by the leader and answered where it was asked', () => {
    const asked = follower.ask(cordon('a:1'))
    expect(asked.outcome).toBeNull()
    cluster.run(100)
    expect(asked.outcome).toMatchObject({ kind: 'done', result: { changed: true, generation: 0 } })
    for (const replica of cluster.up) expect(isCordoned(replica, 'a:1')).toBe(true)
  })

  test('that is not to be passed on is refused with the address of the leader', () => {
    const asked = follower.ask(cordon('a:1'), { forward: false })
    expect(asked.outcome).toMatchObject({ kind: 'failed', error: { code: 'not_leader' } })
    const { error } = asked.outcome as { error: BerthError }
    expect(error.message).toContain(`Replica ${leader.id} leads at http://replica-${leader.id}`)
  })

  test('is refused at once while nobody leads', () => {
    leader.kill()
    cluster.until('the loss of the leader', () => follower.machine.leader === null)
    const asked = follower.ask(cordon('a:1'))
    expect(asked.outcome).toMatchObject({ kind: 'failed', error: { code: 'no_leader' } })
  })

  test('whose leader dies under it is answered at once: the outcome is unknown', () => {
    const asked = follower.ask(cordon('a:1'))
    leader.kill()
    cluster.run(requestTimeoutMs / 10)
    expect(asked.outcome).toMatchObject({ kind: 'failed', error: { code: 'timeout' } })
  })

  test('at a leader that steps down is answered all the same', () => {
    for (const { id } of [follower, other]) cluster.cut.add(`${id}-${leader.id}`)
    const asked = leader.ask(cordon('a:1'))
    cluster.until('a step-down', () => leader.machine.leader === null)
    cluster.until('an answer', () => asked.outcome !== null, 6_000)
    expect(asked.outcome).toMatchObject({ kind: 'failed', error: { code: 'timeout' } })
  })

  test('that was answered by a kept result says so to a retry, at whatever replica', () => {
    const first = follower.ask(cordon('a:1'), { key: 'k' })
    cluster.run(100)
    leader.ask(cordon('a:1', false))
    cluster.run(100)
    leader.kill()
    cluster.untilLed()
    const again = other.ask(cordon('a:1'), { key: 'k' })
    cluster.run(200)
    expect(first.outcome).toMatchObject({ kind: 'done', result: { changed: true } })
    expect(again.outcome).toMatchObject({ kind: 'done', result: { changed: true } })
    for (const replica of cluster.up) expect(isCordoned(replica, 'a:1')).toBe(false)
    const mixed = other.ask(cordon('b:1'), { key: 'k' })
    cluster.run(200)
    expect(mixed.outcome).toMatchObject({ kind: 'failed', error: { code: 'conflict' } })
  })

  test('is answered when the replica stops', () => {
    const asked = follower.ask(cordon('a:1'))
    follower.machine.stop(cluster.now)
    expect(asked.outcome).toMatchObject({ kind: 'failed', error: { code: 'unavailable' } })
  })
})

describe('a read', () => {
  function read(replica: MemoryReplica, mode: 'stale' | 'default' | 'consistent') {
    const told: (string | null)[] = []
    replica.machine.read(mode, cluster.now, (error) => told.push(error?.code ?? 'read'))
    return told
  }

  test('of any kind sees what was done before, but a stale one at a replica that is cut off', () => {
    for (const { id } of [leader, other]) cluster.cut.add(`${id}-${follower.id}`)
    leader.ask(cordon('a:1'))
    cluster.run(100)
    const [stale, byDefault, consistent] = [
      read(follower, 'stale'),
      read(follower, 'default'),
      read(follower, 'consistent'),
    ]
    expect(stale).toEqual(['read'])
    expect(isCordoned(follower, 'a:1')).toBe(false)
    cluster.run(500)
    expect([byDefault, consistent]).toEqual([[], []])
    cluster.cut.clear()
    cluster.until('the reads', () => byDefault.length > 0 && consistent.length > 0)
    expect([byDefault, consistent]).toEqual([['read'], ['read']])
    expect(isCordoned(follower, 'a:1')).toBe(true)
  })

  test('at the leader is answered at once under its lease, or after a quorum has answered', () => {
    expect(read(leader, 'default')).toEqual(['read'])
    const consistent = read(leader, 'consistent')
    expect(consistent).toEqual([])
    cluster.run(20)
    expect(consistent).toEqual(['read'])
  })

  test('that nobody can answer fails in time', () => {
    leader.kill()
    other.kill()
    const told = [read(follower, 'default'), read(follower, 'consistent')]
    cluster.run(5_200)
    expect(told).toEqual([['no_leader'], ['no_leader']])
  })
})

describe('hosts', () => {
  test('at any replica are served by the leader', () => {
    const hosts = [1, 2, 3].map((id) => new VirtualHost(cluster, `10.0.0.${id}:1`, id))
    const isQuiet = () => hosts.every(({ state }) => state.generation === newest(leader))
    cluster.until('one table', () => newest(leader) >= 1 && isQuiet())
    cluster.until('leases', () => hosts.every(({ state }) => !state.isFenced))
    const owners = hosts.filter((host) => host.owns('Order', '42'))
    expect(owners).toHaveLength(1)
    expect(hosts.map(({ replica }) => replica?.id)).toEqual([1, 2, 3])
  })

  test('elsewhere lose neither session nor generation nor epoch with the leader', () => {
    const [near, far] = [
      new VirtualHost(cluster, '10.0.0.1:1', follower.id),
      new VirtualHost(cluster, '10.0.0.2:1', other.id),
    ]
    const isQuiet = () =>
      [near, far].every(
        ({ machine, state }) => machine.phase === 'serving' && state.generation === newest(leader),
      )
    cluster.until('both to serve', () => newest(leader) >= 1 && isQuiet())
    const [epoch, generation] = [near.state.epoch, newest(leader)]
    const owned = ['1', '2', '3', '4', '5'].filter((id) => near.owns('Order', id))
    leader.kill()
    const survivors = [follower, other]
    const answers = () => near.heard.filter(({ kind }) => kind === 'answer').length
    const before = answers()
    cluster.untilLed()
    cluster.until('answers of the new leader', () => answers() > before + 2)
    expect([near.sessions, far.sessions]).toEqual([1, 1])
    expect(near.state.epoch).toBe(epoch)
    expect(survivors.map(newest)).toEqual([generation, generation])
    expect(['1', '2', '3', '4', '5'].filter((id) => near.owns('Order', id))).toEqual(owned)
    expect([...near.fences, ...far.fences]).toEqual([])
  })

  test('are served by a new leader only once an entry of its own term is applied', () => {
    leader.kill()
    const leads = ({ machine }: MemoryReplica) =>
      machine.node.status(cluster.nowMs).role === 'leader'
    let waited = 0
    for (let served = false; !served; ) {
      cluster.run(1)
      for (const replica of cluster.up.filter(leads)) {
        const { id, state, leadership, node } = replica.machine
        const { term } = node.status(cluster.nowMs)
        const isNamed = state.leader?.term === term && state.leader.replica === id
        expect(leadership !== null).toBe(isNamed)
        if (!isNamed) waited += 1
        served = isNamed
      }
    }
    expect(waited).toBeGreaterThan(0)
  })

  test('that were attached to the leader come back elsewhere as who they were', () => {
    const host = new VirtualHost(cluster, '10.0.0.1:1', leader.id)
    cluster.until('it to serve', () => host.owns('Order', '1'))
    const { epoch } = host.state
    leader.kill()
    cluster.untilLed()
    cluster.until('it to be attached again', () => host.sessions === 2 && host.replica)
    cluster.run(2_000)
    expect(host.state).toMatchObject({ epoch, phase: 'serving' })
    expect(host.owns('Order', '1')).toBe(true)
    expect(host.fences).toEqual([])
  })

  test('that say hello while nobody leads are admitted by the next leader', () => {
    leader.kill()
    cluster.until('the loss of the leader', () => follower.machine.leader === null)
    const host = new VirtualHost(cluster, '10.0.0.1:1', follower.id)
    cluster.run(10)
    cluster.untilLed()
    cluster.until('it to serve', () => host.owns('Order', '1'))
    expect(host.sessions).toBe(1)
  })

  test('that are evicted under a key are so once: a retry gets the first result', () => {
    const host = new VirtualHost(cluster, '10.0.0.1:1', follower.id)
    cluster.until('it to serve', () => host.owns('Order', '1'))
    const evict = {
      kind: 'evict',
      namespace: 'default',
      name: host.name,
      refuseMs: 600_000,
    } as const
    const first = other.ask(evict, { key: 'k' })
    cluster.until('an answer', () => first.outcome)
    expect(first.outcome).toMatchObject({ kind: 'done', result: { changed: true } })
    const again = follower.ask(evict, { key: 'k' })
    cluster.until('another answer', () => again.outcome)
    expect(again.outcome).toMatchObject({ kind: 'done', result: { changed: true } })
    const withoutKey = other.ask(evict)
    cluster.until('a refusal', () => withoutKey.outcome)
    expect(withoutKey.outcome).toMatchObject({ kind: 'failed', error: { code: 'not_found' } })
  })
})

test('a leader whose disk stalls hands over, and follows when it answers again', () => {
  leader.setDisk(true)
  const asked = leader.ask(cordon('a:1'))
  cluster.until(
    'another leader',
    () => cluster.leader !== undefined && cluster.leader !== leader,
    8_000,
  )
  const successor = cluster.leader!
  const done = successor.ask(cordon('b:1'))
  cluster.until('a commit', () => done.outcome)
  expect(done.outcome).toMatchObject({ kind: 'done' })
  leader.setDisk(false)
  cluster.until('its log', () => isCordoned(leader, 'b:1'))
  cluster.until('an answer', () => asked.outcome)
  expect(leader.machine.leadership).toBeNull()
})

test('a replica that installs a snapshot shows the gap in its events', async () => {
  const small = await MachineCluster.create({ snapshotEntries: 16, trailingEntries: 4 })
  const first = small.untilLed()
  small.run(3_000)
  const late = small.followers[0]!
  late.kill()
  const known = late.machine.state.appliedIndex
  for (let i = 0; i < 60; i += 1) {
    first.ask(cordon(`h${i}:1`))
    small.run(20)
  }
  late.start()
  small.until('its state', () => isCordoned(late, 'h59:1'))
  small.run(1_000)
  const gaps = late.events.filter(({ kind }) => kind === 'gap')
  expect(gaps).toHaveLength(1)
  expect(gaps[0]!.index).toBeGreaterThan(known)
  expect(late.machine.state.digest).toBe(first.machine.state.digest)
  expect(first.events.filter(({ kind }) => kind === 'gap')).toEqual([])
})

test('a replica whose database stands still while it reads its own snapshot asks again', async () => {
  const small = await MachineCluster.create({ snapshotEntries: 16, trailingEntries: 4 })
  const leader = small.untilLed()
  const back = small.followers[0]!
  for (let i = 0; i < 60; i += 1) {
    leader.ask(cordon(`h${i}:1`))
    small.run(20)
  }
  back.kill()
  back.isDiskSilent = true
  back.start()
  small.run(5_000)
  expect(back.stopped).toBeNull()
  expect(back.machine.state.appliedIndex).toBe(0)
  back.isDiskSilent = false
  small.until('its state', () => isCordoned(back, 'h59:1'))
  expect(back.machine.state.digest).toBe(leader.machine.state.digest)
})

/** What the one that is asked answers, and after how long. */
function outcomeOf(asked: MemoryReplica, request: Parameters<MemoryReplica['ask']>[0]) {
  const beganMs = cluster.nowMs
  const answer = asked.ask(request)
  cluster.until('an answer', () => answer.outcome)
  return { outcome: answer.outcome, tookMs: cluster.nowMs - beganMs }
}

test.for([
  ['removed', (id: number) => ({ kind: 'remove-replica', id }) as const],
  [
    'removed among several',
    (id: number) =>
      ({ kind: 'change-replicas', changes: [{ id, membership: 'none' }], leave: 'auto' }) as const,
  ],
] as const)('a leader is %s by a follower, which knows at once that it is done', ([, by]) => {
  const { outcome, tookMs } = outcomeOf(follower, by(leader.id))
  expect(outcome).toMatchObject({ kind: 'done', result: { changed: true, generation: null } })
  expect(tookMs).toBeLessThan(1_000)
  const { index, term } = (outcome as { result: { index: number; term: number } }).result
  expect(term).toBe(1)
  const at = leader.storage.state.entries.find((entry) => entry.index === index)
  expect(at).toMatchObject({ kind: 'configuration', term })
})

test('what else was asked of a leader that is removed has an unknown outcome at once', () => {
  const removed = follower.ask({ kind: 'remove-replica', id: leader.id })
  cluster.cut.add(`${leader.id}-${follower.id}`)
  const cordoned = follower.ask(cordon('a:1'))
  cluster.run(200)
  expect([removed.outcome, cordoned.outcome]).toEqual([null, null])
  cluster.until('both answers', () => removed.outcome && cordoned.outcome, 9_000)
  expect(removed.outcome).toMatchObject({ kind: 'done', result: { changed: true } })
  expect(cordoned.outcome).toMatchObject({ kind: 'failed', error: { code: 'timeout' } })
})

test('a joint configuration that was asked for explicitly stays until it is left, asked of anybody', () => {
  const changes = [{ id: other.id, membership: 'learner' as const }]
  const demoted = follower.ask({ kind: 'change-replicas', changes, leave: 'explicit' })
  cluster.until('the joint configuration', () => demoted.outcome)
  expect(demoted.outcome).toMatchObject({ kind: 'done', result: { changed: true } })
  const configurations = () =>
    cluster.up.map(({ machine }) => machine.node.status(cluster.nowMs).configuration)
  cluster.run(5_000)
  for (const { votersOutgoing } of configurations()) expect(votersOutgoing).toEqual([1, 2, 3])
  const left = other.ask({ kind: 'leave-joint' })
  cluster.until('its end', () => left.outcome)
  expect(left.outcome).toMatchObject({ kind: 'done', result: { changed: true } })
  cluster.run(100)
  for (const { voters, votersOutgoing, learners } of configurations()) {
    expect(voters).toEqual([leader.id, follower.id].sort())
    expect([votersOutgoing, learners]).toEqual([[], [other.id]])
  }
})

test.for([1, 2, 3])(
  'the only voter that is left waits for the lease of the leader whose place it takes: %d',
  (stalledAfterMs) => {
    const demoted = [leader.id, other.id].map((id) => ({ id, membership: 'learner' as const }))
    leader.ask({ kind: 'change-replicas', changes: demoted, leave: 'auto' })
    cluster.run(stalledAfterMs)
    // The leader learns last that it votes no more.
    leader.setDisk(true)
    const statusOf = ({ machine }: MemoryReplica) => machine.node.status(cluster.nowMs)
    cluster.until('another leader', () => {
      if (statusOf(follower).role !== 'leader') return false
      expect(statusOf(leader).leaseMs).toBe(0)
      return true
    })
  },
)
