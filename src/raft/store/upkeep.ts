/**
 * Deletes what is no longer needed: the log behind its border, retired snapshots, events beyond
 * their retention. A few rows at a time, on the writing connection but between its operations, so
 * that an operation never waits for more than one small step.
 */
import { performance } from 'node:perf_hooks'
import type { Row, Statement } from './connection.js'
import { retentionStatement } from './event-sql.js'
import { FencedStatement } from './fence.js'
import type { FencedWriter } from './fenced-writer.js'
import { type BothClocks, TrustedWall } from './trusted-wall.js'

/** How long and how many events are kept; what exceeds either goes. */
export interface Retention {
  readonly days: number
  readonly rows: number
}

interface Step {
  readonly name: string
  statement(incarnation: number): Statement
  /** Whether there may be more of it to do. */
  more(answer: Row): boolean
}

const logBatchRows = 256
const chunkBatchRows = 2
const eventBatchRows = 256
/** A retired snapshot is kept for this long after a chunk of it was last read. */
const keepAfterReadMs = 60_000
/** Retention, and retired snapshots that somebody read, are looked at this often. */
const everyMs = 30_000
const dayMs = 86_400_000

export class Upkeep {
  readonly #writer: FencedWriter
  readonly #timer: NodeJS.Timeout
  readonly #steps: readonly Step[]
  readonly #due = new Set<Step>()
  readonly #readAt = new Map<number, number>()
  #running: Promise<void> | null = null

  constructor(writer: FencedWriter, retention: Retention, clocks: BothClocks) {
    this.#writer = writer
    this.#steps = [logStep(), this.#snapshotStep(), eventStep(retention, new TrustedWall(clocks))]
    this.#timer = setInterval(() => this.request(), everyMs).unref()
  }

  /** There may be something to do. */
  request(): void {
    for (const step of this.#steps) this.#due.add(step)
    this.#running ??= this.#run().finally(() => {
      this.#running = null
    })
  }

  /** A chunk of the snapshot in this row was read: it is kept for a while. */
  onSnapshotRead(id: number): void {
    this.#readAt.set(id, performance.now())
  }

  /** Does all that is to be done now. */
  async finish(): Promise<void> {
    this.request()
    while (this.#running !== null) await this.#running
  }

  close(): void {
    clearInterval(this.#timer)
    this.#due.clear()
  }

  async #run(): Promise<void> {
    for (const step of this.#due) {
      this.#due.delete(step)
      try {
        const answer = await this.#writer.tidy(step.name, (incarnation) =>
          step.statement(incarnation),
        )
        if (step.more(answer)) this.#due.add(step)
      } catch {
        // The writer is closed or has stopped, and has said so.
        this.close()
      }
    }
  }

  #snapshotStep(): Step {
    return {
      name: 'to delete old snapshots',
      statement: (incarnation) => snapshotStatement(this.#readLately(), incarnation),
      more: (answer) => (answer.snapshots as number) > 0,
    }
  }

  #readLately(): number[] {
    const before = performance.now() - keepAfterReadMs
    for (const [id, at] of this.#readAt) if (at < before) this.#readAt.delete(id)
    return [...this.#readAt.keys()]
  }
}

/** From where the step before ended: what it deleted still lies in front of the index. */
function logStep(): Step {
  let after = 0
  return {
    name: 'to delete compacted entries',
    statement: (incarnation) => {
      const sql = new FencedStatement(incarnation)
      const from = sql.value(after)
      sql.with(
        'gone',
        `delete from log where index in (
          select index from log
          where index > ${from} and index <= (select compacted_index from fence)
          order by index limit ${logBatchRows}) returning index`,
      )
      return sql.repeatable(
        'delete-log',
        '(select count(*) from gone) as count, (select max(index) from gone) as through',
      )
    },
    more: (answer) => {
      after = (answer.through as number | null) ?? after
      return (answer.count as number) === logBatchRows
    },
  }
}

/** A few chunks of one retired snapshot, and its row once it has none. */
function snapshotStatement(readLately: readonly number[], incarnation: number): Statement {
  const sql = new FencedStatement(incarnation)
  sql
    .with(
      'retired',
      `select id from snapshot where state = 'retired' and exists (select from fence)
        and id <> all (${sql.value(readLately)}::bigint[]) order by id limit 1`,
    )
    .with(
      'gone',
      `delete from snapshot_chunk where (snapshot, chunk) in (
        select snapshot, chunk from snapshot_chunk where snapshot = (select id from retired)
        order by chunk limit ${chunkBatchRows}) returning 1`,
    )
    .with(
      'emptied',
      `delete from snapshot where id = (select id from retired) and not exists (
        select from snapshot_chunk where snapshot = (select id from retired)) returning 1`,
    )
  return sql.repeatable(
    'delete-snapshots',
    '(select count(*) from retired) as snapshots, (select count(*) from gone) as chunks',
  )
}

function eventStep({ days, rows }: Retention, wall: TrustedWall): Step {
  let after = 0
  return {
    name: 'to delete old events',
    statement: (incarnation) => {
      const limits = { wallMs: wall.look(), ageMs: days * dayMs, rows, afterOrdinal: after }
      return retentionStatement(limits, eventBatchRows, incarnation)
    },
    more: (answer) => {
      after = (answer.through as number | null) ?? after
      return (answer.count as number) === eventBatchRows
    },
  }
}
