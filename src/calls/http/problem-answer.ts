/** Answers of ours, in the place of an application's: problem details (RFC 9457). */
import type { BerthError } from '../../errors/berth-error.js'
import {
  type ProblemDocument,
  problemDocument,
  problemType,
} from '../../errors/problem-document.js'
import type { Explanation } from '../machine/explanation.js'
import { type CallProblem, hasUnknownOutcome } from '../machine/problem.js'
import type { AnswerSink } from './answer-sink.js'
import { berthHeaders } from './call-headers.js'

export function problemBody(error: BerthError): Buffer {
  return bodyOf(error, error.message, hasUnknownOutcome(error.code))
}

export function problemHeaders(length: number): string[] {
  return ['Content-Type', problemType, 'Content-Length', String(length)]
}

/** Answers, or breaks off the answer that has begun. */
export function answerProblem(
  sink: AnswerSink,
  problem: CallProblem,
  explanation: Explanation | null,
): void {
  if (sink.hasBegun) {
    sink.breakOff()
    return
  }
  const { code, status, detail, isOutcomeUnknown, retryAfterS, generation } = problem
  const body = bodyOf(problem, detail, isOutcomeUnknown)
  const headers = problemHeaders(body.length)
  if (retryAfterS !== null) headers.push('Retry-After', String(retryAfterS))
  headers.push(berthHeaders.problem, code)
  if (code === 'call_declined') headers.push(berthHeaders.refused, code)
  if (generation !== null) headers.push(berthHeaders.generation, String(generation))
  if (explanation !== null) headers.push(...explanationHeader(explanation))
  sink.begin(status, headers)
  sink.write(body, () => undefined)
  sink.end()
}

/** What is wrong with a request, before it is a call. */
export function answerError(sink: AnswerSink, error: BerthError, closes: boolean): void {
  const body = problemBody(error)
  const headers = [...problemHeaders(body.length), berthHeaders.problem, error.code]
  if (error.status === 503) headers.push('Retry-After', '1')
  if (closes) headers.push('Connection', 'close')
  sink.begin(error.status, headers)
  sink.write(body, () => undefined)
  sink.end()
}

export function explanationHeader(explanation: Explanation): string[] {
  // A header holds bytes: what is not of ASCII is written as JSON can.
  const json = JSON.stringify(explanation).replace(
    /[^\x20-\x7e]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
  return [berthHeaders.explanation, json]
}

function bodyOf(
  of: Pick<ProblemDocument, 'code' | 'status'>,
  detail: string,
  isUnknown: boolean,
): Buffer {
  const outcome = isUnknown ? { outcome: 'unknown' } : {}
  return Buffer.from(JSON.stringify({ ...problemDocument(of, detail), ...outcome }))
}
