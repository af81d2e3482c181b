/**
 * The two servers that replicas need, Postgres and NATS: ours, or ones that the user gave. Gives
 * what a replica must be told of them.
 */
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { BerthError } from '../../errors/berth-error.js'
import { hasLogin, shownUrl } from '../../log/shown-url.js'
import type { Child, StartContext } from '../servers/child.js'
import { findNatsServer, greets, type NatsBinary, startNats } from '../servers/nats-server.js'
import { refuse, writeOwnFile } from '../servers/own-files.js'
import { findPostgresBinaries, preparePostgresHome } from '../servers/postgres-home.js'
import {
  createDatabase,
  dropDatabase,
  hasPostgresData,
  initPostgres,
  postgresReason,
  postgresUser,
  startPostgres,
} from '../servers/postgres-server.js'
import { typedFlags } from '../typed-flags.js'
import { loopback, type Surroundings } from './cluster-plan.js'
import type { DataFolder, Mark } from './data-folder.js'
import type { Progress } from './terminal.js'

/** A server as a person sees it. */
export interface Backing {
  readonly title: string
  /** Without a login. */
  readonly url: string
  /** null when it is the user's. */
  readonly child: Child | null
}

export type PostgresBacking = Backing &
  Pick<Surroundings, 'replicaUrl' | 'passwordFile'> & {
    /** With the password: for our own visits. */
    readonly adminUrl: string
    databaseName(replica: number): string
  }

export type NatsBacking = Backing & Pick<Surroundings, 'natsUrlFile'>

export interface BackingContext extends StartContext {
  readonly folder: DataFolder
  readonly progress: Progress
  /** File for the output of a process. */
  logFile(name: string): string
}

/** @throws BerthError when it cannot be made, or does not come up */
export async function startEmbeddedPostgres(
  context: BackingContext,
  port: number,
): Promise<PostgresBacking> {
  const { folder, progress } = context
  const binaries = findPostgresBinaries()
  const home = preparePostgresHome(binaries, folder.path)
  if (home.account.kind === 'nobody') {
    const why = 'it refuses to run as root, and user namespaces are refused here'
    progress.say(`Postgres runs as nobody, with its files in ${home.folder}: ${why}.`)
  }
  const fresh = typedFlags('--fresh')
  if (!folder.isNew && !hasPostgresData(home)) {
    const where = `The Postgres data of ${folder.path} is in ${folder.mark.postgresHome}`
    const here = `this user's would have to be in ${home.folder}`
    refuse(`${where}, but ${here}. Start as the user that made it, or with ${fresh}`)
  }
  const passwordFile = folder.file('pgpass')
  const password = folder.isNew ? randomBytes(24).toString('hex') : readPassword(passwordFile)
  if (password === null) refuse(`${passwordFile} is damaged. Begin anew with ${fresh}`)
  writePasswordFile(passwordFile, { host: loopback, port, user: postgresUser, password })
  folder.update({ postgresHome: home.folder })
  if (folder.isNew) await initPostgres(home, password, context)
  const logFile = context.logFile('postgres')
  const { child, url } = await startPostgres({ ...context, home, port, password, logFile })
  const databaseName = (replica: number) => `berth_${replica}`
  return {
    ...{ title: `Postgres ${binaries.version.replace(/^(\d+\.\d+).*/, '$1')}`, child },
    ...{ url: `postgres://${loopback}:${port}`, adminUrl: url('postgres'), passwordFile },
    databaseName,
    replicaUrl: (replica) => withoutPassword(url(databaseName(replica))).href,
  }
}

