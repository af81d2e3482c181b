/**
 * What the configuration says of a request that was asked of a leader which is gone: one that
 * removes its leader is answered by nobody, for whoever has applied that listens to it no more.
 * Pure.
 */
import type { Configuration, ReplicaId } from '../../raft/core/entry.js'
import type { RosterMember } from '../../raft/node/identity/roster.js'
import type { LeaderRequest } from '../machine/frames.js'

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
