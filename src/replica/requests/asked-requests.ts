/**
 * Requests that this replica asked the leader to decide and that are not answered yet. A request
 * has an unknown outcome when its answer does not come in time, or the one who was asked is lost,
 * unless the own log says what became of it.
 */

import type { AdminResult } from '../../api/replica-port.js'
import { BerthError } from '../../errors/berth-error.js'
import { catalogue, type ErrorCode } from '../../errors/catalogue.js'
import { hasMember } from '../../raft/core/configuration.js'
import type { ReplicaId } from '../../raft/core/entry.js'
import type { LeaderRequest, ResponseFrame } from '../machine/frames.js'
import { isFulfilled, type Members, mayRemove } from './membership-outcome.js'

export type RequestDone = (outcome: RequestOutcome) => void

export type RequestOutcome =
  | { readonly kind: 'done'; readonly result: unknown }
  | { readonly kind: 'failed'; readonly error: BerthError }

/** Of more requests that wait, the next is refused as `overloaded`. */
export const askedRequestsMax = 4_096
/** A request waits at most this long, in ms. */
export const requestTimeoutMs = 10_000

interface Asked {
  readonly request: LeaderRequest
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
  ask(request: LeaderRequest, leader: ReplicaId, done: RequestDone, nowMs: number): number | null {
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
    this.#asked.set(this.#number, { request, leader, deadlineMs: nowMs + requestTimeoutMs, done })
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

  /**
   * There is no connection to this replica any more: what was asked of it may not be answered. One
   * that was to be removed ends by that: the log will say whether it was.
   */
  lost(leader: ReplicaId): void {
    for (const [number, asked] of [...this.#asked]) {
      if (asked.leader !== leader || mayRemove(asked.request, leader)) continue
      this.#asked.delete(number)
      asked.done(unknown('The leader was lost before it answered'))
    }
  }

  /** Who is in the cluster has changed: nobody listens to a leader that is none of them now. */
  configured(members: Members, { index, term }: Pick<AdminResult, 'index' | 'term'>): void {
    for (const [number, { request, leader, done }] of [...this.#asked]) {
      if (hasMember(members.configuration, leader)) continue
      this.#asked.delete(number)
      const result: AdminResult = { index, term, changed: true, generation: null }
      if (isFulfilled(request, members)) done({ kind: 'done', result })
      else done(unknown('The leader was removed before it answered'))
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
