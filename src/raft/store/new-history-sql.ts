/**
 * What the beginning of a new history is in SQL: statements that run in one transaction, each
 * guarded by the incarnation like any other write (fence.ts).
 */
import type { HardState, ReplicaId } from '../core/entry.js'
import type { ProjectedEvent, StoredSnapshot } from '../node/disk/storage.js'
import type { Checksum } from './checksum.js'
import type { Statement } from './connection.js'
import { projectStatement } from './event-sql.js'
import { FencedStatement } from './fence.js'
import { chunkStatement, installStatement } from './snapshot-sql.js'

/** What takes the place of everything that a replica has stored. */
export interface NewHistory {
  /** Of the database from now on: nobody who knew it takes it for the one that he knew. */
  readonly uuid: string
  readonly clusterId: string
  readonly initialVoters: readonly ReplicaId[]
  readonly hardState: HardState
  readonly snapshot: StoredSnapshot
  readonly chunks: readonly Uint8Array[]
  /** Those after the projection's cursor, the break itself included. */
  readonly events: readonly ProjectedEvent[]
}

const eventsPerStatement = 1_000

/** In the order in which they must run. */
export function* newHistoryStatements(
  history: NewHistory,
  incarnation: number,
  checksum: Checksum,
): Generator<Statement> {
  const { snapshot, chunks, events, hardState } = history
  const { index, term } = snapshot.meta
  for (const [chunk, bytes] of chunks.entries()) {
    const operation = { kind: 'snapshot-chunk', index, term, chunk, bytes } as const
    yield chunkStatement(operation, incarnation, checksum)
  }
  for (let from = 0; from < events.length; from += eventsPerStatement) {
    const batch = events.slice(from, from + eventsPerStatement)
    const through = batch.at(-1)!.index
    // A statement skips what is not above the cursor: an entry's events must not be torn apart.
    const rest = events.slice(from + batch.length).filter((event) => event.index === through)
    from += rest.length
    yield projectStatement({ kind: 'project', through, events: [...batch, ...rest] }, incarnation)
  }
  yield installStatement({ kind: 'snapshot-install', snapshot, hardState }, incarnation)
  yield identityStatement(history, incarnation)
}

/** A new database for all others; nothing of the old history is left to be started from. */
function identityStatement(
  { uuid, clusterId, initialVoters, snapshot }: NewHistory,
  incarnation: number,
): Statement {
  const sql = new FencedStatement(incarnation)
  const { index, term } = snapshot.meta
  sql
    .set('uuid', `${sql.value(uuid)}::uuid`)
    .set('cluster_id', sql.value(clusterId))
    .set('initial_voters', `${sql.value(JSON.stringify(initialVoters))}::json`)
    .set('latched', 'null')
    .set('peers', `'[]'`)
    .with('emptied', 'delete from log where exists (select from fence)')
    .with(
      'retired',
      `update snapshot set state = 'retired' where exists (select from fence)
        and (index, term) <> (${sql.value(index)}::bigint, ${sql.value(term)}::bigint)`,
    )
  return sql.numbered('new-history')
}