export function useExternalPostgres(folder: DataFolder, given: string): PostgresBacking {
  const url = new URL(given)
  // As the client takes it: what stands in the query goes first.
  const password = url.searchParams.get('password') ?? decodeURIComponent(url.password)
  const user = url.searchParams.get('user') ?? decodeURIComponent(url.username)
  const passwordFile = password === '' ? null : folder.file('pgpass')
  if (passwordFile !== null) {
    const at = { host: url.hostname, port: Number(url.port || 5432) }
    writePasswordFile(passwordFile, { ...at, user, password })
  }
  const databaseName = (replica: number) => externalName(folder.mark, replica)
  return {
    ...{ title: 'Postgres', child: null, url: `postgres://${url.host}` },
    ...{ adminUrl: given, passwordFile, databaseName },
    replicaUrl: (replica) => {
      const own = withoutPassword(given)
      own.pathname = `/${databaseName(replica)}`
      return own.href
    },
  }
}

function withoutPassword(text: string): URL {
  const url = new URL(text)
  url.password = ''
  url.searchParams.delete('password')
  return url
}

/** A server of the user's may hold the databases of other clusters. */
function externalName(mark: Mark, replica: number): string {
  return `berth_${mark.id.slice(0, 8)}_${replica}`
}

/** @throws BerthError `unavailable` with the server's own reason */
export async function makeDatabases(postgres: PostgresBacking, replicas: number): Promise<void> {
  for (let replica = 1; replica <= replicas; replica += 1) {
    const name = postgres.databaseName(replica)
    await createDatabase(postgres.adminUrl, name).catch((cause: Error) => {
      const detail = `the database ${name} cannot be made: ${postgresReason(cause.message)}`
      throw new BerthError('unavailable', `Postgres: ${detail}`, { cause })
    })
  }
}

/** Drops the databases that an earlier life of the folder made on the user's server. */
export async function dropReplacedDatabases(adminUrl: string, replaced: Mark): Promise<void> {
  for (let replica = 1; replica <= replaced.replicas; replica += 1) {
    await dropDatabase(adminUrl, externalName(replaced, replica))
  }
}

/** Finds the program, and fetches it where it is missing. */
export function prepareNats({ keeper, signal, progress }: BackingContext): Promise<NatsBinary> {
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
  const logFile = context.logFile('nats-server')
  const { child, url } = await startNats({ ...context, binary, port, logFile })
  return { title: `nats-server ${binary.version}`, url, child, natsUrlFile: null }
}

/** @throws BerthError `unavailable` when no NATS server answers there */
export async function useExternalNats(
  folder: Pick<DataFolder, 'file'>,
  given: string,
): Promise<NatsBacking> {
  const { hostname, port } = new URL(given)
  const [host, number] = [hostname.replace(/^\[|\]$/g, ''), Number(port || 4222)]
  const problem = await greets(host, number)
  if (problem !== null) {
    const detail = `No NATS server answers at ${hostname}:${number}: ${problem}`
    throw new BerthError('unavailable', detail)
  }
  const natsUrlFile = hasLogin(given) ? folder.file('nats-url') : null
  // A replica reads a list, separated by commas.
  if (natsUrlFile !== null) writeOwnFile(natsUrlFile, `${given.replaceAll(',', '%2C')}\n`)
  return { title: 'NATS', url: shownUrl(given), child: null, natsUrlFile }
}

/**
 * The password in a file that libpq and its like read by themselves (PGPASSFILE): on a command line
 * every user of the machine could read it.
 */
export function writePasswordFile(
  file: string,
  login: Readonly<Record<'host' | 'user' | 'password', string>> & { readonly port: number },
): void {
  const fields = [login.host, String(login.port), '*', login.user, login.password]
  writeOwnFile(file, `${fields.map((field) => field.replaceAll(/[\\:]/g, '\\$&')).join(':')}\n`)
}

/** @returns null when there is none or it cannot be understood */
export function readPassword(file: string): string | null {
  try {
    const fields = readFileSync(file, 'utf8')
      .trimEnd()
      .match(/(?:\\.|[^\\:])+/g)
    return fields?.[4]?.replaceAll(/\\(.)/g, '$1') ?? null
  } catch {
    return null
  }
}
