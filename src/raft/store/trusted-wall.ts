/**
 * A wall clock that deletes by: the smallest one that was seen through the last hour. A clock that
 * is ahead for minutes, by however much, leaves no trace here; one that is set right goes on within
 * two hours. Nothing is trusted before it was looked at for an hour of the monotonic clock.
 */
import { performance } from 'node:perf_hooks'

/** Both clocks of this machine, in ms. */
export interface BothClocks {
  monotonicMs(): number
  wallMs(): number
}

export const systemClocks: BothClocks = {
  monotonicMs: () => performance.now(),
  wallMs: () => Date.now(),
}

/** For how long a wall clock must have stood, in ms. */
export const trustAfterMs = 3_600_000

export class TrustedWall {
  readonly #clocks: BothClocks
  #sinceMs = Number.POSITIVE_INFINITY
  /** Of the hour that runs, and of the one before it. */
  #least = Number.POSITIVE_INFINITY
  #leastBefore: number | null = null

  constructor(clocks: BothClocks) {
    this.#clocks = clocks
  }

  /** Looks at the clocks: often, compared to an hour. @returns ms; null before an hour is over */
  look(): number | null {
    const clocks = this.#clocks
    const nowMs = clocks.monotonicMs()
    if (nowMs - this.#sinceMs >= trustAfterMs) {
      this.#leastBefore = this.#least
      this.#least = Number.POSITIVE_INFINITY
    }
    if (this.#least === Number.POSITIVE_INFINITY) this.#sinceMs = nowMs
    this.#least = Math.min(this.#least, clocks.wallMs())
    return this.#leastBefore === null ? null : Math.min(this.#leastBefore, this.#least)
  }
}
