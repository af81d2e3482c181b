/**
 * Lines that others can cause as often as they like: each kind is said at once, then at most once
 * in a window. What came meanwhile is told at the end of the window, by the last of it and a count,
 * so that nothing is left uncounted and no flood reaches the log.
 */
import type { Log } from './log.js'

/** Between two lines of a kind, in ms. */
export const logWindowMs = 10_000

/** Of one kind, in its window. */
interface Window {
  /** Says the last one that was held back. */
  say: ((count: number) => void) | null
  held: number
  timer: NodeJS.Timeout
}

export class LimitedLog {
  readonly #log: Log
  /** By kind; those of which something was said in this window. */
  readonly #windows = new Map<string, Window>()

  constructor(log: Log) {
    this.#log = log
  }

  /**
   * @param fields as in the line, with `count` beside them: how many it stands for
   * @param kind of a small number of them, never a word of whoever causes the line
   */
  add(level: keyof Log, fields: object, message: string, kind: string = message): void {
    const say = (count: number) => this.#log[level]({ ...fields, count }, message)
    const window = this.#windows.get(kind)
    if (window !== undefined) {
      window.say = say
      window.held += 1
      return
    }
    say(1)
    this.#windows.set(kind, { say: null, held: 0, timer: this.#schedule(kind) })
  }

  /** Says what was held back: no more comes. */
  end(): void {
    for (const { say, held, timer } of this.#windows.values()) {
      clearTimeout(timer)
      say?.(held)
    }
    this.#windows.clear()
  }

  #schedule(kind: string): NodeJS.Timeout {
    return setTimeout(() => this.#onEnd(kind), logWindowMs).unref()
  }

  #onEnd(kind: string): void {
    const window = this.#windows.get(kind)
    if (window === undefined) return
    const { say, held } = window
    if (say === null) {
      this.#windows.delete(kind)
      return
    }
    Object.assign(window, { say: null, held: 0, timer: this.#schedule(kind) })
    say(held)
  }
}
