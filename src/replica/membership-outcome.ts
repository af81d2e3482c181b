/**
 * What the configuration says of a request that was asked of a leader which is gone: one that
 * removes its leader is answered by nobody, for whoever has applied that listens to it no more.
 * Pure.
 */
import { hasMember } from '../raft/core/configuration.js'
import type { Configuration, ReplicaId } from '../raft/core/entry.js'
import type { LeaderRequest } from './frames.js'

/** Who is in the cluster, as of an applied entry. */
export interface Members {
  readonly configuration: Configuration
  /** Whether a replica is gone for good. */
  isRemoved(id: ReplicaId): boolean
}

/** Whether the request is about who is in the cluster, and is as it asked for. */
export function isFulfilled(request: LeaderRequest, members: Members): boolean {
  const { configuration, isRemoved } = members
  switch (request.kind) {
    case 'add-replica':
      return hasMember(configuration, request.id)
    case 'promote-replica':
      return configuration.voters.includes(request.id)
    case 'remove-replica':
      return isRemoved(request.id)
    case 'change-replicas':
      return request.changes.every(({ id, membership }) =>
        membership === 'none' ? isRemoved(id) : hasMember(configuration, id),
      )
    case 'leave-joint':
      return configuration.votersOutgoing.length === 0
    default:
      return false
  }
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
