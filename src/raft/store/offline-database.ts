/**
 * The database of a replica that does not run, for `berth recover`: read as a starting replica
 * reads it, taken over as one does, and given a new history in one transaction. Nothing is waited
 * for and nothing is tried again: a person is there, who may run the command again.
 *
 * Invariants: before `takeOver` nothing is written; the new history is begun only on exactly what
 * was read, and whole or not at all.
 */
import { BerthError } from '../../errors/berth-error.js'
import type { Log } from '../../log/log.js'
import type { StoredState } from '../node/disk/storage.js'
import { Checksum } from './checksum.js'
import { Connection, createTarget, type Target, type TargetOptions } from './connection.js'
import { failureOf } from './failure.js'
import { WriteFence } from './fence.js'
import { hasSchema, readMigrations } from './migrations.js'
import { type NewHistory, newHistoryStatements } from './new-history-sql.js'
import { ReadConnection } from './read-connection.js'
import { readStoredState } from './recovery.js'
import { PostgresSnapshotReader } from './snapshot-sql.js'

export interface FoundDatabase {
  readonly state: StoredState
  /** Of the stored snapshot, all of them; empty without one. */
  readonly chunks: readonly Uint8Array[]
  /** Newer snapshots that cannot be used, and why: the log reaches back far enough for both. */
  readonly refused: readonly { readonly index: number; readonly fault: string }[]
}

/** A statement without an answer for this long ends the command, in ms. */
const stallAfterMs = 60_000
/** A running replica tries its connection every second. */
const aliveWithinS = 5
/** Postgres cuts names of applications off after this. */
const applicationNameMax = 63
const damageAdvice = 'Recover from the database of another replica, or from an older backup.'

export class OfflineDatabase {
  readonly #target: Target
  readonly #connection: Connection
  readonly #reader: ReadConnection
  readonly #checksum: Checksum
  readonly #log: Log
  readonly #fence: WriteFence
  /** Of the row that was read: both change with whatever a replica writes. */
  #read: { readonly incarnation: number; readonly sequence: number } | null = null

  private constructor(target: Target, connection: Connection, checksum: Checksum, log: Log) {
    this.#target = target
    this.#connection = connection
    this.#reader = new ReadConnection(target, stallAfterMs)
    this.#checksum = checksum
    this.#log = log
    this.#fence = new WriteFence(target)
  }

  /** @throws BerthError when the server refuses or cannot be reached */
  static async open(options: TargetOptions, log: Log): Promise<OfflineDatabase> {
    const target = createTarget(options)
    const [checksum, connection] = await Promise.all([
      Checksum.create(),
      connect(target, log).catch((error) => {
        throw explained(error, target)
      }),
    ])
    return new OfflineDatabase(target, connection, checksum, log)
  }

  /** host:port/database, and the schema, for people. */
  get described(): string {
    return `Postgres ${this.#target.described}, schema ${this.#target.schema}`
  }

