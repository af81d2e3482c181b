/**
 * The folder with all state of a local cluster, by default `./.berth`:
 *
 *   berth.json     the mark: this folder is Berth's, how it is laid out, what it was made with
 *   lock-<n>       who uses it (folder-lock.ts)
 *   pgpass         the password of Postgres, for the user alone
 *   nats-url       the URL of the user's NATS server, if it has a login
 *   postgres/      data of the embedded Postgres
 *   log/           output of each process, of this run and (.1) of the one before
 *
 * A folder without the mark is never written to, let alone deleted; nor is one in which anything
 * else stands, or that somebody else can have written to. What is deleted follows from the folder,
 * never from what a file in it says. A folder is half-made until its databases are there; a
 * half-made one is never started on.
 */

import { randomUUID } from 'node:crypto'
import {
  existsSync,
  linkSync,
  lstatSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
} from 'node:fs'
import { join } from 'node:path'
import { BerthError } from '../../errors/berth-error.js'
import { isLockFile, lockFolder } from './folder-lock.js'
import { makeFolders } from './make-folders.js'
import { readOwnFile, requireOwnFolder, writeNewFile } from './own-files.js'
import { removeSharedHome, sharedHomeOf } from './postgres-account.js'
import { typedFlags } from './typed-flags.js'

const markName = 'berth.json'
const layout = 1
const markBytesMax = 64 * 1024
const replicasMax = 7

export interface Mark {
  readonly berth: 'local cluster'
  readonly layout: number
  /** Made with the folder, anew by `--fresh`. */
  readonly id: string
  /** Whether everything is there that a start needs. */
  readonly complete: boolean
  readonly replicas: number
  readonly postgres: 'embedded' | 'external'
  /** Where the embedded Postgres keeps its data; null before it is known. */
  readonly postgresHome: string | null
}

export interface DataFolder {
  /** Absolute, without symbolic links. */
  readonly path: string
  readonly mark: Mark
  /** Whether this run made it, or emptied it. */
  readonly isNew: boolean
  /** The mark that `--fresh` has replaced; null without it. */
  readonly replaced: Mark | null
  file(...names: readonly string[]): string
  /** Writes the mark with these fields changed. */
  update(change: Partial<Mark>): void
  /** Empties a folder that is to hold a new cluster. Before this nothing in it is touched. */
  begin(): void
  /** Lets go of the folder; what is half-made by this run is deleted. */
  close(): void
}

export interface FolderWish {
  readonly path: string
  readonly fresh: boolean
  /** null takes what the folder was made with. */
  readonly replicas: number | null
  readonly postgres: Mark['postgres']
}

/**
 * Opens the folder for this process alone, or makes it.
 * @throws BerthError `conflict` when it is not ours, in use, half-made or made otherwise
 */
export function openDataFolder(wish: FolderWish): DataFolder {
  const { path, existed } = makeFolder(wish.path)
  requireOwnFolder(path)
  if (readMark(path) === null) {
    if (!isEmpty(path)) {
      throw new BerthError(
        'conflict',
        `${path} is not empty and was not made by Berth (it has no ${markName}), so it is left ` +
          `alone. Take another folder: ${typedFlags('--data <folder>')}`,
      )
    }
    requireOurs(path)
    createMark(path, newMark(wish))
  }
  const lock = lockFolder(path)
  if (lock.kind === 'taken') {
    throw new BerthError(
      'conflict',
      `${path} is in use by another \`berth up\` (process ${lock.pid}). ` +
        `Stop that one, or take another folder: ${typedFlags('--data <folder>')}`,
    )
  }
  try {
    const found = readMark(path) ?? newMark(wish)
    const isNew = wish.fresh || isUntouched(path)
    if (isNew) requireOurs(path)
    else requireUsable(path, found, wish)
    const mark = isNew ? newMark(wish) : found
    const replaced = wish.fresh && existed ? found : null
    return folderAt(path, { mark, isNew, existed, replaced }, lock.release)
  } catch (error) {
    lock.release()
    throw error
  }
}

