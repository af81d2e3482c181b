/**
 * Files and folders that nobody but this user can have written. What is read from a file decides
 * what is deleted, started or ended later, so a file of somebody else is not read at all; root is
 * no exception, it believes what root owns. Where there are no user ids (Windows) all is one's own.
 */
import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  realpathSync,
  rmSync,
  type Stats,
  writeFileSync,
} from 'node:fs'
import { homedir } from 'node:os'
import { dirname, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { BerthError } from '../../errors/berth-error.js'
import { typedFlags } from './typed-flags.js'

/** Who else may be allowed to write to it. */
export type Writers = 'nobody else' | 'its group'

/** Why somebody else can have written it, or put something else in its place; null for nobody. */
export function whyForeign(
  path: string,
  kind: 'file' | 'folder',
  writers: Writers = 'nobody else',
): string | null {
  return whyForeignBy(lstatSync(path), kind, writers)
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
    if (code === 'ELOOP') throw notOwn(path, 'is a symbolic link')
    throw error
  }
  try {
    const stats = fstatSync(descriptor)
    const why = whyForeignBy(stats, 'file', 'nobody else')
    if (why !== null) throw notOwn(path, why)
    if (stats.size > bytesMax) throw notOwn(path, `has ${stats.size} bytes, more than ${bytesMax}`)
    return readFileSync(descriptor, 'utf8')
  } finally {
    closeSync(descriptor)
  }
}

/**
 * Writes a file of a name that is for nothing else, for its owner alone to read. Whatever had that
 * name before goes: nothing is written through it.
 * @throws BerthError `conflict` when there is a folder, or somebody else is there at this moment
 */
export function writeNewFile(path: string, text: string): void {
  if (lstatSync(path, { throwIfNoEntry: false })?.isDirectory()) throw notOwn(path, 'is no file')
  rmSync(path, { force: true })
  try {
    writeFileSync(path, text, { mode: 0o600, flag: 'wx' })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    throw notOwn(path, 'was made by somebody else just now')
  }
}

/**
 * A folder that nobody else can write to: the one that is there, or a new one.
 * @throws BerthError `conflict` when there is something else
 */
export function makeOwnFolder(path: string): void {
  if (lstatSync(path, { throwIfNoEntry: false }) === undefined) mkdirSync(path, { mode: 0o700 })
  const why = whyForeign(path, 'folder')
  if (why !== null) throw notOwn(path, why)
}

/**
 * @param path of a folder, without symbolic links
 * @throws BerthError `conflict` when deleting it would take more with it than Berth made
 */
export function requireOwnFolder(path: string): void {
  const why = whyForeign(path, 'folder', 'its group')
  if (why !== null) throw notOwn(path, why)
  const kept = [homedir(), packageFolder].map(realpathOf).find((one) => isWithin(one, path))
  if (dirname(path) !== path && kept === undefined) return
  const what = kept === undefined || kept === path ? 'is' : `holds ${kept}; it is`
  throw new BerthError(
    'conflict',
    `${path} ${what} no folder for the data of a cluster. ` +
      `Take another: ${typedFlags('--data <folder>')}`,
  )
}

const packageFolder = fileURLToPath(new URL('../../..', import.meta.url))

function realpathOf(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    return path
  }
}

/** Whether it is the folder itself, or somewhere in it. */
function isWithin(path: string, folder: string): boolean {
  const way = relative(folder, path)
  return way !== '..' && !way.startsWith(`..${sep}`)
}

function whyForeignBy(stats: Stats, kind: 'file' | 'folder', writers: Writers): string | null {
  if (stats.isSymbolicLink()) return 'is a symbolic link'
  if (!(kind === 'file' ? stats.isFile() : stats.isDirectory())) return `is no ${kind}`
  const uid = process.geteuid?.()
  if (uid === undefined) return null
  if (stats.uid !== uid) return `belongs to another user (uid ${stats.uid})`
  if ((stats.mode & 0o002) !== 0) return 'can be written by everybody'
  if (writers === 'nobody else' && (stats.mode & 0o020) !== 0) return 'can be written by its group'
  return null
}

function notOwn(path: string, why: string): BerthError {
  return new BerthError(
    'conflict',
    `${path} ${why}, so it is not believed. Take another folder: ${typedFlags('--data <folder>')}`,
  )
}
