/** A Postgres of ours on loopback: its data folder, its start, and short visits to any server. */
import { randomUUID } from 'node:crypto'
import {
  closeSync,
  constants,
  existsSync,
  fchownSync,
  lstatSync,
  openSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { basename, join } from 'node:path'
import pg from 'pg'
import { BerthError } from '../../errors/berth-error.js'
import { withPassword } from '../../network/postgres-password.js'
import { processes, sendSignal } from '../../process/process-table.js'
import { anotherFolder } from '../typed-flags.js'
import { type Child, type StartContext, startServer } from './child.js'
import type { StopStep } from './keeper.js'
import {
  type PostgresAccount,
  type PostgresHome,
  postgresCommand,
  removeAs,
} from './postgres-home.js'
import { type Guard, runTool, ToolFailed } from './run-tool.js'
import { WaitExpired, waitFor } from './wait.js'

export const postgresUser = 'berth'

/** Fast shutdown, then immediate, then by force. */
const stopSteps: readonly StopStep[] = [
  { signal: 'SIGINT', waitMs: 10_000 },
  { signal: 'SIGQUIT', waitMs: 3_000 },
  { signal: 'SIGKILL', waitMs: 5_000 },
]
const connectTimeoutMs = 5_000
const leftoverStopMs = 10_000
const leftoverKillMs = 5_000

const configuration = `
# Berth's embedded server
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
max_connections = 200
shared_buffers = 32MB
fsync = on
synchronous_commit = on
`

export interface PostgresOptions extends StartContext {
  readonly name?: string
  readonly home: PostgresHome
  readonly port: number
  readonly password: string
  readonly logFile: string
}

export interface PostgresServer {
  readonly child: Child
  readonly port: number
  /** Connection URL of a database, password included. */
  url(database: string): string
}

/** Folder that holds the server's data, inside its home. */
export function dataFolderOf(home: PostgresHome): string {
  return join(home.folder, 'postgres')
}

/** Whether initdb has finished here. */
export function hasPostgresData(home: PostgresHome): boolean {
  return existsSync(join(dataFolderOf(home), 'PG_VERSION'))
}

/** @throws BerthError `unavailable` with initdb's own reason */
export async function initPostgres(
  home: PostgresHome,
  password: string,
  guard: Guard = {},
): Promise<void> {
  const data = dataFolderOf(home)
  const making = `${data}.making`
  const passwordFile = join(home.folder, `init-${randomUUID()}`)
  removeAs(home.account, making)
  try {
    // The folder may be the account's: no link counts.
    const { O_WRONLY, O_APPEND, O_CREAT, O_EXCL, O_NOFOLLOW } = constants
    write(passwordFile, O_WRONLY | O_CREAT | O_EXCL, `${password}\n`, home.account)
    const args = [
      ...['--pgdata', making, '--username', postgresUser, '--pwfile', passwordFile],
      ...['--auth', 'scram-sha-256', '--encoding', 'UTF8', '--locale', 'C', '--no-instructions'],
    ]
    await runTool(postgresCommand(home, 'initdb', args), guard)
    write(join(making, 'postgresql.conf'), O_WRONLY | O_APPEND | O_NOFOLLOW, configuration)
    renameSync(making, data)
  } catch (cause) {
    if (!(cause instanceof ToolFailed)) throw cause
    const reason = postgresReason(cause.reason(/error|fatal/i))
    const detail = `Postgres' data folder cannot be made: ${reason}`
    throw new BerthError('unavailable', detail, { cause })
  } finally {
    rmSync(passwordFile, { force: true })
    removeAs(home.account, making)
  }
}

/** @param account whose the file is to be */
function write(file: string, flags: number, text: string, account?: PostgresAccount): void {
  const descriptor = openSync(file, flags, 0o600)
  try {
    writeFileSync(descriptor, text)
    if (account?.kind === 'nobody') fchownSync(descriptor, account.uid, account.gid)
  } finally {
    closeSync(descriptor)
  }
}

/** @throws BerthError `unavailable` with the server's own reason when it does not come up */
export async function startPostgres(options: PostgresOptions): Promise<PostgresServer> {
  const { home, port, password, logFile, name = 'Postgres' } = options
  const data = dataFolderOf(home)
  await endLeftoverPostgres(data)
  const command = postgresCommand(home, 'postgres', ['-D', data, '-p', String(port)])
  const url = (database: string) =>
    `postgres://${postgresUser}:${password}@127.0.0.1:${port}/${database}`
  const child = await startServer(
    { name, command, logFile, steps: stopSteps, onOwnerGone: 'SIGQUIT' },
    options,
    () =>
      withClient(url('postgres'), (client) => client.query('select 1')).then(
        () => null,
        (error: Error) => error.message,
      ),
  )
  return { child, port, url }
}

/**
 * Clears the way for a server on a data folder whose last server was killed, or outlived its owner.
 *
 * `postmaster.pid` stays behind after a kill -9. Postgres sees through it, unless its pid was given
 * to another process since; removing it is safe only when nobody works in the folder any more,
 * because the file is also how a new server finds the shared memory of the old one's children.
 * The caller holds the lock of the folder.
 * @throws WaitExpired when a process cannot be ended
 */
export async function endLeftoverPostgres(data: string): Promise<void> {
  const file = join(data, 'postmaster.pid')
  // Without /proc nobody can be found here, and Postgres' own checks have to do.
  const found = lstatSync(file, { throwIfNoEntry: false })
  if (found === undefined || processes().length === 0) return
  const folder = realpathSync(data)
  const gone = (deadlineMs: number) =>
    waitFor({
      ...{ what: `the end of the Postgres of an earlier run in ${folder}`, deadlineMs },
      poll: () => (workersIn(folder).length === 0 ? true : null),
    })
  const server = found.isFile() ? Number(readFileSync(file, 'utf8').split('\n')[0]) : Number.NaN
  if (workersIn(folder).includes(server)) sendSignal(server, 'SIGINT')
  await gone(leftoverStopMs).catch((error) => {
    if (!(error instanceof WaitExpired)) throw error
    for (const pid of workersIn(folder)) sendSignal(pid, 'SIGKILL')
  })
  await gone(leftoverKillMs)
  rmSync(file, { force: true })
}

/**
 * Pids of the Postgres processes of the folder's owner whose working directory it is, as that of
 * all processes of a server is. Who else works there (a shell, say) is nobody of ours.
 */
export function workersIn(folder: string): readonly number[] {
  const { uid } = statSync(folder)
  return processes().filter((pid) => {
    try {
      // Of a program that was replaced meanwhile the kernel says so.
      const program = basename(readlinkSync(`/proc/${pid}/exe`)).replace(/ \(deleted\)$/, '')
      const isOwners = program === 'postgres' && statSync(`/proc/${pid}`).uid === uid
      return isOwners && readlinkSync(`/proc/${pid}/cwd`) === folder
    } catch {
      return false
    }
  })
}

/** Runs `work` on a connection of its own. */
export async function withClient<T>(
  url: string,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = new pg.Client({
    connectionString: await withPassword(url),
    connectionTimeoutMillis: connectTimeoutMs,
    application_name: 'berth up',
  })
  // Without a listener a connection that breaks later would end the process.
  client.on('error', () => {})
  try {
    await client.connect()
    return await work(client)
  } finally {
    await client.end().catch(() => {})
  }
}

/** Makes the database if it is not there. */
export async function createDatabase(adminUrl: string, database: string): Promise<void> {
  await withClient(adminUrl, async (client) => {
    await client.query(`create database ${pg.escapeIdentifier(database)}`).catch((error) => {
      // duplicate_database
      if (error.code !== '42P04') throw error
    })
  })
}

/** Drops the database if it is there, whoever is connected to it. */
export async function dropDatabase(adminUrl: string, database: string): Promise<void> {
  await withClient(adminUrl, (client) =>
    client.query(`drop database if exists ${pg.escapeIdentifier(database)} with (force)`),
  )
}

/** What Postgres says of a failure, with what helps where the disk is full. */
export function postgresReason(reason: string): string {
  const isFull = /no space left on device|could not extend file|disk quota exceeded/i.test(reason)
  return isFull ? `the disk is full (${reason}). Make room, or take ${anotherFolder}` : reason
}
