/**
 * The clocks of the machine that a host runs on, as one stamp. The boot clock is a file of the
 * kernel: to read it takes as long as ten lookups. So a question (`ask`) tells it from its last
 * reading and what the monotonic clock shows since, as long as the wall clock shows the same: while
 * a machine sleeps the monotonic clock stands still, and the wall clock is ahead of it afterwards.
 *
 * Invariants:
 * - What an input comes with (`read`) is read from the clocks themselves: leases run from there.
 * - No reading of the boot clock is used for longer than `bootAgeMaxMs` of waking time. So a sleep
 *   is missed only by questions that come within that time, and only if somebody set the wall
 *   clock back meanwhile by just as long as the machine slept.
 */
import type { Stamp } from './clock.js'

/** Clocks as the system shows them, in ms. */
export interface SystemClocks {
  /** May stand still while the machine sleeps. */
  monotonicMs(): number
  /** Goes on while the machine sleeps; may be set. In steps of 1 ms. */
  wallMs(): number
  /** Goes on while the machine sleeps. In steps of 10 ms. */
  bootMs(): number
}

/** A reading of the boot clock is used for so long, by the monotonic clock. */
export const bootAgeMaxMs = 50
/**
 * When the wall clock has moved against the monotonic one by more, the boot clock is read. More
 * than the steps of the wall clock, less than what `bootGranularityMs` leaves beside those of the
 * boot clock.
 */
export const aheadMsMax = 3

export class HostClocks {
  readonly #system: SystemClocks
  #readAtMs = Number.NEGATIVE_INFINITY
  #bootMs = 0
  /** By how much the wall clock was ahead of the monotonic one when the boot clock was read. */
  #aheadMs = 0

  constructor(system: SystemClocks) {
    this.#system = system
  }

  /** All clocks, read now. */
  read(): Stamp {
    // A process that is held up before the boot clock is read is told too late a time, never too
    // early a one.
    const wallMs = this.#system.wallMs()
    const monotonicMs = this.#system.monotonicMs()
    this.#aheadMs = wallMs - monotonicMs
    this.#bootMs = this.#system.bootMs()
    this.#readAtMs = monotonicMs
    return { monotonicMs, bootMs: this.#bootMs }
  }

  /** The clocks at this instant, for a question. */
  ask(): Stamp {
    const monotonicMs = this.#system.monotonicMs()
    const sinceMs = monotonicMs - this.#readAtMs
    if (sinceMs > bootAgeMaxMs) return this.read()
    const aheadMs = this.#system.wallMs() - monotonicMs - this.#aheadMs
    if (aheadMs > aheadMsMax || aheadMs < -aheadMsMax) return this.read()
    return { monotonicMs, bootMs: this.#bootMs + sinceMs }
  }
}
