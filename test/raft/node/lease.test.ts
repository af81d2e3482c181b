import { expect, test } from 'vitest'
import type { Standing } from '../../../src/raft/core/output.js'
import { LeaderLease, leaseLengthMs } from '../../../src/raft/node/reads/lease.js'

const leader: Standing = {
  role: 'leader',
  term: 3,
  leader: 1,
  transferee: 0,
  handedOver: false,
  appliedOwnTerm: true,
}

function leading(): LeaderLease {
  const lease = new LeaderLease(900)
  lease.standingChanged(leader)
  return lease
}

test('a lease is as long as the followers promise, by the slower clock', () => {
  const settings = { tickMs: 50, electionTicks: 20, toleranceMs: 5, driftPpm: 500 }
  expect(leaseLengthMs(settings)).toBeCloseTo((19 * 50 - 5) * (1 - 0.001), 6)
})

test('a lease runs from the send of the round, not from its answer', () => {
  const lease = leading()
  lease.roundSent(1, 1_000)
  expect(lease.leftMs(1_001)).toBe(0)
  lease.roundConfirmed(1)
  expect(lease.leftMs(1_300)).toBe(600)
  expect(lease.leftMs(1_900)).toBe(0)
})

test('the newest round that is confirmed counts, and one that is not counts for nothing', () => {
  const lease = leading()
  lease.roundSent(1, 1_000)
  lease.roundSent(2, 1_100)
  lease.roundSent(3, 1_200)
  lease.roundConfirmed(2)
  expect(lease.leftMs(1_300)).toBe(700)
})

test('a lease counts the whole gap of a pause', () => {
  const lease = leading()
  lease.roundSent(1, 1_000)
  lease.roundConfirmed(1)
  expect(lease.leftMs(9_000)).toBe(0)
})

test('there is no lease before an entry of the own term is applied', () => {
  const lease = new LeaderLease(900)
  lease.standingChanged({ ...leader, appliedOwnTerm: false })
  lease.roundSent(1, 1_000)
  lease.roundConfirmed(1)
  expect(lease.leftMs(1_100)).toBe(0)
  lease.standingChanged(leader)
  expect(lease.leftMs(1_100)).toBe(800)
})

test('after a hand-over there is no lease for the rest of the term (S19)', () => {
  const lease = leading()
  lease.roundSent(1, 1_000)
  lease.roundConfirmed(1)
  lease.standingChanged({ ...leader, handedOver: true, transferee: 2 })
  expect(lease.leftMs(1_100)).toBe(0)
  lease.standingChanged({ ...leader, handedOver: true, transferee: 0 })
  lease.roundSent(2, 1_200)
  lease.roundConfirmed(2)
  expect(lease.leftMs(1_300)).toBe(0)
})

test('after a stall only rounds that were sent since then count (S18)', () => {
  const lease = leading()
  lease.roundSent(1, 1_000)
  lease.roundConfirmed(1)
  lease.roundSent(2, 1_100)
  lease.stalled()
  expect(lease.leftMs(1_150)).toBe(0)
  lease.roundConfirmed(2)
  expect(lease.leftMs(1_150)).toBe(0)
  lease.roundSent(3, 1_200)
  lease.roundConfirmed(3)
  expect(lease.leftMs(1_250)).toBe(850)
})

test('nothing of one term counts in another', () => {
  const lease = leading()
  lease.roundSent(1, 1_000)
  lease.roundSent(2, 1_050)
  lease.roundConfirmed(1)
  lease.standingChanged({ ...leader, role: 'follower', term: 4, leader: 2 })
  expect(lease.leftMs(1_100)).toBe(0)
  lease.standingChanged({ ...leader, term: 5 })
  lease.roundConfirmed(2)
  expect(lease.leftMs(1_100)).toBe(0)
})
