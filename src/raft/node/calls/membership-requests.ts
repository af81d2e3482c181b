/**
 * Membership changes as operators ask for them, turned into configuration changes of the core. One
 * change is under way at a time (Raft §6); further ones wait their turn, for a while.
 *
 * A voter that is added begins as a learner and is promoted once it has caught up, so that an
 * empty log never weakens the quorum (thesis §4.2.1).
 *
 * Requests say how it shall be. One that holds already is done without a change, so that a caller
 * who lost the answer may repeat it.
 */
import { BerthError } from '../../../errors/berth-error.js'
import { hasMember } from '../../core/configuration.js'
import type {
  Configuration,
  ConfigurationProposal,
  MemberChange,
  ReplicaId,
  Transition,
} from '../../core/entry.js'
import { isReplicaId, membersMax } from '../../core/limits.js'
import type { Proposed } from '../../core/refusal.js'
import { addressUnitsMax, removedMax } from '../frame-limits.js'
import { encodeMembers, isAddress, type Roster, type RosterMember } from '../identity/roster.js'

export type MembershipRequest =
  | {
      readonly kind: 'add'
      readonly id: ReplicaId
      /** `host:port` where other replicas reach it. */
      readonly address: string | null
      readonly membership: 'voter' | 'learner'
    }
  | { readonly kind: 'promote'; readonly id: ReplicaId }
  | { readonly kind: 'remove'; readonly id: ReplicaId }
  /** Several at once; addresses of those that are new. */
  | {
      readonly kind: 'change'
      readonly transition: Transition
      readonly changes: readonly MemberChange[]
      readonly addresses: ReadonlyMap<ReplicaId, string>
    }
  /** Leaves a joint configuration that was entered with `explicit`. */
  | { readonly kind: 'leave' }

/** Called once. `changed` is false where it was so before; then `index` is the applied index. */
export type MembershipDone = (outcome: MembershipOutcome | BerthError) => void

export interface MembershipOutcome {
  readonly index: number
  readonly term: number
  readonly changed: boolean
}

/** Of more requests that wait, the next is refused as `overloaded`. */
const waitingMax = 64

/** What becomes of a request: exactly one of these is called. */
export interface RequestFate {
  /** The change is in the log at (index, term). */
  accepted(index: number, term: number): void
  /** It holds already. */
  unchanged(): void
  failed(error: BerthError): void
}

interface Waiting {
  readonly request: MembershipRequest
  readonly deadlineTick: number
  readonly fate: RequestFate
}

export interface MembershipSources {
  propose(proposal: ConfigurationProposal): Proposed
  configuration(): Configuration
  roster(): Roster
  /** Whether a learner has nearly all of the leader's log. */
  hasCaughtUp(id: ReplicaId): boolean
  /** Turns a refusal of the core into an error for the caller. */
  toError(refused: Extract<Proposed, { kind: 'refused' }>): BerthError
}

export class MembershipRequests {
  readonly #sources: MembershipSources
  readonly #timeoutTicks: number
  #waiting: Waiting[] = []

  constructor(sources: MembershipSources, timeoutTicks: number) {
    this.#sources = sources
    this.#timeoutTicks = timeoutTicks
  }

  add(request: MembershipRequest, tick: number, fate: RequestFate): void {
    if (this.#waiting.length >= waitingMax) {
      fate.failed(new BerthError('overloaded', `${waitingMax} membership changes wait already.`))
      return
    }
    this.#waiting.push({ request, deadlineTick: tick + this.#timeoutTicks, fate })
    this.retry()
  }

  /** Proposes what may be proposed now. */
  retry(): void {
    while (this.#waiting.length > 0) {
      const { request, fate } = this.#waiting[0]!
      const proposal = this.#translate(request)
      if (proposal === null || proposal instanceof BerthError) {
        this.#waiting.shift()
        if (proposal === null) fate.unchanged()
        else fate.failed(proposal)
        continue
      }
      const proposed = this.#sources.propose(proposal)
      if (proposed.kind === 'refused' && proposed.reason === 'change_pending') return
      this.#waiting.shift()
      if (proposed.kind === 'refused') fate.failed(this.#sources.toError(proposed))
      else fate.accepted(proposed.index, proposed.term)
    }
  }

  expire(tick: number): void {
    while (this.#waiting.length > 0 && this.#waiting[0]!.deadlineTick <= tick) {
      const detail = 'An earlier membership change is still under way.'
      this.#waiting.shift()!.fate.failed(new BerthError('conflict', detail))
    }
  }

  failAll(error: BerthError): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (const { fate } of waiting) fate.failed(error)
  }

