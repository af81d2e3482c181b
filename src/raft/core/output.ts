/**
 * What the core wants done, as records: docs/raft.md has the host's duties and their order.
 */
import type { Configuration, Entry, HardState, ReplicaId, SnapshotMeta } from './entry.js'
import type { Message } from './message.js'

export type Role = 'follower' | 'pre-candidate' | 'candidate' | 'leader'

/**
 * One step for the disk, all of it or nothing, in the order of tokens. Messages that promise its
 * durability wait inside the core and come out after `appended(token)`.
 */
export interface AppendRecord {
  /** Rises by one from record to record. */
  readonly token: number
  /** To be written with the entries, in the same step; null if unchanged. */
  readonly hardState: HardState | null
  /** They replace everything from the index of the first of them on. Empty beside a snapshot. */
  readonly entries: readonly Entry[]
  /**
   * To be installed: it drops the whole log, and the host's state machine takes it over before it
   * calls `appended`. null for none.
   */
  readonly snapshot: SnapshotMeta | null
}

/** A read may be answered by a state that has applied everything up to `index`. */
export interface ReadState {
  /** What `readIndex` returned. */
  readonly read: number
  readonly index: number
}

/** Where this replica stands. `leader` and `transferee` are 0 for none. */
export interface Standing {
  readonly role: Role
  readonly term: number
  readonly leader: ReplicaId
  /** Whom this leader is handing over to. */
  readonly transferee: ReplicaId
  /** This leader told somebody to campaign: its lease is over for the rest of the term (S19). */
  readonly handedOver: boolean
  /** This leader has applied an entry of its own term, and with it everything before. */
  readonly appliedOwnTerm: boolean
}

export interface Output {
  /** May leave at once. */
  readonly messages: readonly Message[]
  /** To be made durable; null for nothing. */
  readonly append: AppendRecord | null
  /** To be applied, in order, then reported by `applied`. */
  readonly committed: readonly Entry[]
  readonly reads: readonly ReadState[]
  /** Reads that will get no index: the leader changed, or did not answer. They may be repeated. */
  readonly abandonedReads: readonly number[]
  /** The heartbeat round that is among `messages`; 0 for none. Stamp the time before sending. */
  readonly round: number
  /** A quorum has answered this round, and all before, in this term; 0 if that is no news. */
  readonly confirmedRound: number
  /** New standing; null if unchanged. */
  readonly standing: Standing | null
  /** The configuration that is active now; null if unchanged. */
  readonly configuration: Configuration | null
}
