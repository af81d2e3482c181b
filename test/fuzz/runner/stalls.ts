/**
 * Which stalls of a process are its own. The kernel says how long it waited for a processor; what
 * it cannot say, that the whole machine stood still, shows in a process that does nothing.
 */
import type { Stall } from '../cluster/probe-client.js'

/** A process stands still no longer than this by itself, in ms. */
export const ownStallMsMax = 100

export interface OwnStall {
  readonly ownMs: number
  readonly stall: Stall
}

/** @param machine stalls of a process that does nothing @returns the longest first */
export function ownStalls(
  stalls: readonly Stall[],
  machine: readonly Stall[],
): readonly OwnStall[] {
  return stalls
    .map((stall) => {
      const stoodMs = machine.reduce((sum, other) => sum + overlapMs(stall, other), 0)
      return { ownMs: Math.max(0, stall.wallMs - Math.max(stall.waitedMs, stoodMs)), stall }
    })
    .sort((a, b) => b.ownMs - a.ownMs)
}

function overlapMs(a: Stall, b: Stall): number {
  const from = Math.max(a.atMs - a.wallMs, b.atMs - b.wallMs)
  return Math.max(0, Math.min(a.atMs, b.atMs) - from)
}
