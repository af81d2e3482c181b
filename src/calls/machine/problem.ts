/** Why a call is answered without its application: what the caller gets as problem details. */
import { catalogue, type ErrorCode } from '../../errors/catalogue.js'
import type { Call, CutReason } from './call.js'

export type CallProblemCode = Extract<
  ErrorCode,
  | 'call_declined'
  | 'call_fenced'
  | 'call_lost'
  | 'call_moving'
  | 'call_unreachable'
  | 'call_timeout'
  | 'invalid_request'
  | 'no_owner'
  | 'too_many_calls'
  | 'unavailable'
>

export interface CallProblem {
  readonly code: CallProblemCode
  readonly status: number
  /** What happened and what to do, for people. */
  readonly detail: string
  /** When a further attempt makes sense, in s; null when nothing is to be said of it. */
  readonly retryAfterS: number | null
  /** Of the table here, with `call_declined`; null when there is none, and with all others. */
  readonly generation: number | null
  /** Whether an application may have had the call. */
  readonly isOutcomeUnknown: boolean
}

/** Callers come back after so long, in s. */
const retryAfterS = 1

/** To another sidecar: it goes on by itself. @param generation of the table here */
export function declinedProblem(call: Call, generation: number | null): CallProblem {
  const detail = `This host may not run ${nameOf(call)} now.`
  return { ...problemOf('call_declined', detail), generation }
}

/** It is not sent, or not again; one that was lost before may have had its effect. */
export function unsentProblem(code: CallProblemCode, call: Call, why: string): CallProblem {
  if (!call.mayHaveReached) return problemOf(code, `${nameOf(call)} was not called: ${why}.`)
  const detail = `A call of ${nameOf(call)} broke, and was not sent again: ${why}.`
  return problemOf('call_lost', detail)
}

/** Its deadline has come. */
export function lateProblem(code: CallProblemCode, call: Call, why: string): CallProblem {
  if (!call.mayHaveReached) {
    return problemOf(code, `${nameOf(call)} was not called before the deadline: ${why}.`)
  }
  const detail = `A call of ${nameOf(call)} was not answered before the deadline: ${why}.`
  return problemOf('call_timeout', detail)
}

const cutWords: Readonly<Record<CutReason, string>> = {
  deadline: 'the deadline came',
  gone: 'the caller went away',
  drained: 'the actor had to leave this host',
  fenced: 'this host was fenced',
  closed: 'this process ends',
  astray: 'the actor has another owner now',
}

/** The application may have had it, and it may not be sent again. */
export function lostProblem(call: Call, cut: CutReason | null, reason: string): CallProblem {
  const why = cut === null ? reason : cutWords[cut]
  return problemOf('call_lost', `A call of ${nameOf(call)} broke: ${why}.`)
}

/** Whether an application may have had a call that is answered by this. */
export function hasUnknownOutcome(code: ErrorCode): boolean {
  return code === 'call_failed' || code === 'call_lost' || code === 'call_timeout'
}

function problemOf(code: CallProblemCode, detail: string): CallProblem {
  const { status } = catalogue[code]
  const isOutcomeUnknown = hasUnknownOutcome(code)
  const later = status === 503 ? retryAfterS : null
  return { code, status, detail, retryAfterS: later, generation: null, isOutcomeUnknown }
}

function nameOf({ arrival: { type, id } }: Call): string {
  return `${type}/${id}`
}
