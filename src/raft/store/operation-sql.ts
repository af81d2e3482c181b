/**
 * Storage operations as SQL: one statement each, so that each is atomic and costs one commit.
 * Snapshots and events have files of their own.
 */
import type { Entry } from '../core/entry.js'
import type { IdentityChange, StorageOperation } from '../node/disk/storage.js'
import { type Checksum, kindToNumber } from './checksum.js'
import type { Statement } from './connection.js'
import { projectStatement } from './event-sql.js'
import { FencedStatement } from './fence.js'
import {
  chunkStatement,
  completeStatement,
  discardStatement,
  installStatement,
  toBuffer,
} from './snapshot-sql.js'

type Operation<Kind extends StorageOperation['kind']> = Extract<StorageOperation, { kind: Kind }>

/**
 * The statement that does `operation` under `incarnation`.
 * @param lastIndex of the log in the database: what comes behind it takes no row's place
 */
export function toStatement(
  operation: StorageOperation,
  incarnation: number,
  checksum: Checksum,
  lastIndex: number,
): Statement {
  switch (operation.kind) {
    case 'append':
      return appendStatement(operation, incarnation, checksum, lastIndex)
    case 'snapshot-chunk':
      return chunkStatement(operation, incarnation, checksum)
    case 'snapshot-complete':
      return completeStatement(operation, incarnation)
    case 'snapshot-install':
      return installStatement(operation, incarnation)
    case 'snapshot-discard':
      return discardStatement(operation, incarnation)
    case 'compact':
      return compactStatement(operation, incarnation)
    case 'project':
      return projectStatement(operation, incarnation)
  }
}

/** What it does, for a report of a wait: "to append entries 17 to 19". */
export function describeOperation(operation: StorageOperation): string {
  switch (operation.kind) {
    case 'append': {
      const { entries } = operation
      if (entries.length === 0) return 'to write the hard state'
      return `to append entries ${entries[0]!.index} to ${entries.at(-1)!.index}`
    }
    case 'snapshot-chunk':
      return `to write chunk ${operation.chunk} of snapshot ${operation.index}`
    case 'snapshot-complete':
    case 'snapshot-install':
      return `to complete snapshot ${operation.snapshot.meta.index}`
    case 'snapshot-discard':
      return `to discard snapshot ${operation.index}`
    case 'compact':
      return `to compact the log through ${operation.index}`
    case 'project':
      return `to write the events through ${operation.through}`
  }
}

function appendStatement(
  { hardState, entries, identity }: Operation<'append'>,
  incarnation: number,
  checksum: Checksum,
  lastIndex: number,
): Statement {
  const sql = new FencedStatement(incarnation)
  for (const column of ['term', 'vote', 'commit'] as const) {
    sql.set(column, `coalesce(${sql.value(hardState?.[column])}, ${column})`)
  }
  if (identity !== null) setIdentity(sql, identity)
  const what = writeEntries(sql, entries, checksum, lastIndex)
  return sql.numbered(identity === null ? what : `${what}-identity`)
}

function setIdentity(sql: FencedStatement, change: IdentityChange): void {
  const json = (value: unknown) => (value === undefined ? null : JSON.stringify(value))
  const known = change.initialVoters !== undefined
  const voters = change.initialVoters === null ? null : json(change.initialVoters)
  sql
    .set('replica_id', `coalesce(${sql.value(change.replicaId)}, replica_id)`)
    .set('cluster_id', `coalesce(${sql.value(change.clusterId)}, cluster_id)`)
    .set('latched', `coalesce(${sql.value(change.latched)}, latched)`)
    .set('peers', `coalesce(${sql.value(json(change.peers))}::json, peers)`)
    .set(
      'initial_voters',
      `case when ${sql.value(known)} then ${sql.value(voters)}::json else initial_voters end`,
    )
}

/**
 * Replaces the log from the first of the entries on. Nearly always they follow its last entry, and
 * are inserted: a row in their place would be a fault, and the server says so.
 * @returns what is done, as the name of the statement
 */
function writeEntries(
  sql: FencedStatement,
  entries: readonly Entry[],
  checksum: Checksum,
  lastIndex: number,
): string {
  const [first] = entries
  if (first === undefined) return 'hard-state'
  if (first.index <= lastIndex) {
    replaceEntries(sql, entries, checksum)
    return 'replace'
  }
  const rows =
    entries.length === 1 ? oneRow(sql, first, checksum) : manyRows(sql, entries, checksum)
  sql.with('written', `insert into log (index, term, kind, data, crc32c) ${rows}`)
  return entries.length === 1 ? 'append-one' : 'append'
}

/** A third of the cost of a list of one. */
function oneRow(sql: FencedStatement, entry: Entry, checksum: Checksum): string {
  const { index, term, kind, data } = entry
  const number = (value: number, type: string) => `${sql.value(value)}::${type}`
  const columns = [
    ...[number(index, 'bigint'), number(term, 'bigint'), number(kindToNumber(kind), 'smallint')],
    `${sql.value(toBuffer(data))}::bytea`,
    number(checksum.ofEntry(entry), 'bigint'),
  ].join(', ')
  return `select ${columns} from fence`
}

/**
 * The fence is one row or none, and joining with it costs nothing: a condition `exists` makes
 * each row dearer. All data goes as one binary value, which the server cuts: as an array it would
 * be twice as long, in hex.
 */
function manyRows(sql: FencedStatement, entries: readonly Entry[], checksum: Checksum): string {
  const from: number[] = []
  let bytes = 1
  for (const { data } of entries) {
    from.push(bytes)
    bytes += data.length
  }
  const data = sql.value(Buffer.concat(entries.map((entry) => entry.data)))
  const columns = [
    `${sql.value(entries.map((entry) => entry.index))}::bigint[]`,
    `${sql.value(entries.map((entry) => entry.term))}::bigint[]`,
    `${sql.value(entries.map((entry) => kindToNumber(entry.kind)))}::smallint[]`,
    `${sql.value(from)}::int[]`,
    `${sql.value(entries.map((entry) => entry.data.length))}::int[]`,
    `${sql.value(entries.map((entry) => checksum.ofEntry(entry)))}::bigint[]`,
  ].join(', ')
  return `select index, term, kind, substring(${data}::bytea from start for bytes), crc32c
    from fence, unnest(${columns}) as entry (index, term, kind, start, bytes, crc32c)`
}

/**
 * For what another leader wrote otherwise. An upsert and a deletion above it: deleting and
 * inserting the same rows in one statement would meet its own unique index.
 */
function replaceEntries(sql: FencedStatement, entries: readonly Entry[], checksum: Checksum): void {
  sql.with(
    'written',
    `insert into log (index, term, kind, data, crc32c) ${manyRows(sql, entries, checksum)}
      on conflict (index) do update set term = excluded.term, kind = excluded.kind,
        data = excluded.data, crc32c = excluded.crc32c`,
  )
  const last = sql.value(entries.at(-1)!.index)
  sql.with('cut', `delete from log where index > ${last} and exists (select from fence)`)
}

/** Only moves the border: the rows behind it are deleted later, a few at a time. */
function compactStatement(operation: Operation<'compact'>, incarnation: number): Statement {
  const sql = new FencedStatement(incarnation)
  return sql
    .set('compacted_index', sql.value(operation.index))
    .set('compacted_term', sql.value(operation.term))
    .numbered('compact')
}
