import { expect, test } from 'vitest'
import { Round } from '../../src/broadcast/round.js'
import type { Table } from '../../src/table/table.js'
import { makeContext } from '../table/tables.js'
import { TestFences, tableWith } from './support/rounds-bench.js'

const context = await makeContext()
const a = ['a:1', 5] as const
const b = ['b:1', 6] as const
const c = ['c:1', 7] as const
const from = tableWith(context, 10, a, b, c)

function roundTo(to: Table, before = from) {
  const fences = new TestFences()
  const span = { namespace: 'default', term: 4, from: before, to }
  const round = new Round({ ...span, startedAtMs: 0, roundDeadlineMs: 10_000 }, fences)
  const acknowledge = ([name, epoch]: readonly [string, number], term = 4, generation = round.to) =>
    round.acknowledge({ namespace: 'default', name, epoch }, term, generation)
  return { round, fences, acknowledge }
}

const named = (list: Iterable<{ readonly name: string; readonly epoch: number }>) =>
  [...list].map(({ name, epoch }) => `${name}#${epoch}`).sort()

test('the wait list is made of the admissions of both tables; who loses keys is told apart', () => {
  // c restarted, d joined: both epochs of c are on it.
  const { round } = roundTo(tableWith(context, 11, a, b, ['c:1', 11], ['d:1', 11]))
  expect(named(round.awaited())).toEqual(['a:1#5', 'b:1#6', 'c:1#11', 'c:1#7', 'd:1#11'])
  const losing = [...round.awaited()].filter(({ loses }) => loses)
  expect(named(losing)).toEqual(['a:1#5', 'b:1#6', 'c:1#7'])
})

test('a round is complete when everybody has acknowledged', () => {
  const { round, acknowledge } = roundTo(tableWith(context, 11, a, b))
  for (const one of [a, b]) {
    expect(acknowledge(one)).toBe(true)
    expect(round.judge(0).kind).toBe('wait')
  }
  expect(acknowledge(c)).toBe(true)
  expect(round.judge(0).kind).toBe('complete')
})

test('an acknowledgement of another term, generation or epoch, or from a stranger, counts for nothing', () => {
  const { round, acknowledge } = roundTo(tableWith(context, 11, a, b))
  expect(acknowledge(a, 3)).toBe(false)
  expect(acknowledge(a, 5)).toBe(false)
  expect(acknowledge(a, 4, 10)).toBe(false)
  expect(acknowledge(a, 4, 12)).toBe(false)
  expect(acknowledge(['a:1', 4])).toBe(false)
  expect(acknowledge(['x:1', 5])).toBe(false)
  expect(round.missingCount).toBe(3)
})

test('a second acknowledgement counts once', () => {
  const { round, acknowledge } = roundTo(tableWith(context, 11, a, b))
  expect(acknowledge(a)).toBe(true)
  expect(acknowledge(a)).toBe(false)
  expect(round.missingCount).toBe(2)
})

test('at the deadline those that lose nothing are not waited for any longer', () => {
  const { round, acknowledge } = roundTo(tableWith(context, 11, a, b))
  acknowledge(c)
  expect(round.judge(9_999).kind).toBe('wait')
  expect(round.judge(10_000).kind).toBe('complete')
})

test('at the deadline all who lose keys and are missing are stragglers, together', () => {
  const { round, acknowledge } = roundTo(tableWith(context, 11, a, b, c, ['d:1', 11]))
  acknowledge(b)
  expect(round.judge(9_999).kind).toBe('wait')
  const verdict = round.judge(10_000)
  expect(verdict.kind).toBe('stragglers')
  expect(verdict.kind === 'stragglers' && named(verdict.admissions)).toEqual(['a:1#5', 'c:1#7'])
  expect(named(round.stragglers)).toEqual(['a:1#5', 'c:1#7'])
})

test('a straggler is waited for until it is past its fence: nothing completes before', () => {
  const { round, fences, acknowledge } = roundTo(tableWith(context, 11, a, b))
  acknowledge(a)
  acknowledge(b)
  for (const nowMs of [10_000, 12_000, 17_000]) expect(round.judge(nowMs).kind).toBe('stragglers')
  fences.past.add('c:1#7')
  expect(round.judge(17_500).kind).toBe('complete')
  expect(named(round.stragglers)).toEqual(['c:1#7'])
})

test('who is past its fence counts, and its floor is raised to the generation of the round', () => {
  const { round, fences, acknowledge } = roundTo(tableWith(context, 11, a, b))
  fences.past.add('c:1#7')
  acknowledge(a)
  acknowledge(b)
  expect(round.judge(0).kind).toBe('complete')
  expect(fences.floors).toEqual([['c:1#7', 11]])
})

test('the fence of another epoch of the name counts for nothing', () => {
  const { round, fences } = roundTo(tableWith(context, 11, a, b, ['c:1', 11]))
  fences.past.add('c:1#11')
  round.judge(0)
  expect(named(round.missing())).toEqual(['a:1#5', 'b:1#6', 'c:1#7'])
})

test('a round to a table without anybody waits for those that were there', () => {
  const { round, acknowledge } = roundTo(tableWith(context, 11))
  expect(named(round.missing())).toEqual(['a:1#5', 'b:1#6', 'c:1#7'])
  for (const one of [a, b, c]) acknowledge(one)
  expect(round.judge(0).kind).toBe('complete')
})

test('a deadline that is extended lets nobody straggle before', () => {
  const { round } = roundTo(tableWith(context, 11, a, b))
  round.extend(3_000)
  expect(round.deadlineAtMs).toBe(13_000)
  expect(round.judge(12_999).kind).toBe('wait')
  expect(round.judge(13_000).kind).toBe('stragglers')
})
