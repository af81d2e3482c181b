/** Bounds and times of the machine of calls. */

/** What an application may choose, and choose anew while it runs. */
export interface CallOptions {
  /** Types of which an actor takes one call at a time, in order. */
  readonly turns: readonly string[]
  /** An actor without a call for so long leaves, in ms; null for never. */
  readonly idleMs: number | null
  /** What calls to keys that move away may still take, in ms. */
  readonly drainMs: number
}

export interface CallSettings extends CallOptions {
  /** Begins the names of runs in chains: one that nobody can guess, of letters, digits and dots. */
  readonly runPrefix: string
  /** Calls that wait: for one actor, for one type, and in all. */
  readonly waitingPerKeyMax: number
  readonly waitingPerTypeMax: number
  readonly waitingMax: number
  /** Calls that are not over, those that run included. */
  readonly callsMax: number
  /** Actors that were called here, to be told when they leave. */
  readonly actorsMax: number
  /** First wait behind a refusal, in ms; each further one is twice as long, up to the other. */
  readonly backOffMinMs: number
  readonly backOffMaxMs: number
  /** How long a call may wait for a table that another sidecar has, in ms. */
  readonly generationWaitMs: number
  /**
   * How long a call that may be sent again waits for its answer from a host that is not the owner
   * any more, in ms.
   */
  readonly formerOwnerWaitMs: number
}

export const defaultCallSettings: Omit<CallSettings, 'runPrefix'> = {
  turns: [],
  idleMs: null,
  drainMs: 3_000,
  waitingPerKeyMax: 1_000,
  waitingPerTypeMax: 20_000,
  waitingMax: 50_000,
  callsMax: 100_000,
  actorsMax: 200_000,
  backOffMinMs: 20,
  backOffMaxMs: 1_000,
  generationWaitMs: 1_000,
  formerOwnerWaitMs: 1_000,
}
