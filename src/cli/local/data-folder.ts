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
  lstatSync,
  readdirSync,
  realpathSync,
  rmdirSync,
  rmSync,
  statSync,
} from 'node:fs'
import { join } from 'node:path'
import {
  makeFolders,
  readOwnFile,
  refuse,
  requireOwnFolder,
  whyNotOfUser,
  writeOwnFile,
} from '../servers/own-files.js'
import { removeSharedHome } from '../servers/postgres-home.js'
import { anotherFolder, typedFlags } from '../typed-flags.js'
import { isLock, lockFolder } from './folder-lock.js'
import { replicaCounts } from './options.js'

const markName = 'berth.json'
const layout = 1
const markBytesMax = 64 * 1024

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

const isRight: { readonly [field in keyof Mark]: (value: unknown) => boolean } = {
  berth: (value) => value === 'local cluster',
  layout: (value) => value === layout,
  id: (value) =>
    typeof value === 'string' && /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/.test(value),
  complete: (value) => typeof value === 'boolean',
  replicas: (value) => replicaCounts.includes(value as number),
  postgres: (value) => value === 'embedded' || value === 'external',
  postgresHome: (value) => value === null || typeof value === 'string',
}

export interface FolderWish {
  readonly path: string
  readonly fresh: boolean
  /** null takes what the folder was made with. */
  readonly replicas: number | null
  readonly postgres: Mark['postgres']
}

/** A folder that this process alone uses, until `close`. */
export class DataFolder {
  /** Absolute, without symbolic links. */
  readonly path: string
  /** Whether this run made it, or empties it. */
  readonly isNew: boolean
  /** The mark that `--fresh` replaces; null without it. */
  readonly replaced: Mark | null
  readonly #existed: boolean
  readonly #release: () => void
  #mark: Mark
  #begun: boolean

  /**
   * Opens the folder, or makes it.
   * @throws BerthError `conflict` when it is not ours, in use, half-made or made otherwise
   */
  constructor(wish: FolderWish) {
    this.#existed = existsSync(wish.path)
    const path = makeFolder(wish.path)
    this.path = path
    requireOwnFolder(path)
    if (readMark(path) === null) {
      const why = `is not empty and was not made by Berth (it has no ${markName})`
      if (!readdirSync(path).every(isTemporary)) {
        refuse(`${path} ${why}, so it is left alone. Take ${anotherFolder}`)
      }
      requireOurs(path)
    }
    const lock = lockFolder(path)
    if (lock.kind === 'taken') {
      const user = `another \`berth up\` (process ${lock.pid})`
      refuse(`${path} is in use by ${user}. Stop that one, or take ${anotherFolder}`)
    }
    this.#release = lock.release
    try {
      const mark = readMark(path)
      const found = mark ?? newMark(wish)
      if (mark === null) writeMark(path, found)
      this.isNew = wish.fresh || isUntouched(path)
      if (this.isNew) requireOurs(path)
      else requireUsable(path, found, wish)
      this.#mark = this.isNew ? newMark(wish) : found
      this.replaced = wish.fresh && this.#existed ? found : null
      this.#begun = !this.isNew
    } catch (error) {
      lock.release()
      throw error
    }
  }

  get mark(): Mark {
    return this.#mark
  }

  file(...names: readonly string[]): string {
    return join(this.path, ...names)
  }

