/**
 * The shape of every statement that writes: its first part, the fence, takes the lock on the
 * replica's row if the connection still holds the newest incarnation; everything else happens only
 * if the fence did (`exists (select from fence)`). The answer is one row, or none when the fence
 * was lost. A statement of an old connection that waited for the lock sees the newest incarnation,
 * not that of its own snapshot, and so does nothing (PostgreSQL, "Read Committed").
 */
import type { Statement } from './connection.js'

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
