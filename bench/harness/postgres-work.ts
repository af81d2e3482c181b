/** What a replica's Postgres did so far: transactions, and fsyncs of its write-ahead log. */
import { setTimeout as delay } from 'node:timers/promises'
import { withClient } from '../../src/cli/local/postgres-client.js'
import type { ReplicaParts } from '../../test/chaos/cluster/process-cluster.js'

export interface PostgresWork {
  readonly commits: number
  readonly fsyncs: number
}

/** Backends report what they did with the next transaction, and at most once a second. */
const reportMs = 1_100

/**
 * @param write commits one more transaction on each, with which the others are reported
 */
export async function workOf(
  replicas: readonly ReplicaParts[],
  write: () => Promise<void>,
): Promise<readonly PostgresWork[]> {
  await delay(reportMs)
  await write()
  await delay(reportMs)
  await write()
  return Promise.all(replicas.map(readWork))
}

/** Asked of another database, so that the question does not count. */
function readWork({ postgres }: ReplicaParts): Promise<PostgresWork> {
  return withClient(postgres.url('postgres'), async (client) => {
    const { rows } = await client.query<{ commits: string; fsyncs: string }>(
      `select (select xact_commit from pg_stat_database where datname = 'berth') as commits,
              (select sum(fsyncs) from pg_stat_io where object = 'wal') as fsyncs`,
    )
    return { commits: Number(rows[0]!.commits), fsyncs: Number(rows[0]!.fsyncs) }
  })
}
