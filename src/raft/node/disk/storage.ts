/**
 * The port to a replica's stable storage. The node hands out one operation at a time and the next
 * only after the completion of the one before, so storage never reorders; merging of waiting
 * appends happens in the node. Implementations: Postgres (src/raft/store), the simulator's disk.
 */
import type { Entry, HardState, ReplicaId, SnapshotMeta } from '../../core/entry.js'

/** What a peer has shown of itself. A peer that later shows less has lost data (design §3). */
export interface PeerRecord {
  readonly id: ReplicaId
  /** Made with the peer's database; a wiped peer has another one. */
  readonly uuid: string
  /** Highest incarnation that it has shown. */
  readonly incarnation: number
  /** Highest term that it has shown. */
  readonly term: number
  /** Highest index that it acknowledged as durable in `term`. */
  readonly index: number
}

/** Who this replica is. Empty databases have no cluster yet. */
export interface Identity {
  /** Made with the database. */
  readonly uuid: string
  /** Raised by every connection that writes; every statement is guarded by it. */
  readonly incarnation: number
  /** 0 until the database was first used by a replica; then its id for ever. */
  readonly replicaId: ReplicaId
  /** null until this replica took part in a cluster. */
  readonly clusterId: string | null
  /** Voters that the cluster began with; null for a replica that joined later or is empty. */
  readonly initialVoters: readonly ReplicaId[] | null
  /** Why this replica must never take part again (`identity lost`, `removed`); null if it may. */
  readonly latched: string | null
  readonly peers: readonly PeerRecord[]
}

/** A complete snapshot in storage. */
export interface StoredSnapshot {
  readonly meta: SnapshotMeta
  /** Number of chunks; numbered from 0. */
  readonly chunks: number
  readonly bytes: number
}

export interface StoredState {
  readonly identity: Identity
  readonly hardState: HardState
  /** Newest complete snapshot whose chunks verify, else the one before it; null for none. */
  readonly snapshot: StoredSnapshot | null
  /** The entry before the first of `entries`: where the log was cut. (0, 0) for a whole log. */
  readonly compacted: { readonly index: number; readonly term: number }
  /** The log after `compacted`, without gaps, each entry verified by its checksum. */
  readonly entries: readonly Entry[]
  /** Index up to which events have been projected. */
  readonly projected: number
}

/** One atomic, durable step. */
export type StorageOperation =
  /**
   * Hard state and entries in one statement. The entries replace everything from the index of the
   * first of them on. `identity` is written along when given.
   */
  | {
      readonly kind: 'append'
      readonly hardState: HardState | null
      readonly entries: readonly Entry[]
      readonly identity: IdentityChange | null
    }
  /** A chunk of a snapshot that is being made or received; not yet usable. */
  | {
      readonly kind: 'snapshot-chunk'
      readonly index: number
      readonly term: number
      readonly chunk: number
      readonly bytes: Uint8Array
    }
  /** All chunks of a snapshot of the own state are there: from now on it is the newest. */
  | { readonly kind: 'snapshot-complete'; readonly snapshot: StoredSnapshot }
  /**
   * All chunks of a received snapshot are there: it becomes the newest, the whole log is dropped,
   * `compacted` becomes its (index, term), and the hard state is written, all at once.
   */
  | {
      readonly kind: 'snapshot-install'
      readonly snapshot: StoredSnapshot
      readonly hardState: HardState
    }
  /** Drops a half-made or refused snapshot. */
  | { readonly kind: 'snapshot-discard'; readonly index: number; readonly term: number }
  /** Drops the log up to and including `index`. */
  | { readonly kind: 'compact'; readonly index: number; readonly term: number }
  /** What the state machine did, and how far: events and cursor in one transaction. */
  | {
      readonly kind: 'project'
      readonly through: number
      readonly events: readonly ProjectedEvent[]
    }

/** Fields that are given are written; the others stay. */
export interface IdentityChange {
  readonly replicaId?: ReplicaId
  readonly clusterId?: string
  readonly initialVoters?: readonly ReplicaId[] | null
  readonly latched?: string
  readonly peers?: readonly PeerRecord[]
}

/** A row of the event projection (design §4). A `gap` stands for events that a snapshot skipped. */
export interface ProjectedEvent {
  /** Raft index of the entry that caused it. */
  readonly index: number
  /** Position among the events of that entry, from 0. */
  readonly position: number
  readonly namespace: string | null
  readonly generation: number | null
  readonly kind: string
  /** Name of the member that it is about. */
  readonly member: string | null
  readonly reason: string | null
  /** Wall-clock milliseconds that the proposer put into the command. */
  readonly atMs: number
  /** Whatever else a reader needs to rebuild the table: JSON. */
  readonly detail: unknown
}

export interface SnapshotReader {
  /** @throws BerthError when the chunk is missing or its checksum does not match */
  readChunk(snapshot: StoredSnapshot, chunk: number): Promise<Uint8Array>
}
