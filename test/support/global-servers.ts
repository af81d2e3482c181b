/**
 * Before the tests of a run: one Postgres and one nats-server for all of them, on free ports. Their
 * addresses are provided to the tests (`database.ts`, `nats.ts`). Tests that kill a server start
 * one of their own (`own-postgres.ts`, `own-nats.ts`).
 */
import { randomUUID } from 'node:crypto'
import { cpSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { Keeper } from '../../src/cli/servers/keeper.js'
import { findNatsServer, startNats } from '../../src/cli/servers/nats-server.js'
import { preparePostgresHome } from '../../src/cli/servers/postgres-home.js'
import { dataFolderOf, initPostgres, startPostgres } from '../../src/cli/servers/postgres-server.js'
import { freePorts } from './ports.js'
import { postgresUnderTest } from './postgres-under-test.js'
import { makeScratch, sweepScratch } from './scratch.js'

declare module 'vitest' {
  interface ProvidedContext {
    /** Administrator's URL of the run's Postgres; its path is the database `postgres`. */
    postgresUrl: string
    /** A data folder as initdb left it, and the password in it. */
    postgresTemplate: { readonly folder: string; readonly password: string }
    /** URL of the run's nats-server. */
    natsUrl: string
    /** Full path of the program, for servers that a test starts itself. */
    natsServerFile: string
  }
}

export async function setup(project: TestProject): Promise<() => Promise<void>> {
  sweepScratch()
  const folder = makeScratch()
  const keeper = new Keeper()
  const home = preparePostgresHome(postgresUnderTest(), join(folder, 'home'))
  const password = randomUUID()
  await initPostgres(home, password)
  // Copying takes a tenth of the time that making one takes.
  const template = join(folder, 'template')
  cpSync(dataFolderOf(home), template, { recursive: true })
  const [postgresPort, natsPort] = await freePorts(2).then((port) => [port, port + 1] as const)
  const binary = await findNatsServer({
    env: process.env,
    onFetch: () => console.log("fetching nats-server (the distribution's package)"),
  })
  const [postgres, nats] = await Promise.all([
    startPostgres({
      ...{ home, password, keeper, port: postgresPort },
      logFile: join(folder, 'postgres.log'),
    }),
    startNats({ binary, keeper, port: natsPort, logFile: join(folder, 'nats.log') }),
  ])
  project.provide('postgresUrl', postgres.url('postgres'))
  project.provide('postgresTemplate', { folder: template, password })
  project.provide('natsUrl', nats.url)
  project.provide('natsServerFile', binary.file)
  return async () => {
    await Promise.all([postgres.child.stop(), nats.child.stop()])
    await keeper.close()
    rmSync(home.folder, { recursive: true, force: true })
    rmSync(folder, { recursive: true, force: true })
  }
}
