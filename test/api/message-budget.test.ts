import { expect, test } from 'vitest'
import { MessageBudget } from '../../src/api/door/message-budget.js'

test('a budget allows a burst, then the steady rate, and never more', () => {
  const budget = new MessageBudget({ burst: 5, perSecond: 2 }, 1_000)
  const taken = (nowMs: number, tries: number) =>
    Array.from({ length: tries }, () => budget.take(nowMs)).filter(Boolean).length
  expect(taken(1_000, 10)).toBe(5)
  expect(taken(1_400, 10)).toBe(0)
  expect(taken(1_500, 10)).toBe(1)
  expect(taken(3_500, 10)).toBe(4)
  expect(taken(1_000_000, 10)).toBe(5)
})

test('a host that keeps to the rate is never stopped', () => {
  const budget = new MessageBudget({ burst: 1, perSecond: 20 }, 0)
  for (let nowMs = 0; nowMs < 60_000; nowMs += 50) expect(budget.take(nowMs)).toBe(true)
})

test('what is given back can be spent again, up to the burst', () => {
  const budget = new MessageBudget({ burst: 3, perSecond: 1 }, 0)
  expect(budget.take(0, 3)).toBe(true)
  expect(budget.take(0)).toBe(false)
  budget.giveBack()
  expect([budget.take(0, 2), budget.take(0), budget.take(0)]).toEqual([false, true, false])
  for (let i = 0; i < 10; i += 1) budget.giveBack()
  expect([budget.take(0, 4), budget.take(0, 3)]).toEqual([false, true])
})

test('a clock that stands still earns nothing', () => {
  const budget = new MessageBudget({ burst: 2, perSecond: 1_000 }, 10)
  expect([budget.take(10), budget.take(10), budget.take(10), budget.take(9)]).toEqual([
    true,
    true,
    false,
    false,
  ])
})
