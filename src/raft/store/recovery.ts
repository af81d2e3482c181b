/**
 * What a replica finds when it starts: everything that it stored, verified. Each entry's checksum,
 * its place after the one before it, terms that never fall, a log that reaches the commit index,
 * and a snapshot whose chunks are whole. What does not hold is named, and ends the start: a replica
 * that goes on with damaged data could break promises that others rely on.
 */
import { BerthError } from '../../errors/berth-error.js'
import type { Configuration, Entry, HardState } from '../core/entry.js'
import type { Identity, StoredSnapshot, StoredState } from '../node/disk/storage.js'
import { type Checksum, kindFromNumber } from './checksum.js'
import type { Connection, Row, Statement, Target } from './connection.js'
import { chunkQuery, verifyChunk } from './snapshot-sql.js'

/** The log is read in pieces of about this size. */
const batchBytes = 4 << 20
const batchRowsFirst = 64
const batchRowsMax = 8192

export interface Recovered {
  readonly state: StoredState
  /** Snapshots whose chunks do not verify: the row of each, and what is wrong. */
  readonly refused: readonly {
    readonly id: number
    readonly index: number
    readonly fault: string
  }[]
}

interface Reading {
  readonly connection: Connection
  readonly target: Target
  readonly checksum: Checksum
  readonly stallAfterMs: number
  /** What to do about damage. */
  readonly advice?: string
}

const replaceAdvice =
  'Remove this replica from the cluster and add it under a new id with an empty database.'

/**
 * Reads the state as of one instant.
 * @throws BerthError `storage_damaged` that names the place
 */
export async function readStoredState(reading: Reading): Promise<Recovered> {
  await query(reading, { text: 'begin isolation level repeatable read read only' })
  const rows = await query(reading, { text: 'select * from replica, projection' })
  if (rows[0] === undefined) throw damaged(reading, 'the row of the replica is missing')
  const replica = rows[0]
  const compacted = {
    index: replica.compacted_index as number,
    term: replica.compacted_term as number,
  }
  const { snapshot, refused } = await newestSoundSnapshot(reading, compacted.index)
  const entries = await readLog(reading, compacted)
  const hardState = toHardState(replica)
  checkHardState(reading, hardState, entries.at(-1) ?? compacted)
  await query(reading, { text: 'commit' })
  const projected = replica.projected as number
  const identity = toIdentity(replica)
  return { state: { identity, hardState, snapshot, compacted, entries, projected }, refused }
}

async function query(reading: Reading, statement: Statement): Promise<readonly Row[]> {
  return await reading.connection.query(statement, reading.stallAfterMs)
}

function toHardState(row: Row): HardState {
  return { term: row.term as number, vote: row.vote as number, commit: row.commit as number }
}

function toIdentity(row: Row): Identity {
  return {
    uuid: row.uuid as string,
    incarnation: row.incarnation as number,
    replicaId: row.replica_id as number,
    clusterId: row.cluster_id as string | null,
    initialVoters: row.initial_voters as Identity['initialVoters'],
    latched: row.latched as string | null,
    peers: row.peers as Identity['peers'],
  }
}

async function readLog(
  reading: Reading,
  compacted: { readonly index: number; readonly term: number },
): Promise<Entry[]> {
  const entries: Entry[] = []
  let last: { readonly index: number; readonly term: number } = compacted
  for (let limit = batchRowsFirst; ; ) {
    const text = 'select * from log where index > $1 order by index limit $2'
    const rows = await query(reading, { name: 'read-log', text, values: [last.index, limit] })
    let bytes = 1
    for (const row of rows) {
      const entry = toEntry(reading, row, last)
      entries.push(entry)
      bytes += entry.data.length
      last = entry
    }
    if (rows.length < limit) return entries
    limit = Math.min(Math.ceil((rows.length * batchBytes) / bytes), batchRowsMax, limit * 4)
  }
}

function toEntry(
  reading: Reading,
  row: Row,
  before: { readonly index: number; readonly term: number },
): Entry {
  const index = row.index as number
  if (index !== before.index + 1) {
    throw damaged(reading, `log entries ${before.index + 1} to ${index - 1} are missing`)
  }
  const kind = kindFromNumber(row.kind as number)
  const entry = { index, term: row.term as number, kind: kind ?? 'noop', data: row.data as Buffer }
  const sum = reading.checksum.ofEntry(entry)
  if (kind === undefined || sum !== row.crc32c) {
    const sums = `stored ${hex(row.crc32c as number)}, computed ${hex(sum)}`
    throw damaged(reading, `the checksum of log entry ${index} does not match (${sums})`)
  }
  if (entry.term < before.term) {
    throw damaged(reading, `log entry ${index} has term ${entry.term} after ${before.term}`)
  }
  return entry
}

function checkHardState(
  reading: Reading,
  { term, commit }: HardState,
  last: { readonly index: number; readonly term: number },
): void {
  if (commit > last.index) {
    const missing = `log entries ${last.index + 1} to ${commit} are missing`
    throw damaged(reading, `${missing}, they were known to be committed`)
  }
  if (last.term > term) {
    throw damaged(reading, `log entry ${last.index} has term ${last.term}, the replica ${term}`)
  }
}

/** @throws BerthError when none is sound that the log continues */
async function newestSoundSnapshot(
  reading: Reading,
  compactedIndex: number,
): Promise<Pick<Recovered, 'refused'> & Pick<StoredState, 'snapshot'>> {
  const text = `select * from snapshot where state = 'complete' order by index desc, id desc`
  const refused: Recovered['refused'][number][] = []
  for (const row of await query(reading, { text })) {
    const snapshot = toSnapshot(row)
    const { index } = snapshot.meta
    if (index < compactedIndex) break
    const fault = await findFault(reading, row.id as number, snapshot)
    if (fault === null) return { snapshot, refused }
    refused.push({ id: row.id as number, index, fault })
  }
  if (compactedIndex === 0) return { snapshot: null, refused }
  const faults = refused.map(({ fault }) => `; ${fault}`).join('')
  throw damaged(
    reading,
    `there is no sound snapshot for the log from ${compactedIndex + 1}${faults}`,
  )
}

function toSnapshot(row: Row): StoredSnapshot {
  const configuration = row.configuration as Configuration
  return {
    meta: { index: row.index as number, term: row.term as number, configuration },
    chunks: row.chunks as number,
    bytes: row.bytes as number,
  }
}

/** What is wrong with the chunks of a snapshot; null for nothing. */
async function findFault(
  reading: Reading,
  id: number,
  snapshot: StoredSnapshot,
): Promise<string | null> {
  let bytes = 0
  for (let chunk = 0; chunk < snapshot.chunks; chunk += 1) {
    const [row] = await query(reading, chunkQuery(id, chunk))
    try {
      bytes += verifyChunk(row, snapshot, chunk, reading.checksum).length
    } catch (error) {
      if (!(error instanceof BerthError)) throw error
      return error.message
    }
  }
  return bytes === snapshot.bytes ? null : `it has ${bytes} bytes instead of ${snapshot.bytes}`
}

function damaged({ target, advice = replaceAdvice }: Reading, what: string): BerthError {
  const where = `Postgres ${target.described}, schema ${target.schema}`
  return new BerthError('storage_damaged', `${where}: ${what}. ${advice}`)
}

function hex(sum: number): string {
  return `0x${sum.toString(16).padStart(8, '0')}`
}
