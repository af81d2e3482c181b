/**
 * Time at a host. The monotonic clock stands still while the machine sleeps, the boot clock does
 * not; a lease must end by whichever shows more.
 */
export interface Stamp {
  readonly monotonicMs: number
  /** Time since boot, sleep included; coarse. */
  readonly bootMs: number
}

/** The boot clock is read in steps of 10 ms; two readings are off by less than this. */
export const bootGranularityMs = 20

/** How long ago `from` was at `to`, in ms; never less than any of the two clocks shows. */
export function elapsedMs(from: Stamp, to: Stamp): number {
  const monotonicMs = to.monotonicMs - from.monotonicMs
  const bootMs = to.bootMs - from.bootMs - bootGranularityMs
  return bootMs > monotonicMs ? bootMs : monotonicMs
}
