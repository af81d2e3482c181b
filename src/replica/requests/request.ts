/**
 * What the leader can be asked to decide, and what becomes of it: by the result of the command
 * that it wrote, or, when it is gone itself, by who is in the cluster now. One that removes its
 * leader is answered by nobody, for whoever has applied that listens to it no more. Pure.
 */
import type { AdminRequest, AdminResult } from '../../api/replica-port.js'
import { BerthError } from '../../errors/berth-error.js'
import type { ReplicaAddress } from '../../fsm/command.js'
import type { CommandResult } from '../../fsm/command-result.js'
import type { Configuration, ReplicaId } from '../../raft/core/entry.js'
import type { RosterMember } from '../../raft/node/identity/roster.js'

/** What a replica may ask of the leader. */
export type LeaderRequest =
  | Exclude<AdminRequest, { kind: 'snapshot' }>
  | { readonly kind: 'rounds'; readonly namespace: string }
  | ({ readonly kind: 'register' } & ReplicaAddress)

export type RequestDone = (outcome: RequestOutcome) => void

export type RequestOutcome =
  | { readonly kind: 'done'; readonly result: unknown }
  | { readonly kind: 'failed'; readonly error: BerthError }

/** Why a command did nothing although it was applied; null when it did what it was to do. */
export function refusal(result: CommandResult): BerthError | null {
  switch (result.kind) {
    case 'nothing':
      return result.why === 'key_reused'
        ? new BerthError('conflict', 'This idempotency key was used for another request.')
        : new BerthError('timeout', 'The leader changed meanwhile; nothing was done. Try again.')
    case 'cordon':
      return result.outcome === 'no_namespace'
        ? noNamespace()
        : overloadedIf(result.outcome === 'overloaded', 'Too many names are cordoned.')
    case 'lift':
      return result.outcome === 'no_namespace' ? noNamespace() : null
    case 'drop':
      return dropRefusal(result.outcome)
    case 'register':
    case 'unregister':
      return overloadedIf(result.outcome === 'overloaded', 'Too many replicas are registered.')
    case 'settings': {
      const [fault] = result.faults
      return fault === undefined ? null : new BerthError('invalid_request', fault)
    }
    case 'remove':
    case 'upsert':
    case 'retype':
    case 'lead':
    case 'genesis':
    case 'disseminated':
    case 'clock':
    case 'level':
      return null
  }
}

/** The newest of the namespace that the command was about; null where it was about none. */
export function generationOf(result: CommandResult): number | null {
  switch (result.kind) {
    case 'remove':
      return result.hosts[0]?.generation ?? null
    case 'cordon':
    case 'lift':
      return result.generation
    default:
      return null
  }
}

export function hasChanged(result: CommandResult): boolean {
  switch (result.kind) {
    case 'remove':
      return result.hosts.some(({ removed }) => removed)
    case 'drop':
      return result.outcome === 'dropped'
    case 'cordon':
    case 'lift':
    case 'register':
    case 'unregister':
      return result.outcome === 'changed'
    case 'settings':
      return result.changed
    default:
      return true
  }
}

function dropRefusal(
  outcome: Extract<CommandResult, { kind: 'drop' }>['outcome'],
): BerthError | null {
  switch (outcome) {
    case 'dropped':
      return null
    case 'no_namespace':
      return noNamespace()
    case 'default':
      return new BerthError('conflict', 'The namespace "default" is always there.')
    case 'in_use': {
      const how = 'Evict them, or let them leave, and wait until the round without them is over.'
      return new BerthError('conflict', `The namespace has members, or had a moment ago. ${how}`)
    }
  }
}

export function isChange({ result }: Extract<RequestOutcome, { kind: 'done' }>): boolean {
  return (result as AdminResult).changed
}

function overloadedIf(isOverloaded: boolean, detail: string): BerthError | null {
  return isOverloaded ? new BerthError('overloaded', detail) : null
}

export function notReady(): BerthError {
  return new BerthError('no_leader', 'The leader has just been elected; try again in a moment.')
}

function noNamespace(): BerthError {
  return new BerthError('not_found', 'There is no such namespace: it has no members.')
}

export function noMember(namespace: string, name: string): BerthError {
  return new BerthError('not_found', `${name} is no member of namespace ${namespace}.`)
}

/** Who is in the cluster, as of an applied entry. */
export interface Members {
  readonly configuration: Configuration
  readonly roster: readonly RosterMember[]
  /** Whether a replica is gone for good. */
  isRemoved(id: ReplicaId): boolean
}

/** Whether the request is about who is in the cluster, and is as it asked for. */
export function isFulfilled(request: LeaderRequest, members: Members): boolean {
  const { configuration, isRemoved } = members
  switch (request.kind) {
    case 'add-replica':
      return is(request.id, request.membership, members) && isAt(request.id, request.peer, members)
    case 'promote-replica':
      return configuration.voters.includes(request.id)
    case 'remove-replica':
      return isRemoved(request.id)
    case 'change-replicas':
      return request.changes.every(({ id, membership }) => is(id, membership, members))
    case 'leave-joint':
      return configuration.votersOutgoing.length === 0
    default:
      return false
  }
}

/** A learner that votes once it has caught up is as good as a voter: more was not asked for. */
function is(
  id: ReplicaId,
  membership: 'voter' | 'learner' | 'none',
  { configuration, roster, isRemoved }: Members,
): boolean {
  if (membership === 'none') return isRemoved(id)
  if (configuration.voters.includes(id)) return membership === 'voter'
  const willVote = roster.some((one) => one.id === id && one.promote)
  return configuration.learners.includes(id) && willVote === (membership === 'voter')
}

function isAt(id: ReplicaId, address: string | null, { roster }: Members): boolean {
  return roster.some((one) => one.id === id && one.address === address)
}

/** Whether the request may end the membership of this replica. */
export function mayRemove(request: LeaderRequest, id: ReplicaId): boolean {
  switch (request.kind) {
    case 'remove-replica':
      return request.id === id
    case 'change-replicas':
      return request.changes.some((one) => one.id === id && one.membership === 'none')
    case 'leave-joint':
      return true
    default:
      return false
  }
}
