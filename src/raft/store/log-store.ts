/**
 * The stable storage of a replica on Postgres: the log, what it must never forget, its snapshots
 * and the event projection. One schema per replica, one process at a time.
 *
 * Invariants: an operation that completed is durable and survives every crash of either side;
 * operations take effect in order, each whole or not at all; nothing of an older connection or
 * process takes effect after a newer one began (fence.ts).
 */
import assert from 'node:assert'
import type { LookupFunction } from 'node:net'
import type { BerthError } from '../../errors/berth-error.js'
import type { Log } from '../../log/log.js'
import type {
  SnapshotReader,
  StorageOperation,
  StoredSnapshot,
  StoredState,
} from '../node/disk/storage.js'
import { Checksum } from './checksum.js'
import { type Connection, createTarget, type Target } from './connection.js'
import { type EventPage, type EventQuery, readEvents } from './event-sql.js'
import { FencedWriter, type WriterStatus } from './fenced-writer.js'
import { migrate, readMigrations } from './migrations.js'
import { describeOperation, toStatement } from './operation-sql.js'
import { ReadConnection } from './read-connection.js'
import { readStoredState } from './recovery.js'
import { makingStatement, PostgresSnapshotReader, retireStatement } from './snapshot-sql.js'
import { type BothClocks, systemClocks } from './trusted-wall.js'
import { type Retention, Upkeep } from './upkeep.js'

export interface LogStoreOptions {
  /** postgres:// URL, as libpq takes it. */
  readonly url: string
  /** Setting `postgresSchema`. Default `berth`. */
  readonly schema?: string
  /** What Postgres shows in pg_stat_activity. Default `berth`. */
  readonly applicationName?: string
  /** Start although `fsync` is off. Default false. */
  readonly allowUnsafeFsync?: boolean
  /** Default: 30 days, 1,000,000 rows. */
  readonly retention?: Retention
  /** What retention goes by. Default: those of this machine. */
  readonly clocks?: BothClocks
  readonly timing?: Partial<StoreTiming>
  /** Resolves names, and ends in bounded time; the system's by default, which may not. */
  readonly lookup?: LookupFunction
  readonly log: Log
  /** The replica must stop: called once; every later call throws the same error. */
  readonly onFatal: (error: BerthError) => void
  /** Ends the start while it waits for a server that is away. */
  readonly signal?: AbortSignal
}

export interface StoreTiming {
  /** A statement without an answer for this long costs its connection, in ms. */
  readonly stallAfterMs: number
  /** An idle connection is tried this often, in ms. */
  readonly probeEveryMs: number
  /** A connection attempt takes no longer than this, in ms, once the name is looked up. */
  readonly connectTimeoutMs: number
}

export interface LogStore extends SnapshotReader {
  /** For readiness checks (connected, waiting) and handshakes (incarnation). */
  readonly status: WriterStatus
  /**
   * Does one operation, atomically; completes once it is durable. One at a time.
   * @throws BerthError when it never will be: `database_taken_over`, `unavailable` after `close`, …
   */
  run(operation: StorageOperation): Promise<void>
  /**
   * Events in order, on a connection of its own.
   * @throws BerthError `unavailable`, `overloaded`
   */
  events(query: EventQuery): Promise<EventPage>
  /** Deletes now what compaction, snapshots and retention let go. */
  tidy(): Promise<void>
  close(): Promise<void>
}

const timingDefaults: StoreTiming = {
  stallAfterMs: 10_000,
  probeEveryMs: 1_000,
  connectTimeoutMs: 5_000,
}
const retentionDefault: Retention = { days: 30, rows: 1_000_000 }

/**
 * Connects, migrates, takes the database over from whoever used it, and reads and verifies what is
 * there. Waits for a server that is away, with reports.
 * @throws BerthError when the server refuses or the data is damaged: one line that says what to do
 */
export async function openLogStore(
  options: LogStoreOptions,
): Promise<{ readonly store: LogStore; readonly state: StoredState }> {
  const timing = { ...timingDefaults, ...options.timing }
  const target = createTarget({
    url: options.url,
    schema: options.schema ?? 'berth',
    applicationName: options.applicationName ?? 'berth',
    allowUnsafeFsync: options.allowUnsafeFsync ?? false,
    connectTimeoutMs: timing.connectTimeoutMs,
    ...(options.lookup && { lookup: options.lookup }),
  })
  const [checksum, migrations] = await Promise.all([Checksum.create(), readMigrations()])
  const { log, onFatal, signal } = options
  const writer = await FencedWriter.open({
    target,
    log,
    onFatal,
    ...(signal && { signal }),
    stallAfterMs: timing.stallAfterMs,
    probeEveryMs: timing.probeEveryMs,
    prepare: (connection) => migrate(connection, target, migrations, log),
  })
  try {
    const state = await recover(writer, target, checksum, timing, log)
    writer.start()
    const retention = options.retention ?? retentionDefault
    const reader = new ReadConnection(target, timing.stallAfterMs)
    const clocks = options.clocks ?? systemClocks
    const { stallAfterMs } = timing
    const parts = { writer, reader, checksum, retention, clocks, stallAfterMs }
    return { store: new PostgresLogStore(parts, state), state }
  } catch (error) {
    await writer.close()
    throw error
  }
}

