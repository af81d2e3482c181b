/** Says that nobody leads, once that lasts over a second, and whom this replica does not reach. */
import type { Log } from '../../log/log.js'
import { WaitReport } from '../../log/wait-report.js'

export class LeaderWait {
  readonly #log: Log
  readonly #fields: () => object
  #report: WaitReport | null = null

  /** @param fields what else there is to say, read at each report */
  constructor(log: Log, fields: () => object) {
    this.#log = log
    this.#fields = fields
  }

  /** @param isWaiting this replica takes part, and knows no leader that serves */
  update(isWaiting: boolean): void {
    if (isWaiting) this.#report ??= new WaitReport(this.#log, 'a leader', this.#fields)
    else {
      this.#report?.done()
      this.#report = null
    }
  }

  stop(): void {
    this.#report?.stop()
  }
}
