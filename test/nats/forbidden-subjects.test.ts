/** What a NATS server forbids, as far as it is needed and for as long as it is so. */
import { expect, test } from 'vitest'
import {
  type Forbidden,
  ForbiddenSubjects,
  forbiddenInWords,
  needsInWords,
} from '../../src/nats/forbidden-subjects.js'

const needs = {
  publish: ['berth.shop.*.table', 'berth.shop.pulse', '_INBOX.>'],
  subscribe: ['berth.shop.*.get'],
}
const pulse: Forbidden = { operation: 'publish', subject: 'berth.shop.pulse' }
const gets: Forbidden = { operation: 'subscribe', subject: 'berth.shop.*.get' }

test('what is needed is kept once, however often it is refused', () => {
  const forbidden = new ForbiddenSubjects(needs)
  expect(forbidden.refused(pulse, 0)).toBe(true)
  expect(forbidden.refused(pulse, 1)).toBe(false)
  expect(forbidden.refused(gets, 2)).toBe(true)
  expect(forbidden.list).toEqual([pulse, gets])
  expect(forbiddenInWords(forbidden.list)).toBe(
    'publish to "berth.shop.pulse" and subscribe to "berth.shop.*.get"',
  )
  expect(needsInWords(needs)).toBe(
    'publish to berth.shop.*.table, berth.shop.pulse, _INBOX.>; subscribe to berth.shop.*.get',
  )
  expect(forbidden.clear()).toBe(true)
  expect(forbidden.list).toEqual([])
  expect(forbidden.clear()).toBe(false)
})

test('a subject with a wildcard is kept as it was asked for, that of an inbox as it is needed', () => {
  const forbidden = new ForbiddenSubjects(needs)
  const subjects = ['berth.shop.eu.table', 'berth.shop.us.table', '_INBOX.a.1', '_INBOX.b.2']
  for (const subject of subjects) forbidden.refused({ operation: 'publish', subject }, 0)
  expect(forbidden.list.map(({ subject }) => subject)).toEqual(['berth.shop.us.table', '_INBOX.>'])
})

test.for([
  { operation: 'publish', subject: 'elsewhere' },
  { operation: 'publish', subject: 'berth.shop.*.get' },
  { operation: 'subscribe', subject: 'berth.shop.pulse' },
  { operation: 'publish', subject: 'berth.shop' },
  { operation: 'publish', subject: 'berth.shop.pulse.x' },
  { operation: 'publish', subject: 'berth.shop.a.b.table' },
  { operation: 'publish', subject: '_INBOX' },
] as const)('what nobody needs does not count: $operation $subject', (refused) => {
  const forbidden = new ForbiddenSubjects(needs)
  expect(forbidden.refused(refused, 0)).toBe(false)
  expect(forbidden.list).toEqual([])
})

test.for([
  ['a subscription', gets],
  ['publishing', pulse],
] as const)('%s is forbidden until it was tried again and has stood', ([, what]) => {
  const forbidden = new ForbiddenSubjects(needs)
  forbidden.refused(what, 0)
  expect(forbidden.isRefused(what)).toBe(true)
  const early = forbidden.mark
  forbidden.refused(what, 1)
  expect(forbidden.stood(what, early)).toBe(false)
  expect(forbidden.expire(23 * 3_600_000)).toBe(false)
  expect(forbidden.stood(what, forbidden.mark)).toBe(true)
  expect(forbidden.stood(what, forbidden.mark)).toBe(false)
  expect(forbidden.isRefused(what)).toBe(false)
})

test('what is published elsewhere says nothing of a subject that is forbidden', () => {
  const forbidden = new ForbiddenSubjects(needs)
  forbidden.refused({ operation: 'publish', subject: 'berth.shop.a.table' }, 0)
  const other = { operation: 'publish', subject: 'berth.shop.b.table' } as const
  expect([forbidden.isRefused(other), forbidden.stood(other, forbidden.mark)]).toEqual([
    false,
    false,
  ])
  // One to which nobody publishes any more is forgotten in the end.
  expect(forbidden.expire(24 * 3_600_000)).toBe(true)
  expect(forbidden.list).toEqual([])
})
