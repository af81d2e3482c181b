/** How many messages a session may still send. Pure; time comes in as a number. */
import { TokenBucket } from '../../wire/token-bucket.js'

export interface BudgetLimits {
  /** Messages that may come at once. */
  readonly burst: number
  /** Messages a second that may go on for ever. */
  readonly perSecond: number
}

export class MessageBudget {
  readonly #bucket: TokenBucket

  /** @param nowMs monotonic */
  constructor({ burst, perSecond }: BudgetLimits, nowMs: number) {
    this.#bucket = new TokenBucket(burst, perSecond, nowMs)
  }

  /**
   * Takes a message's worth.
   * @param cost of a message that costs more than others
   * @returns false when there is not so much left: the sender is too fast
   */
  take(nowMs: number, cost = 1): boolean {
    if (this.#bucket.left(nowMs) < cost) return false
    this.#bucket.spend(cost)
    return true
  }

  /** The message that was taken last was asked for: it does not count. */
  giveBack(): void {
    this.#bucket.spend(-1)
  }
}
