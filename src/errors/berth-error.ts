/** The one error class of Berth. Its `code` is stable and listed in `catalogue.ts`. */
import { catalogue, type ErrorCode } from './catalogue.js'

export class BerthError extends Error {
  override readonly name = 'BerthError'
  readonly code: ErrorCode

  /** @param detail what happened here and what to do about it, one or two sentences */
  constructor(code: ErrorCode, detail?: string, options?: { readonly cause?: unknown }) {
    super(detail ?? catalogue[code].title, options)
    this.code = code
  }

  /** HTTP status that goes with the code. */
  get status(): number {
    return catalogue[this.code].status
  }

  /** Whether the same call can succeed later without being changed. */
  get retryable(): boolean {
    return catalogue[this.code].retryable
  }
}
