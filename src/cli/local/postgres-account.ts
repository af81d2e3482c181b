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
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
} from 'node:fs'
import { join } from 'node:path'
import { BerthError } from '../../errors/berth-error.js'
import type { Command } from './command.js'
import type { PostgresBinaries } from './postgres-binaries.js'
import { findOnPath } from './program-path.js'

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

function homeOfNobody(binaries: PostgresBinaries, folder: string, shared: string): PostgresHome {
  const { uid, gid } = findNobody()
  const name = createHash('sha256').update(folder).digest('hex').slice(0, 16)
  const own = join(shared, name)
  mkdirSync(own, { recursive: true, mode: 0o700 })
  chmodSync(shared, 0o755)
  chownSync(own, uid, gid)
  const copy = join(shared, `postgres-${binaries.version}`)
  if (!existsSync(copy)) {
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
        '`nobody`. Start Berth as another user, or give --postgres-url.',
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
