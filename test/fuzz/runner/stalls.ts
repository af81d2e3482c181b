/**
 * Which stalls of a process are its own. The kernel says how long it waited for a processor, and
 * what was stolen from the machine. What it cannot say, that the whole machine stood still, shows
 * in a process that does nothing.
 */
import type { Stall } from '../cluster/probe-client.js'

/** A process stands still no longer than this by itself, in ms. */
export const ownStallMsMax = 100
/**
 * So much later than it should be a process that sleeps is woken by a virtual machine whose
 * processor or pages were given to others, in ms: over half a second was seen of a process that
 * waits for a timer, while the one that does nothing sat on another processor.
 */
const lateMsMax = 1_000

export interface OwnStall {
  readonly ownMs: number
  /**
   * What of it no other cause can explain. Whoever waits for a processor finds afterwards what came
   * in meanwhile, and does it in one go: so much more as it waited is no fault of it.
   */
  readonly sureMs: number
  readonly stall: Stall
}

/** @param machine stalls of a process that does nothing @returns the surest first */
export function ownStalls(
  stalls: readonly Stall[],
  machine: readonly Stall[],
): readonly OwnStall[] {
  return stalls
    .map((stall) => {
      const stoodMs = machine.reduce((sum, other) => sum + overlapMs(stall, other), 0)
      const otherMs = Math.max(stall.waitedMs + stall.stolenMs, stoodMs)
      const sleptMs = Math.max(0, stall.wallMs - stall.waitedMs - stall.ranMs)
      const ownMs = Math.max(0, stall.wallMs - otherMs - Math.min(sleptMs, lateMsMax))
      return { ownMs, sureMs: Math.max(0, ownMs - otherMs), stall }
    })
    .sort((a, b) => b.sureMs - a.sureMs)
}

function overlapMs(a: Stall, b: Stall): number {
  const from = Math.max(a.atMs - a.wallMs, b.atMs - b.wallMs)
  return Math.max(0, Math.min(a.atMs, b.atMs) - from)
}
