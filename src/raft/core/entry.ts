/** The log and what a replica must never forget: the nouns of Raft, as values. */

/** Number of a replica. Positive, chosen by the operator, never used again after a removal. */
export type ReplicaId = number

/**
 * `command`: bytes of the state machine; `configuration`: a membership change (see
 * configuration.ts); `noop`: what a new leader appends to commit the entries of earlier terms.
 */
export type EntryKind = 'command' | 'configuration' | 'noop'

export interface Entry {
  /** Position in the log, from 1. */
  readonly index: number
  /** Term of the leader that appended it. */
  readonly term: number
  readonly kind: EntryKind
  readonly data: Uint8Array
}

/** What must be durable before any message that promises it leaves (Raft §5.1, figure 2). */
export interface HardState {
  readonly term: number
  /** The candidate that got this replica's vote in `term`; 0 for none. */
  readonly vote: ReplicaId
  /** Highest index known to be committed. May lag behind; never leads. */
  readonly commit: number
}

/** Who votes and who only listens. Joint while `votersOutgoing` is not empty (Raft §6). */
export interface Configuration {
  readonly voters: readonly ReplicaId[]
  readonly votersOutgoing: readonly ReplicaId[]
  readonly learners: readonly ReplicaId[]
  /** Voters of the outgoing half that become learners when the joint configuration is left. */
  readonly learnersNext: readonly ReplicaId[]
  /** Whether the leader leaves the joint configuration by itself once it is applied. */
  readonly autoLeave: boolean
}

/** Names a snapshot: the state after `index`, and the configuration that was active then. */
export interface SnapshotMeta {
  readonly index: number
  readonly term: number
  readonly configuration: Configuration
}
