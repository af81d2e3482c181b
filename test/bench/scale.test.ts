/** The model of docs/scale.md, held to what can be calculated. */
import { expect, test } from 'vitest'
import { costs, dataCentre } from '../../bench/scale/main.js'
import { type Fleet, queued, roundOf } from '../../bench/scale/model.js'
import { Random } from '../simulation/kernel/random.js'

/** Nobody stands still and the network takes no time: only queues are left. */
const calm: Fleet = { ...dataCentre, hosts: 1_000, hopMs: 0, pausedShare: 0, heartbeatMs: 1e9 }
function resultOf(change: Partial<Fleet>, seed = 1) {
  const random = new Random(seed)
  return roundOf({ ...calm, ...change }, costs, () => random.next())
}

test('a core takes one after the other, and rests when nothing is there', () => {
  expect([...queued(Float64Array.of(5, 0, 1), 2)]).toEqual([2, 4, 7])
})

test('a leader that is slower than what comes in counts the last acknowledgement after all costs', () => {
  const hosts = 20_000
  const { countedMs } = resultOf({ hosts, replicas: 101, natsServers: 1_000 })
  const first = costs.delivery + costs.apply + costs.heartbeatAtReplica
  const least = first + hosts * costs.heartbeatAtLeader
  expect(countedMs).toBeGreaterThanOrEqual(least - 1e-6)
  expect(countedMs).toBeLessThan(least * 1.01)
})

test('one server writes to its clients one after the other', () => {
  const { appliedMs } = resultOf({ hosts: 10_000, natsServers: 4 })
  expect(appliedMs).toBeCloseTo(2_500 * costs.delivery + costs.apply, 6)
})

test('a link that is slower than its server bounds the fan-out', () => {
  const { appliedMs } = resultOf({ natsServers: 1, natsBytesPerMs: 600, orderBytes: 600 })
  expect(appliedMs).toBeCloseTo(1_000 + costs.apply, 6)
})

test('loads are heartbeats a second times their costs', () => {
  const { leaderLoad, replicaLoad } = resultOf({ hosts: 10_000, heartbeatMs: 1_000, replicas: 5 })
  expect(leaderLoad).toBeCloseTo(10 * costs.heartbeatAtLeader, 9)
  expect(replicaLoad).toBeCloseTo((10 / 4) * costs.heartbeatAtReplica, 9)
})

test('gathered heartbeats cost one message and a little for each host in it', () => {
  const { leaderLoad } = resultOf({ hosts: 10_000, heartbeatMs: 1_000, gathered: 100 })
  const message = costs.heartbeatAtLeader + 99 * costs.furtherHeartbeat
  expect(leaderLoad).toBeCloseTo(0.1 * message, 9)
})

test('a round ends no sooner than its slowest host, and the same seed gives the same round', () => {
  const paused = { pausedShare: 1, pausedMs: 100, hopMs: 0.25 }
  const round = resultOf(paused, 7)
  expect(round.roundMs).toBeGreaterThan(round.countedMs)
  expect(round.countedMs).toBeGreaterThan(round.appliedMs)
  expect(round.appliedMs).toBeGreaterThan(400)
  expect(resultOf(paused, 7)).toEqual(round)
})
