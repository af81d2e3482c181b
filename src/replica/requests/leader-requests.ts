/**
 * Requests of operators, decided by the leader: looks at its state, writes what is to be written,
 * and answers once that is applied. Everything that changes the cluster by hand goes through here.
 */
import type { AdminResult, RoundsStatus } from '../../api/replica-port.js'
import { BerthError } from '../../errors/berth-error.js'
import type { Command } from '../../fsm/command.js'
import type { Instant } from '../../fsm/instant.js'
import type { Applied, PlacementState } from '../../fsm/placement-state.js'
import { checkSettings, checkTimes, type Timing } from '../../fsm/settings-check.js'
import type { Leadership } from '../../hosts/leadership.js'
import type { ReplicaId } from '../../raft/core/entry.js'
import type {
  MembershipDone,
  MembershipRequest,
} from '../../raft/node/calls/membership-requests.js'
import type { Membership } from '../../raft/node/node-ports.js'
import { socketAddress } from '../../settings/setting-kinds.js'
import {
  generationOf,
  hasChanged,
  isChange,
  type LeaderRequest,
  noMember,
  notReady,
  type RequestDone,
  refusal,
} from './request.js'
import { roundsStatus } from './rounds-status.js'

/** Where an entry stands once it is applied. */
export interface AppliedAt {
  readonly index: number
  readonly term: number
}

export type ProposalOutcome = (AppliedAt & { readonly result: Applied }) | BerthError

/** What a decision needs to be done; each answer comes back by `done`, behind the input. */
export type DecisionEffect =
  | {
      readonly kind: 'propose'
      readonly command: Command
      /** Idempotency key, empty for none. */
      readonly key: string
      readonly done: (outcome: ProposalOutcome) => void
    }
  | {
      readonly kind: 'change-membership'
      readonly request: MembershipRequest
      readonly done: MembershipDone
    }
  | {
      readonly kind: 'transfer'
      readonly to: ReplicaId | null
      readonly done: (outcome: ReplicaId | BerthError) => void
    }

/** Where the leadership of this replica is found while it has one. */
export interface Leading {
  readonly leadership: Pick<Leadership, 'term' | 'rounds' | 'settingsProposed'> | null
}

export class LeaderRequests {
  readonly #id: ReplicaId
  readonly #state: PlacementState
  readonly #timing: Timing
  readonly #leading: Leading
  #membership: Membership | null = null
  #effects: DecisionEffect[] = []

  /** @param id of this replica */
  constructor(id: ReplicaId, state: PlacementState, timing: Timing, leading: Leading) {
    this.#id = id
    this.#state = state
    this.#timing = timing
    this.#leading = leading
  }

  /** What is to be done since the last call, in order. */
  takeEffects(): readonly DecisionEffect[] {
    const effects = this.#effects
    this.#effects = []
    return effects
  }

  /** Who is in the cluster has changed. */
  configured(membership: Membership): void {
    this.#membership = membership
  }

