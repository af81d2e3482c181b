/**
 * The two servers that replicas need, Postgres and NATS: ours, or ones that the user gave. Gives
 * what a replica must be told of them.
 */
import { randomBytes } from 'node:crypto'
import { BerthError } from '../../errors/berth-error.js'
import { hasLogin, shownUrl } from '../../log/shown-url.js'
import type { DataFolder, Mark } from './data-folder.js'
import { postgresReason } from './failure-text.js'
import type { Keeper } from './keeper.js'
import { findNatsServer, type NatsBinary } from './nats-binary.js'
import { greets, type NatsServer, startNats } from './nats-server.js'
import { readPassword, writePasswordFile, writeSecretFile } from './password-file.js'
import { loopback } from './port-plan.js'
import { preparePostgresHome } from './postgres-account.js'
import { findPostgresBinaries } from './postgres-binaries.js'
import { createDatabase, dropDatabase } from './postgres-client.js'
import {
  hasPostgresData,
  initPostgres,
  type PostgresServer,
  postgresUser,
  startPostgres,
} from './postgres-server.js'
import type { Progress } from './progress.js'
import { typedFlags } from './typed-flags.js'

export interface PostgresBacking {
  /** null when it is the user's. */
  readonly server: PostgresServer | null
  /** What it is, for people. */
  readonly title: string
  /** With the password: for our own visits. */
  readonly adminUrl: string
  /** Holds the password; null when the user has arranged for it. */
  readonly passwordFile: string | null
  /** URL of a replica's database, without a password. */
  replicaUrl(replica: number): string
  databaseName(replica: number): string
}

export interface NatsBacking {
  readonly server: NatsServer | null
  readonly title: string
  /** Without a login. */
  readonly url: string
  /** Holds the URL with the login; null when there is none. */
  readonly urlFile: string | null
}

export interface BackingContext {
  readonly folder: DataFolder
  readonly keeper: Keeper
  readonly progress: Progress
  /** Aborted when the start is given up. */
  readonly signal: AbortSignal
  /** File for the output of a process. */
  logFile(name: string): string
}

export async function startEmbeddedPostgres(
  context: BackingContext,
  port: number,
): Promise<PostgresBacking> {
  const { folder, keeper, progress } = context
  const binaries = findPostgresBinaries()
  const home = preparePostgresHome(binaries, folder.path)
  if (home.account.kind === 'nobody') {
    progress.say(
      `Postgres runs as nobody, with its files in ${home.folder}: ` +
        'it refuses to run as root, and user namespaces are refused here.',
    )
  }
  const passwordFile = folder.file('pgpass')
  if (!folder.isNew && !hasPostgresData(home)) {
    throw new BerthError(
      'conflict',
      `The Postgres data of ${folder.path} is in ${folder.mark.postgresHome}, but this user's ` +
        `would have to be in ${home.folder}. Start as the user that made it, or with ` +
        typedFlags('--fresh'),
    )
  }
  const password = folder.isNew ? randomBytes(24).toString('hex') : readPassword(passwordFile)
  if (password === null) {
    throw new BerthError(
      'conflict',
      `${passwordFile} is damaged. Begin anew with ${typedFlags('--fresh')}`,
    )
  }
  const login = { host: loopback, port, user: postgresUser, password }
  writePasswordFile(passwordFile, login)
  folder.update({ postgresHome: home.folder })
  if (folder.isNew) await initPostgres(home, login.password, context)
  const server = await startPostgres({
    ...{ home, port, password: login.password, keeper, logFile: context.logFile('postgres') },
    onSlow: progress.slow,
    signal: context.signal,
  })
  const databaseName = (replica: number) => `berth_${replica}`
  return {
    server,
    title: `Postgres ${binaries.version.replace(/^(\d+\.\d+).*/, '$1')}`,
    adminUrl: server.url('postgres'),
    passwordFile,
    databaseName,
    replicaUrl: (replica) =>
      `postgres://${postgresUser}@${loopback}:${port}/${databaseName(replica)}`,
  }
}

/** Checks the user's server. @throws BerthError `unavailable` with the server's own reason */
export function useExternalPostgres(context: BackingContext, given: string): PostgresBacking {
  const url = new URL(given)
  // As the client takes it: what stands in the query goes first.
  const password = url.searchParams.get('password') ?? decodeURIComponent(url.password)
  const user = url.searchParams.get('user') ?? decodeURIComponent(url.username)
  const passwordFile = password === '' ? null : context.folder.file('pgpass')
  if (passwordFile !== null) {
    writePasswordFile(passwordFile, {
      ...{ host: url.hostname, port: Number(url.port || 5432), password },
      user,
    })
  }
  const databaseName = (replica: number) => externalName(context.folder.mark, replica)
  return {
    server: null,
    title: 'Postgres',
    adminUrl: given,
    passwordFile,
    databaseName,
    replicaUrl: (replica) => {
      const own = new URL(given)
      own.password = ''
      own.searchParams.delete('password')
      own.pathname = `/${databaseName(replica)}`
      return own.href
    },
  }
}

/** A server of the user's may hold the databases of other clusters. */
function externalName(mark: Mark, replica: number): string {
  return `berth_${mark.id.slice(0, 8)}_${replica}`
}

export async function makeDatabases(postgres: PostgresBacking, replicas: number): Promise<void> {
  for (let replica = 1; replica <= replicas; replica += 1) {
    try {
      await createDatabase(postgres.adminUrl, postgres.databaseName(replica))
    } catch (cause) {
      const reason = postgresReason(cause instanceof Error ? cause.message : String(cause))
      const name = postgres.databaseName(replica)
      throw new BerthError(
        'unavailable',
        `Postgres: the database ${name} cannot be made: ${reason}`,
        {
          cause,
        },
      )
    }
  }
}

/** Drops the databases that an earlier life of the folder made on the user's server. */
export async function dropReplacedDatabases(adminUrl: string, replaced: Mark): Promise<void> {
  for (let replica = 1; replica <= replaced.replicas; replica += 1) {
    await dropDatabase(adminUrl, externalName(replaced, replica))
  }
}

/** Finds the program, and fetches it where it is missing. */
export function prepareNats(context: BackingContext): Promise<NatsBinary> {
  const { keeper, progress, signal } = context
  return findNatsServer({
    ...{ env: process.env, keeper, signal },
    onFetch: () => progress.say('nats-server is not installed: fetching its package, without root'),
  })
}

export async function startOwnNats(
  context: BackingContext,
  binary: NatsBinary,
  port: number,
): Promise<NatsBacking> {
  const { keeper, progress, signal } = context
  const server = await startNats({
    ...{ binary, port, keeper, signal, logFile: context.logFile('nats-server') },
    onSlow: progress.slow,
  })
  return { server, title: `nats-server ${binary.version}`, url: server.url, urlFile: null }
}

/** @throws BerthError `unavailable` when no NATS server answers there */
export async function useExternalNats(
  { folder }: Pick<BackingContext, 'folder'>,
  given: string,
): Promise<NatsBacking> {
  const { hostname, port } = new URL(given)
  const at = { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port || 4222) }
  const problem = await greets(at.host, at.port)
  if (problem !== null) {
    throw new BerthError(
      'unavailable',
      `No NATS server answers at ${hostname}:${at.port}: ${problem}`,
    )
  }
  const urlFile = hasLogin(given) ? folder.file('nats-url') : null
  // A replica reads a list, separated by commas.
  if (urlFile !== null) writeSecretFile(urlFile, given.replaceAll(',', '%2C'))
  return { server: null, title: 'NATS', url: shownUrl(given), urlFile }
}
