/**
 * Finds a `nats-server` program: on PATH, else the copy in Berth's cache folder, else the
 * distribution's package unpacked into that cache. No npm package ships one.
 */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { BerthError } from '../../errors/berth-error.js'
import { canFetchPackages, fetchProgram } from './distribution-package.js'
import { makeFolders } from './make-folders.js'
import { whyForeign } from './own-files.js'
import { findOnPath } from './program-path.js'
import type { Guard } from './run-tool.js'
import { typedFlags } from './typed-flags.js'

export interface NatsBinary {
  readonly file: string
  /** As the program says it: `2.9.10`. */
  readonly version: string
}

export interface NatsSearch extends Guard {
  readonly env: Readonly<Record<string, string | undefined>>
  /** Told before something is fetched, which takes some seconds. */
  onFetch?(): void
}

/** $XDG_CACHE_HOME/berth, else ~/.cache/berth. */
export function cacheFolder(env: Readonly<Record<string, string | undefined>>): string {
  const base = env.XDG_CACHE_HOME
  // The XDG specification says that a relative path is to be ignored.
  if (base?.startsWith('/')) return join(base, 'berth')
  return join(env.HOME ?? homedir(), '.cache', 'berth')
}

/** @throws BerthError `unavailable`: one line with the command that installs it here */
export async function findNatsServer(search: NatsSearch): Promise<NatsBinary> {
  const onPath = findOnPath('nats-server', search.env.PATH ?? '')
  let lacking = 'nats-server is not installed'
  if (onPath !== null) {
    const version = versionOf(onPath)
    if (version !== null) return { file: onPath, version }
    lacking = `${onPath} does not run here`
  }
  const folder = cacheFolder(search.env)
  const cached = join(folder, `nats-server-${process.arch}`)
  if (existsSync(cached)) {
    const why = whyNotOwn(folder, cached)
    if (why !== null) throw missing(`${lacking}, and ${why}`)
    const version = versionOf(cached)
    if (version !== null) return { file: cached, version }
  }
  if (!canFetchPackages()) throw missing(lacking)
  search.onFetch?.()
  try {
    makeFolders(folder, 0o700)
    const why = whyNotOwn(folder)
    if (why !== null) throw new Error(why)
    await fetchProgram({ from: 'nats-server', program: 'nats-server' }, cached, search)
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw missing(`${lacking} and could not be fetched (${reason})`)
  }
  const version = versionOf(cached)
  if (version === null) throw missing(`the fetched nats-server (${cached}) does not run here`)
  return { file: cached, version }
}

/** Why somebody else can have put a program there, which is not run then; null for nobody. */
function whyNotOwn(folder: string, file?: string): string | null {
  const whyFolder = whyForeign(folder, 'folder')
  if (whyFolder !== null) return `the cache folder ${folder} ${whyFolder}`
  const whyFile = file === undefined ? null : whyForeign(file, 'file')
  return whyFile === null ? null : `the copy ${file} ${whyFile}`
}

function versionOf(file: string): string | null {
  const done = spawnSync(file, ['--version'], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  if (done.status !== 0) return null
  return /v?(\d+\.\d+\.\d+\S*)/.exec(done.stdout)?.[1] ?? null
}

function missing(what: string): BerthError {
  const command = installCommand(process.platform, (name) => findOnPath(name) !== null)
  return new BerthError(
    'unavailable',
    `${what}. Run: ${command}   (or give a server: ${typedFlags('--nats-url nats://host:4222')})`,
  )
}

/** The command that installs nats-server on a platform. */
export function installCommand(
  platform: NodeJS.Platform,
  has: (program: string) => boolean,
): string {
  if (platform === 'darwin') return 'brew install nats-server'
  if (platform === 'win32') return 'winget install NATSAuthors.NATSServer'
  if (has('apt-get')) return 'sudo apt-get install nats-server'
  if (has('apk')) return 'apk add nats-server'
  if (has('pacman')) return 'sudo pacman -S nats-server'
  if (has('zypper')) return 'sudo zypper install nats-server'
  return 'go install github.com/nats-io/nats-server/v2@latest'
}
