/** Asks for something again, later each time, until it is done or nobody wants it any more. */

/** First wait behind a failure, and the longest, in ms. */
const retryMinMs = 50
const retryMaxMs = 1_000

export class Repeats {
  readonly #timers = new Set<NodeJS.Timeout>()
  #isClosed = false

  /**
   * @param attempt begins the next try, the how manieth from 0 on. Resolves to whether it is done;
   *   that it rejects says no as well
   * @param done called once, unless this is closed before
   */
  ask(attempt: (tries: number) => Promise<boolean>, done: () => void): void {
    this.#try(attempt, done, 0)
  }

  /** Nothing is asked or done any more. */
  close(): void {
    this.#isClosed = true
    for (const timer of this.#timers) clearTimeout(timer)
    this.#timers.clear()
  }

  #try(attempt: (tries: number) => Promise<boolean>, done: () => void, tries: number): void {
    const later = () => this.#later(attempt, done, tries)
    attempt(tries).then((isDone) => {
      if (this.#isClosed) return
      if (isDone) done()
      else later()
    }, later)
  }

  #later(attempt: (tries: number) => Promise<boolean>, done: () => void, tries: number): void {
    if (this.#isClosed) return
    const timer = setTimeout(
      () => {
        this.#timers.delete(timer)
        this.#try(attempt, done, tries + 1)
      },
      Math.min(retryMinMs * 2 ** Math.min(tries, 30), retryMaxMs),
    )
    this.#timers.add(timer)
  }
}
