/**
 * The log, what a replica must never forget, and who is in the cluster: the nouns of Raft, as
 * values. What a change makes of a configuration is configuration.ts, its bytes are
 * configuration-codec.ts, what cannot be is configuration-check.ts.
 */

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

/**
 * `voter`: add as a voter, or promote; `learner`: add as a learner, or demote; `remove`: neither
 * from now on. All of them say how it shall be, so repeating one changes nothing.
 */
export interface MemberChange {
  readonly kind: 'voter' | 'learner' | 'remove'
  readonly id: ReplicaId
}

/**
 * How several changes become active. `auto`: at once if it is only one, else through a joint
 * configuration that the leader leaves by itself; `implicit`: always so; `explicit`: through a
 * joint configuration that stays until a `leave` is proposed.
 */
export type Transition = 'auto' | 'implicit' | 'explicit'

/** What an operator proposes. `context` is the host's own (an address, say): carried, not read. */
export type ConfigurationProposal =
  | {
      readonly kind: 'change'
      readonly transition: Transition
      readonly changes: readonly MemberChange[]
      readonly context: Uint8Array
    }
  | { readonly kind: 'leave'; readonly context: Uint8Array }

/**
 * What a configuration entry holds. `begin` is the first entry of a log and says what the log
 * starts from, so that a replica which is added later and reads the log from its start gets there.
 */
export type ConfigurationChange =
  | ConfigurationProposal
  | { readonly kind: 'begin'; readonly configuration: Configuration }
