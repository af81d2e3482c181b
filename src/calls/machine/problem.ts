/** Why a call is answered without its application: what the caller gets as problem details. */
import { catalogue, type ErrorCode } from '../../errors/catalogue.js'

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

export function problemOf(
  code: CallProblemCode,
  detail: string,
  more: { readonly generation?: number | null; readonly isOutcomeUnknown?: boolean } = {},
): CallProblem {
  const { status } = catalogue[code]
  const { generation = null, isOutcomeUnknown = false } = more
  const isLater = status === 503 && !isOutcomeUnknown
  return {
    code,
    status,
    detail,
    retryAfterS: isLater ? retryAfterS : null,
    generation,
    isOutcomeUnknown,
  }
}
