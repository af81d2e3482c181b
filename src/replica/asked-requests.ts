/**
 * Requests that this replica asked the leader to decide and that are not answered yet. A request
 * has an unknown outcome when its answer does not come in time, or the one who was asked is lost.
 */
import { BerthError } from '../errors/berth-error.js'
import { catalogue, type ErrorCode } from '../errors/catalogue.js'
import type { ReplicaId } from '../raft/core/entry.js'
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
  readonly leader: ReplicaId
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
  ask(leader: ReplicaId, done: RequestDone, nowMs: number): number | null {
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
    this.#asked.set(this.#number, { leader, deadlineMs: nowMs + requestTimeoutMs, done })
    return this.#number
  }

  /** By whoever was asked: what others answer counts for nothing. */
  answered(from: ReplicaId, { number, run, error, result }: ResponseFrame): void {
    const asked = run === this.#run ? this.#asked.get(number) : undefined
    if (asked?.leader !== from) return
    this.#asked.delete(number)
    if (error === null) asked.done({ kind: 'done', result })
    else asked.done({ kind: 'failed', error: toError(error) })
  }

  tick(nowMs: number): void {
    for (const [number, { deadlineMs, done }] of this.#asked) {
      // In the order of asking, so of deadlines.
      if (nowMs < deadlineMs) return
      this.#asked.delete(number)
      done(unknown('The leader did not answer in time'))
    }
  }

  /** There is no connection to this replica any more: what was asked of it may not be answered. */
  lost(leader: ReplicaId): void {
    for (const [number, asked] of [...this.#asked]) {
      if (asked.leader !== leader) continue
      this.#asked.delete(number)
      asked.done(unknown('The leader was lost before it answered'))
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

function unknown(why: string): RequestOutcome {
  const detail = `${why}; whether it was done is unknown.`
  return { kind: 'failed', error: new BerthError('timeout', detail) }
}

function stopped(): BerthError {
  return new BerthError('unavailable', 'This replica stops.')
}

function toError({ code, detail }: { readonly code: string; readonly detail: string }): BerthError {
  return new BerthError(Object.hasOwn(catalogue, code) ? (code as ErrorCode) : 'internal', detail)
}
