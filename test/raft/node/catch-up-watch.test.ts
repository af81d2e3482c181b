import { expect, test } from 'vitest'
import type { PeerStatus } from '../../../src/raft/core/status.js'
import { CatchUpWatch } from '../../../src/raft/node/identity/catch-up-watch.js'

const electionTicks = 20

function learner(match: number, more: Partial<PeerStatus> = {}): PeerStatus {
  return {
    ...{ id: 4, isLearner: true, state: 'replicate', match, next: match + 1 },
    ...{ recentlyActive: true, paused: false, inflightAppends: 0, inflightBytes: 0 },
    ...{ pendingSnapshotIndex: 0, answeredRound: 0 },
    ...more,
  }
}

/** @param looks ticks, what the learner has, what the leader has */
function watched(...looks: readonly (readonly [number, PeerStatus, number])[]): boolean {
  const watch = new CatchUpWatch(electionTicks)
  for (const [tick, peer, lastIndex] of looks) watch.look([peer], lastIndex, tick)
  return watch.hasCaughtUp(4)
}

test('a learner that has all has caught up', () => {
  expect(watched([10, learner(50), 50])).toBe(true)
})

test('one that nobody has looked at has not', () => {
  expect(watched()).toBe(false)
})

test('a learner that lacks a single entry has not caught up, until it has that', () => {
  const before = [10, learner(49), 50] as const
  expect(watched(before)).toBe(false)
  expect(watched(before, [20, learner(50), 90])).toBe(true)
})

test('one that takes longer than an election timeout for what it lacks has not', () => {
  const slow = [
    [10, learner(1), 50],
    [20, learner(20), 60],
    [30, learner(40), 70],
    [40, learner(50), 80],
  ] as const
  expect(watched(...slow)).toBe(false)
  // What came meanwhile it has soon.
  expect(watched(...slow, [50, learner(80), 85])).toBe(true)
})

test('one that falls behind has not caught up any more', () => {
  const before = [10, learner(50), 50] as const
  expect(watched(before, [20, learner(50), 60], [30, learner(50), 60])).toBe(true)
  expect(watched(before, [20, learner(50), 60], [30, learner(50), 60], [40, learner(50), 60])).toBe(
    true,
  )
  expect(watched(before, [20, learner(49), 60], [30, learner(49), 60], [40, learner(49), 60])).toBe(
    false,
  )
})

test.for([
  ['gets a snapshot', { state: 'snapshot' }],
  ['is sought in the log', { state: 'probe' }],
  ['is not heard', { recentlyActive: false }],
] as const)('one that %s has not, whatever it had', ([, more]) => {
  expect(watched([10, learner(50), 50], [20, learner(50, more), 50])).toBe(false)
})

test('a voter is not looked at, and a learner that is none any more is forgotten', () => {
  expect(watched([10, learner(50, { isLearner: false }), 50])).toBe(false)
  const watch = new CatchUpWatch(electionTicks)
  watch.look([learner(50)], 50, 10)
  watch.look([], 50, 20)
  expect(watch.hasCaughtUp(4)).toBe(false)
})

test('a leader begins anew', () => {
  const watch = new CatchUpWatch(electionTicks)
  watch.look([learner(50)], 50, 10)
  watch.reset()
  expect(watch.hasCaughtUp(4)).toBe(false)
})
