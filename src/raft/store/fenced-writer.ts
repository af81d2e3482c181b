/**
 * The one writer of a replica's database. Owns the writing connection and does one thing after the
 * other on it; a lost connection is replaced, the fence raised (fence.ts) and the operation in
 * doubt looked up or sent again. Knows nothing of what is written.
 *
 * A server that is away, stalled, full or read-only is waited for, with a report of whom and why;
 * nothing is ever completed that is not durable. What no waiting can mend stops the writer: it
 * says so once by `onFatal`, and every later call throws the same error.
 */
import { AssertionError } from 'node:assert'
import { setTimeout as pause } from 'node:timers/promises'
import { BerthError } from '../../errors/berth-error.js'
import type { Log } from '../../log/log.js'
import { WaitReport } from '../../log/wait-report.js'
import { Connection, checkFsync, type Row, type Statement, type Target } from './connection.js'
import { failureOf } from './failure.js'
import { FenceLostError, WriteFence } from './fence.js'

export interface WriterOptions {
  readonly target: Target
  readonly log: Log
  /** A statement without an answer for this long costs its connection, in ms. */
  readonly stallAfterMs: number
  /**
   * The connection is tried this often, idle or not, in ms: so that a lost fence or server is
   * noticed, and a pooler before it that gives others away.
   */
  readonly probeEveryMs: number
  /** Ends the start while it waits for the server. */
  readonly signal?: AbortSignal
  /** Called once when the replica must stop. */
  readonly onFatal: (error: BerthError) => void
  /** Brings the schema up to date; on the first connection only. */
  readonly prepare: (connection: Connection) => Promise<void>
}

/** An operation: done once, however often it is sent. */
export interface Numbered {
  /** For reports: "to append entries 17 to 19". */
  readonly description: string
  readonly statement: (incarnation: number) => Statement
  /** Throws when it must not be done; runs before each sending, on the same connection. */
  readonly check?: (connection: Connection) => Promise<void>
}

export interface WriterStatus {
  /** Connected, and the only one that can write. */
  readonly connected: boolean
  /** Of the server, for people; null before it was asked. */
  readonly version: string | null
  /** Highest incarnation that this process raised. */
  readonly incarnation: number
  /** What is under way now, for how long, and what is in its way if that is known. */
  readonly waiting: {
    readonly for: string
    readonly waitedMs: number
    readonly reason: string | null
  } | null
}

const backoffFirstMs = 25
const backoffMsMax = 2_000
/** Giving up a connection that waits for a lock gains nothing: each try waits longer, up to. */
const patienceMax = 16
/** How long a closing store waits for the statement under way. */
const closeAfterMs = 2_000

export class FencedWriter {
  readonly #options: WriterOptions
  readonly #fence: WriteFence
  readonly #closing = new AbortController()
  /** Cuts the pause short that is under way: a new one each, so that nothing gathers at it. */
  #pausing: AbortController | null = null
  readonly #probing: NodeJS.Timeout
  #connection: Connection | null = null
  #started = false
  #fatal: BerthError | null = null
  #turn: Promise<unknown> = Promise.resolve()
  #wait: WaitReport | null = null
  #reason: string | null = null
  /** Failures since something last succeeded. */
  #failures = 0
  #isProbing = false

