/**
 * A `nats-server` of ours on loopback: the program on PATH, else the copy in Berth's cache folder,
 * else the distribution's package unpacked into that cache. No npm package ships one.
 */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { connect } from 'node:net'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { BerthError } from '../../errors/berth-error.js'
import { typedFlags } from '../typed-flags.js'
import { type Child, type StartContext, startServer } from './child.js'
import { findOnPath } from './command.js'
import { canFetchPackages, fetchProgram } from './distribution-package.js'
import { makeFolders, whyForeign } from './own-files.js'
import { type Guard, ToolFailed } from './run-tool.js'

const greetTimeoutMs = 2_000
const steps = [
  { signal: 'SIGTERM', waitMs: 5_000 },
  { signal: 'SIGKILL', waitMs: 5_000 },
] as const

export interface NatsOptions extends StartContext {
  readonly name?: string
  readonly binary: NatsBinary
  readonly port: number
  readonly logFile: string
  /** More arguments for the server, such as `--max_payload`'s configuration file. */
  readonly args?: readonly string[]
}

export interface NatsServer {
  readonly child: Child
  readonly port: number
  readonly url: string
}

/** @throws BerthError `unavailable` when it does not come up */
export async function startNats(options: NatsOptions): Promise<NatsServer> {
  const { binary, port, logFile, name = 'nats-server' } = options
  const args = ['--addr', '127.0.0.1', '--port', String(port), ...(options.args ?? [])]
  const child = await startServer(
    { name, command: { file: binary.file, args }, logFile, steps, onOwnerGone: 'SIGTERM' },
    options,
    () => greets('127.0.0.1', port),
  )
  return { child, port, url: `nats://127.0.0.1:${port}` }
}

/** Asks a NATS server for its greeting. @returns null when it came, else what went wrong */
export function greets(host: string, port: number): Promise<string | null> {
  return new Promise((resolve) => {
    const socket = connect({ host, port })
    let greeting = ''
    const end = (result: string | null) => {
      socket.destroy()
      resolve(result)
    }
    socket.setTimeout(greetTimeoutMs, () => end(`it said nothing for ${greetTimeoutMs / 1000} s`))
    socket.on('error', (error) => end(error.message))
    socket.on('end', () => end('it closed the connection'))
    socket.setEncoding('utf8').on('data', (text: string) => {
      greeting += text
      if (greeting.startsWith('INFO ')) end(null)
      else if (greeting.length >= 5) end('it is no NATS server')
    })
  })
}

export interface NatsBinary {
  readonly file: string
  /** As the program says it: `2.9.10`. */
  readonly version: string
}

type Env = Readonly<Record<string, string | undefined>>

export interface NatsSearch extends Guard {
  readonly env: Env
  /** Told before something is fetched, which takes some seconds. */
  onFetch?(): void
}

/** @throws BerthError `unavailable`: one line with the command that installs it here */
export async function findNatsServer(search: NatsSearch): Promise<NatsBinary> {
  const onPath = findOnPath('nats-server', search.env.PATH ?? '')
  const installed = onPath === null ? null : runnable(onPath)
  if (installed !== null) return installed
  const lacking = onPath === null ? 'nats-server is not installed' : `${onPath} does not run here`
  const folder = cacheFolder(search.env)
  const cached = join(folder, `nats-server-${process.arch}`)
  if (existsSync(cached)) {
    const why = whyNotOwn(folder, cached)
    if (why !== null) throw missing(`${lacking}, and ${why}`)
    const found = runnable(cached)
    if (found !== null) return found
  }
  if (!canFetchPackages()) throw missing(lacking)
  search.onFetch?.()
  try {
    makeFolders(folder)
    const why = whyNotOwn(folder)
    if (why !== null) throw new Error(why)
    await fetchProgram({ from: 'nats-server', program: 'nats-server' }, cached, search)
  } catch (cause) {
    const { message } = cause as Error
    const reason = cause instanceof ToolFailed ? cause.reason(/^E:/) : message
    throw missing(`${lacking} and could not be fetched (${reason})`)
  }
  const fetched = runnable(cached)
  if (fetched === null) throw missing(`the fetched nats-server (${cached}) does not run here`)
  return fetched
}

/** null when it does not run here. */
function runnable(file: string): NatsBinary | null {
  const { status, stdout } = spawnSync(file, ['--version'], { encoding: 'utf8' })
  const version = status === 0 ? /v?(\d+\.\d+\.\d+\S*)/.exec(stdout)?.[1] : undefined
  return version === undefined ? null : { file, version }
}

/** $XDG_CACHE_HOME/berth, else ~/.cache/berth. */
export function cacheFolder(env: Env): string {
  const base = env.XDG_CACHE_HOME
  // The XDG specification says that a relative path is to be ignored.
  if (base?.startsWith('/')) return join(base, 'berth')
  return join(env.HOME ?? homedir(), '.cache', 'berth')
}

/** Why somebody else can have put a program there, which is not run then; null for nobody. */
function whyNotOwn(folder: string, file?: string): string | null {
  const whyFolder = whyForeign(folder, 'folder')
  if (whyFolder !== null) return `the cache folder ${folder} ${whyFolder}`
  const whyFile = file === undefined ? null : whyForeign(file, 'file')
  return whyFile === null ? null : `the copy ${file} ${whyFile}`
}

function missing(what: string): BerthError {
  const command = installCommand(process.platform, (name) => findOnPath(name) !== null)
  const flag = typedFlags('--nats-url nats://host:4222')
  return new BerthError('unavailable', `${what}. Run: ${command}   (or give a server: ${flag})`)
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
