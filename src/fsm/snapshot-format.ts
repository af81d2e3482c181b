/**
 * The form of a snapshot of the replicated state. A chunk is a MessagePack array of records, a
 * record an array whose first element names its kind. Records stand in this order:
 *
 *   header, then for each namespace:
 *     namespace, its disseminated table's `member`s, its `step`s (each with its `upsert`s and
 *     `gone`s), its `admission`s (or `retyped`, of a member whose types changed since), `removal`s,
 *     `cordon`s and `refusal`s;
 *   then `result`s, then `end`.
 *
 * A `types` record gives a type set before the first record that names it. The header carries the
 * version of this form, which is that of the feature level of the state (src/versions): a reader
 * refuses one that it does not know. `end` carries the digest of the state, which
 * is computed anew from what was read.
 */
import type { ClusterState } from './cluster-state.js'
import type { RemovalReason } from './command.js'
import type { CommandResult } from './command-result.js'

export const snapshotFormat = 'berth.fsm'

/**
 * Chunks are closed once they have so many bytes; a record is far smaller. A heartbeat waits for
 * the chunk that is on the link before it: at 1 Mbit/s for a quarter of a second.
 */
export const chunkBytes = 32 * 1024

/** What the state holds beside namespaces and results. */
export type SnapshotHeader = Omit<ClusterState, 'namespaces' | 'results'>

/** Name, epoch, app id, id of the type set, cordoned. */
export type MemberRecord = readonly [string, number, string, number, boolean]

export type SnapshotRecord =
  | readonly ['header', format: string, version: number, header: SnapshotHeader]
  | readonly [
      'namespace',
      name: string,
      disseminated: number,
      factor: number,
      level: number,
      nextTypeSetId: number,
    ]
  | readonly ['types', id: number, types: readonly string[]]
  | readonly ['member', member: MemberRecord]
  | readonly ['step', generation: number, factor: number, level: number, digest: string]
  | readonly ['upsert', member: MemberRecord]
  | readonly ['gone', name: string]
  | readonly [
      'admission',
      name: string,
      instance: string,
      secretHash: string,
      level: number,
      generation: number,
      atMs: number,
    ]
  | readonly [
      'retyped',
      name: string,
      instance: string,
      secretHash: string,
      level: number,
      generation: number,
      atMs: number,
      number: number,
      withdrawn: boolean,
    ]
  | readonly [
      'removal',
      name: string,
      epoch: number,
      secretHash: string,
      level: number,
      reason: RemovalReason,
      generation: number,
      atMs: number,
    ]
  | readonly ['cordon', name: string]
  | readonly ['refusal', name: string, untilAgedMs: number]
  | readonly [
      'result',
      key: string,
      index: number,
      term: number,
      calmMs: number,
      fingerprint: string,
      result: CommandResult,
    ]
  | readonly ['end', digest: string]
