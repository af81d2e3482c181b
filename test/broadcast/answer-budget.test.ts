import { expect, test } from 'vitest'
import {
  AnswerBudget,
  answerOverheadBytes,
  countedNamespacesMax,
  defaultAnswerLimits,
} from '../../src/broadcast/answer-budget.js'

const unit = answerOverheadBytes
const limits = {
  perNamespace: { burstBytes: 4 * unit, bytesPerSecond: 2 * unit },
  inAll: { burstBytes: 6 * unit, bytesPerSecond: 3 * unit },
}

/** How many of so many requests for `bytes` are answered. */
function answered(budget: AnswerBudget, namespace: string, nowMs: number, tries = 20, bytes = 0) {
  let count = 0
  for (let i = 0; i < tries; i += 1) {
    if (!budget.allows(namespace, nowMs)) continue
    budget.spend(namespace, bytes, nowMs)
    count += 1
  }
  return count
}

test('a namespace has its burst and its rate, and all together have theirs', () => {
  const budget = new AnswerBudget(limits, 0)
  expect(answered(budget, 'a', 0)).toBe(4)
  expect(answered(budget, 'b', 0)).toBe(2)
  expect(answered(budget, 'c', 0)).toBe(0)
  expect(answered(budget, 'a', 1_000)).toBe(2)
  expect(answered(budget, 'c', 1_000)).toBe(1)
  expect(answered(budget, 'a', 60_000)).toBe(4)
})

test('an answer larger than all that may go out at once is given, and paid for afterwards', () => {
  const budget = new AnswerBudget(limits, 0)
  expect(answered(budget, 'a', 0, 20, 19 * unit)).toBe(1)
  // Of twenty units four were there; two a second are earned.
  expect(answered(budget, 'a', 8_000)).toBe(0)
  expect(answered(budget, 'a', 8_500)).toBe(1)
})

test('a clock that goes back earns nothing twice', () => {
  const budget = new AnswerBudget(limits, 1_000)
  expect(answered(budget, 'a', 1_000)).toBe(4)
  expect(answered(budget, 'a', 0)).toBe(0)
  expect(answered(budget, 'a', 1_000)).toBe(0)
})

test('names without end take no memory without end, and no more than all may have', () => {
  const budget = new AnswerBudget(defaultAnswerLimits, 0)
  let count = 0
  for (let i = 0; i < 10 * countedNamespacesMax; i += 1) count += answered(budget, `n${i}`, 0, 1)
  const { burstBytes } = defaultAnswerLimits.inAll
  expect(count).toBe(Math.ceil(burstBytes / answerOverheadBytes))
})

test('six hundred requests for a table of 667 KB are answered a dozen times, and then at the rate', () => {
  const budget = new AnswerBudget(defaultAnswerLimits, 0)
  expect(answered(budget, 'a', 0, 600, 667_000)).toBeLessThanOrEqual(13)
  expect(answered(budget, 'a', 1_000, 600, 667_000)).toBeLessThanOrEqual(13)
})