async function recover(
  writer: FencedWriter,
  target: Target,
  checksum: Checksum,
  { stallAfterMs }: StoreTiming,
  log: Log,
): Promise<StoredState> {
  const { state, refused } = await writer.read('to read the log', (connection) =>
    readStoredState({ connection, target, checksum, stallAfterMs }),
  )
  for (const { index, fault } of refused) {
    log.error({ index, fault }, 'A snapshot is damaged and is not used.')
  }
  const damaged = refused.map(({ id }) => id)
  await writer.tidy('to retire snapshots', (incarnation) => retireStatement(damaged, incarnation))
  const incarnation = writer.status.incarnation
  return { ...state, identity: { ...state.identity, incarnation } }
}

interface Parts {
  readonly writer: FencedWriter
  readonly reader: ReadConnection
  readonly checksum: Checksum
  readonly retention: Retention
  readonly clocks: BothClocks
  readonly stallAfterMs: number
}

class PostgresLogStore implements LogStore {
  readonly #writer: FencedWriter
  readonly #reader: ReadConnection
  readonly #checksum: Checksum
  readonly #stallAfterMs: number
  readonly #upkeep: Upkeep
  readonly #snapshots: PostgresSnapshotReader
  #lastIndex: number
  #compactedIndex: number
  #snapshotIndex: number
  #busy = false

  constructor(parts: Parts, state: StoredState) {
    this.#writer = parts.writer
    this.#reader = parts.reader
    this.#checksum = parts.checksum
    this.#stallAfterMs = parts.stallAfterMs
    this.#upkeep = new Upkeep(parts.writer, parts.retention, parts.clocks)
    this.#snapshots = new PostgresSnapshotReader(parts.reader, parts.checksum, (id) =>
      this.#upkeep.onSnapshotRead(id),
    )
    this.#compactedIndex = state.compacted.index
    this.#snapshotIndex = state.snapshot?.meta.index ?? 0
    this.#lastIndex = state.entries.at(-1)?.index ?? state.compacted.index
    this.#upkeep.request()
  }

  get status(): WriterStatus {
    return this.#writer.status
  }

  async run(operation: StorageOperation): Promise<void> {
    assert(!this.#busy, 'the operation before has not completed')
    this.#checkOrder(operation)
    this.#busy = true
    try {
      await this.#writer.write({
        description: describeOperation(operation),
        statement: (incarnation) =>
          toStatement(operation, incarnation, this.#checksum, this.#lastIndex),
        check: (connection) => checkStored(operation, connection, this.#stallAfterMs),
      })
    } finally {
      this.#busy = false
    }
    this.#onDone(operation)
  }

  readChunk(snapshot: StoredSnapshot, chunk: number): Promise<Uint8Array> {
    return this.#snapshots.readChunk(snapshot, chunk)
  }

  events(query: EventQuery): Promise<EventPage> {
    return readEvents(this.#reader, query)
  }

  tidy(): Promise<void> {
    return this.#upkeep.finish()
  }

  async close(): Promise<void> {
    this.#upkeep.close()
    await Promise.all([this.#writer.close(), this.#reader.close()])
  }

  /** What must not be: it would be found at the next start only, when it is too late. */
  #checkOrder(operation: StorageOperation): void {
    if (operation.kind === 'compact') {
      const { index } = operation
      const sound = index >= this.#compactedIndex && index <= this.#lastIndex
      assert(sound && index <= this.#snapshotIndex, `compaction at ${index}`)
    }
    if (operation.kind !== 'append') return
    for (const [at, entry] of operation.entries.entries()) {
      const before = operation.entries[at - 1]
      const ordered = before === undefined || entry.index === before.index + 1
      assert(ordered, `entry ${entry.index} after ${before?.index}`)
    }
    const first = operation.entries[0]?.index
    if (first === undefined) return
    const fits = first > this.#compactedIndex && first <= this.#lastIndex + 1
    assert(fits, `entry ${first}, but the log is ${this.#compactedIndex + 1} to ${this.#lastIndex}`)
  }

  #onDone(operation: StorageOperation): void {
    switch (operation.kind) {
      case 'append':
        this.#lastIndex = operation.entries.at(-1)?.index ?? this.#lastIndex
        break
      case 'compact':
        this.#compactedIndex = operation.index
        this.#upkeep.request()
        break
      case 'snapshot-install':
        this.#snapshotIndex = operation.snapshot.meta.index
        this.#compactedIndex = operation.snapshot.meta.index
        this.#lastIndex = operation.snapshot.meta.index
        this.#upkeep.request()
        break
      case 'snapshot-complete':
        this.#snapshotIndex = operation.snapshot.meta.index
        this.#upkeep.request()
        break
      case 'snapshot-discard':
        this.#upkeep.request()
        break
      case 'snapshot-chunk':
      case 'project':
        break
    }
  }
}

/** What the node must have seen to before it asks: a bug of ours if it did not. */
async function checkStored(
  operation: StorageOperation,
  connection: Connection,
  stallAfterMs: number,
): Promise<void> {
  if (operation.kind !== 'snapshot-complete' && operation.kind !== 'snapshot-install') return
  const { snapshot } = operation
  assert(snapshot.chunks > 0, 'a snapshot has at least one chunk')
  const [making] = await connection.query(makingStatement(snapshot), stallAfterMs)
  const { chunks, last, bytes } = making ?? {}
  const whole =
    chunks === snapshot.chunks && last === snapshot.chunks - 1 && bytes === snapshot.bytes
  const name = `snapshot ${snapshot.meta.index}`
  assert(whole, `${name} has ${chunks} chunks of ${bytes} bytes, not ${snapshot.chunks}`)
}
