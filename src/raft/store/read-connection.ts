/**
 * The reading connection beside the writer, for snapshot chunks and events: made when first
 * needed, read-only, one statement at a time. A connection that turns out to be dead is replaced
 * once; a server that is away is not waited for, the caller may ask again.
 */
import { BerthError } from '../../errors/berth-error.js'
import { Connection, type Row, type Statement, type Target } from './connection.js'
import { failureOf } from './failure.js'

/** More calls than this waiting for their turn are refused as `overloaded`. */
const waitingMax = 256

export class ReadConnection {
  readonly #target: Target
  readonly #stallAfterMs: number
  #connection: Connection | null = null
  #turn: Promise<unknown> = Promise.resolve()
  #waiting = 0
  #closed = false

  constructor(target: Target, stallAfterMs: number) {
    this.#target = target
    this.#stallAfterMs = stallAfterMs
  }

  /** The rows of one statement. @throws BerthError `unavailable`, `overloaded` */
  async query(statement: Statement): Promise<readonly Row[]> {
    const [rows] = await this.queryAll([statement])
    return rows!
  }

  /** The rows of each statement, run in this order. @throws as `query` */
  async queryAll(statements: readonly Statement[]): Promise<readonly (readonly Row[])[]> {
    if (this.#waiting >= waitingMax) {
      const text = `${waitingMax} readers are waiting for Postgres ${this.#target.described}.`
      throw new BerthError('overloaded', text)
    }
    this.#waiting += 1
    const mine = this.#turn.then(() => this.#runInTurn(statements))
    this.#turn = mine.catch(() => undefined)
    try {
      return await mine
    } finally {
      this.#waiting -= 1
    }
  }

  async close(): Promise<void> {
    this.#closed = true
    await this.#connection?.close()
  }

  async #runInTurn(statements: readonly Statement[]): Promise<readonly (readonly Row[])[]> {
    const fresh = this.#connection === null
    try {
      return await this.#run(statements)
    } catch (error) {
      if (fresh || this.#closed) throw this.#toUnavailable(error)
    }
    try {
      return await this.#run(statements)
    } catch (error) {
      throw this.#toUnavailable(error)
    }
  }

  async #run(statements: readonly Statement[]): Promise<readonly (readonly Row[])[]> {
    try {
      const connection = await this.#connected()
      const answers: (readonly Row[])[] = []
      for (const statement of statements) {
        answers.push(await connection.query(statement, this.#stallAfterMs))
      }
      return answers
    } catch (error) {
      this.#connection?.abandon()
      throw error
    }
  }

  async #connected(): Promise<Connection> {
    if (this.#closed) throw new Error('the log store is closed')
    if (this.#connection !== null && !this.#connection.lost) return this.#connection
    // A lost one is found at its next use.
    const connection = await Connection.openReader(this.#target, () => undefined)
    if (this.#closed) connection.abandon()
    this.#connection = connection
    return connection
  }

  #toUnavailable(error: unknown): BerthError {
    const failure = failureOf(error, this.#target.described)
    if (failure.kind === 'refused') return failure.error
    const text = `Postgres ${this.#target.described} cannot be read now: ${failure.reason}.`
    return new BerthError('unavailable', text, { cause: error })
  }
}
