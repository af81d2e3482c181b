/** How long the calls of a line wait behind an attempt that failed. */
import type { Call } from './call.js'
import type { Refusal } from './line.js'
import type { CallOutcome } from './outcome.js'
import type { CallSettings } from './settings.js'

/** Behind which a call may be sent again. */
export type FailedOutcome = Exclude<CallOutcome, { kind: 'answered' | 'full' }>

/**
 * A host that has a newer table is gone to when this one has it too; what else failed is tried
 * again after a while, longer each time, since a dead host stays in the table for seconds.
 * @param generation of the table here
 * @param chance in [0, 1)
 */
export function refusalOf(
  call: Call,
  outcome: FailedOutcome,
  generation: number | null,
  settings: Pick<CallSettings, 'backOffMinMs' | 'backOffMaxMs' | 'generationWaitMs'>,
  chance: number,
  now: number,
): Refusal {
  const from = { host: call.host, generation: call.generation }
  if (outcome.kind === 'declined') {
    const { generation: theirs } = outcome
    const reason = `${call.host} does not own it by its table ${theirs ?? 'of none'}`
    if (theirs !== null && (generation === null || generation < theirs)) {
      return { ...from, untilMs: now + settings.generationWaitMs, needs: theirs, reason }
    }
    return { ...from, untilMs: now + backOffMs(call, settings, chance), needs: null, reason }
  }
  const reason = `${call.host ?? 'the application'} ${outcome.kind} it (${outcome.reason})`
  return { ...from, untilMs: now + backOffMs(call, settings, chance), needs: null, reason }
}

function backOffMs(
  { failures }: Call,
  { backOffMinMs, backOffMaxMs }: Pick<CallSettings, 'backOffMinMs' | 'backOffMaxMs'>,
  chance: number,
): number {
  const longestMs = Math.min(backOffMaxMs, backOffMinMs * 2 ** Math.min(failures - 1, 30))
  return longestMs * (0.5 + chance / 2)
}
