import { expect, test } from 'vitest'
import { LeaseLedger } from '../../src/hosts/lease-ledger.js'

const admission = { namespace: 'default', name: 'a:1', epoch: 5 }
const electedAtMs = 1_000
const times = {
  fenceAfterMs: 6_000,
  fenceMarginMs: 1_500,
  hostTimeoutMs: 8_000,
  hostTimeoutCeilingMs: 8_000,
}

const ledgerWith = (changes = {}) => new LeaseLedger(() => ({ ...times, ...changes }), electedAtMs)

test('an admission that was answered is past its fence after its lease and the margin', () => {
  const ledger = ledgerWith()
  const lease = ledger.of(admission)
  lease.answeredAtMs = 5_000
  expect(ledger.isPastFence(lease, 12_499)).toBe(false)
  expect(ledger.isPastFence(lease, 12_500)).toBe(true)
  expect(ledger.expiresAtMs(lease)).toBe(13_000)
})

test('one that this leader never answered may hold a lease of an earlier leader: the whole grace is waited', () => {
  const ledger = ledgerWith()
  const lease = ledger.of(admission)
  expect(ledger.pastFenceAtMs(lease)).toBe(9_000)
  expect(ledger.expiresAtMs(lease)).toBe(9_000)
})

test('the grace is as long as the longest host timeout that was ever in force', () => {
  const ledger = ledgerWith({ hostTimeoutCeilingMs: 30_000 })
  expect(ledger.pastFenceAtMs(ledger.of(admission))).toBe(31_000)
})

test('a leader that stalled begins its grace anew for all that it had not answered since', () => {
  const ledger = ledgerWith()
  const lease = ledger.of(admission)
  lease.answeredAtMs = 5_000
  ledger.restartGrace(20_000)
  expect(ledger.pastFenceAtMs(lease)).toBe(28_000)
  expect(ledger.expiresAtMs(lease)).toBe(28_000)
  lease.answeredAtMs = 20_000
  expect(ledger.pastFenceAtMs(lease)).toBe(27_500)
})

test('an answer from before a stall never counts for less than its own time', () => {
  const ledger = ledgerWith({ hostTimeoutCeilingMs: 100 })
  const lease = ledger.of(admission)
  lease.answeredAtMs = 5_000
  ledger.restartGrace(5_100)
  expect(ledger.pastFenceAtMs(lease)).toBe(12_500)
})

test('an admission of this leadership counts from its commit: no other leader can have answered it', () => {
  const ledger = ledgerWith({ hostTimeoutCeilingMs: 60_000 })
  const lease = ledger.admitted(admission, 0, 2_000)
  expect(ledger.pastFenceAtMs(lease)).toBe(9_500)
})

test('one that said that it stopped is past its fence at once', () => {
  const ledger = ledgerWith()
  const lease = ledger.admitted(admission, 0, 5_000)
  lease.stopped = true
  expect(ledger.isPastFence(lease, 0)).toBe(true)
  expect(ledger.expiresAtMs(lease)).toBe(Number.NEGATIVE_INFINITY)
})

test('after a bye the name is free at once, and the place is kept until the lease is out', () => {
  const ledger = ledgerWith()
  const lease = ledger.admitted(admission, 0, 5_000)
  Object.assign(lease, { stopped: true, ended: true })
  expect(ledger.isPastFence(lease, 5_000)).toBe(true)
  expect(ledger.expiresAtMs(lease)).toBe(13_000)
})

test('a floor is never lowered', () => {
  const ledger = ledgerWith()
  expect(ledger.admitted(admission, 7, 0).floor).toBe(7)
  expect(ledger.admitted(admission, 3, 0).floor).toBe(7)
})

test('accounts are kept by epoch and namespace, not by name', () => {
  const ledger = ledgerWith()
  const lease = ledger.of(admission)
  lease.stopped = true
  expect(ledger.of({ ...admission, epoch: 6 }).stopped).toBe(false)
  expect(ledger.of({ ...admission, namespace: 'other' }).stopped).toBe(false)
  expect(ledger.of(admission)).toBe(lease)
  ledger.forget(admission)
  expect(ledger.get(admission)).toBe(undefined)
})
