/** A call as it arrives: one attempt of somebody to reach an actor. */

/** `application`: from the local side. `sidecar`: over the call port, from another sidecar. */
export type CallOrigin = 'application' | 'sidecar'

export interface CallArrival {
  readonly type: string
  readonly id: string
  readonly origin: CallOrigin
  /** What is left until the caller's deadline, in ms: 0 to 24 h. The answer begins before it. */
  readonly timeoutMs: number
  /** Of the table by which another sidecar sent the call here; null from the application. */
  readonly generation: number | null
  /** Names of the runs of actors of which this call is part, outermost first: see `Deliver`. */
  readonly chain: readonly string[]
  /** Whether it may reach the application twice: idempotent method, or an Idempotency-Key. */
  readonly isRepeatable: boolean
  /** Whether it is to be noted what happens to it. */
  readonly isExplained: boolean
}

/** Longest time that a call may be given, in ms. */
export const timeoutMsMax = 24 * 3_600_000
/** Calls within calls, at most: one that goes deeper is refused. */
export const chainLengthMax = 32