  /** @param key idempotency key, empty for none */
  decide(request: LeaderRequest, key: string, now: Instant, done: RequestDone): void {
    const atMs = now.wallMs
    const fail = (error: BerthError) => done({ kind: 'failed', error })
    switch (request.kind) {
      case 'evict':
        this.#evict(request, key, atMs, done)
        return
      case 'cordon': {
        const { namespace, name, cordoned } = request
        this.#write({ kind: 'cordon', atMs, namespace, name, cordoned }, key, done)
        return
      }
      case 'lift': {
        const { namespace, name } = request
        this.#write({ kind: 'lift', atMs, namespace, name }, key, done)
        return
      }
      case 'drop': {
        const { namespace } = request
        this.#write({ kind: 'drop', atMs, namespace, spent: false }, key, done)
        return
      }
      case 'settings': {
        const settings = { ...this.#state.settings, ...request.settings }
        const [fault] = [...checkSettings(settings), ...checkTimes(settings, this.#timing)]
        if (fault !== undefined) {
          fail(new BerthError('invalid_request', fault.detail))
          return
        }
        this.#leading.leadership?.settingsProposed(settings)
        this.#write({ kind: 'settings', atMs, settings: request.settings }, key, done)
        return
      }
      case 'register': {
        const { kind: _, ...address } = request
        this.#write({ kind: 'register', atMs, ...address }, key, done)
        return
      }
      case 'add-replica':
        this.#add(request, atMs, done)
        return
      case 'change-replicas':
        this.#changeSeveral(request, atMs, done)
        return
      case 'promote-replica':
      case 'remove-replica':
      case 'leave-joint':
        this.#change(membershipRequest(request), done)
        return
      case 'transfer':
        this.#transfer(request.to, done)
        return
      case 'rounds':
        done({ kind: 'done', result: this.#rounds(request.namespace, now) })
        return
      default:
        request satisfies never
    }
  }

  #evict(request: RequestOf<'evict'>, key: string, atMs: number, done: RequestDone): void {
    const { namespace, name, refuseMs } = request
    const member = this.#state.namespace(namespace)?.member(name)
    const fail = (error: BerthError) => done({ kind: 'failed', error })
    const term = this.#leading.leadership?.term
    if (term === undefined) fail(notReady())
    else if (member === undefined && key === '') fail(noMember(namespace, name))
    else {
      const epoch = member?.epoch ?? 0
      const hosts = [{ namespace, name, epoch, reason: 'evicted', refuseMs } as const]
      this.#write({ kind: 'remove', atMs, term, hosts }, key, (outcome) => {
        // It is none now, but a first try under this key may have found it.
        const found = member !== undefined || outcome.kind === 'failed' || isChange(outcome)
        if (found) done(outcome)
        else fail(noMember(namespace, name))
      })
    }
  }

  get #here(): AppliedAt {
    return { index: this.#state.appliedIndex, term: this.#state.appliedTerm }
  }

  /** A retry under the same key gets the answer of the first one, place in the log and all. */
  #write(command: Command, key: string, done: RequestDone): void {
    const written = (outcome: ProposalOutcome) => {
      if (outcome instanceof BerthError) {
        done({ kind: 'failed', error: outcome })
        return
      }
      const { result, of } = outcome.result
      const refused = result === null ? null : refusal(result)
      if (refused !== null) done({ kind: 'failed', error: refused })
      else {
        const changed = result !== null && hasChanged(result)
        const generation = result === null ? null : generationOf(result)
        done({ kind: 'done', result: { ...of, changed, generation } satisfies AdminResult })
      }
    }
    this.#effects.push({ kind: 'propose', command, key, done: written })
  }

  /** A member that is to be what it is, at another address, is told to all by that. */
  #add(request: RequestOf<'add-replica'>, atMs: number, done: RequestDone): void {
    const { id, peer, membership } = request
    if (this.#membershipOf(id) === membership) this.#readdress([{ id, peer }], atMs, done)
    else this.#change(membershipRequest(request), done)
  }

  /** Addresses of members first: where one is does not depend on who votes. */
  #changeSeveral(request: RequestOf<'change-replicas'>, atMs: number, done: RequestDone): void {
    const addresses = request.changes.flatMap(({ id, membership, peer }) => {
      const isMember = membership !== 'none' && this.#membershipOf(id) !== null
      return isMember && peer !== undefined ? [{ id, peer }] : []
    })
    this.#readdress(addresses, atMs, (readdressed) => {
      if (readdressed.kind === 'failed') {
        done(readdressed)
        return
      }
      this.#change(membershipRequest(request), (outcome) => {
        if (outcome.kind === 'failed' || !isChange(readdressed)) done(outcome)
        else done({ kind: 'done', result: { ...(outcome.result as AdminResult), changed: true } })
      })
    })
  }

  /**
   * Writes where members are reached into the registry, one after the other. What a replica says
   * of itself, once it reaches a leader, takes the place of that.
   */
  #readdress(addresses: readonly Address[], atMs: number, done: RequestDone): void {
    const unreadable = addresses.find(({ peer }) => socketAddress.parse(peer) === undefined)
    if (unreadable !== undefined) {
      const detail = `The address of a replica is ${socketAddress.form}, not "${unreadable.peer}".`
      done({ kind: 'failed', error: new BerthError('invalid_request', detail) })
      return
    }
    const [first, ...others] = addresses.filter(({ id, peer }) => !this.#isKnownAt(id, peer))
    if (first === undefined) {
      done({ kind: 'done', result: { ...this.#here, changed: false, generation: null } })
      return
    }
    const { id: replica, peer } = first
    this.#write({ kind: 'register', atMs, replica, peer, api: '', key: '' }, '', (outcome) => {
      if (outcome.kind === 'failed' || others.length === 0) done(outcome)
      else this.#readdress(others, atMs, (last) => done(last.kind === 'failed' ? last : outcome))
    })
  }

  /** By the word of the replica, or of whoever added it. */
  #isKnownAt(id: ReplicaId, peer: string): boolean {
    const registered = this.#state.replicas.find(({ replica }) => replica === id)?.peer
    const added = this.#membership?.members.find((member) => member.id === id)?.address
    return registered === peer || added === peer
  }

  /** What it is, or will be as soon as it has caught up; null for none, or one that leaves. */
  #membershipOf(id: ReplicaId): 'voter' | 'learner' | null {
    const membership = this.#membership
    if (membership === null) return null
    const { voters, learners, learnersNext } = membership.configuration
    if (voters.includes(id)) return 'voter'
    if (!learners.includes(id) && !learnersNext.includes(id)) return null
    return membership.members.find((member) => member.id === id)?.promote ? 'voter' : 'learner'
  }

  #change(request: MembershipRequest, done: RequestDone): void {
    const changed: MembershipDone = (outcome) => {
      if (outcome instanceof BerthError) done({ kind: 'failed', error: outcome })
      else {
        const { index, term, changed } = outcome
        done({ kind: 'done', result: { index, term, changed, generation: null } })
      }
    }
    this.#effects.push({ kind: 'change-membership', request, done: changed })
  }

  #transfer(to: ReplicaId | null, done: RequestDone): void {
    const transferred = (outcome: ReplicaId | BerthError) => {
      if (outcome instanceof BerthError) done({ kind: 'failed', error: outcome })
      else {
        const changed = outcome !== this.#id
        done({ kind: 'done', result: { ...this.#here, changed, generation: null } })
      }
    }
    this.#effects.push({ kind: 'transfer', to, done: transferred })
  }

  #rounds(namespace: string, now: Instant): RoundsStatus {
    const rounds = this.#leading.leadership?.rounds(namespace)
    return rounds === undefined ? { running: null, recent: [] } : roundsStatus(rounds, now)
  }
}

type RequestOf<K extends LeaderRequest['kind']> = Extract<LeaderRequest, { kind: K }>

/** Where a member is reached: `host:port`. */
interface Address {
  readonly id: ReplicaId
  readonly peer: string
}

type MembershipKind =
  | 'add-replica'
  | 'promote-replica'
  | 'remove-replica'
  | 'change-replicas'
  | 'leave-joint'

function membershipRequest(request: RequestOf<MembershipKind>): MembershipRequest {
  switch (request.kind) {
    case 'add-replica': {
      const { id, peer: address, membership } = request
      return { kind: 'add', id, address, membership }
    }
    case 'promote-replica':
      return { kind: 'promote', id: request.id }
    case 'remove-replica':
      return { kind: 'remove', id: request.id }
    case 'leave-joint':
      return { kind: 'leave' }
    case 'change-replicas': {
      const { changes, leave: transition } = request
      return {
        kind: 'change',
        transition,
        changes: changes.map(({ id, membership }) => {
          return { kind: membership === 'none' ? 'remove' : membership, id }
        }),
        addresses: new Map(
          changes.flatMap(({ id, peer }) => (peer === undefined ? [] : [[id, peer]])),
        ),
      }
    }
  }
}
