/** The numbers of the actors, in a Postgres that no fault befalls. */
import { withClient } from '../../../src/cli/servers/postgres-server.js'
import type { FaultyPostgres } from '../../support/faulty-postgres.js'
import { startWorkPostgres } from '../hosts/work-postgres.js'
import type { Ground } from '../workload.js'
import type { Addition } from './call-record.js'

const schema = `
  create table counter (id text primary key, number bigint not null, token bigint not null);
  create table addition (
    seq bigserial primary key, counter text, call text, host text, number bigint, token bigint
  );`

export class NumberTable {
  readonly #postgres: FaultyPostgres

  private constructor(postgres: FaultyPostgres) {
    this.#postgres = postgres
  }

  static async start(ground: Ground): Promise<NumberTable> {
    return new NumberTable(await startWorkPostgres(ground, schema))
  }

  get url(): string {
    return this.#postgres.url('postgres')
  }

  /** In the order in which they were made, for each counter. */
  async additions(): Promise<readonly Addition[]> {
    const { rows } = await withClient(this.url, (client) =>
      client.query<Record<string, string>>(
        'select counter, call, host, number, token from addition order by counter, number, seq',
      ),
    )
    return rows.map((row) => {
      const { counter, call, host } = row as Pick<Addition, 'counter' | 'call' | 'host'>
      return { counter, call, host, number: Number(row.number), token: Number(row.token) }
    })
  }

  async numbers(): Promise<ReadonlyMap<string, number>> {
    const { rows } = await withClient(this.url, (client) =>
      client.query<Record<string, string>>('select id, number from counter'),
    )
    return new Map(rows.map(({ id, number }) => [id!, Number(number)]))
  }

  stop(): Promise<void> {
    return this.#postgres.stop()
  }
}
