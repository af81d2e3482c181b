/** A Postgres of a test's own, to be killed, stopped in its tracks and started again. */
import { appendFileSync, cpSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { inject } from 'vitest'
import { preparePostgresHome } from '../../src/cli/local/postgres-account.js'
import { createDatabase } from '../../src/cli/local/postgres-client.js'
import { endLeftoverPostgres, workersIn } from '../../src/cli/local/postgres-leftover.js'
import {
  dataFolderOf,
  initPostgres,
  type PostgresServer,
  startPostgres,
} from '../../src/cli/local/postgres-server.js'
import { descendantsOf, sendSignal, stateOf } from '../../src/process/process-table.js'
import { databaseAt, type TestDatabase } from './database.js'
import { eventually } from './eventually.js'
import { keeper } from './keeper.js'
import type { Owner } from './owner.js'
import { freePort } from './ports.js'
import { postgresUnderTest } from './postgres-under-test.js'
import { scratchFolder } from './scratch.js'

export interface OwnPostgres {
  readonly port: number
  readonly dataFolder: string
  readonly logFile: string
  /** Pid of the postmaster; of the last one while none runs. */
  readonly pid: number
  /** Makes a database, or takes the one of this name. */
  database(name: string): Promise<TestDatabase>
  /** kill -9 to the postmaster; its children end by themselves. Done when all are gone. */
  kill(): Promise<void>
  /** Fast shutdown. */
  stop(): Promise<void>
  /** After `kill` or `stop`: the same data on the same port. */
  start(): Promise<void>
  /**
   * SIGSTOP to the postmaster and to each backend: each is a process group of its own. Done when
   * all stand still.
   */
  freeze(): Promise<void>
  /** SIGCONT to all of them. */
  thaw(): void
}

/**
 * @param settings lines for postgresql.conf, such as `fsync = off`
 */
export async function startOwnPostgres(owner: Owner, settings = ''): Promise<OwnPostgres> {
  const folder = scratchFolder(owner)
  const home = preparePostgresHome(postgresUnderTest(), join(folder, 'home'))
  const { password } = inject('postgresTemplate')
  const port = await freePort()
  const logFile = join(folder, 'postgres.log')
  const dataFolder = dataFolderOf(home)
  // A copy would belong to us, which is wrong where Postgres runs as somebody else.
  if (home.account.kind === 'nobody') await initPostgres(home, password)
  else cpSync(inject('postgresTemplate').folder, dataFolder, { recursive: true })
  appendFileSync(join(dataFolder, 'postgresql.conf'), `${settings}\n`)
  const start = () => startPostgres({ home, password, port, logFile, keeper })
  let server: PostgresServer = await start()
  owner.onTestFinished(async () => {
    await server.child.kill()
    await endLeftoverPostgres(dataFolder)
    rmSync(home.folder, { recursive: true, force: true })
  })
  const all = () => [server.child.pid, ...descendantsOf(server.child.pid)]
  const signalAll = (signal: NodeJS.Signals) => {
    for (const pid of all()) sendSignal(pid, signal)
  }
  const standsStill = (pid: number) => ['T', 'Z', null].includes(stateOf(pid))
  return {
    port,
    dataFolder,
    logFile,
    get pid() {
      return server.child.pid
    },
    database: async (name) => {
      await createDatabase(server.url('postgres'), name)
      return databaseAt(server.url('postgres'), name)
    },
    kill: async () => {
      const children = descendantsOf(server.child.pid)
      sendSignal(server.child.pid, 'SIGKILL')
      await server.child.exited
      // One that is frozen could not notice.
      for (const pid of children) sendSignal(pid, 'SIGCONT')
      await eventually('the end of its children', () => workersIn(dataFolder).length === 0)
    },
    stop: async () => {
      await server.child.stop()
    },
    start: async () => {
      server = await start()
    },
    freeze: async () => {
      await eventually('all of Postgres to stand still', () => {
        // The postmaster may have forked while the others were being stopped.
        signalAll('SIGSTOP')
        return all().every(standsStill)
      })
    },
    thaw: () => signalAll('SIGCONT'),
  }
}
