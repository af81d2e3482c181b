import { describe, expect, test } from 'vitest'
import { Budget } from '../../src/jobs/job.js'
import { finish, SlicedJob, type Slices } from '../../src/jobs/sliced-job.js'

function* work(steps: number, units: number): Slices<string> {
  for (let i = 0; i < steps; i += 1) yield units
  return 'done'
}

describe('a job of slices', () => {
  test('does a step however small the budget is, and stops when it is spent', () => {
    const job = new SlicedJob(work(3, 10))
    expect(job.step(new Budget(0))).toBe(false)
    expect(() => job.result).toThrow('the work is not done')
    expect(job.step(new Budget(10))).toBe(false)
    expect(job.step(new Budget(11))).toBe(true)
    expect(job.result).toBe('done')
  })

  test('leaves of a budget what it does not need, and takes nothing once it is done', () => {
    const budget = new Budget(100)
    const [first, second] = [new SlicedJob(work(4, 10)), new SlicedJob(work(5, 10))]
    expect([first.step(budget), budget.isSpent]).toEqual([true, false])
    expect([second.step(budget), first.step(budget), budget.isSpent]).toEqual([true, true, false])
    expect(new SlicedJob(work(9, 10)).step(budget)).toBe(false)
  })

  test('that failed is never done: it throws again', () => {
    const job = new SlicedJob(
      (function* (): Slices<void> {
        yield 1
        throw new Error('it is broken')
      })(),
    )
    expect(job.step(new Budget(1))).toBe(false)
    for (let i = 0; i < 2; i += 1) {
      expect(() => job.step(new Budget(1))).toThrow('it is broken')
      expect(() => job.result).toThrow('it is broken')
    }
  })

  test('can be done at once', () => {
    expect(finish(work(1000, 5))).toBe('done')
  })
})
