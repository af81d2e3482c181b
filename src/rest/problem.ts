/** Problem details as REST has them, and what else than our errors becomes one. Pure. */
import { BerthError } from '../errors/berth-error.js'
import type { ErrorCode } from '../errors/catalogue.js'
import { type ProblemDocument, problemDocument } from '../errors/problem-document.js'

/** Something that was wrong with a request. */
export interface RequestError {
  readonly in: 'path' | 'query' | 'header' | 'body'
  /** The name or the JSON pointer. */
  readonly at: string
  readonly detail: string
}

/** Members beyond those that every problem has, each explained in the document of its server. */
export type ProblemExtras = Readonly<Record<string, unknown>>

export function problemOf(error: BerthError, extras: ProblemExtras = {}): ProblemDocument {
  return { ...problemDocument(error, error.message), ...extras }
}

/** What Fastify and Node say of requests that they refuse, as ours. */
const refusals: Readonly<Record<string, readonly [ErrorCode, string]>> = {
  FST_ERR_BAD_URL: ['invalid_request', 'The URL is not valid: check its percent-encoding.'],
  FST_ERR_MAX_PARAM_LENGTH: ['invalid_request', 'A part of the path is too long.'],
  FST_ERR_CTP_BODY_TOO_LARGE: ['too_large', 'The body is longer than 64 KiB.'],
  FST_ERR_CTP_INVALID_MEDIA_TYPE: [
    'unsupported_media_type',
    'Send the body as application/json, or send none.',
  ],
  FST_ERR_CTP_INVALID_JSON_BODY: ['invalid_request', 'The body is not valid JSON.'],
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: [
    'invalid_request',
    'The body is not as long as Content-Length says.',
  ],
  FST_ERR_HANDLER_TIMEOUT: [
    'timeout',
    'No answer in time. A write may or may not have happened: retry with an Idempotency-Key.',
  ],
  HPE_HEADER_OVERFLOW: ['headers_too_large', 'URL and headers together are longer than 16 KiB.'],
  ERR_HTTP_REQUEST_TIMEOUT: ['request_timeout', 'The request did not arrive in time.'],
}

/**
 * The BerthError for whatever was thrown while a request was handled. Anything that is not known
 * becomes `internal` and says nothing of itself to the outside.
 *
 * @param requestId what the log has the cause under
 */
export function berthErrorOf(error: unknown, requestId: string): BerthError {
  if (error instanceof BerthError) return error
  const { code, statusCode } = (error ?? {}) as { code?: unknown; statusCode?: unknown }
  const refusal = typeof code === 'string' ? refusals[code] : undefined
  if (refusal !== undefined) return new BerthError(refusal[0], refusal[1], { cause: error })
  if (typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500) {
    const detail = error instanceof Error ? error.message : 'The request is not valid.'
    return new BerthError('invalid_request', detail, { cause: error })
  }
  const detail = `This is a bug or a broken machine; the log has the cause under ${requestId}.`
  return new BerthError('internal', detail, { cause: error })
}