  /**
   * Reads and verifies all that is there; writes nothing.
   * @param runsAs application name of the replica that uses this database
   * @throws BerthError `conflict` when it is empty or that replica runs, `storage_damaged`,
   *   `database_newer`, …
   */
  async read(runsAs: string): Promise<FoundDatabase> {
    return await this.#act(async (connection) => {
      if (!(await hasSchema(connection, this.#target, await readMigrations()))) {
        throw this.#conflict('nothing of Berth is in it')
      }
      await this.#checkNotRunning(connection, runsAs)
      const text = 'select incarnation, sequence from replica'
      const [row] = await connection.query({ text }, stallAfterMs)
      const reading = { connection, target: this.#target, checksum: this.#checksum, stallAfterMs }
      const { state, refused } = await readStoredState({ ...reading, advice: damageAdvice })
      this.#read = {
        incarnation: row?.incarnation as number,
        sequence: row?.sequence as number,
      }
      return { state, chunks: await this.#readChunks(state), refused }
    })
  }

  /**
   * Raises the incarnation, as a starting replica does: whoever still runs on this database writes
   * nothing any more.
   * @throws BerthError `conflict` when somebody wrote since `read`
   */
  async takeOver(): Promise<void> {
    await this.#act(async (connection) => {
      await this.#fence.raise(connection, stallAfterMs)
      const { incarnation, sequence } = this.#fence
      const sole = incarnation === (this.#read?.incarnation ?? 0) + 1
      if (sole && sequence === this.#read?.sequence) return
      throw this.#conflict('a replica wrote to it just now. Stop it')
    })
  }

  /**
   * Puts the new history in the place of everything.
   * @throws BerthError `database_taken_over`: nothing was changed; `timeout`: nobody knows
   */
  async begin(history: NewHistory): Promise<void> {
    const { incarnation } = this.#fence
    await this.#act(async (connection) => {
      await connection.query({ text: 'begin' }, stallAfterMs)
      for (const statement of newHistoryStatements(history, incarnation, this.#checksum)) {
        const [row] = await connection.query(statement, stallAfterMs)
        if (row !== undefined) continue
        const text = `${this.described}: a replica was started on it meanwhile. Stop it`
        throw new BerthError('database_taken_over', `${text}, and run this again.`)
      }
    })
    try {
      await this.#connection.query({ text: 'commit' }, stallAfterMs)
    } catch (error) {
      await this.#checkBegun(history, error)
    }
  }

  /** What was begun and not committed is rolled back by the server. */
  async close(): Promise<void> {
    await Promise.all([this.#connection.close(), this.#reader.close()])
  }

  async #readChunks({ snapshot }: StoredState): Promise<Uint8Array[]> {
    const chunks: Uint8Array[] = []
    if (snapshot === null) return chunks
    const reader = new PostgresSnapshotReader(this.#reader, this.#checksum, () => undefined)
    for (let chunk = 0; chunk < snapshot.chunks; chunk += 1) {
      chunks.push(await reader.readChunk(snapshot, chunk))
    }
    return chunks
  }

  async #checkNotRunning(connection: Connection, runsAs: string): Promise<void> {
    const text = `select pid from pg_stat_activity
      where datname = current_database() and application_name = $1
        and state_change > clock_timestamp() - make_interval(secs => $2)
      order by pid limit 1`
    const values = [runsAs.slice(0, applicationNameMax), aliveWithinS]
    const [found] = await connection.query({ text, values }, stallAfterMs)
    if (found === undefined) return
    const who = `a replica runs on it, or did ${aliveWithinS} s ago (backend ${found.pid})`
    throw this.#conflict(`${who}. Stop it first`)
  }

  /** The answer to the commit did not come: whether it took effect the database tells. */
  async #checkBegun({ uuid }: NewHistory, cause: unknown): Promise<void> {
    const found = await connect(this.#target, this.#log)
      .then(async (connection) => {
        const rows = await connection.query({ text: 'select uuid from replica' }, stallAfterMs)
        await connection.close()
        return rows[0]?.uuid
      })
      .catch(() => undefined)
    if (found === uuid) return
    if (found !== undefined) throw explained(cause, this.#target)
    const detail = `${this.described}: no answer came to the commit, its outcome is unknown.`
    const advice = 'Run this again without --yes: it shows which history there is.'
    throw new BerthError('timeout', `${detail} ${advice}`, { cause })
  }

  #conflict(what: string): BerthError {
    return new BerthError('conflict', `${this.described}: ${what}.`)
  }

  async #act<T>(act: (connection: Connection) => Promise<T>): Promise<T> {
    try {
      return await act(this.#connection)
    } catch (error) {
      throw explained(error, this.#target)
    }
  }
}

function connect(target: Target, log: Log): Promise<Connection> {
  return Connection.openWriter(target, log, () => undefined)
}

function explained(error: unknown, target: Target): BerthError {
  const failure = failureOf(error, target.described)
  if (failure.kind === 'refused') return failure.error
  const text = `Postgres ${target.described} cannot be used now: ${failure.reason}.`
  return new BerthError('unavailable', text, { cause: error })
}
