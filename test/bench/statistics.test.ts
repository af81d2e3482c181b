import { expect, test } from 'vitest'
import { inTurn, median, quantile, summarize } from '../../bench/harness/statistics.js'

const figure = { what: 'p50', unit: 'ms', samples: [2, 6, 3] }
const reference = { what: 'etcd', samples: [1, 2, 2] }

test('a quantile is a value that so large a share of all does not exceed', () => {
  const values = [50, 10, 40, 20, 30]
  expect(quantile(values, 0)).toBe(10)
  expect(quantile(values, 0.2)).toBe(10)
  expect(quantile(values, 0.21)).toBe(20)
  expect(quantile(values, 0.99)).toBe(50)
  expect(quantile([], 0.5)).toBeNaN()
})

test('a median of an even number lies between the two in the middle', () => {
  expect(median([3, 1, 2])).toBe(2)
  expect(median([4, 1, 2, 3])).toBe(2.5)
  expect(median([7])).toBe(7)
  expect(median([])).toBeNaN()
})

test('a ratio is that of the two in one repetition, not of the medians', () => {
  const { value, ratio } = summarize({ ...figure, reference })
  expect(value).toEqual({ least: 2, median: 3, most: 6 })
  expect(ratio).toEqual({ least: 1.5, median: 2, most: 3 })
})

test('a target is judged by the median of what it speaks of', () => {
  const reached = (target: Parameters<typeof summarize>[0]['target']) =>
    summarize({ ...figure, reference, ...(target && { target }) }).reached
  expect(reached(undefined)).toBeNull()
  expect(reached({ of: 'ratio', atMost: 2 })).toBe(true)
  expect(reached({ of: 'ratio', atMost: 1.9 })).toBe(false)
  expect(reached({ of: 'ratio', atLeast: 2 })).toBe(true)
  expect(reached({ of: 'ratio', atLeast: 2.1 })).toBe(false)
  expect(reached({ of: 'value', atMost: 2.9 })).toBe(false)
  expect(reached({ of: 'value', atMost: 3 })).toBe(true)
})

test('samples without a partner are refused', () => {
  expect(() => summarize({ ...figure, samples: [] })).toThrow('no samples')
  expect(() => summarize({ ...figure, samples: [1], reference })).toThrow('1 samples, 3 of')
  expect(() => summarize({ ...figure, target: { of: 'ratio', atMost: 1 } })).toThrow('no reference')
})

test('of two works in turn the other one comes first in every second repetition', async () => {
  const order: string[] = []
  const work = (name: string) => async (repetition: number) => {
    order.push(`${name}${repetition}`)
    return `${name}${repetition}`
  }
  const { first, second } = await inTurn(3, work('a'), work('b'))
  expect(order).toEqual(['a0', 'b0', 'b1', 'a1', 'a2', 'b2'])
  expect(first).toEqual(['a0', 'a1', 'a2'])
  expect(second).toEqual(['b0', 'b1', 'b2'])
})
