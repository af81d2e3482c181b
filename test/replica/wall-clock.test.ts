/** What a wall clock that is wrong for seconds leaves behind: nothing that lasts. */
import { beforeEach, expect, test } from 'vitest'
import { BerthError } from '../../src/errors/berth-error.js'
import { encodeCommand } from '../../src/fsm/command-codec.js'
import { MachineCluster, type MemoryReplica } from './support/machine-cluster.js'
import { VirtualHost } from './support/virtual-host.js'

const wrongMs = 400 * 86_400_000

let cluster: MachineCluster
let leader: MemoryReplica
let host: VirtualHost
beforeEach(async () => {
  cluster = await MachineCluster.create()
  leader = cluster.untilLed()
  host = new VirtualHost(cluster, '10.0.0.1:1', cluster.followers[0]!.id)
  cluster.until('it to serve', () => host.owns('Order', '1'))
})

function evict(refuseMs: number): void {
  const asked = leader.ask({ kind: 'evict', namespace: 'default', name: host.name, refuseMs })
  cluster.until('the eviction', () => asked.outcome)
  expect(asked.outcome).toMatchObject({ kind: 'done' })
}

test('a name that was evicted while the clock was ahead is refused as long as was asked', () => {
  cluster.aheadMs = wrongMs
  evict(20_000)
  cluster.run(10_000)
  cluster.aheadMs = 0
  cluster.run(9_000)
  expect(host.state.waiting?.code).toBe('evicted')
  cluster.until('it to come back', () => host.owns('Order', '1'), 2_000)
})

test.for([wrongMs, -wrongMs])('a clock that is %i ms off changes no refusal', (offMs) => {
  evict(30_000)
  cluster.run(10_000)
  cluster.aheadMs = offMs
  const { appliedIndex } = leader.machine.state
  cluster.run(8_000)
  // In a cluster at rest: one entry says that it has jumped, and no other.
  expect(leader.machine.state.appliedIndex).toBe(appliedIndex + 1)
  cluster.aheadMs = 0
  cluster.run(11_000)
  expect(host.state.waiting?.code).toBe('evicted')
  cluster.until('it to come back', () => host.owns('Order', '1'), 2_000)
})

test('whoever asks first while the clock is ahead does not get around a refusal', () => {
  evict(30_000)
  cluster.run(10_000)
  cluster.aheadMs = wrongMs
  // Before the leader has looked at its clock by itself.
  const asked = leader.ask({ kind: 'cordon', namespace: 'default', name: 'x:1', cordoned: true })
  cluster.until('the answer', () => asked.outcome)
  cluster.run(15_000)
  expect(host.state.waiting?.code).toBe('evicted')
  expect(leader.machine.state.clock.agedMs).toBeLessThan(40_000)
})

test('a jump that an overloaded leader could not say is said later', async () => {
  const proposalsMax = 16
  cluster = await MachineCluster.create({ proposalsMax })
  leader = cluster.untilLed()
  host = new VirtualHost(cluster, '10.0.0.1:1', cluster.followers[0]!.id)
  cluster.until('it to serve', () => host.owns('Order', '1'))
  evict(30_000)
  cluster.run(5_000)
  const { clock, level } = leader.machine.state
  for (const replica of cluster.up) replica.setDisk(true)
  const command = { kind: 'cordon', namespace: 'default', name: 'x:1', cordoned: false } as const
  const data = encodeCommand({ command: { ...command, atMs: cluster.now.wallMs } }, level)
  const refusals: unknown[] = []
  leader.machine.toNode(cluster.now, (node) => {
    for (let each = 0; each <= proposalsMax; each += 1) {
      node.propose(data, cluster.nowMs, (outcome) => {
        if (outcome instanceof BerthError) refusals.push(outcome.code)
      })
    }
  })
  cluster.aheadMs = wrongMs
  // So long that the leader has looked at its clock.
  cluster.run(1_500)
  expect(refusals).toEqual(['overloaded'])
  for (const replica of cluster.up) replica.setDisk(false)
  cluster.run(2_000)
  const asked = leader.ask({ kind: 'cordon', namespace: 'default', name: 'y:1', cordoned: true })
  cluster.until('the answer', () => asked.outcome)
  cluster.run(3_000)
  cluster.aheadMs = 0
  cluster.run(5_000)
  expect(leader.machine.state.clock.agedMs - clock.agedMs).toBeLessThan(20_000)
  expect(host.state.waiting?.code).toBe('evicted')
})

test('a refusal is lifted by any replica, and who waits for it is let in at once', () => {
  evict(600_000)
  cluster.run(3_000)
  expect(host.state.waiting?.code).toBe('evicted')
  const lift = { kind: 'lift', namespace: 'default', name: host.name } as const
  const asked = cluster.followers[0]!.ask(lift)
  const isIn = () => leader.machine.state.namespace('default')!.member(host.name) !== undefined
  cluster.until('it to be let in', isIn, 100)
  expect(asked.outcome).toMatchObject({ kind: 'done', result: { changed: true } })
})
