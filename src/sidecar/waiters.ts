/**
 * Callers that wait for an answer to change: each is asked again after every change. A job: there
 * may be so many that asking all of them takes its time.
 */
import { BerthError } from '../errors/berth-error.js'
import type { Budget, Job } from '../jobs/job.js'

/** More callers than this are refused. */
export const waitersMax = 100_000
/** Timers take no longer time; who waits longer waits for ever. */
export const timerMsMax = 2 ** 31 - 1

export interface WaitOptions {
  readonly signal?: AbortSignal
  /** How long to wait at most, in ms. */
  readonly timeoutMs?: number
}

/** What one question costs, and whom it is answered to. */
const askUnits = 3

/** Asked again after each change. @returns whether it is settled */
type Attempt = () => boolean

export class Waiters implements Job {
  readonly #max: number
  readonly #waiting = new Set<Attempt>()
  /** Those who are still to be asked after the last change; null when all were. */
  #round: Iterator<Attempt> | null = null
  /** Whether another change came meanwhile: of those who were asked already, too. */
  #isDueAgain = false

  constructor(max = waitersMax) {
    this.#max = max
  }

  get count(): number {
    return this.#waiting.size
  }

  /** Something changed: `step` asks whoever waits. */
  wake(): void {
    if (this.#round === null) this.#round = this.#waiting.values()
    else this.#isDueAgain = true
  }

  step(budget: Budget): boolean {
    while (this.#round !== null) {
      const { done, value: attempt } = this.#round.next()
      if (done === true) {
        this.#round = this.#isDueAgain ? this.#waiting.values() : null
        this.#isDueAgain = false
        continue
      }
      attempt()
      budget.spend(askUnits)
      if (budget.isSpent) return false
    }
    return true
  }

  /**
   * @param ask gives the answer, or undefined while there is none; it may throw to reject
   * @param describe what is waited for, for the message of a timeout
   * @throws BerthError `timeout`, `overloaded`; the signal's reason when it is aborted
   */
  async until<T>(
    ask: () => T | undefined,
    { signal, timeoutMs }: WaitOptions,
    describe: () => string,
  ): Promise<T> {
    signal?.throwIfAborted()
    const now = ask()
    if (now !== undefined) return now
    if (this.#waiting.size >= this.#max) {
      throw new BerthError('overloaded', `${this.#max} callers wait already.`)
    }
    return new Promise<T>((resolve, reject) => {
      const settle = (act: () => void) => {
        this.#waiting.delete(attempt)
        clearTimeout(timer)
        signal?.removeEventListener('abort', abort)
        act()
      }
      const attempt: Attempt = () => {
        try {
          const answer = ask()
          if (answer === undefined) return false
          settle(() => resolve(answer))
        } catch (error) {
          settle(() => reject(error))
        }
        return true
      }
      const abort = () => settle(() => reject(signal?.reason))
      const expire = () => {
        if (attempt()) return
        const detail = `Waited ${timeoutMs} ms: ${describe()}`
        settle(() => reject(new BerthError('timeout', detail)))
      }
      const hasLimit = timeoutMs !== undefined && timeoutMs <= timerMsMax
      const timer = hasLimit ? setTimeout(expire, timeoutMs) : undefined
      signal?.addEventListener('abort', abort, { once: true })
      this.#waiting.add(attempt)
    })
  }
}
