/** A Postgres that hosts write to, and that no fault befalls. */
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import {
  findPostgresBinaries,
  preparePostgresHome,
} from '../../../src/cli/servers/postgres-home.js'
import { initPostgres, withClient } from '../../../src/cli/servers/postgres-server.js'
import { FaultyPostgres } from '../../support/faulty-postgres.js'
import { freePort } from '../../support/ports.js'
import type { Ground } from '../workload.js'

/** @param schema statements that make its tables */
export async function startWorkPostgres(
  { cluster, journal, owner }: Ground,
  schema: string,
): Promise<FaultyPostgres> {
  const home = preparePostgresHome(findPostgresBinaries(), join(journal.folder, 'postgres-work'))
  const password = randomUUID()
  await initPostgres(home, password)
  const postgres = await FaultyPostgres.start({
    ...{ home, password, port: await freePort(), keeper: cluster.keeper },
    name: 'Postgres of the work',
    logFile: join(journal.folder, 'postgres-work.log'),
  })
  owner.onTestFinished(() => postgres.remove())
  cluster.leftovers.addFolder(postgres.dataFolder)
  await withClient(postgres.url('postgres'), (client) => client.query(schema))
  return postgres
}
