import { expect, test } from 'vitest'
import { LeaseLedger } from '../../src/hosts/lease-ledger.js'
import { forSeeds } from '../table/seeds.js'

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
  ledger.answered(lease, 5_000)
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
  ledger.answered(lease, 5_000)
  ledger.restartGrace(20_000)
  expect(ledger.pastFenceAtMs(lease)).toBe(28_000)
  expect(ledger.expiresAtMs(lease)).toBe(28_000)
  ledger.answered(lease, 20_000)
  expect(ledger.pastFenceAtMs(lease)).toBe(27_500)
})

test('an answer from before a stall never counts for less than its own time', () => {
  const ledger = ledgerWith({ hostTimeoutCeilingMs: 100 })
  const lease = ledger.of(admission)
  ledger.answered(lease, 5_000)
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
  ledger.stopped(lease, false)
  expect(ledger.isPastFence(lease, 0)).toBe(true)
  expect(ledger.expiresAtMs(lease)).toBe(Number.NEGATIVE_INFINITY)
})

test('after a bye the name is free at once, and the place is kept until the lease is out', () => {
  const ledger = ledgerWith()
  const lease = ledger.admitted(admission, 0, 5_000)
  ledger.stopped(lease, true)
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
  ledger.stopped(lease, false)
  expect(ledger.of({ ...admission, epoch: 6 }).stopped).toBe(false)
  expect(ledger.of({ ...admission, namespace: 'other' }).stopped).toBe(false)
  expect(ledger.of(admission)).toBe(lease)
  ledger.forget(lease)
  expect(ledger.get(admission)).toBe(undefined)
})

test('a bye after a fence keeps no place', () => {
  const ledger = ledgerWith()
  const lease = ledger.admitted(admission, 0, 5_000)
  ledger.stopped(lease, false)
  ledger.stopped(lease, true)
  expect([...ledger.expired(5_000)]).toEqual([lease])
})

const namesOf = (leases: Iterable<{ readonly name: string }>) => [...leases].map(({ name }) => name)

test('who expires is found in any order of answers, with any settings, after any stall', () => {
  forSeeds(200, (random) => {
    const changes = { hostTimeoutMs: 8_000, hostTimeoutCeilingMs: 8_000 }
    const ledger = new LeaseLedger(() => ({ ...times, ...changes }), 0)
    const leases = Array.from({ length: 8 }, (_, i) => ledger.of({ ...admission, name: `h${i}:1` }))
    const gone = new Set<object>()
    let nowMs = 0
    for (let step = 0; step < 60; step += 1) {
      nowMs += random.below(3_000)
      const lease = leases[random.below(leases.length)]!
      const act = random.below(100) / 100
      if (act < 0.7) {
        if (!lease.stopped) ledger.answered(lease, nowMs)
      } else if (act < 0.8) {
        changes.hostTimeoutMs = 2_000 + random.below(20_000)
        changes.hostTimeoutCeilingMs = Math.max(changes.hostTimeoutCeilingMs, changes.hostTimeoutMs)
      } else if (act < 0.85) ledger.restartGrace(nowMs)
      else if (act < 0.9) ledger.stopped(lease, random.below(2) === 0)
      else if (act < 0.93) {
        ledger.removed(lease)
        gone.add(lease)
      }
      const due = leases.filter((each) => !gone.has(each) && nowMs >= ledger.expiresAtMs(each))
      expect(namesOf(ledger.expired(nowMs)).sort()).toEqual(namesOf(due))
    }
  })
})

test('with 100,000 leases at rest a few are looked at, and an answer keeps each from being due', () => {
  let asked = 0
  const ledger = new LeaseLedger(() => {
    asked += 1
    return times
  }, 0)
  const leases = Array.from({ length: 100_000 }, (_, i) => ledger.of({ ...admission, epoch: i }))
  for (let second = 1; second <= 5; second += 1) {
    for (const lease of leases) ledger.answered(lease, second * 1_000)
    asked = 0
    for (let sweep = 0; sweep < 4; sweep += 1) {
      expect([...ledger.expired(second * 1_000 + sweep * 250)]).toEqual([])
    }
    expect(asked).toBe(4)
  }
  for (const lease of leases.slice(2)) ledger.answered(lease, 6_000)
  asked = 0
  expect([...ledger.expired(13_000)].map(({ epoch }) => epoch)).toEqual([0, 1])
  expect(asked).toBe(3)
})

test('who comes to be past its fence is given out once after an answer, in any order of answers', () => {
  forSeeds(200, (random) => {
    const changes = { fenceAfterMs: 6_000, hostTimeoutCeilingMs: 8_000 }
    const ledger = new LeaseLedger(() => ({ ...times, ...changes }), 0)
    const leases = Array.from({ length: 8 }, (_, i) => ledger.of({ ...admission, name: `h${i}:1` }))
    /** Those that were given out and not answered since. */
    const past = new Set<object>()
    let nowMs = 0
    for (let step = 0; step < 60; step += 1) {
      nowMs += random.below(3_000)
      const lease = leases[random.below(leases.length)]!
      const act = random.below(100) / 100
      if (act < 0.7) {
        if (!lease.stopped) {
          ledger.answered(lease, nowMs)
          past.delete(lease)
        }
      } else if (act < 0.8) {
        changes.fenceAfterMs = 2_000 + random.below(20_000)
        changes.hostTimeoutCeilingMs = Math.max(changes.hostTimeoutCeilingMs, changes.fenceAfterMs)
      } else if (act < 0.85) ledger.restartGrace(nowMs)
      else if (act < 0.9) ledger.stopped(lease, random.below(2) === 0)
      const due = leases.filter((each) => !past.has(each) && ledger.isPastFence(each, nowMs))
      const given = [...ledger.pastFence(nowMs)]
      expect(namesOf(given).sort()).toEqual(namesOf(due))
      for (const each of given) past.add(each)
      for (const each of leases) expect(each.wasPastFence).toBe(past.has(each))
    }
  })
})

test('whoever was past its fence stays so until it is answered, also when a stall begins a grace', () => {
  const ledger = ledgerWith()
  const lease = ledger.admitted(admission, 0, 2_000)
  expect([...ledger.pastFence(9_500)]).toEqual([lease])
  ledger.restartGrace(10_000)
  expect(ledger.isPastFence(lease, 10_000)).toBe(true)
  ledger.answered(lease, 10_100)
  expect(ledger.isPastFence(lease, 17_599)).toBe(false)
  expect([...ledger.pastFence(17_600)]).toEqual([lease])
})

test('a member whose removal is on its way expires no more; one that was kept does at once', () => {
  const ledger = ledgerWith()
  const others = [6, 7].map((epoch) => ledger.of({ ...admission, epoch }))
  const lease = ledger.of(admission)
  ledger.removing(lease)
  expect([...ledger.expired(9_000)]).toEqual(others)
  for (const each of others) ledger.answered(each, 9_000)
  ledger.removalEnded(lease)
  expect([...ledger.expired(9_000)]).toEqual([lease])
  ledger.answered(lease, 9_000)
  expect([...ledger.expired(16_999)]).toEqual([])
  ledger.removed(lease)
  ledger.removalEnded(lease)
  expect([...ledger.expired(17_000)]).toEqual(others)
})
