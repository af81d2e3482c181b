/** A Postgres of a test's own, to be killed, stopped in its tracks and started again. */
import { appendFileSync, cpSync } from 'node:fs'
import { join } from 'node:path'
import { inject } from 'vitest'
import { preparePostgresHome } from '../../src/cli/servers/postgres-home.js'
import {
  createDatabase,
  dataFolderOf,
  initPostgres,
} from '../../src/cli/servers/postgres-server.js'
import { databaseAt, type TestDatabase } from './database.js'
import { FaultyPostgres } from './faulty-postgres.js'
import { keeper } from './keeper.js'
import type { Owner } from './owner.js'
import { freePort } from './ports.js'
import { postgresUnderTest } from './postgres-under-test.js'
import { scratchFolder } from './scratch.js'

export type OwnPostgres = Omit<FaultyPostgres, 'end' | 'remove' | 'url'> & {
  /** Makes a database, or takes the one of this name. */
  database(name: string): Promise<TestDatabase>
}

/**
 * @param settings lines for postgresql.conf, such as `fsync = off`
 */
export async function startOwnPostgres(owner: Owner, settings = ''): Promise<OwnPostgres> {
  const folder = scratchFolder(owner)
  const home = preparePostgresHome(postgresUnderTest(), join(folder, 'home'))
  const { password } = inject('postgresTemplate')
  const port = await freePort()
  const dataFolder = dataFolderOf(home)
  // A copy would belong to us, which is wrong where Postgres runs as somebody else.
  if (home.account.kind === 'nobody') await initPostgres(home, password)
  else cpSync(inject('postgresTemplate').folder, dataFolder, { recursive: true })
  appendFileSync(join(dataFolder, 'postgresql.conf'), `${settings}\n`)
  const logFile = join(folder, 'postgres.log')
  const server = await FaultyPostgres.start({ home, password, port, logFile, keeper })
  owner.onTestFinished(() => server.remove())
  return Object.assign(server, {
    database: async (name: string) => {
      await createDatabase(server.url('postgres'), name)
      return databaseAt(server.url('postgres'), name)
    },
  })
}
