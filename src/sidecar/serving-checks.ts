/** What must be true of a host that takes calls, however it was started. */
import { isLoopback } from '../wire/loopback.js'

/**
 * Why a call port may not be opened there, as a sentence; null when it may.
 * @param text the address, for people
 */
export function callPortRisk(
  text: string,
  { host, hasTls, insecure }: { host: string; hasTls: boolean; insecure: boolean },
): string | null {
  if (hasTls || insecure || isLoopback(host)) return null
  const risk = 'whoever reaches this port can call every actor'
  return `${text} can be reached from elsewhere, and ${risk}.`
}

/**
 * Why calls may not take so long when their keys move away, as a sentence; null when they may. The
 * other half of a round is the application's, to say that it has let go.
 */
export function drainFault(drainMs: number, roundDeadlineMs: number): string | null {
  const most = Math.floor(roundDeadlineMs / 2)
  if (drainMs <= most) return null
  const half = `half of the cluster's roundDeadlineMs (${roundDeadlineMs})`
  const why = `${half}: letting go takes the rest`
  return `drainMs is ${drainMs} and may be ${most} at most here, ${why}.`
}
