/**
 * Files and folders that nobody but this user can have written. What is read from a file decides
 * what is deleted, started or ended later, so a file of somebody else is not read at all; root is
 * no exception, it believes what root owns. Where there are no user ids (Windows) all is one's own.
 */
import {
  closeSync,
  constants,
  existsSync,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  writeFileSync,
} from 'node:fs'
import { homedir } from 'node:os'
import { dirname, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { BerthError } from '../../errors/berth-error.js'
import { anotherFolder } from '../typed-flags.js'

const packageFolder = fileURLToPath(new URL('../../..', import.meta.url))

/** @throws BerthError `conflict`, always */
export function refuse(detail: string): never {
  throw new BerthError('conflict', detail)
}

function refuseForeign(path: string, why: string): never {
  refuse(`${path} ${why}, so it is not believed. Take ${anotherFolder}`)
}

/** Why somebody else can have written it, or put something else in its place; null for nobody. */
export function whyForeign(path: string, kind: 'file' | 'folder', ofGroup = false): string | null {
  return whyForeignBy(lstatSync(path), kind, ofGroup)
}

/** @param ofGroup whether its group may write to it, too */
function whyForeignBy(stats: Stats, kind: 'file' | 'folder', ofGroup = false): string | null {
  if (stats.isSymbolicLink()) return 'is a symbolic link'
  if (!(kind === 'file' ? stats.isFile() : stats.isDirectory())) return `is no ${kind}`
  const other = whyNotOfUser(stats)
  if (other !== null || process.geteuid === undefined) return other
  if ((stats.mode & 0o002) !== 0) return 'can be written by everybody'
  return !ofGroup && (stats.mode & 0o020) !== 0 ? 'can be written by its group' : null
}

/** Why it is not of this user; null when it is. */
export function whyNotOfUser({ uid }: Stats): string | null {
  const own = process.geteuid?.() ?? uid
  return uid === own ? null : `belongs to another user (uid ${uid})`
}

/**
 * The text of a file of one's own; null when there is none.
 * @throws BerthError `conflict` when it is somebody else's, or larger than `bytesMax`
 */
export function readOwnFile(path: string, bytesMax: number): string | null {
  let descriptor: number
  try {
    // Neither through a link nor waiting for the writer of a pipe.
    const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants
    descriptor = openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') return null
    if (code === 'ELOOP') refuseForeign(path, 'is a symbolic link')
    throw error
  }
  try {
    const stats = fstatSync(descriptor)
    const why = whyForeignBy(stats, 'file')
    if (why !== null) refuseForeign(path, why)
    const { size } = stats
    if (size > bytesMax) refuseForeign(path, `has ${size} bytes, more than ${bytesMax}`)
    return readFileSync(descriptor, 'utf8')
  } finally {
    closeSync(descriptor)
  }
}

/**
 * Writes a file for its owner alone to read, whole or not at all. Whatever had that name before
 * goes: nothing is written through it.
 * @throws BerthError `conflict` when there is a folder, or somebody else is there at this moment
 */
export function writeOwnFile(path: string, text: string): void {
  const half = `${path}.${process.pid}`
  for (const one of [path, half]) {
    const isFolder = lstatSync(one, { throwIfNoEntry: false })?.isDirectory()
    if (isFolder) refuseForeign(one, 'is no file')
  }
  rmSync(half, { force: true })
  try {
    writeFileSync(half, text, { mode: 0o600, flag: 'wx' })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    refuseForeign(half, 'was made by somebody else just now')
  }
  renameSync(half, path)
}

/**
 * A folder that nobody else can write to: the one that is there, or a new one.
 * @throws BerthError `conflict` when there is something else
 */
export function makeOwnFolder(path: string): void {
  if (lstatSync(path, { throwIfNoEntry: false }) === undefined) mkdirSync(path, { mode: 0o700 })
  const why = whyForeign(path, 'folder')
  if (why !== null) refuseForeign(path, why)
}

/**
 * Makes a folder for its owner alone, and the missing ones that lead to it, one after the other:
 * `recursive` of Node 20 never ends where a file system makes no folders, as /proc.
 */
export function makeFolders(path: string): void {
  try {
    mkdirSync(path, { mode: 0o700 })
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EEXIST' && statSync(path, { throwIfNoEntry: false })?.isDirectory()) return
    if (code !== 'ENOENT' || existsSync(dirname(path))) throw error
    makeFolders(dirname(path))
    makeFolders(path)
  }
}

/**
 * @param path of a folder, without symbolic links
 * @throws BerthError `conflict` when deleting it would take more with it than Berth made
 */
export function requireOwnFolder(path: string): void {
  const why = whyForeign(path, 'folder', true)
  if (why !== null) refuseForeign(path, why)
  const kept = [homedir(), packageFolder].map(realpathOf).find((one) => isWithin(one, path))
  if (dirname(path) !== path && kept === undefined) return
  const what = kept === undefined || kept === path ? 'is' : `holds ${kept}; it is`
  refuse(`${path} ${what} no folder for the data of a cluster. Take ${anotherFolder}`)
}

function realpathOf(path: string): string {
  return existsSync(path) ? realpathSync(path) : path
}

/** Whether it is the folder itself, or somewhere in it. */
function isWithin(path: string, folder: string): boolean {
  const way = relative(folder, path)
  return way !== '..' && !way.startsWith(`..${sep}`)
}
