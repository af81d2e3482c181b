/**
 * Who may write to a replica's database, and what became of the last operation.
 *
 * Every connection first raises `incarnation` in the replica's row, and every statement is guarded
 * by it (`FencedStatement`), so nothing of an older connection takes effect any more. The first
 * connection of a process takes over from whoever was there; a later one raises it only while this
 * process still is the `owner`. Raising compares with what was just read: one that was stalled and
 * wakes up after another raises nothing.
 *
 * Each operation adds one to `sequence` in its own transaction. So the raised row says whether an
 * operation whose answer never came was done. Any other number means that this is not the
 * database as it was left: a restored backup, or a standby that lagged.
 */
import { randomUUID } from 'node:crypto'
import { BerthError } from '../../errors/berth-error.js'
import type { Connection, Row, Statement, Target } from './connection.js'

/** The guarded statement found another incarnation than its own: it did nothing. */
export class FenceLostError extends Error {
  override readonly name = 'FenceLostError'
  constructor() {
    super('another incarnation was raised')
  }
}

export class WriteFence {
  readonly #target: Target
  readonly #owner = randomUUID()
  #uuid: string | null = null
  #raisedTo = 0
  #done = 0
  #sent = false

  constructor(target: Target) {
    this.#target = target
  }

  /** False until this process has taken the database over. */
  get held(): boolean {
    return this.#uuid !== null
  }

  /** Highest incarnation that this process raised; 0 before. */
  get incarnation(): number {
    return this.#raisedTo
  }

  /** Number of operations that are known to be done. */
  get sequence(): number {
    return this.#done
  }

  /** A numbered operation is about to be sent: until `onDone` its outcome is unknown. */
  onSend(): void {
    this.#sent = true
  }

  /** @param sequence what the operation answered */
  onDone(sequence: number): void {
    this.#done = sequence
    this.#sent = false
  }

  /**
   * Makes `connection` the only one that can write, and learns whether the operation in doubt was
   * done. Waits for whoever holds the lock on the row, which may be a statement of our own.
   * @throws BerthError `database_taken_over`, `database_replaced`
   */
  async raise(connection: Connection, stallAfterMs: number): Promise<void> {
    for (;;) {
      const read = { text: 'select uuid, owner, incarnation, sequence from replica' }
      const [found] = await connection.query(read, stallAfterMs)
      this.#check(found)
      const text = `update replica set incarnation = incarnation + 1, owner = $1
        where incarnation = $2 returning uuid, owner, incarnation, sequence`
      const values = [this.#owner, found.incarnation]
      const [raised] = await connection.query({ text, values }, stallAfterMs)
      if (raised === undefined) continue
      // The operation in doubt may have been done between the two.
      this.#check({ ...raised, owner: found.owner })
      this.#uuid = raised.uuid as string
      this.#raisedTo = raised.incarnation as number
      this.onDone(raised.sequence as number)
      return
    }
  }

  #check(found: Row | undefined): asserts found is Row {
    const where = `Postgres ${this.#target.described}, schema ${this.#target.schema}`
    const advice = 'A replica that lost data may come back only under a new id, with an empty one.'
    if (found === undefined || (this.held && found.uuid !== this.#uuid)) {
      const text = `${where}: this is another database than before. ${advice}`
      throw new BerthError('database_replaced', text)
    }
    if (!this.held) return
    const incarnation = found.incarnation as number
    if (found.owner !== this.#owner && incarnation > this.#raisedTo) {
      const text = `${where}: another process has taken over this database. Run one replica on it.`
      throw new BerthError('database_taken_over', text)
    }
    const ahead = (found.sequence as number) - this.#done
    const explained = ahead === 0 || (ahead === 1 && this.#sent)
    if (found.owner === this.#owner && incarnation >= this.#raisedTo && explained) return
    const text = `${where}: it shows another state than this replica wrote, as a restored backup`
    throw new BerthError('database_replaced', `${text} or a standby that lagged does. ${advice}`)
  }
}

/**
 * The shape of every statement that writes: its first part, the fence, takes the lock on the
 * replica's row if the connection still holds the newest incarnation; everything else happens only
 * if the fence did (`exists (select from fence)`). The answer is one row, or none when the fence
 * was lost. A statement of an old connection that waited for the lock sees the newest incarnation,
 * not that of its own snapshot, and so does nothing (PostgreSQL, "Read Committed").
 */
export class FencedStatement {
  readonly #values: unknown[]
  readonly #sets: string[] = []
  readonly #parts: string[] = []

  /** @param incarnation what the connection raised the replica's row to */
  constructor(incarnation: number) {
    this.#values = [incarnation]
  }

  /** A value, as the placeholder that stands for it. */
  value(value: unknown): string {
    this.#values.push(value)
    return `$${this.#values.length}`
  }

  /** Sets a column of the replica's row. */
  set(column: string, expression: string): this {
    this.#sets.push(`${column} = ${expression}`)
    return this
  }

  /** Adds a query that runs only behind the fence; it must refer to it. */
  with(name: string, query: string): this {
    this.#parts.push(`${name} as (${query})`)
    return this
  }

  /** A numbered operation: done exactly once, however often it is sent. */
  numbered(name: string): Statement {
    const sets = ['sequence = sequence + 1', ...this.#sets].join(', ')
    const fence = `update replica set ${sets} where incarnation = $1 returning sequence`
    return this.#statement(name, fence, 'sequence')
  }

  /** Upkeep that may happen any number of times. `answer`: the columns to give, of any part. */
  repeatable(name: string, answer: string): Statement {
    const fence = 'select * from replica where incarnation = $1 for no key update'
    return this.#statement(name, fence, answer)
  }

  #statement(name: string, fence: string, answer: string): Statement {
    const parts = [`fence as (${fence})`, ...this.#parts].join(', ')
    return { name, text: `with ${parts} select ${answer} from fence`, values: this.#values }
  }
}
