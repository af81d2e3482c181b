import { expect, test } from 'vitest'
import { Round } from '../../src/broadcast/round.js'
import { Budget } from '../../src/jobs/job.js'
import type { Table } from '../../src/table/table.js'
import { makeContext } from '../table/tables.js'
import { TestLeases, tableWith } from './support/rounds-bench.js'

const context = await makeContext()
const a = ['a:1', 5] as const
const b = ['b:1', 6] as const
const c = ['c:1', 7] as const
const from = tableWith(context, 10, a, b, c)

/** @param fenced those that are past their fence when it starts */
function beginRound(to: Table, ...fenced: (readonly [string, number])[]) {
  const leases = new TestLeases()
  for (const [name, epoch] of fenced) leases.named(name, epoch).isPastFence = true
  const span = { namespace: 'default', term: 4, from, to }
  const round = new Round({ ...span, startedAtMs: 0, roundDeadlineMs: 10_000 }, leases)
  const acknowledge = ([name, epoch]: readonly [string, number], term = 4, generation = round.to) =>
    round.acknowledge(leases.named(name, epoch), term, generation)
  const fence = ([name, epoch]: readonly [string, number]) =>
    round.pastFence(leases.named(name, epoch))
  return { round, leases, acknowledge, fence }
}

/** One that knows its wait list and who loses keys. */
function roundTo(to: Table, ...fenced: (readonly [string, number])[]) {
  const begun = beginRound(to, ...fenced)
  while (!begun.round.isPrepared) begun.round.step(new Budget(1), 0)
  return begun
}

const named = (list: Iterable<{ readonly name: string; readonly epoch: number }>) =>
  [...list].map(({ name, epoch }) => `${name}#${epoch}`).sort()

test('the wait list is made of the admissions of both tables; who loses keys is told apart', () => {
  // c restarted, d joined: both epochs of c are on it.
  const { round } = roundTo(tableWith(context, 11, a, b, ['c:1', 11], ['d:1', 11]))
  expect(named(round.missing())).toEqual(['a:1#5', 'b:1#6', 'c:1#11', 'c:1#7', 'd:1#11'])
  expect(round.waitCount).toBe(5)
  const losing = [...round.missing()].filter((account) => round.loses(account))
  expect(named(losing)).toEqual(['a:1#5', 'b:1#6', 'c:1#7'])
})

test('a round is complete when everybody has acknowledged', () => {
  const { round, acknowledge } = roundTo(tableWith(context, 11, a, b))
  for (const one of [a, b]) {
    expect(acknowledge(one)).toBe(true)
    expect(round.judge(0)).toBe('wait')
  }
  expect(acknowledge(c)).toBe(true)
  expect(round.judge(0)).toBe('complete')
})

test('an acknowledgement of another term, generation or epoch, or from a stranger, counts for nothing', () => {
  const { round, acknowledge } = roundTo(tableWith(context, 11, a, b))
  expect(acknowledge(a, 3)).toBe(false)
  expect(acknowledge(a, 5)).toBe(false)
  expect(acknowledge(a, 4, 10)).toBe(false)
  expect(acknowledge(a, 4, 12)).toBe(false)
  expect(acknowledge(['a:1', 4])).toBe(false)
  expect(acknowledge(['x:1', 5])).toBe(false)
  expect(round.missing().size).toBe(3)
})

test('a second acknowledgement counts once', () => {
  const { round, acknowledge } = roundTo(tableWith(context, 11, a, b))
  expect(acknowledge(a)).toBe(true)
  expect(acknowledge(a)).toBe(false)
  expect(round.missing().size).toBe(2)
})

test('at the deadline those that lose nothing are not waited for any longer', () => {
  const { round, acknowledge } = roundTo(tableWith(context, 11, a, b))
  acknowledge(c)
  expect(round.judge(9_999)).toBe('wait')
  expect(round.judge(10_000)).toBe('complete')
})

