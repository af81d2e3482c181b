/**
 * Requests that the leader decides, at any replica: those of its own API, decided here when it
 * leads and asked of the leader when not, and those that other replicas ask of it. Requests are
 * passed on, proposals never (design §3).
 *
 * A request has an unknown outcome when its answer does not come in time, or the one who was asked
 * is lost, unless the own log says what became of it.
 *
 * Invariant: each asker is answered once (bug L17).
 */
import type { AdminResult } from '../../api/replica-port.js'
import { BerthError } from '../../errors/berth-error.js'
import { catalogue, type ErrorCode } from '../../errors/catalogue.js'
import type { Instant } from '../../fsm/instant.js'
import type { PlacementState } from '../../fsm/placement-state.js'
import type { KnownLeader } from '../../hosts/sessions.js'
import { hasMember } from '../../raft/core/configuration.js'
import type { ReplicaId } from '../../raft/core/entry.js'
import type { Membership } from '../../raft/node/node-ports.js'
import type { DecisionEffect, LeaderRequests, Leading } from './leader-requests.js'
import {
  isFulfilled,
  type LeaderRequest,
  type Members,
  mayRemove,
  type RequestDone,
  type RequestOutcome,
} from './request.js'

/** A request that says something else than any that this version knows, and why. */
export interface UnreadableRequest {
  readonly kind: 'unreadable'
  readonly detail: string
}

export interface RequestFrame {
  readonly kind: 'request'
  /** Never used again by a run of the asking replica. */
  readonly number: number
  /** Names that run. */
  readonly run: number
  /** One that cannot be read is answered so: it says nothing against the link. */
  readonly request: LeaderRequest | UnreadableRequest
  /** Idempotency key; empty for none. */
  readonly key: string
}

export interface ResponseFrame {
  readonly kind: 'response'
  readonly number: number
  readonly run: number
  /** Of `error` none when it is empty. */
  readonly error: { readonly code: string; readonly detail: string } | null
  readonly result: unknown
}

export interface AskOptions {
  /** Idempotency key, empty for none. */
  readonly key: string
  /** Whether a leader elsewhere is asked. */
  readonly forward: boolean
}

/** What is to be done for requests. */
export type RequestEffect =
  | DecisionEffect
  | { readonly kind: 'send'; readonly to: ReplicaId; readonly frame: RequestFrame | ResponseFrame }
  | { readonly kind: 'answer'; readonly done: RequestDone; readonly outcome: RequestOutcome }

/** Who leads, as far as this replica may count on it, and its own leadership while it serves. */
export interface KnownLeading extends Leading {
  readonly known: KnownLeader | null
}

export class Requests {
  readonly #run: number
  readonly #state: PlacementState
  readonly #decider: LeaderRequests
  readonly #watch: KnownLeading
  readonly #asked: AskedRequests
  /** Of those that are decided here. */
  readonly #deciding = new Set<RequestDone>()
  #effects: RequestEffect[] = []

  /** @param run names this run of the replica */
  constructor(run: number, state: PlacementState, decider: LeaderRequests, watch: KnownLeading) {
    this.#run = run
    this.#state = state
    this.#decider = decider
    this.#watch = watch
    this.#asked = new AskedRequests(run)
  }

