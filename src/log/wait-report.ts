/**
 * Says whom a wait is for once it lasts over a second, again at doubling times up to half a minute,
 * and when it is over. Waiting is never silent, and never floods a log.
 */
import { performance } from 'node:perf_hooks'
import type { Log } from './log.js'

const firstReportAfterMs = 1_000
const reportAgainAfterMsMax = 30_000

export class WaitReport {
  readonly waitingFor: string
  /** Wall clock, for people. */
  readonly since = new Date().toISOString()
  readonly #startedAt = performance.now()
  readonly #log: Log
  readonly #fields: () => object
  #timer: NodeJS.Timeout
  #reported = false

  /** @param fields more about the wait, read at each report */
  constructor(log: Log, waitingFor: string, fields: () => object = () => ({})) {
    this.#log = log
    this.waitingFor = waitingFor
    this.#fields = fields
    this.#timer = this.#schedule(firstReportAfterMs)
  }

  get waitedMs(): number {
    return Math.round(performance.now() - this.#startedAt)
  }

  /** Nobody waits any more, whether or not it came. */
  stop(): void {
    clearTimeout(this.#timer)
  }

  /** What was waited for is there. */
  done(): void {
    this.stop()
    if (!this.#reported) return
    const { waitingFor, waitedMs } = this
    this.#log.info({ waitingFor, waitedMs }, 'The wait is over.')
  }

  #schedule(afterMs: number): NodeJS.Timeout {
    const timer = setTimeout(() => {
      this.#reported = true
      const { waitingFor, waitedMs, since } = this
      this.#log.warn({ waitingFor, since, waitedMs, ...this.#fields() }, 'Still waiting.')
      this.#timer = this.#schedule(Math.min(afterMs * 2, reportAgainAfterMsMax))
    }, afterMs)
    return timer.unref()
  }
}

/** Settles as `ending` does, and says whom that is waited for once it lasts. */
export async function reportWait<T>(log: Log, waitingFor: string, ending: Promise<T>): Promise<T> {
  const wait = new WaitReport(log, waitingFor)
  try {
    return await ending
  } finally {
    wait.done()
  }
}
