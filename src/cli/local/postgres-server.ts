import { randomUUID } from 'node:crypto'
import {
  closeSync,
  constants,
  existsSync,
  fchownSync,
  openSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { BerthError } from '../../errors/berth-error.js'
import { type Child, describeExit, startChild } from './child.js'
import type { Command } from './command.js'
import { postgresReason } from './failure-text.js'
import type { Keeper, StopStep } from './keeper.js'
import { logSize, tailLines } from './log-tail.js'
import { asAccount, type PostgresAccount, type PostgresHome, removeAs } from './postgres-account.js'
import { programOf } from './postgres-binaries.js'
import { withClient } from './postgres-client.js'
import { endLeftoverPostgres } from './postgres-leftover.js'
import { type Guard, runTool, ToolFailed } from './run-tool.js'
import { waitFor } from './wait.js'

export const postgresUser = 'berth'

/** Fast shutdown, then immediate, then by force. */
const stopSteps: readonly StopStep[] = [
  { signal: 'SIGINT', waitMs: 10_000 },
  { signal: 'SIGQUIT', waitMs: 3_000 },
  { signal: 'SIGKILL', waitMs: 5_000 },
]
const startDeadlineMs = 60_000
const refusedMs = 2_000

const configuration = `
# Berth's embedded server
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
max_connections = 200
shared_buffers = 32MB
fsync = on
synchronous_commit = on
`

export interface PostgresOptions {
  readonly name?: string
  readonly home: PostgresHome
  readonly port: number
  readonly password: string
  readonly logFile: string
  readonly keeper: Keeper
  readonly onSlow?: (what: string, waitedMs: number) => void
  /** Gives up the start and ends what was started. */
  readonly signal?: AbortSignal
}

export interface PostgresServer {
  readonly child: Child
  readonly port: number
  /** What starts it again by hand. */
  readonly command: Command
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
  const { account } = home
  removeAs(account, making)
  try {
    writeFor(account, passwordFile, `${password}\n`)
    const args = [
      ...['--pgdata', making, '--username', postgresUser, '--pwfile', passwordFile],
      ...['--auth', 'scram-sha-256', '--encoding', 'UTF8', '--locale', 'C', '--no-instructions'],
    ]
    await runTool(asAccount(account, programOf(home.binaries, 'initdb'), args), guard)
    append(join(making, 'postgresql.conf'), configuration)
    renameSync(making, data)
  } catch (error) {
    if (!(error instanceof ToolFailed)) throw error
    const reason = postgresReason(error.reason(/error|fatal/i))
    throw new BerthError('unavailable', `Postgres' data folder cannot be made: ${reason}`, {
      cause: error,
    })
  } finally {
    rmSync(passwordFile, { force: true })
    removeAs(account, making)
  }
}

/** A new file that the account alone may read. The folder may be the account's: no link counts. */
function writeFor(account: PostgresAccount, file: string, text: string): void {
  const descriptor = openSync(file, 'wx', 0o600)
  try {
    writeFileSync(descriptor, text)
    if (account.kind === 'nobody') fchownSync(descriptor, account.uid, account.gid)
  } finally {
    closeSync(descriptor)
  }
}

function append(file: string, text: string): void {
  const { O_WRONLY, O_APPEND, O_NOFOLLOW } = constants
  const descriptor = openSync(file, O_WRONLY | O_APPEND | O_NOFOLLOW)
  try {
    writeFileSync(descriptor, text)
  } finally {
    closeSync(descriptor)
  }
}

/** @throws BerthError `unavailable` with the server's own reason when it does not come up */
export async function startPostgres(options: PostgresOptions): Promise<PostgresServer> {
  const { home, port, password, logFile, keeper, name = 'Postgres' } = options
  const data = dataFolderOf(home)
  await endLeftoverPostgres(data)
  const program = programOf(home.binaries, 'postgres')
  const command = asAccount(home.account, program, ['-D', data, '-p', String(port)])
  const logStart = logSize(logFile)
  const server: PostgresServer = {
    child: await startChild({
      ...{ name, command, logFile, keeper, steps: stopSteps },
      onOwnerGone: 'SIGQUIT',
    }),
    port,
    command,
    url: (database) => `postgres://${postgresUser}:${password}@127.0.0.1:${port}/${database}`,
  }
  let last = 'no answer yet'
  let refusedSinceMs: number | null = null
  try {
    await waitFor({
      what: `${name} on 127.0.0.1:${port}`,
      deadlineMs: startDeadlineMs,
      why: () => last,
      onSlow: options.onSlow,
      signal: options.signal,
      poll: async () => {
        const { exit } = server.child
        if (exit !== null) {
          const reason = lastComplaint(logFile, logStart)
          throw new BerthError(
            'unavailable',
            `${name} ${describeExit(exit)}: ${reason} (log: ${logFile})`,
          )
        }
        try {
          await withClient(server.url('postgres'), (client) => client.query('select 1'))
          return true
        } catch (error) {
          last = error instanceof Error ? error.message : String(error)
          // Another server on that port refuses too, but then ours ends and says so.
          const refused = (error as { code?: string }).code === '28P01'
          if (refused) refusedSinceMs ??= performance.now()
          if (refused && performance.now() - refusedSinceMs! > refusedMs) {
            throw new BerthError('unavailable', `${name} on port ${port} refuses our password.`)
          }
          return null
        }
      },
    })
  } catch (error) {
    await server.child.stop()
    throw error
  }
  return server
}

/** The last line in which Postgres says what is wrong. */
function lastComplaint(logFile: string, from: number): string {
  const lines = tailLines(logFile, from)
  const complaint = lines.findLast((line) => /FATAL|PANIC|ERROR|could not/.test(line))
  return (complaint ?? lines.at(-1) ?? 'no reason given').replace(/^.*?(FATAL|PANIC|ERROR): */, '')
}
