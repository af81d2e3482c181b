/**
 * Long work in slices. Whatever would keep other input waiting is a job: its driver gives it a
 * budget again and again, and between two slices takes the input that waits.
 *
 * Budgets are counted, not timed, so that a run can be repeated: one unit is about a microsecond of
 * work on an ordinary machine, as each job estimates its own steps.
 */

/** What a slice may still cost. Several jobs can share one. */
export class Budget {
  #left: number

  /** @param units about so many microseconds of work */
  constructor(units: number) {
    this.#left = units
  }

  get isSpent(): boolean {
    return this.#left <= 0
  }

  /** A step was done. The last one may cost more than was left. */
  spend(units: number): void {
    this.#left -= units
  }
}

export interface Job {
  /**
   * Goes on until the budget is spent or the work is done. No single step is long, and one is done
   * however small the budget is.
   *
   * @returns whether the work is done; a further call does nothing
   */
  step(budget: Budget): boolean
}
