/** What happened to a call, step by step, for those who asked for it. */

export interface ExplainedStep {
  /** Since the call arrived, in ms. */
  readonly afterMs: number
  /**
   * `here`, `there`, `moving`, `unknown`, `no_owner`: where the actor was. `wait`: why it waits.
   * `deliver`, `forward`: it was sent. `declined`, `refused`, `lost`, `answered`: how that ended.
   */
  readonly what: string
  /** Which host, or why; null for nothing. */
  readonly detail: string | null
  /** Of the table here at that time, or of the one that declined; null for none. */
  readonly generation: number | null
}

export interface Explanation {
  readonly steps: readonly ExplainedStep[]
  /** Steps that were left out, behind the first. */
  readonly omitted: number
  /** How long it has waited here so far, in ms. */
  readonly waitedMs: number
  /** Other sidecars that it was sent to. */
  readonly hops: number
}