test('at the deadline all who lose keys and are missing are stragglers, together', () => {
  const { round, acknowledge } = roundTo(tableWith(context, 11, a, b, c, ['d:1', 11]))
  acknowledge(b)
  expect(round.judge(9_999)).toBe('wait')
  expect(round.judge(10_000)).toBe('overdue')
  expect(named(round.nameStragglers())).toEqual(['a:1#5', 'c:1#7'])
  expect(named(round.stragglers)).toEqual(['a:1#5', 'c:1#7'])
})

test('a straggler is waited for until it is past its fence: nothing completes before', () => {
  const { round, acknowledge, fence } = roundTo(tableWith(context, 11, a, b))
  acknowledge(a)
  acknowledge(b)
  for (const nowMs of [10_000, 12_000, 17_000]) expect(round.judge(nowMs)).toBe('overdue')
  round.nameStragglers()
  expect(fence(c)).toBe(true)
  expect(round.judge(17_500)).toBe('complete')
  expect(named(round.stragglers)).toEqual(['c:1#7'])
})

test('who is past its fence counts, and its floor is raised to the generation of the round', () => {
  const { round, leases, acknowledge, fence } = roundTo(tableWith(context, 11, a, b))
  acknowledge(a)
  expect(fence(c)).toBe(true)
  acknowledge(b)
  expect(round.judge(0)).toBe('complete')
  expect([a, b, c].map(([name, epoch]) => leases.named(name, epoch).floor)).toEqual([0, 0, 11])
})

test('who was past its fence before the round began is not waited for, and has its floor', () => {
  const { round, leases, acknowledge } = roundTo(tableWith(context, 11, a, b), c)
  expect(round.waitCount).toBe(3)
  expect(named(round.missing())).toEqual(['a:1#5', 'b:1#6'])
  for (const one of [a, b]) acknowledge(one)
  expect(round.judge(0)).toBe('complete')
  expect(leases.named(...c).floor).toBe(11)
})

test('the fence of another epoch of the name counts for nothing', () => {
  const { round, fence } = roundTo(tableWith(context, 11, a, b, ['c:1', 11]))
  fence(['c:1', 11])
  expect(named(round.missing())).toEqual(['a:1#5', 'b:1#6', 'c:1#7'])
})

test('who acknowledges before the wait list is whole counts, and nothing is decided before', () => {
  const { round, acknowledge } = beginRound(tableWith(context, 11, a, b, ['d:1', 11]))
  round.step(new Budget(1), 0)
  expect(named(round.missing())).toEqual(['a:1#5'])
  for (const one of [a, b, c, ['d:1', 11]] as const) {
    expect(acknowledge(one)).toBe(true)
    expect(acknowledge(one)).toBe(false)
    expect(round.judge(60_000)).toBe('wait')
  }
  expect(acknowledge(['x:1', 5])).toBe(false)
  while (!round.isListed) round.step(new Budget(1), 0)
  expect(round.waitCount).toBe(4)
  expect(round.acknowledgedCount).toBe(4)
  expect(round.judge(0)).toBe('complete')
})

test('until it is known who loses keys nobody is a straggler, and no deadline ends the round', () => {
  const { round } = beginRound(tableWith(context, 11, a, b))
  while (!round.isListed) round.step(new Budget(1), 0)
  expect(round.loses(round.missing().values().next().value!)).toBe(null)
  expect(round.judge(60_000)).toBe('wait')
  while (!round.isPrepared) round.step(new Budget(1), 0)
  expect(round.judge(60_000)).toBe('overdue')
})

test('a round to a table without anybody waits for those that were there', () => {
  const { round, acknowledge } = roundTo(tableWith(context, 11))
  expect(named(round.missing())).toEqual(['a:1#5', 'b:1#6', 'c:1#7'])
  for (const one of [a, b, c]) acknowledge(one)
  expect(round.judge(0)).toBe('complete')
})

test('a deadline that is extended lets nobody straggle before', () => {
  const { round } = roundTo(tableWith(context, 11, a, b))
  round.extend(3_000)
  expect(round.deadlineAtMs).toBe(13_000)
  expect(round.judge(12_999)).toBe('wait')
  expect(round.judge(13_000)).toBe('overdue')
})
