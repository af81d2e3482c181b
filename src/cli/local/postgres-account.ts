/**
 * As whom the embedded Postgres runs. Postgres refuses to run as root, so root has two ways:
 *
 * - `namespace`: a user namespace in which this very user is called `nobody`. Nothing is owned by
 *   anyone else, and folders that only root may enter are no obstacle.
 * - `nobody`: where user namespaces are refused (containers), as the user of that name, with
 *   binaries and data below /var/lib/berth, because a clone below /root is closed to it.
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
} from 'node:fs'
import { join } from 'node:path'
import { BerthError } from '../../errors/berth-error.js'
import type { Command } from './command.js'
import { whyForeign } from './own-files.js'
import type { PostgresBinaries } from './postgres-binaries.js'
import { findOnPath } from './program-path.js'
import { typedFlags } from './typed-flags.js'

export type PostgresAccount =
  | { readonly kind: 'self' }
  | { readonly kind: 'namespace'; readonly unshare: string }
  | { readonly kind: 'nobody'; readonly uid: number; readonly gid: number }

/** Where Postgres' files are and as whom it runs on them. */
export interface PostgresHome {
  readonly account: PostgresAccount
  readonly binaries: PostgresBinaries
  /** Holds the data folder. Exists, and the account may write in it. */
  readonly folder: string
}

const sharedFolder = '/var/lib/berth'

/** For tests: a way to take, and where `nobody` has its files. */
export interface AccountChoice {
  readonly kind: PostgresAccount['kind']
  readonly shared: string
}

const namespaceArgs = ['--user', '--map-user=65534', '--map-group=65534']

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
  const asRoot = process.getuid?.() === 0
  if (!asRoot) {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    return { account: { kind: 'self' }, binaries, folder }
  }
  if (choice?.kind !== 'nobody') {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    const unshare = findOnPath('unshare')
    if (unshare !== null && namespaceServes(unshare, binaries, folder)) {
      return { account: { kind: 'namespace', unshare }, binaries, folder }
    }
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
  const { uid, gid } = findNobody()
  const own = sharedHomeOf(folder, shared)
  mkdirSync(shared, { recursive: true, mode: 0o755 })
  requireRootsOwn(shared)
  chmodSync(shared, 0o755)
  // Only root makes anything in there, so what is there already is no link of somebody else.
  mkdirSync(own, { recursive: true, mode: 0o700 })
  chownSync(own, uid, gid)
  const copy = join(shared, `postgres-${binaries.version}`)
  if (existsSync(copy)) requireRootsOwn(copy)
  else {
    // Whole or not at all: a cut-off copy must never be taken for a good one.
    const half = `${copy}.${process.pid}`
    cpSync(binaries.folder, half, { recursive: true, verbatimSymlinks: true })
    makeReadable(half)
    try {
      renameSync(half, copy)
    } catch (error) {
      rmSync(half, { recursive: true, force: true })
      if (!existsSync(copy)) throw error
    }
  }
  return {
    account: { kind: 'nobody', uid, gid },
    binaries: { ...binaries, folder: copy },
    folder: own,
  }
}

/**
 * Deletes what `nobody` had for a data folder; nothing when there is none. The files are deleted by
 * that user: whatever links and races it may make of them, root follows none of them.
 * @throws BerthError `conflict` when something else is in its place
 */
export function removeSharedHome(folder: string, shared = sharedFolder): void {
  const own = sharedHomeOf(folder, shared)
  const stats = lstatSync(own, { throwIfNoEntry: false })
  if (stats === undefined) return
  requireRootsOwn(shared)
  const { uid, gid } = findNobody()
  if (!stats.isDirectory() || stats.uid !== uid) {
    throw new BerthError('conflict', `${own} is no folder of nobody's, so it is left alone.`)
  }
  removeAs({ kind: 'nobody', uid, gid }, own)
}

/** Deletes a tree of the account's; what is in it and not the account's stays, and so do links. */
export function removeAs(account: PostgresAccount, path: string): void {
  if (account.kind !== 'nobody') {
    rmSync(path, { recursive: true, force: true })
    return
  }
  const stats = lstatSync(path, { throwIfNoEntry: false })
  if (stats === undefined) return
  if (!stats.isDirectory()) {
    rmSync(path, { force: true })
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
  if (why === null) return
  throw new BerthError('conflict', `${folder} ${why}, so nothing in it is used. Move it away.`)
}

function makeReadable(folder: string): void {
  spawnSync('chmod', ['-R', 'a+rX', folder], { stdio: 'ignore' })
}

function findNobody(): { readonly uid: number; readonly gid: number } {
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((one) => one.startsWith('nobody:'))
  const [, , uid, gid] = line?.split(':') ?? []
  if (uid === undefined || gid === undefined) {
    throw new BerthError(
      'unavailable',
      'Postgres does not run as root, user namespaces are refused here and there is no user ' +
        `\`nobody\`. Start Berth as another user, or give a server: ` +
        typedFlags('--postgres-url <url>'),
    )
  }
  return { uid: Number(uid), gid: Number(gid) }
}

/** The command that runs a program of Postgres as that account. */
export function asAccount(
  account: PostgresAccount,
  file: string,
  args: readonly string[],
): Command {
  switch (account.kind) {
    case 'self':
      return { file, args }
    case 'namespace':
      return { file: account.unshare, args: [...namespaceArgs, file, ...args] }
    case 'nobody':
      return { file, args, uid: account.uid, gid: account.gid }
  }
}