  /** What is to be done since the last call. */
  takeEffects(): readonly RequestEffect[] {
    const [effects, decided] = [this.#effects, this.#decider.takeEffects()]
    this.#effects = []
    return decided.length === 0 ? effects : [...effects, ...decided]
  }

  /** Has the leader decide a request, wherever it is. */
  ask(request: LeaderRequest, { key, forward }: AskOptions, now: Instant, done: RequestDone): void {
    const leader = this.#watch.known
    const told: RequestDone = (outcome) => this.#effects.push({ kind: 'answer', done, outcome })
    const answer = forward ? toWhoeverLeads(told) : told
    if (leader === null) {
      const detail = 'No leader is known now; an election usually takes one or two seconds.'
      told({ kind: 'failed', error: new BerthError('no_leader', detail) })
    } else if (this.#watch.leadership !== null) {
      this.#decide(request, key, now, answer)
    } else if (!forward) {
      told({ kind: 'failed', error: this.#notLeader(leader.replica) })
    } else {
      const number = this.#asked.ask(request, leader.replica, answer, now.monotonicMs)
      if (number === null) return
      const frame = { kind: 'request', number, run: this.#run, request, key } as const
      this.#effects.push({ kind: 'send', to: leader.replica, frame })
    }
  }

  /** Another replica asks this one. */
  requested(from: ReplicaId, { number, run, request, key }: RequestFrame, now: Instant): void {
    const answer: RequestDone = (outcome) => {
      const isDone = outcome.kind === 'done'
      const error = isDone ? null : { code: outcome.error.code, detail: outcome.error.message }
      const result = isDone ? outcome.result : null
      const frame = { kind: 'response', number, run, error, result } as const
      this.#effects.push({ kind: 'send', to: from, frame })
    }
    if (request.kind === 'unreadable') {
      answer({ kind: 'failed', error: new BerthError('invalid_request', request.detail) })
    } else if (request.kind === 'register' && request.replica !== from) {
      const detail = `Replica ${from} may register itself, and not replica ${request.replica}.`
      answer({ kind: 'failed', error: new BerthError('invalid_request', detail) })
    } else if (this.#watch.leadership !== null) this.#decide(request, key, now, answer)
    else answer({ kind: 'failed', error: this.#notLeader(this.#watch.known?.replica ?? 0) })
  }

  answered(from: ReplicaId, response: ResponseFrame): void {
    this.#asked.answered(from, response)
  }

  tick(nowMs: number): void {
    this.#asked.tick(nowMs)
  }

  /** There is no connection to this replica any more. */
  lost(replica: ReplicaId): void {
    this.#asked.lost(replica)
  }

  /** Who is in the cluster has changed, by the entry that was applied last. */
  configured(membership: Membership, isRemoved: Members['isRemoved']): void {
    const { appliedIndex: index, appliedTerm: term } = this.#state
    this.#decider.configured(membership)
    const { configuration, members: roster } = membership
    this.#asked.configured({ configuration, roster, isRemoved }, { index, term })
  }

  stop(): void {
    this.#asked.stop()
  }

  /** Nothing is decided here any more, and nothing that was begun comes to an end. */
  fail(): void {
    this.stop()
    const error = new BerthError(
      'unavailable',
      'This replica has stopped; look before you repeat it.',
    )
    for (const answer of [...this.#deciding]) answer({ kind: 'failed', error })
  }

  #decide(request: LeaderRequest, key: string, now: Instant, done: RequestDone): void {
    const answer: RequestDone = (outcome) => {
      if (this.#deciding.delete(answer)) done(outcome)
    }
    this.#deciding.add(answer)
    this.#decider.decide(request, key, now, answer)
  }

  #notLeader(leader: ReplicaId): BerthError {
    const known = this.#state.replicas.find(({ replica }) => replica === leader)
    const where = known === undefined ? '' : ` at ${known.api}`
    const detail =
      leader === 0 ? 'No leader is known now.' : `Replica ${leader} leads${where}; ask that one.`
    return new BerthError('not_leader', detail)
  }
}

/**
 * For who asks whatever replica leads: that one leads no more, or not yet, tells him nothing to act
 * on. Nothing was done, so he may repeat it.
 */
function toWhoeverLeads(done: RequestDone): RequestDone {
  return (outcome) => {
    const isOver = outcome.kind === 'failed' && outcome.error.code === 'not_leader'
    const detail = 'Leadership changed before it was decided; repeat the request.'
    done(isOver ? { kind: 'failed', error: new BerthError('no_leader', detail) } : outcome)
  }
}

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

/** Requests that this replica asked the leader to decide and that are not answered yet. */
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
