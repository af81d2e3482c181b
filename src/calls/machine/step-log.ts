/** Notes what happens to a call for whom it is to be explained. */

export interface ExplainedStep {
  /** Since the call arrived, in ms. */
  readonly afterMs: number
  /**
   * `wait`: why it waits. `deliver`: to the own application. `forward`: to another host.
   * `answering`: the answer begins. `declined`, `refused`, `lost`, `answered`: how that ended.
   * `answer`: it got a problem instead.
   */
  readonly what: string
  /** Which host, or why, or which code; null for nothing. */
  readonly detail: string | null
  /** Of the table that was gone by, or of the one that declined; null for none. */
  readonly generation: number | null
}

/** Further steps are counted only. */
export const stepsMax = 64

export class StepLog {
  readonly #arrivedMs: number
  readonly #steps: ExplainedStep[] = []
  #omitted = 0

  constructor(arrivedMs: number) {
    this.#arrivedMs = arrivedMs
  }

  get steps(): readonly ExplainedStep[] {
    return [...this.#steps]
  }

  get omitted(): number {
    return this.#omitted
  }

  /** The same again, of one who waits, is not noted. */
  add(now: number, what: string, detail: string | null, generation: number | null): void {
    const last = this.#steps.at(-1)
    if (last?.what === what && last.detail === detail && last.generation === generation) return
    if (this.#steps.length >= stepsMax) this.#omitted += 1
    else this.#steps.push({ afterMs: now - this.#arrivedMs, what, detail, generation })
  }
}
