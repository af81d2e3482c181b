/**
 * A job whose work is written as a generator: it yields after each step what the step cost, and
 * returns the result. So long work reads like plain work, whoever drives it: in slices as a job,
 * to the end at once by `finish`, or as a part of other work by `yield*`.
 */
import type { Budget, Job } from './job.js'

/** Work in steps. What it yields is the cost of the step, in units of a budget. */
export type Slices<T> = Generator<number, T>

export class SlicedJob<T> implements Job {
  readonly #slices: Slices<T>
  #outcome: { readonly result: T } | { readonly error: unknown } | null = null

  constructor(slices: Slices<T>) {
    this.#slices = slices
  }

  /** What the work came to. @throws Error before it is done: a bug */
  get result(): T {
    if (this.#outcome === null) throw new Error('the work is not done')
    if ('error' in this.#outcome) throw this.#outcome.error
    return this.#outcome.result
  }

  /** @throws what the work throws, then and ever after */
  step(budget: Budget): boolean {
    while (this.#outcome === null) {
      const units = this.#next()
      if (units === null) break
      budget.spend(units)
      if (budget.isSpent) return false
    }
    // Throws what the work threw.
    void this.result
    return true
  }

  /** Does one step. @returns what it cost; null when there was none left to do */
  #next(): number | null {
    try {
      const { done, value } = this.#slices.next()
      if (done !== true) return value
      this.#outcome = { result: value }
    } catch (error) {
      this.#outcome = { error }
    }
    return null
  }
}

/** Does the work to its end, at once. */
export function finish<T>(slices: Slices<T>): T {
  for (;;) {
    const { done, value } = slices.next()
    if (done === true) return value
  }
}
