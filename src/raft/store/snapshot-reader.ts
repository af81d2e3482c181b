/** Reads chunks of complete snapshots, for restoring the state machine and for sending to peers. */
import { BerthError } from '../../errors/berth-error.js'
import type { SnapshotReader, StoredSnapshot } from '../node/disk/storage.js'
import type { Checksum } from './checksum.js'
import type { Row, Statement } from './connection.js'
import type { ReadConnection } from './read-connection.js'

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
