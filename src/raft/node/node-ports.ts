/**
 * How a node reaches the world: what it is given, and what it calls. All of it is synchronous; what
 * takes time comes back as an input. No port may throw.
 */
import type { ErrorCode } from '../../errors/catalogue.js'
import type { Budget, Job } from '../../jobs/job.js'
import type { Configuration, Entry, ReplicaId } from '../core/entry.js'
import type { Role } from '../core/output.js'
import type { StorageOperation, StoredSnapshot } from './disk/storage.js'
import type { Frame } from './frame.js'
import type { RosterMember } from './identity/roster.js'

/**
 * What the log is about. The same entries give the same results, snapshots and digests on every
 * replica. A method that throws stops the replica, for to go on would be to disagree.
 *
 * @typeParam R result of an entry
 */
export interface StateMachine<R> {
  /** Every entry in order, those of Raft's own included. */
  apply(entry: Entry): R
  /** 1 to 128 characters; equal on all replicas at an equal applied index. */
  readonly digest: string
  /**
   * A copy of the state as it is now, in pieces of about 256 KiB that are encoded when they are
   * asked for; what is applied meanwhile is not in it. They are kept, so never touched again.
   */
  snapshot(): Iterator<Uint8Array>
  /** Begins to take over a state: see `Restoring`. */
  restoring(): Restoring
}

/**
 * Takes over the state of a snapshot, from the pieces of `snapshot` as they were, a slice of work
 * at a time. Whoever drives it may drop it: until `step` has returned true after `end` the state is
 * as it was.
 */
export interface Restoring extends Job {
  /** The next piece, in order. */
  add(chunk: Uint8Array): void
  /** There is no further one. */
  end(): void
  /**
   * @returns whether all that was added is read and, after `end`, the state is taken over
   * @throws BerthError when the snapshot is damaged
   */
  step(budget: Budget): boolean
}

/** Why a replica stops. */
export interface StopReason {
  readonly code: ErrorCode
  readonly detail: string
}

export interface RoleChange {
  readonly role: Role
  readonly term: number
  /** 0 for none. */
  readonly leader: ReplicaId
}

/** Who is in the cluster, and where those who were added later are reached. */
export interface Membership {
  readonly configuration: Configuration
  /** Only of members of whom a configuration change told something. */
  readonly members: readonly RosterMember[]
}

export type LogLevel = 'info' | 'warn' | 'error'

export interface NodePorts<R> {
  /** May lose it. */
  send(to: ReplicaId, frame: Frame): void
  /** Breaks a connection that there is to a peer and makes it again: what it showed may be old. */
  greet(peer: ReplicaId): void
  /** Makes it durable, then calls `stored`. The next comes only after that. */
  store(operation: StorageOperation): void
  /** Reads it, then calls `chunkRead`. */
  readChunk(snapshot: StoredSnapshot, chunk: number): void
  /** CRC-32C as uint32. */
  crc32c(bytes: Uint8Array): number
  /** A whole number from 0 to below `bound`, at most 2^53 - 1, from a good source. */
  random(bound: number): number
  /** This replica must end; no input does anything any more. Called once at most. */
  stop(reason: StopReason): void
  /**
   * It is on its way out, for its state is wrong: nobody is to be told anything of that any more.
   * `stop` follows, at the latest two election timeouts later. Called once at most.
   */
  leaving(): void
  log(level: LogLevel, fields: object, message: string): void
  roleChanged(change: RoleChange): void
  membershipChanged(membership: Membership): void
  /** After each entry, with what the state machine made of it. */
  applied(entry: Entry, result: R): void
  /** A snapshot took the place of the state: everything up to `index` is in it. */
  restored(index: number): void
  /** The process stood still for so long, in ms, and what it knew of others may be old. */
  stalled(gapMs: number): void
  /** There is more to do: call `work` as soon as waiting input has been handled. */
  wake(): void
}
