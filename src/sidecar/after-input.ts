/**
 * Whatever is the user's (handlers, log lines, callers that wait) is called behind the input of the
 * machine that brought it about, in order, and never in it: what it calls in its turn would find
 * the machine half way between two states.
 *
 * Inputs run to their end without giving way, so a microtask is behind them.
 */
import type { SidecarLog } from './log.js'

export class AfterInput {
  #waiting: (() => void)[] = []

  /** @param act does not throw */
  add(act: () => void): void {
    this.#waiting.push(act)
    if (this.#waiting.length === 1) queueMicrotask(() => this.#run())
  }

  /** A log whose lines are written then. */
  log(log: SidecarLog): SidecarLog {
    return {
      info: (fields, message) => this.add(() => log.info(fields, message)),
      warn: (fields, message) => this.add(() => log.warn(fields, message)),
      error: (fields, message) => this.add(() => log.error(fields, message)),
    }
  }

  #run(): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (const act of waiting) act()
  }
}
