/**
 * Time as the replicated state knows it: what the commands say, added up. Each command carries the
 * wall clock of the leader that proposed it, which may be wrong, by years and for seconds. So no
 * end of anything is kept as a point of the wall clock: what was asked for as a duration is counted
 * by an age that never falls, whichever way the clock goes.
 *
 * Between two commands the difference of their times counts. Where a leader sees that its wall
 * clock has jumped it says how long it was by the monotonic one (`clock` command), and that counts
 * instead. A jump between two leaders nobody can tell from a time in which there was none: then it
 * counts, up to `stepMsMax`.
 */
import type { Command } from './command.js'
import { count, record, type Shape } from './shape.js'

export interface StateClock {
  /** Wall clock of the last command, in ms, wherever it went; 0 before the first. */
  readonly atMs: number
  /** What refusals are counted by, in ms. */
  readonly agedMs: number
  /** What results are aged by, in ms: like `agedMs`, with at most an hour for each step. */
  readonly calmMs: number
}

/** A step counts at most so much, in ms: nothing is asked for longer than that (30 days). */
export const stepMsMax = 30 * 24 * 3600 * 1000
/** For `calmMs`, by which something is forgotten that must not be forgotten early. */
export const calmStepMsMax = 3600 * 1000

export const clockShape: Shape = record({ atMs: count, agedMs: count, calmMs: count })

export const newClock: StateClock = { atMs: 0, agedMs: 0, calmMs: 0 }

export function clockAfter(clock: StateClock, command: Command): StateClock {
  const { atMs } = command
  const elapsedMs = command.kind === 'clock' ? command.elapsedMs : sinceMs(clock, atMs)
  return {
    atMs,
    agedMs: clock.agedMs + Math.min(elapsedMs, stepMsMax),
    calmMs: clock.calmMs + Math.min(elapsedMs, calmStepMsMax),
  }
}

/** `agedMs` as a command of this time would make it: for whoever asks between two commands. */
export function agedMsAt(clock: StateClock, wallMs: number): number {
  return clock.agedMs + Math.min(sinceMs(clock, wallMs), stepMsMax)
}

function sinceMs({ atMs: before }: StateClock, atMs: number): number {
  return before === 0 ? 0 : Math.max(0, atMs - before)
}
