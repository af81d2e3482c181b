/** Calls that wait for actors which move; samples, one for each repetition. */
export interface WaitingRun {
  /** CPU of a window in which nothing happens, in ms. */
  readonly idleMs: readonly number[]
  /** CPU of a window of the same length in which all calls wait, in ms. */
  readonly waitingMs: readonly number[]
  /** From the unlock until the last call is answered, in ms. */
  readonly outMs: readonly number[]
}
