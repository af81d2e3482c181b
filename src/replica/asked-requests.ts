/**
 * Requests that this replica asked the leader to decide and that are not answered yet. A request
 * whose answer does not come in time has an unknown outcome.
 */
import { BerthError } from '../errors/berth-error.js'
import { catalogue, type ErrorCode } from '../errors/catalogue.js'
import type { ResponseFrame } from './frames.js'

export type RequestDone = (outcome: RequestOutcome) => void

export type RequestOutcome =
  | { readonly kind: 'done'; readonly result: unknown }
  | { readonly kind: 'failed'; readonly error: BerthError }

/** Of more requests that wait, the next is refused as `overloaded`. */
export const askedRequestsMax = 4_096
/** A request waits at most this long, in ms. */
export const requestTimeoutMs = 10_000

interface Asked {
  readonly deadlineMs: number
  readonly done: RequestDone
}

export class AskedRequests {
  readonly #run: number
  readonly #asked = new Map<number, Asked>()
  #number = 0
  #isStopped = false

  /** @param run names this run of the replica */
  constructor(run: number) {
    this.#run = run
  }

  /** @returns the number under which it is asked; null when it is refused: no room, or stopped */
  ask(done: RequestDone, nowMs: number): number | null {
    if (this.#isStopped) {
      done({ kind: 'failed', error: stopped() })
      return null
    }
    if (this.#asked.size >= askedRequestsMax) {
      const detail = `${askedRequestsMax} requests wait for the leader already.`
      done({ kind: 'failed', error: new BerthError('overloaded', detail) })
      return null
    }
    this.#number += 1
    this.#asked.set(this.#number, { deadlineMs: nowMs + requestTimeoutMs, done })
    return this.#number
  }

  answered({ number, run, error, result }: ResponseFrame): void {
    const asked = run === this.#run ? this.#asked.get(number) : undefined
    if (asked === undefined) return
    this.#asked.delete(number)
    if (error === null) asked.done({ kind: 'done', result })
    else asked.done({ kind: 'failed', error: toError(error) })
  }

  tick(nowMs: number): void {
    for (const [number, { deadlineMs, done }] of this.#asked) {
      // In the order of asking, so of deadlines.
      if (nowMs < deadlineMs) return
      this.#asked.delete(number)
      const detail = 'The leader did not answer in time; whether it was done is unknown.'
      done({ kind: 'failed', error: new BerthError('timeout', detail) })
    }
  }

  /** The replica stops: whoever asks from now on is refused. */
  stop(): void {
    this.#isStopped = true
    const asked = [...this.#asked.values()]
    this.#asked.clear()
    for (const { done } of asked) done({ kind: 'failed', error: stopped() })
  }
}

function stopped(): BerthError {
  return new BerthError('unavailable', 'This replica stops.')
}

function toError({ code, detail }: { readonly code: string; readonly detail: string }): BerthError {
  return new BerthError(Object.hasOwn(catalogue, code) ? (code as ErrorCode) : 'internal', detail)
}