  /** Writes the mark with these fields changed. */
  update(change: Partial<Mark>): void {
    this.#mark = { ...this.#mark, ...change }
    writeMark(this.path, this.#mark)
  }

  /** Empties a folder that is to hold a new cluster. Before this nothing in it is touched. */
  begin(): void {
    if (this.#begun) return
    this.#begun = true
    this.update({})
    if (this.replaced !== null) removeSharedHome(this.path)
    removeOurs(this.path, (name) => name !== markName && !isTemporary(name))
  }

  /** Lets go of the folder; what is half-made by this run is deleted. */
  close(): void {
    const halfMade = this.#begun ? !this.#mark.complete : isUntouched(this.path)
    if (!halfMade) {
      this.#release()
      return
    }
    if (this.#begun) removeSharedHome(this.path)
    removeOurs(this.path, () => true)
    // What was there before stays, and so does what somebody else has put into it.
    if (!this.#existed && readdirSync(this.path).length === 0) rmdirSync(this.path)
  }
}

/** @returns its true path */
function makeFolder(path: string): string {
  const stats = statSync(path, { throwIfNoEntry: false })
  if (stats === undefined) makeFolders(path)
  else if (!stats.isDirectory()) refuse(`${path} is not a folder. Take ${anotherFolder}`)
  return realpathSync(path)
}

/** What a start makes in a folder before it is sure of it. */
function isTemporary(name: string): boolean {
  return isLock(name) || /^berth\.json\.\d+$/.test(name)
}

/** Whether nothing has been made in it but the mark. */
function isUntouched(path: string): boolean {
  return readdirSync(path).every((name) => name === markName || isTemporary(name))
}

/** Whether Berth makes something of this name in it. */
function isOurs(name: string): boolean {
  const fixed = [markName, 'pgpass', 'nats-url', 'postgres', 'postgres.making', 'log']
  const made = /^((pgpass|nats-url)\.\d+|init-[\da-f-]+)$/
  return fixed.includes(name) || isTemporary(name) || made.test(name)
}

function whyNotOurs(path: string, name: string): string | null {
  const stats = lstatSync(join(path, name), { throwIfNoEntry: false })
  // Others may come and go meanwhile.
  if (stats === undefined) return null
  const isOdd = isTemporary(name) && !stats.isFile() && !(isLock(name) && stats.isSymbolicLink())
  return !isOurs(name) || isOdd ? 'was not made by Berth' : whyNotOfUser(stats)
}

/** @throws BerthError `conflict` when there is something in it that Berth has not made */
function requireOurs(path: string): void {
  for (const name of readdirSync(path)) {
    const why = whyNotOurs(path, name)
    if (why === null) continue
    const left = `${join(path, name)} ${why}, so ${path} is left alone`
    refuse(`${left}. Move it away, or take ${anotherFolder}`)
  }
}

/** Deletes what Berth made, none of it through a symbolic link. */
function removeOurs(path: string, isMeant: (name: string) => boolean): void {
  for (const name of readdirSync(path)) {
    if (isOurs(name) && isMeant(name)) rmSync(join(path, name), { recursive: true, force: true })
  }
}

function newMark({ replicas, postgres }: FolderWish): Mark {
  const made = { berth: 'local cluster', layout, id: randomUUID() } as const
  return { ...made, complete: false, replicas: replicas ?? 3, postgres, postgresHome: null }
}

function writeMark(path: string, mark: Mark): void {
  writeOwnFile(join(path, markName), `${JSON.stringify(mark, null, 2)}\n`)
}

/** @throws BerthError `conflict` when there is a mark that cannot be read, or is another's */
function readMark(path: string): Mark | null {
  const file = join(path, markName)
  const text = readOwnFile(file, markBytesMax)
  if (text === null) return null
  let mark: Partial<Mark> | null = null
  try {
    mark = JSON.parse(text)
  } catch {
    // Damaged, as what is JSON and no mark.
  }
  if (typeof mark?.layout === 'number' && mark.layout !== layout) {
    const which = `has layout ${mark.layout}, this Berth knows layout ${layout}`
    refuse(`${path} ${which}. Use the Berth that made it, or take ${anotherFolder}`)
  }
  const fields = Object.entries(isRight)
  if (fields.every(([name, holds]) => holds(mark?.[name as keyof Mark]))) return mark as Mark
  const advice = `Delete or move that folder, or take ${anotherFolder}`
  refuse(`${file} is damaged, so ${path} cannot be used. ${advice}`)
}

/** @throws BerthError `conflict` when no cluster can go on in it, or not as it is wished */
function requireUsable(path: string, mark: Mark, wish: FolderWish): void {
  const fresh = typedFlags('--fresh')
  if (!mark.complete) {
    const why = 'the first start on it was cut off'
    refuse(`${path} is half-made: ${why}. Begin anew with ${fresh}`)
  }
  const data = join(mark.postgresHome ?? path, 'postgres', 'PG_VERSION')
  const required = mark.postgres === 'embedded' ? [join(path, 'pgpass'), data] : []
  const lacking = required.find((file) => !existsSync(file))
  if (lacking !== undefined) {
    refuse(`${path} is half-made: ${lacking} is missing. Begin anew with ${fresh}`)
  }
  if (wish.replicas !== null && wish.replicas !== mark.replicas) {
    const what = `holds a cluster of ${mark.replicas} replicas, not ${wish.replicas}`
    const same = typedFlags(`--replicas ${mark.replicas}`)
    refuse(`${path} ${what}. Go on with ${same}, or begin anew with ${fresh}`)
  }
  if (mark.postgres !== wish.postgres) {
    const how = mark.postgres === 'embedded' ? 'without --postgres-url' : 'with its --postgres-url'
    refuse(`${path} was made ${how}. Start it that way again, or begin anew with ${fresh}`)
  }
}
