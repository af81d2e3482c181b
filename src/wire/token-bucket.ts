/**
 * How much a peer may still have: it earns so much a second, up to a burst. Pure; time comes in as
 * a number, monotonic, in ms.
 */
export class TokenBucket {
  readonly #burst: number
  readonly #perSecond: number
  #tokens: number
  #filledAtMs: number

  /** Full. */
  constructor(burst: number, perSecond: number, nowMs: number) {
    this.#burst = burst
    this.#perSecond = perSecond
    this.#tokens = burst
    this.#filledAtMs = nowMs
  }

  /** Negative for what has yet to be earned; never more than the burst. */
  left(nowMs: number): number {
    const earned = (Math.max(0, nowMs - this.#filledAtMs) / 1_000) * this.#perSecond
    this.#tokens = Math.min(this.#burst, this.#tokens + earned)
    this.#filledAtMs = Math.max(nowMs, this.#filledAtMs)
    return this.#tokens
  }

  /** @param tokens more than are left are owed; less than 0 are given back */
  spend(tokens: number): void {
    this.#tokens -= tokens
  }
}
