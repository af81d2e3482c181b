/**
 * What replicas say to one another: a union on `kind`. Plain values that the transport encodes as
 * it likes and parse-message.ts checks on arrival.
 *
 * `term` is the sender's at the time of sending, except in a pre-vote and its grant, where it is
 * the term that the candidate would campaign in (thesis §9.6). Messages may be lost, repeated,
 * delayed and reordered.
 */
import type { Entry, ReplicaId, SnapshotMeta } from './entry.js'

interface Envelope {
  readonly from: ReplicaId
  readonly to: ReplicaId
  readonly term: number
}

/**
 * What the sender knows to be committed. It is true for ever, so whoever has that entry may take
 * the whole log up to it for committed.
 */
interface CommitFact {
  readonly commit: number
  readonly commitTerm: number
}

/** RequestVote (Raft §5.2, §5.4.1). */
export interface VoteRequest extends Envelope, CommitFact {
  readonly kind: 'vote-request'
  /** A question only: would you vote for me in `term`? Changes nothing at either end. */
  readonly pre: boolean
  readonly lastIndex: number
  readonly lastTerm: number
  /** The leader asked for this election (thesis §3.10): its lease does not stand against it. */
  readonly transfer: boolean
}

/**
 * A refusal names the later of both terms, so that it is never taken for an outdated answer. Its
 * commit fact may be what the candidate lacks to win: see `learnCommit` in election.ts.
 */
export interface VoteResponse extends Envelope, CommitFact {
  readonly kind: 'vote-response'
  readonly pre: boolean
  readonly granted: boolean
}

/** AppendEntries (Raft §5.3). */
export interface Append extends Envelope {
  readonly kind: 'append'
  /** The entry before the first of `entries`. */
  readonly prevIndex: number
  readonly prevTerm: number
  /** Without gaps from `prevIndex` + 1; receivers of equal entries may share the array. */
  readonly entries: readonly Entry[]
  readonly commit: number
}

/** The log up to `index` is the leader's, and durable. */
export interface AppendAccepted extends Envelope {
  readonly kind: 'append-accepted'
  readonly index: number
}

/** `prevIndex` of the refused append, and where the logs may still agree. */
export interface AppendRejected extends Envelope {
  readonly kind: 'append-rejected'
  readonly index: number
  /** Highest index whose term here is not above the append's `prevTerm`. */
  readonly hintIndex: number
  /** The term of that entry; 0 if unknown. */
  readonly hintTerm: number
}

/** A leader's sign of life. */
export interface Heartbeat extends Envelope {
  readonly kind: 'heartbeat'
  /** Never above what this peer has acknowledged (Raft §5.3). */
  readonly commit: number
  /** Number of the round that this heartbeat belongs to; rises with every round of a leader. */
  readonly round: number
}

export interface HeartbeatResponse extends Envelope {
  readonly kind: 'heartbeat-response'
  readonly round: number
}

/**
 * InstallSnapshot (Raft §7). Only the name of the snapshot: the host streams the data beside it
 * and steps this message in at the receiver once all of it has arrived and is whole.
 */
export interface InstallSnapshot extends Envelope {
  readonly kind: 'snapshot'
  readonly snapshot: SnapshotMeta
}

/** Tells the sender of an outdated message that there is a newer term, and nothing else. */
export interface HigherTerm extends Envelope {
  readonly kind: 'higher-term'
}

/** The leader hands over: campaign now (thesis §3.10). */
export interface TimeoutNow extends Envelope {
  readonly kind: 'timeout-now'
}

/** Asks the leader for a read index (thesis §6.4). `session` and `batch` are never used again. */
export interface ReadIndexRequest extends Envelope {
  readonly kind: 'read-index-request'
  /** Names one run of the asking replica. */
  readonly session: number
  /** Counts the requests of that run. */
  readonly batch: number
}

export interface ReadIndexResponse extends Envelope {
  readonly kind: 'read-index-response'
  readonly session: number
  readonly batch: number
  /** Everything that was committed when the request came is at or below; null: ask again. */
  readonly index: number | null
}

export type Message =
  | VoteRequest
  | VoteResponse
  | Append
  | AppendAccepted
  | AppendRejected
  | Heartbeat
  | HeartbeatResponse
  | InstallSnapshot
  | HigherTerm
  | TimeoutNow
  | ReadIndexRequest
  | ReadIndexResponse

export type MessageKind = Message['kind']
