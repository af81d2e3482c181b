/** A replica as people, probes and dashboards see it. Made on demand; nothing in it is live. */
import type { Configuration, ReplicaId } from '../core/entry.js'
import type { Role } from '../core/output.js'
import type { PeerStatus } from '../core/status.js'
import type { PeerRecord } from './disk/storage.js'
import type { Stage } from './identity/bootstrap.js'
import type { IgnoredPeer } from './identity/ignored-peers.js'
import type { RosterMember } from './identity/roster.js'
import type { SnapshotsStatus } from './snapshots/snapshots.js'
import type { RestoreStatus } from './snapshots/state-restore.js'

/** `restoring`: the state machine takes over the own snapshot; the rest see bootstrap.ts. */
export type NodeStage = Stage | 'restoring' | 'stopped'

export interface NodeStatus {
  readonly id: ReplicaId
  readonly uuid: string
  readonly clusterId: string | null
  readonly stage: NodeStage
  /** What a replica that takes no part yet waits for; null for the others. */
  readonly waitsFor: string | null
  readonly role: Role
  readonly term: number
  /** 0 for none. */
  readonly leader: ReplicaId
  /** Whom this leader is handing over to; 0 for nobody. */
  readonly transferee: ReplicaId
  /** How long this leader may answer reads by itself, in ms; 0 for not at all. */
  readonly leaseMs: number
  readonly configuration: Configuration
  /** Members of whom the log tells more than that they are. */
  readonly members: readonly RosterMember[]
  readonly log: {
    readonly firstIndex: number
    readonly lastIndex: number
    /** On the own disk. */
    readonly durableIndex: number
    readonly committedIndex: number
    readonly appliedIndex: number
    /** What it takes in memory. */
    readonly bytes: number
  }
  /** How far a leader knows the others; empty on others. */
  readonly peers: readonly PeerStatus[]
  /** What peers have shown of themselves. */
  readonly records: readonly PeerRecord[]
  readonly snapshots: SnapshotsStatus
  /** The snapshot that the state machine takes over; null for none. */
  readonly restore: RestoreStatus | null
  /** Peers whose state is another than the one here, and the index where that was found last. */
  readonly differing: ReadonlyMap<ReplicaId, number>
  /** Members that speak and are not listened to, for long. */
  readonly ignored: readonly IgnoredPeer[]
  readonly storage: {
    /** Operations waiting and under way. */
    readonly depth: number
    /** Age of the oldest thing that the disk owes, in ms. */
    readonly oldestMs: number
    readonly isStalled: boolean
    /** This leader is silent because of that. */
    readonly isMuted: boolean
    /** Events that are not in the projection yet. */
    readonly eventsWaiting: number
    /** Index up to which events are in the projection. */
    readonly projectedIndex: number
  }
  readonly waiting: {
    readonly proposals: number
    readonly uncommittedBytes: number
    readonly reads: number
    readonly confirmations: number
    readonly entriesToApply: number
  }
}
