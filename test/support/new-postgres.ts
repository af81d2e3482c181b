/** An empty Postgres in a folder, as durable as it comes. */
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import type { Keeper } from '../../src/cli/local/keeper.js'
import { preparePostgresHome } from '../../src/cli/local/postgres-account.js'
import { findPostgresBinaries } from '../../src/cli/local/postgres-binaries.js'
import { initPostgres } from '../../src/cli/local/postgres-server.js'
import { FaultyPostgres } from './faulty-postgres.js'
import type { Owner } from './owner.js'
import { freePort } from './ports.js'

export interface NewPostgres {
  /** `postgres-2`: of its folder and log. */
  readonly name: string
  readonly folder: string
  readonly keeper: Keeper
}

/** The owner's end ends it; its data stays. */
export async function startNewPostgres(
  owner: Owner,
  { name, folder, keeper }: NewPostgres,
): Promise<FaultyPostgres> {
  const home = preparePostgresHome(findPostgresBinaries(), join(folder, name))
  const password = randomUUID()
  await initPostgres(home, password)
  const logFile = join(folder, `${name}.log`)
  const port = await freePort()
  const postgres = await FaultyPostgres.start({ name, home, password, port, keeper, logFile })
  owner.onTestFinished(() => postgres.end())
  return postgres
}