  private constructor(options: WriterOptions) {
    this.#options = options
    this.#fence = new WriteFence(options.target)
    this.#probing = setInterval(() => this.#onProbe(), options.probeEveryMs).unref()
    const { signal } = options
    const giveUp = () => {
      if (this.#started) return
      this.#closing.abort()
      this.#pausing?.abort()
      this.#connection?.abandon()
    }
    signal?.addEventListener('abort', giveUp, { signal: this.#closing.signal })
    if (signal?.aborted === true) giveUp()
  }

  /**
   * Connects, prepares the schema and takes the database over.
   * @throws BerthError when the server refuses, or `unavailable` when `signal` ends the wait
   */
  static async open(options: WriterOptions): Promise<FencedWriter> {
    const writer = new FencedWriter(options)
    try {
      await writer.#inTurn('to connect', () => writer.#connected())
      return writer
    } catch (error) {
      await writer.close()
      throw error
    }
  }

  get status(): WriterStatus {
    const wait = this.#wait
    const reason = this.#reason
    const connection = this.#connection
    return {
      connected: connection !== null && !connection.lost && this.#failures === 0,
      version: connection?.version ?? null,
      incarnation: this.#fence.incarnation,
      waiting: wait && { for: wait.waitingFor, waitedMs: wait.waitedMs, reason },
    }
  }

  /** The start is over: from now on a refusal that may pass is waited for instead of thrown. */
  start(): void {
    this.#started = true
  }

  /** Completes once the operation is durable. @throws BerthError when it never will be */
  async write(operation: Numbered): Promise<void> {
    const fence = this.#fence
    await this.#inTurn(operation.description, async () => {
      const done = fence.sequence + 1
      for (;;) {
        const connection = await this.#connected()
        if (fence.sequence === done) {
          this.#onSuccess()
          return
        }
        await this.#attempt(connection, async () => {
          await operation.check?.(connection)
          fence.onSend()
          const row = await this.#send(connection, operation.statement(fence.incarnation))
          fence.onDone(row.sequence as number)
        })
      }
    })
  }

  /** Upkeep: may happen any number of times. Gives the answer of the statement. */
  async tidy(description: string, statement: (incarnation: number) => Statement): Promise<Row> {
    return await this.#repeat(description, (connection) =>
      this.#send(connection, statement(this.#fence.incarnation)),
    )
  }

  /** Reads on the writing connection, where nobody else can write meanwhile; may run twice. */
  async read<T>(description: string, read: (connection: Connection) => Promise<T>): Promise<T> {
    return await this.#repeat(description, read)
  }

  /** Lets the statement under way finish for a moment; whatever still waits is rejected. */
  async close(): Promise<void> {
    clearInterval(this.#probing)
    this.#closing.abort()
    this.#pausing?.abort()
    const timer = new AbortController()
    const late = pause(closeAfterMs, undefined, { signal: timer.signal }).catch(() => undefined)
    await Promise.race([this.#turn, late])
    timer.abort()
    await this.#connection?.close()
  }

  /** One after the other, in the order of the calls; reports a wait that gets long. */
  #inTurn<T>(description: string, act: () => Promise<T>): Promise<T> {
    const mine = this.#turn.then(async () => {
      this.#checkUsable()
      const waitingFor = `Postgres ${this.#options.target.described}, ${description}`
      const wait = new WaitReport(this.#options.log, waitingFor, () => ({ reason: this.#reason }))
      this.#wait = wait
      try {
        const result = await act()
        wait.done()
        return result
      } finally {
        wait.stop()
        this.#wait = null
        this.#reason = null
      }
    })
    this.#turn = mine.catch(() => undefined)
    return mine
  }

  #repeat<T>(description: string, act: (connection: Connection) => Promise<T>): Promise<T> {
    return this.#inTurn(description, async () => {
      for (;;) {
        const connection = await this.#connected()
        const result = await this.#attempt(connection, async () => ({ of: await act(connection) }))
        if (result !== null) return result.of
      }
    })
  }

  /** null when the connection is of no use any more: connect again and see what became of it. */
  async #attempt<T>(connection: Connection, act: () => Promise<T>): Promise<T | null> {
    try {
      const result = await act()
      this.#onSuccess()
      return result
    } catch (error) {
      connection.abandon()
      await this.#pauseAfter(error)
      return null
    }
  }

  /** @throws FenceLostError when nothing was done */
  async #send(connection: Connection, statement: Statement): Promise<Row> {
    const [row] = await connection.query(statement, this.#options.stallAfterMs)
    if (row === undefined) throw new FenceLostError()
    return row
  }

  async #connected(): Promise<Connection> {
    for (;;) {
      this.#checkUsable()
      if (this.#connection !== null && !this.#connection.lost) return this.#connection
      try {
        await this.#connect()
      } catch (error) {
        await this.#pauseAfter(error)
      }
    }
  }

  async #connect(): Promise<void> {
    const { target, log, prepare, stallAfterMs } = this.#options
    const first = !this.#fence.held
    const connection = await Connection.openWriter(target, log, (error) => this.#onLost(error))
    this.#connection = connection
    try {
      this.#checkUsable()
      if (first) await prepare(connection)
      const patience = Math.min(2 ** this.#failures, patienceMax)
      await this.#fence.raise(connection, stallAfterMs * patience)
    } catch (error) {
      connection.abandon()
      throw error
    }
    const { incarnation } = this.#fence
    const known = { database: target.described, schema: target.schema, incarnation }
    if (first) log.info(known, 'Took over the database.')
  }

  #onSuccess(): void {
    if (this.#failures > 0) {
      const { incarnation } = this.#fence
      const known = { database: this.#options.target.described, incarnation }
      this.#options.log.info(known, 'The database answers again.')
    }
    this.#failures = 0
    this.#reason = null
  }

  /** Waits before the next try. @throws BerthError when there is to be none */
  async #pauseAfter(error: unknown): Promise<void> {
    this.#checkUsable()
    this.#reason = this.#judge(error)
    const longest = Math.min(backoffFirstMs * 2 ** this.#failures, backoffMsMax)
    this.#failures += 1
    const ms = longest * (0.5 + Math.random() / 2)
    this.#pausing = new AbortController()
    const { signal } = this.#pausing
    await pause(ms, undefined, { signal }).catch(() => undefined)
  }

  /** The reason to wait. @throws BerthError when waiting is no use */
  #judge(error: unknown): string {
    if (error instanceof FenceLostError) return error.message
    if (error instanceof AssertionError) {
      throw this.#stop(new BerthError('internal', error.message, { cause: error }))
    }
    const failure = failureOf(error, this.#options.target.described)
    if (failure.kind === 'lost') return failure.reason
    if (failure.passing && this.#started) return failure.error.message
    throw this.#stop(failure.error)
  }

  #stop(error: BerthError): BerthError {
    if (this.#fatal !== null) return this.#fatal
    this.#fatal = error
    clearInterval(this.#probing)
    this.#connection?.abandon()
    if (this.#started) this.#options.onFatal(error)
    return error
  }

  #checkUsable(): void {
    if (this.#fatal !== null) throw this.#fatal
    if (!this.#closing.signal.aborted) return
    const why = this.#reason === null ? '' : ` It was waiting for Postgres: ${this.#reason}.`
    throw new BerthError('unavailable', `The log store is closed.${why}`)
  }

  #onLost(error: Error): void {
    if (this.#fatal !== null || this.#closing.signal.aborted || !this.#started) return
    this.#options.log.warn({ reason: error.message }, 'Lost the connection to the database.')
    this.#failures += 1
    // Whoever writes next connects again; when nobody does, this does.
    this.#probe()
  }

  #onProbe(): void {
    if (this.#started) this.#probe()
  }

  /** At most one waits for its turn: behind a server that stands still none gathers. */
  #probe(): void {
    if (this.#isProbing) return
    this.#isProbing = true
    const text = `select current_setting('fsync') as fsync, pg_backend_pid() as pid
      from replica where incarnation = $1`
    this.#repeat('to try the connection', async (connection) => {
      const values = [this.#fence.incarnation]
      const { fsync, pid } = await this.#send(connection, { name: 'probe', text, values })
      checkFsync(fsync as string, this.#options.target)
      connection.checkPid(pid as number)
    })
      .catch(() => undefined)
      .finally(() => {
        this.#isProbing = false
      })
  }
}
