/** The model of docs/scale.md, held to what can be calculated. */
import { expect, test } from 'vitest'
import { dataCentre, measured, randomFrom } from '../../bench/scale/main.js'
import { type Fleet, queued, roundOf } from '../../bench/scale/model.js'

/** Nobody stands still and the network takes no time: only queues are left. */
const calm: Fleet = { ...dataCentre, hosts: 1_000, hopMs: 0, pausedShare: 0, heartbeatMs: 1e9 }
const resultOf = (change: Partial<Fleet>, seed = 1) =>
  roundOf({ ...calm, ...change }, measured, randomFrom(seed))

test('a core takes one after the other, and rests when nothing is there', () => {
  expect([...queued(Float64Array.of(5, 0, 1), 2)]).toEqual([2, 4, 7])
})

test('a leader that is slower than what comes in counts the last acknowledgement after all costs', () => {
  const hosts = 20_000
  const { countedMs } = resultOf({ hosts, replicas: 101, natsServers: 1_000 })
  const first = measured.delivery + measured.apply + measured.heartbeatAtReplica
  const least = first + hosts * measured.heartbeatAtLeader
  expect(countedMs).toBeGreaterThanOrEqual(least - 1e-6)
  expect(countedMs).toBeLessThan(least * 1.01)
})

test('one server writes to its clients one after the other', () => {
  const { appliedMs } = resultOf({ hosts: 10_000, natsServers: 4 })
  expect(appliedMs).toBeCloseTo(2_500 * measured.delivery + measured.apply, 6)
})

test('a link that is slower than its server bounds the fan-out', () => {
  const { appliedMs } = resultOf({ natsServers: 1, natsBytesPerMs: 600, orderBytes: 600 })
  expect(appliedMs).toBeCloseTo(1_000 + measured.apply, 6)
})

test('loads are heartbeats a second times their costs', () => {
  const { leaderLoad, replicaLoad } = resultOf({ hosts: 10_000, heartbeatMs: 1_000, replicas: 5 })
  expect(leaderLoad).toBeCloseTo(10 * measured.heartbeatAtLeader, 9)
  expect(replicaLoad).toBeCloseTo((10 / 4) * measured.heartbeatAtReplica, 9)
})

test('gathered heartbeats cost one message and a little for each host in it', () => {
  const { leaderLoad } = resultOf({ hosts: 10_000, heartbeatMs: 1_000, gathered: 100 })
  const message = measured.heartbeatAtLeader + 99 * measured.furtherHeartbeat
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