interface Opened {
  readonly mark: Mark
  readonly isNew: boolean
  readonly existed: boolean
  readonly replaced: Mark | null
}

function folderAt(path: string, opened: Opened, release: () => void): DataFolder {
  let { mark } = opened
  let begun = !opened.isNew
  return {
    path,
    isNew: opened.isNew,
    replaced: opened.replaced,
    get mark() {
      return mark
    },
    file: (...names) => join(path, ...names),
    update: (change) => {
      mark = { ...mark, ...change }
      replaceMark(path, mark)
    },
    begin: () => {
      if (begun) return
      begun = true
      replaceMark(path, mark)
      if (opened.replaced !== null) removePostgresHome(path, opened.replaced)
      removeOurs(path, (name) => name !== markName && !isOwnName(name))
    },
    close: () => {
      const halfMade = begun ? !mark.complete : isUntouched(path)
      if (!halfMade) return release()
      if (begun) removePostgresHome(path, mark)
      removeOurs(path, () => true)
      // What was there before stays, and so does what somebody else has put into it.
      if (!opened.existed && readdirSync(path).length === 0) rmdirSync(path)
    },
  }
}

/** Its true path, and whether it was there. */
function makeFolder(path: string): { readonly path: string; readonly existed: boolean } {
  const stats = statSync(path, { throwIfNoEntry: false })
  if (stats === undefined) makeFolders(path, 0o700)
  else if (!stats.isDirectory()) {
    throw new BerthError(
      'conflict',
      `${path} is not a folder. Take another: ${typedFlags('--data <folder>')}`,
    )
  }
  return { path: realpathSync(path), existed: stats !== undefined }
}

function isOwnName(name: string): boolean {
  return isLockFile(name) || /^berth\.json\.\d+$/.test(name)
}

/** Whether Berth makes something of this name in it. */
function isOurs(name: string): boolean {
  const fixed = [markName, 'pgpass', 'nats-url', 'postgres', 'postgres.making', 'log']
  return (
    fixed.includes(name) ||
    isOwnName(name) ||
    /^((pgpass|nats-url)\.\d+|init-[\da-f-]+)$/.test(name)
  )
}

function whyNotOurs(path: string, name: string): string | null {
  const stats = lstatSync(join(path, name), { throwIfNoEntry: false })
  // Others may come and go meanwhile.
  if (stats === undefined) return null
  if (!isOurs(name) || (isOwnName(name) && !stats.isFile())) return 'was not made by Berth'
  const uid = process.geteuid?.()
  if (uid === undefined || stats.uid === uid) return null
  return `belongs to another user (uid ${stats.uid})`
}

/** @throws BerthError `conflict` when there is something in it that Berth has not made */
function requireOurs(path: string): void {
  for (const name of readdirSync(path)) {
    const why = whyNotOurs(path, name)
    if (why === null) continue
    throw new BerthError(
      'conflict',
      `${join(path, name)} ${why}, so ${path} is left alone. Move it away, or take another ` +
        `folder: ${typedFlags('--data <folder>')}`,
    )
  }
}

/** Deletes what Berth made, none of it through a symbolic link. */
function removeOurs(path: string, isMeant: (name: string) => boolean): void {
  for (const name of readdirSync(path)) {
    if (isOurs(name) && isMeant(name)) rmSync(join(path, name), { recursive: true, force: true })
  }
}

function isEmpty(path: string): boolean {
  return readdirSync(path).every(isOwnName)
}

/** Whether nothing has been made in it but the mark. */
function isUntouched(path: string): boolean {
  return readdirSync(path).every((name) => name === markName || isOwnName(name))
}

function newMark(wish: FolderWish): Mark {
  return {
    berth: 'local cluster',
    layout,
    id: randomUUID(),
    complete: false,
    replicas: wish.replicas ?? 3,
    postgres: wish.postgres,
    postgresHome: null,
  }
}

