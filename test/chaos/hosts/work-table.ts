/** The table that owners write to, in a Postgres of its own that no fault befalls. */
import pg from 'pg'
import { withClient } from '../../../src/cli/servers/postgres-server.js'
import type { FaultyPostgres } from '../../support/faulty-postgres.js'
import type { Ground } from '../workload.js'
import type { WorkRow } from './stints.js'
import { startWorkPostgres } from './work-postgres.js'

const pageRows = 20_000

const schema = `
  create table work (
    seq bigserial primary key, actor text, host text, run uuid, token bigint, claim int,
    counter bigint, since bigint, until bigint, remembered boolean, asked_at timestamptz,
    written_at timestamptz default clock_timestamp()
  );
  create table admission (host text, run uuid, epoch bigint);`

export interface Admission {
  readonly host: string
  readonly epoch: number
}

/** A row that landed after one of another owner that was asked for later. */
export interface LateRow {
  readonly actor: string
  readonly host: string
  /** From the question to the landing, in ms. */
  readonly lateMs: number
}

export class WorkTable {
  readonly #postgres: FaultyPostgres

  private constructor(postgres: FaultyPostgres) {
    this.#postgres = postgres
  }

  static async start(ground: Ground): Promise<WorkTable> {
    return new WorkTable(await startWorkPostgres(ground, schema))
  }

  get url(): string {
    return this.#postgres.url('postgres')
  }

  /** All rows in the order in which they landed. */
  async *rows(): AsyncGenerator<WorkRow> {
    const client = new pg.Client({ connectionString: this.url })
    await client.connect()
    try {
      let last = '0'
      for (;;) {
        const { rows } = await client.query<Record<string, string | null>>(
          'select * from work where seq > $1 order by seq limit $2',
          [last, pageRows],
        )
        for (const row of rows) yield workRow(row)
        if (rows.length < pageRows) return
        last = rows.at(-1)!.seq!
      }
    } finally {
      await client.end()
    }
  }

  /** A run's own rows land in the order of its questions, so these came after another's. */
  async lateRows(): Promise<readonly LateRow[]> {
    const { rows } = await withClient(this.url, (client) =>
      client.query<{ actor: string; host: string; late: string }>(
        `select actor, host, extract(epoch from written_at - asked_at) * 1000 as late
           from (select *, max(since) over (partition by actor order by seq) as latest
                   from work where not remembered) as work
          where until < latest`,
      ),
    )
    return rows.map(({ actor, host, late }) => ({ actor, host, lateMs: Number(late) }))
  }

  async admissions(): Promise<readonly Admission[]> {
    const { rows } = await withClient(this.url, (client) =>
      client.query<{ host: string; epoch: string }>('select host, epoch from admission'),
    )
    return rows.map(({ host, epoch }) => ({ host, epoch: Number(epoch) }))
  }

  stop(): Promise<void> {
    return this.#postgres.stop()
  }
}

function workRow(row: Record<string, string | null>): WorkRow {
  const { actor, run, host, since, until } = row as Record<keyof WorkRow, string>
  const token = row.token === null ? null : Number(row.token)
  const numbers = { claim: Number(row.claim), token, since: BigInt(since), until: BigInt(until) }
  return { actor, run, host, ...numbers }
}
