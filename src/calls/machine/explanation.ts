/** What happened to a call, step by step, for those who asked for it. */
import type { Call } from './call.js'
import type { CallOutcome } from './outcome.js'
import type { ExplainedStep } from './step-log.js'

export interface Explanation {
  readonly steps: readonly ExplainedStep[]
  /** Steps that were left out, behind the first. */
  readonly omitted: number
  /** How long it has waited here so far, in ms. */
  readonly waitedMs: number
  /** Other sidecars that it was sent to. */
  readonly hops: number
}

/** @returns null when nobody asked for it */
export function explanationOf(call: Call, now: number): Explanation | null {
  const { log, hops, waitedMs, waitsSinceMs } = call
  if (log === null) return null
  const alsoMs = waitsSinceMs === null ? 0 : now - waitsSinceMs
  return { steps: log.steps, omitted: log.omitted, waitedMs: waitedMs + alsoMs, hops }
}

export function noteOutcome({ log, host, generation }: Call, outcome: CallOutcome, now: number) {
  if (log === null) return
  const detail = 'reason' in outcome ? outcome.reason : host
  log.add(now, outcome.kind, detail, outcome.kind === 'declined' ? outcome.generation : generation)
}
