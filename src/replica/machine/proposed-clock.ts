/**
 * Finds out that the wall clock of a leader has jumped: by the monotonic clock, from one command
 * that it proposes to the next. What it says of that goes into the log before the next command: so
 * a clock that is wrong for seconds ages nothing there, and one that is set back stops nothing.
 *
 * It looks no further back than the first command of this leadership: what lies between the last
 * command of another leader and that one, only wall clocks tell.
 */
import type { Command } from '../../fsm/command.js'
import type { Instant } from '../../fsm/instant.js'

/** The wall clock has jumped when it and the monotonic clock are apart by more, in ms. */
const jumpMs = 1_000

export interface Jump {
  /** Says it to the log. */
  readonly command: Command
  /** When the last command before it was proposed. */
  readonly since: Instant
}

export class ProposedClock {
  #last: Instant | null = null

  /** A leadership begins. */
  restart(): void {
    this.#last = null
  }

  /**
   * Something is about to be proposed, or may be.
   * @returns what has to be proposed before that, because the clock has jumped; null for nothing
   */
  before(now: Instant): Jump | null {
    const since = this.#last
    if (since === null) return null
    const elapsedMs = Math.max(0, Math.round(now.monotonicMs - since.monotonicMs))
    if (Math.abs(now.wallMs - since.wallMs - elapsedMs) <= jumpMs) return null
    this.#last = now
    return { command: { kind: 'clock', atMs: now.wallMs, elapsedMs }, since }
  }

  /** The jump did not get into the log: it is to be said again before the next command. */
  refused({ since }: Jump): void {
    if (this.#last !== null && this.#last.monotonicMs >= since.monotonicMs) this.#last = since
  }

  /** A command with the time of `now` is proposed. */
  proposed(now: Instant): void {
    this.#last = now
  }
}