  /** null: it holds already. */
  #translate(request: MembershipRequest): ConfigurationProposal | BerthError | null {
    switch (request.kind) {
      case 'add':
        return this.#add(request)
      case 'promote':
        return this.#promote(request.id)
      case 'remove':
        if (this.#isMember(request.id)) return change([{ kind: 'remove', id: request.id }], [])
        return this.#sources.roster().isRemoved(request.id) ? null : notMember(request.id)
      case 'change':
        return this.#several(request)
      case 'leave':
        return { kind: 'leave', context: new Uint8Array() }
    }
  }

  #add(request: Extract<MembershipRequest, { kind: 'add' }>) {
    if (this.#wasAddedSo(request)) return null
    const { id, address, membership } = request
    const wrong = this.#whyNotNew(id) ?? whyNotAddress(address)
    if (wrong !== null) return wrong
    const member = { id, address, promote: membership === 'voter' }
    return change([{ kind: 'learner', id }], [member])
  }

  /** A learner that is to be promoted will be what a voter is. */
  #wasAddedSo({ id, address, membership }: Extract<MembershipRequest, { kind: 'add' }>): boolean {
    const known = this.#sources.roster().get(id)
    if (!this.#isMember(id) || known === undefined || known.address !== address) return false
    const isLearner = this.#sources.configuration().learners.includes(id) && !known.promote
    return isLearner === (membership === 'learner')
  }

  #promote(id: ReplicaId): ConfigurationProposal | BerthError | null {
    if (!this.#isMember(id)) return notMember(id)
    if (!this.#sources.configuration().learners.includes(id)) return null
    if (!this.#sources.hasCaughtUp(id)) return lagging(id)
    return change([{ kind: 'voter', id }], [])
  }

  /** New voters begin as learners here too; learners that shall vote must have caught up. */
  #several(
    request: Extract<MembershipRequest, { kind: 'change' }>,
  ): ConfigurationProposal | BerthError | null {
    const { transition, addresses } = request
    if (request.changes.every((one) => this.#holds(one))) return null
    const members: RosterMember[] = []
    const changes: MemberChange[] = []
    for (const { kind, id } of request.changes) {
      const wrong = this.#whyNot({ kind, id })
      if (wrong !== null) return wrong
      const isNew = kind !== 'remove' && !this.#isMember(id)
      changes.push({ kind: isNew ? 'learner' : kind, id })
      if (!isNew) continue
      const address = addresses.get(id) ?? null
      const unreadable = whyNotAddress(address)
      if (unreadable !== null) return unreadable
      members.push({ id, address, promote: kind === 'voter' })
    }
    return { ...change(changes, members), transition }
  }

  #holds({ kind, id }: MemberChange): boolean {
    const { voters, votersOutgoing, learners } = this.#sources.configuration()
    if (votersOutgoing.length > 0) return false
    if (kind === 'voter') return voters.includes(id)
    return kind === 'learner' ? learners.includes(id) : this.#sources.roster().isRemoved(id)
  }

  #whyNot({ kind, id }: MemberChange): BerthError | null {
    if (this.#holds({ kind, id })) return null
    if (kind === 'remove') return this.#isMember(id) ? null : notMember(id)
    if (!this.#isMember(id)) return this.#whyNotNew(id)
    const isLearner = this.#sources.configuration().learners.includes(id)
    return kind === 'voter' && isLearner && !this.#sources.hasCaughtUp(id) ? lagging(id) : null
  }

  #whyNotNew(id: ReplicaId): BerthError | null {
    if (!isReplicaId(id)) {
      return new BerthError('invalid_request', 'A replica id is a whole number above 0.')
    }
    // All of them are to fit in the roster once they are removed, with one change on top.
    const known = this.#sources.roster().removedCount + 2 * membersMax
    if (known >= removedMax) {
      const detail = `A cluster has at most ${removedMax} replicas in its life.`
      return new BerthError('conflict', detail)
    }
    if (this.#isMember(id)) return new BerthError('conflict', `Replica ${id} is a member already.`)
    if (!this.#sources.roster().isRemoved(id)) return null
    const detail = `Replica ${id} was removed; take an id that was never used.`
    return new BerthError('conflict', detail)
  }

  #isMember(id: ReplicaId): boolean {
    return hasMember(this.#sources.configuration(), id)
  }
}

function change(changes: readonly MemberChange[], members: readonly RosterMember[]) {
  const context = members.length === 0 ? new Uint8Array() : encodeMembers(members)
  return { kind: 'change', transition: 'auto', changes, context } as const
}

/** What no replica could read back from the log. */
function whyNotAddress(address: unknown): BerthError | null {
  if (address === null || isAddress(address)) return null
  const detail = `The address of a replica is host:port, of at most ${addressUnitsMax} characters.`
  return new BerthError('invalid_request', detail)
}

function lagging(id: ReplicaId): BerthError {
  return new BerthError('conflict', `Replica ${id} has not caught up yet; ask again later.`)
}

function notMember(id: ReplicaId): BerthError {
  return new BerthError('not_found', `Replica ${id} is not in the configuration.`)
}
