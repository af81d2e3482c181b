/**
 * Requests that the leader decides, at any replica: those of its own API, decided here when it
 * leads and asked of the leader when not, and those that other replicas ask of it. Requests are
 * passed on, proposals never (design §3).
 *
 * Invariant: each asker is answered once (bug L17).
 */
import { BerthError } from '../../errors/berth-error.js'
import type { Instant } from '../../fsm/instant.js'
import type { PlacementState } from '../../fsm/placement-state.js'
import type { KnownLeader } from '../../hosts/sessions.js'
import type { ReplicaId } from '../../raft/core/entry.js'
import type { LeaderRequest, RequestFrame, ResponseFrame } from '../machine/frames.js'
import { AskedRequests, type RequestDone } from './asked-requests.js'
import type { LeaderRequests } from './leader-requests.js'
import type { Members } from './membership-outcome.js'

export interface AskOptions {
  /** Idempotency key, empty for none. */
  readonly key: string
  /** Whether a leader elsewhere is asked. */
  readonly forward: boolean
}

export interface RequestsPorts {
  /** The leader, once its `lead` command is applied here. */
  leader(): KnownLeader | null
  /** Whether this replica serves as the leader. */
  leads(): boolean
  send(to: ReplicaId, frame: RequestFrame | ResponseFrame): void
}

export class Requests {
  readonly #run: number
  readonly #state: PlacementState
  readonly #decider: LeaderRequests
  readonly #ports: RequestsPorts
  readonly #asked: AskedRequests
  /** Of those that are decided here. */
  readonly #deciding = new Set<RequestDone>()

  /** @param run names this run of the replica */
  constructor(run: number, state: PlacementState, decider: LeaderRequests, ports: RequestsPorts) {
    this.#run = run
    this.#state = state
    this.#decider = decider
    this.#ports = ports
    this.#asked = new AskedRequests(run)
  }

  /** Has the leader decide a request, wherever it is. */
  ask(request: LeaderRequest, { key, forward }: AskOptions, now: Instant, done: RequestDone): void {
    const leader = this.#ports.leader()
    const answer = forward ? toWhoeverLeads(done) : done
    if (leader === null) {
      const detail = 'No leader is known now; an election usually takes one or two seconds.'
      done({ kind: 'failed', error: new BerthError('no_leader', detail) })
    } else if (this.#ports.leads()) {
      this.#decide(request, key, now, answer)
    } else if (!forward) {
      done({ kind: 'failed', error: this.#notLeader(leader.replica) })
    } else {
      const number = this.#asked.ask(request, leader.replica, answer, now.monotonicMs)
      if (number === null) return
      this.#ports.send(leader.replica, { kind: 'request', number, run: this.#run, request, key })
    }
  }

  /** Another replica asks this one. */
  requested(from: ReplicaId, { number, run, request, key }: RequestFrame, now: Instant): void {
    const answer: RequestDone = (outcome) => {
      const isDone = outcome.kind === 'done'
      const error = isDone ? null : { code: outcome.error.code, detail: outcome.error.message }
      const result = isDone ? outcome.result : null
      this.#ports.send(from, { kind: 'response', number, run, error, result })
    }
    if (request.kind === 'unreadable') {
      answer({ kind: 'failed', error: new BerthError('invalid_request', request.detail) })
    } else if (request.kind === 'register' && request.replica !== from) {
      const detail = `Replica ${from} may register itself, and not replica ${request.replica}.`
      answer({ kind: 'failed', error: new BerthError('invalid_request', detail) })
    } else if (this.#ports.leads()) this.#decide(request, key, now, answer)
    else answer({ kind: 'failed', error: this.#notLeader(this.#ports.leader()?.replica ?? 0) })
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
  configured(members: Members): void {
    const { appliedIndex: index, appliedTerm: term } = this.#state
    this.#asked.configured(members, { index, term })
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
