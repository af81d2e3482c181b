/**
 * Turns the times of inputs into ticks of the core, and finds out when the process stood still.
 *
 * The lease of a leader (lease.ts) rests on how slowly a follower's election clock runs: `n` ticks
 * take at least (n - 1) × tick - `toleranceMs` from any instant before the first of them. A late
 * tick therefore never lets the next ones come closer together than the tolerance, and ticks that
 * were missed are not made up for (bug S18).
 *
 * After a pause the input that queued up meanwhile comes first: the tick that finds the pause does
 * not count, so that nobody campaigns against a leader whose heartbeats lie unread in a socket.
 *
 * Invariant: the time it shows never goes back.
 */
export interface TickClockSettings {
  readonly tickMs: number
  /** A pause longer than this is a stall, in ms: half an election timeout. */
  readonly stallMs: number
}

/** Timers may fire so much of a tick early. */
const toleranceShare = 0.1

/** How much sooner than the sum of their periods some ticks may be over, in ms. */
export function tickToleranceMs(tickMs: number): number {
  return tickMs * toleranceShare
}

export class TickClock {
  readonly #settings: TickClockSettings
  readonly #toleranceMs: number
  #nowMs: number
  /** When `tick` was called last: a driver that runs calls it again within a tick or two. */
  #calledMs: number
  #nextTickMs: number
  /** The last call found a pause, so that this one must not wait any longer. */
  #waited = false
  /** The pause since the last call has been told. */
  #told = false

  constructor(settings: TickClockSettings, nowMs: number) {
    this.#settings = settings
    this.#toleranceMs = tickToleranceMs(settings.tickMs)
    this.#nowMs = nowMs
    this.#calledMs = nowMs
    this.#nextTickMs = nowMs + settings.tickMs
  }

  get nowMs(): number {
    return this.#nowMs
  }

  /** From now on the driver ticks: how long it took to begin is no stall. */
  start(nowMs: number): void {
    this.#nowMs = Math.max(this.#nowMs, nowMs)
    this.#calledMs = this.#nowMs
    this.#nextTickMs = this.#nowMs + this.#settings.tickMs
    this.#told = false
  }

  /** Any input. Returns the length of a stall that it ends, in ms; 0 for none. */
  observe(nowMs: number): number {
    this.#nowMs = Math.max(this.#nowMs, nowMs)
    const gapMs = this.#nowMs - this.#calledMs
    if (this.#told || gapMs <= this.#settings.stallMs) return 0
    this.#told = true
    return gapMs
  }

  /** The driver's tick, after `observe`. Returns whether the core's clock advances. */
  tick(): boolean {
    const stalled = this.#told
    this.#calledMs = this.#nowMs
    this.#told = false
    if (stalled && !this.#waited) {
      this.#waited = true
      this.#nextTickMs = Math.max(this.#nextTickMs, this.#nowMs)
      return false
    }
    this.#waited = false
    if (this.#nowMs < this.#nextTickMs) return false
    const { tickMs } = this.#settings
    const spacedMs = this.#nowMs + tickMs - this.#toleranceMs
    this.#nextTickMs = Math.max(this.#nextTickMs + tickMs, spacedMs)
    return true
  }
}