/** @throws BerthError `conflict` when there is a mark that cannot be read, or is another's */
function readMark(path: string): Mark | null {
  const file = join(path, markName)
  const text = readOwnFile(file, markBytesMax)
  if (text === null) return null
  let mark: unknown
  try {
    mark = JSON.parse(text)
  } catch {
    mark = null
  }
  const version = typeof mark === 'object' && mark !== null ? (mark as Partial<Mark>).layout : null
  if (typeof version === 'number' && version !== layout) {
    throw new BerthError(
      'conflict',
      `${path} has layout ${version}, this Berth knows layout ${layout}. Use the Berth that ` +
        `made it, or take another folder: ${typedFlags('--data <folder>')}`,
    )
  }
  if (isMark(mark)) return mark
  throw new BerthError(
    'conflict',
    `${file} is damaged, so ${path} cannot be used. Delete or move that folder, or take ` +
      `another: ${typedFlags('--data <folder>')}`,
  )
}

function isMark(value: unknown): value is Mark {
  if (typeof value !== 'object' || value === null) return false
  const {
    berth,
    layout: version,
    id,
    complete,
    replicas,
    postgres,
    postgresHome,
  } = value as {
    readonly [field in keyof Mark]?: unknown
  }
  const count = Number.isSafeInteger(replicas) ? (replicas as number) : 0
  return (
    berth === 'local cluster' &&
    version === layout &&
    typeof id === 'string' &&
    /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/.test(id) &&
    typeof complete === 'boolean' &&
    count >= 1 &&
    count <= replicasMax &&
    (postgres === 'embedded' || postgres === 'external') &&
    (postgresHome === null || typeof postgresHome === 'string')
  )
}

function writeTemporary(path: string, mark: Mark): string {
  const file = join(path, `${markName}.${process.pid}`)
  writeNewFile(file, `${JSON.stringify(mark, null, 2)}\n`)
  return file
}

/** Makes the first mark, whole or not at all; leaves one that another process made just now. */
function createMark(path: string, mark: Mark): void {
  const file = writeTemporary(path, mark)
  try {
    linkSync(file, join(path, markName))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  } finally {
    rmSync(file, { force: true })
  }
}

function replaceMark(path: string, mark: Mark): void {
  renameSync(writeTemporary(path, mark), join(path, markName))
}

/**
 * Postgres' data lies elsewhere where it runs as `nobody` (postgres-account.ts). Where, follows
 * from the folder; a mark that says something else is that of a folder that was moved, or a lie.
 */
function removePostgresHome(path: string, { postgresHome }: Mark): void {
  if (postgresHome === sharedHomeOf(path)) removeSharedHome(path)
}

function requiredFiles(path: string, mark: Mark): readonly string[] {
  if (mark.postgres === 'external') return []
  return [join(path, 'pgpass'), join(mark.postgresHome ?? path, 'postgres', 'PG_VERSION')]
}

function requireUsable(path: string, mark: Mark, wish: FolderWish): void {
  const fresh = typedFlags('--fresh')
  if (!mark.complete) {
    throw new BerthError(
      'conflict',
      `${path} is half-made: the first start on it was cut off. Begin anew with ${fresh}`,
    )
  }
  const lacking = requiredFiles(path, mark).find((file) => !existsSync(file))
  if (lacking !== undefined) {
    throw new BerthError(
      'conflict',
      `${path} is half-made: ${lacking} is missing. Begin anew with ${fresh}`,
    )
  }
  if (wish.replicas !== null && wish.replicas !== mark.replicas) {
    throw new BerthError(
      'conflict',
      `${path} holds a cluster of ${mark.replicas} replicas, not ${wish.replicas}. ` +
        `Go on with ${typedFlags(`--replicas ${mark.replicas}`)}, or begin anew with ${fresh}`,
    )
  }
  if (mark.postgres !== wish.postgres) {
    const how = mark.postgres === 'embedded' ? 'without --postgres-url' : 'with its --postgres-url'
    throw new BerthError(
      'conflict',
      `${path} was made ${how}. Start it that way again, or begin anew with ${fresh}`,
    )
  }
}
