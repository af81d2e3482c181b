/**
 * How many messages a session may still send: a token bucket. Pure; time comes in as a number.
 * Invariant: 0 <= tokens <= burst.
 */
export interface BudgetLimits {
  /** Messages that may come at once. */
  readonly burst: number
  /** Messages a second that may go on for ever. */
  readonly perSecond: number
}

export class MessageBudget {
  readonly #limits: BudgetLimits
  #tokens: number
  #filledAtMs: number

  /** @param nowMs monotonic */
  constructor(limits: BudgetLimits, nowMs: number) {
    this.#limits = limits
    this.#tokens = limits.burst
    this.#filledAtMs = nowMs
  }

  /**
   * Takes a message's worth.
   * @param cost of a message that costs more than others
   * @returns false when there is not so much left: the sender is too fast
   */
  take(nowMs: number, cost = 1): boolean {
    const earned = ((nowMs - this.#filledAtMs) / 1_000) * this.#limits.perSecond
    this.#tokens = Math.min(this.#limits.burst, this.#tokens + Math.max(0, earned))
    this.#filledAtMs = nowMs
    if (this.#tokens < cost) return false
    this.#tokens -= cost
    return true
  }

  /** The message that was taken last was asked for: it does not count. */
  giveBack(): void {
    this.#tokens = Math.min(this.#limits.burst, this.#tokens + 1)
  }
}
