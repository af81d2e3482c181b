/** Problem details (RFC 9457): the one form in which a request over HTTP learns that it failed. */
import { catalogue, type ErrorCode } from './catalogue.js'

export const problemType = 'application/problem+json'

/** The members that every problem has. */
export interface ProblemDocument {
  readonly type: `urn:berth:error:${ErrorCode}`
  readonly title: string
  readonly status: number
  readonly detail: string
  readonly code: ErrorCode
  readonly retryable: boolean
}

/** @param detail what happened here and what to do about it */
export function problemDocument(
  { code, status }: Pick<ProblemDocument, 'code' | 'status'>,
  detail: string,
): ProblemDocument {
  const { title, retryable } = catalogue[code]
  return { type: `urn:berth:error:${code}`, title, status, detail, code, retryable }
}
