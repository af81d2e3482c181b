/** An instant at a replica: durations come from the monotonic clock, dates from the wall clock. */
export interface Instant {
  readonly monotonicMs: number
  /** Only ever put into commands and compared with times from commands. */
  readonly wallMs: number
}
