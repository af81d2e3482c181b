/** What throws in the midst of an input stops the replica: nothing goes on half way. */
import { beforeEach, describe, expect, test } from 'vitest'
import { PlacementState } from '../../src/fsm/placement-state.js'
import { MachineCluster, type MemoryReplica } from './support/machine-cluster.js'
import { VirtualHost } from './support/virtual-host.js'

let cluster: MachineCluster
let leader: MemoryReplica
let follower: MemoryReplica
beforeEach(async () => {
  cluster = await MachineCluster.create()
  cluster.mayBreak = true
  leader = cluster.untilLed()
  follower = cluster.followers[0]!
  cluster.run(3_000)
})

/** Its state as if nothing had ever been applied: no leader can be in such a one. */
function damage({ machine }: MemoryReplica): void {
  machine.state.restore(new PlacementState(cluster.context).snapshotChunks())
}

const broken: [string, () => MemoryReplica][] = [
  [
    'in a flush',
    () => {
      // The answer to a heartbeat, which waited for company.
      const host = new VirtualHost(cluster, '10.0.0.1:1', leader.id)
      cluster.until('it to serve', () => host.owns('Order', '1'))
      leader.isTellingBroken = true
      return leader
    },
  ],
  [
    'in a tick of the leader',
    () => {
      damage(leader)
      return leader
    },
  ],
  [
    'in a message of a host',
    () => {
      // It is told at once that nobody leads.
      for (const { id } of cluster.up) {
        if (id !== follower.id) cluster.cut.add(`${id}-${follower.id}`).add(`${follower.id}-${id}`)
      }
      cluster.until('the loss of the leader', () => follower.machine.leader === null)
      follower.isTellingBroken = true
      new VirtualHost(cluster, '10.0.0.2:1', follower.id)
      return follower
    },
  ],
]

describe.for(broken)('an error %s', ([, arrange]) => {
  test('stops the replica, which says why and answers nothing any more', () => {
    const replica = arrange()
    cluster.until('its end', () => replica.stopped, 10_000)
    expect(replica.stopped).toMatchObject({
      code: 'internal',
      detail: expect.stringContaining('An unexpected error'),
    })
    expect(
      replica.lines.filter((line) => line.startsWith('error The replica stops:')),
    ).toHaveLength(1)
    const { appliedIndex, digest } = replica.machine.state
    const asked = replica.ask({ kind: 'drop', namespace: 'blue' })
    expect(asked.outcome).toMatchObject({ kind: 'failed', error: { code: 'unavailable' } })
    const reads: unknown[] = []
    replica.machine.read('default', cluster.now, (error) => reads.push(error))
    expect(reads).toMatchObject([{ code: 'unavailable' }])
    cluster.run(5_000)
    expect(replica.machine.state).toMatchObject({ appliedIndex, digest })
    expect(replica.machine.tableFor('default', { kind: 'get', generation: 0 })).toBeNull()
  })
})

test('who waits for a decision of it is told that it has stopped', () => {
  for (const { id } of cluster.up) {
    if (id !== leader.id) cluster.cut.add(`${id}-${leader.id}`).add(`${leader.id}-${id}`)
  }
  // Written, and never committed; and one more that stands in line still.
  const written = leader.ask({ kind: 'settings', settings: { factor: 50 } })
  cluster.run(20)
  const inLine = leader.ask({ kind: 'settings', settings: { factor: 60 } })
  expect([written.outcome, inLine.outcome]).toEqual([null, null])
  damage(leader)
  cluster.until('its end', () => leader.stopped, 10_000)
  for (const { outcome } of [written, inLine]) {
    expect(outcome).toMatchObject({ kind: 'failed', error: { code: 'unavailable' } })
  }
})

test('the others go on, and its hosts with them', () => {
  const host = new VirtualHost(cluster, '10.0.0.1:1', leader.id)
  cluster.until('it to serve', () => host.owns('Order', '1'))
  damage(leader)
  cluster.until('its end', () => leader.stopped)
  leader.kill()
  expect(cluster.untilLed().id).not.toBe(leader.id)
  cluster.until('it to be attached again', () => host.replica !== undefined && host.sessions > 1)
  cluster.run(2_000)
  expect(host.owns('Order', '1')).toBe(true)
})
