/**
 * Snapshots as SQL. A snapshot in the making has a row of its own, so that making one again, or
 * receiving one that is there already, never touches the chunks of a complete one. The two newest
 * complete ones are kept; the others are retired, and left to the upkeep.
 */

import { BerthError } from '../../errors/berth-error.js'
import type { SnapshotReader, StorageOperation, StoredSnapshot } from '../node/disk/storage.js'
import type { Checksum } from './checksum.js'
import type { Row, Statement } from './connection.js'
import { FencedStatement } from './fence.js'
import type { ReadConnection } from './read-connection.js'

type Operation<Kind extends StorageOperation['kind']> = Extract<StorageOperation, { kind: Kind }>

export function chunkStatement(
  { index, term, chunk, bytes }: Operation<'snapshot-chunk'>,
  incarnation: number,
  checksum: Checksum,
): Statement {
  const sql = new FencedStatement(incarnation)
  const name = `${sql.value(index)}::bigint, ${sql.value(term)}::bigint`
  sql.with(
    'making',
    `insert into snapshot (index, term) select ${name} where exists (select from fence)
      on conflict (index, term) where state = 'making' do update set index = excluded.index
      returning id`,
  )
  const crc32c = sql.value(checksum.ofChunk(index, term, chunk, bytes))
  const row = `${sql.value(chunk)}::bigint, ${sql.value(toBuffer(bytes))}::bytea, ${crc32c}::bigint`
  sql.with(
    'written',
    `insert into snapshot_chunk (snapshot, chunk, bytes, crc32c) select id, ${row} from making
      on conflict (snapshot, chunk) do update
        set bytes = excluded.bytes, crc32c = excluded.crc32c`,
  )
  return sql.numbered('snapshot-chunk')
}

export function completeStatement(
  { snapshot }: Operation<'snapshot-complete'>,
  incarnation: number,
): Statement {
  const sql = new FencedStatement(incarnation)
  complete(sql, snapshot)
  return sql.numbered('snapshot-complete')
}

/** The rows of the log up to the snapshot stay behind the new border until the upkeep. */
export function installStatement(
  { snapshot, hardState }: Operation<'snapshot-install'>,
  incarnation: number,
): Statement {
  const sql = new FencedStatement(incarnation)
  const { index, term } = snapshot.meta
  sql
    .set('term', sql.value(hardState.term))
    .set('vote', sql.value(hardState.vote))
    .set('commit', sql.value(hardState.commit))
    .set('compacted_index', sql.value(index))
    .set('compacted_term', sql.value(term))
  complete(sql, snapshot)
  const border = sql.value(index)
  sql.with('cut', `delete from log where index > ${border} and exists (select from fence)`)
  return sql.numbered('snapshot-install')
}

export function discardStatement(
  { index, term }: Operation<'snapshot-discard'>,
  incarnation: number,
): Statement {
  const sql = new FencedStatement(incarnation)
  const name = `index = ${sql.value(index)} and term = ${sql.value(term)}`
  sql.with(
    'dropped',
    `update snapshot set state = 'retired'
      where ${name} and state = 'making' and exists (select from fence)`,
  )
  return sql.numbered('snapshot-discard')
}

/** Retires snapshots that were found damaged, and all in the making: nobody goes on with those. */
export function retireStatement(damaged: readonly number[], incarnation: number): Statement {
  const sql = new FencedStatement(incarnation)
  const ids = sql.value(damaged)
  sql.with(
    'retired',
    `update snapshot set state = 'retired' where exists (select from fence)
      and (state = 'making' or id = any (${ids}::bigint[]))`,
  )
  return sql.repeatable('retire', '1 as done')
}

/** How many chunks and bytes of a snapshot in the making are there. */
export function makingStatement({ meta }: StoredSnapshot): Statement {
  return {
    text: `
      select count(chunk.chunk) as chunks, coalesce(max(chunk.chunk), -1) as last,
        coalesce(sum(octet_length(chunk.bytes)), 0)::bigint as bytes
      from snapshot join snapshot_chunk chunk on chunk.snapshot = snapshot.id
      where snapshot.index = $1 and snapshot.term = $2 and snapshot.state = 'making'`,
    values: [meta.index, meta.term],
  }
}

/** Newer ones than the one completed can only be of a history that it replaces. */
function complete(sql: FencedStatement, { meta, chunks, bytes }: StoredSnapshot): void {
  const index = sql.value(meta.index)
  const term = sql.value(meta.term)
  const configuration = sql.value(JSON.stringify(meta.configuration))
  const size = `chunks = ${sql.value(chunks)}, bytes = ${sql.value(bytes)}`
  sql.with(
    'completed',
    `update snapshot set state = 'complete', configuration = ${configuration}::json, ${size}
      where index = ${index} and term = ${term} and state = 'making'
        and exists (select from fence)`,
  )
  sql.with(
    'retired',
    `update snapshot set state = 'retired'
      where state = 'complete' and exists (select from fence) and id is distinct from (
        select id from snapshot where state = 'complete' and index < ${index}
        order by index desc, id desc limit 1)`,
  )
}

export function toBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
}

export class PostgresSnapshotReader implements SnapshotReader {
  readonly #connection: ReadConnection
  readonly #checksum: Checksum
  readonly #onRead: (id: number) => void

  /** @param onRead told the row of each snapshot that is read, so that it is kept meanwhile */
  constructor(connection: ReadConnection, checksum: Checksum, onRead: (id: number) => void) {
    this.#connection = connection
    this.#checksum = checksum
    this.#onRead = onRead
  }

  async readChunk(snapshot: StoredSnapshot, chunk: number): Promise<Uint8Array> {
    const text = `select snapshot.id, chunk.bytes, chunk.crc32c
      from snapshot join snapshot_chunk chunk on chunk.snapshot = snapshot.id
      where state <> 'making' and index = $1 and term = $2 and chunk.chunk = $3
      order by snapshot.id desc limit 1`
    const values = [snapshot.meta.index, snapshot.meta.term, chunk]
    const [row] = await this.#connection.query({ name: 'read-chunk', text, values })
    if (row !== undefined) this.#onRead(row.id as number)
    return verifyChunk(row, snapshot, chunk, this.#checksum)
  }
}

/** A chunk by the row of its snapshot. */
export function chunkQuery(id: number, chunk: number): Statement {
  const text = 'select bytes, crc32c from snapshot_chunk where snapshot = $1 and chunk = $2'
  return { name: 'read-chunk-of', text, values: [id, chunk] }
}

/** @throws BerthError `snapshot_damaged` when the chunk is missing or not what was written */
export function verifyChunk(
  row: Row | undefined,
  { meta }: StoredSnapshot,
  chunk: number,
  checksum: Checksum,
): Uint8Array {
  const name = `chunk ${chunk} of snapshot ${meta.index}`
  if (row === undefined) throw new BerthError('snapshot_damaged', `${name} is missing`)
  const bytes = row.bytes as Buffer
  if (checksum.ofChunk(meta.index, meta.term, chunk, bytes) === row.crc32c) return bytes
  throw new BerthError('snapshot_damaged', `The checksum of ${name} does not match`)
}
