/**
 * A process that this one started: its pid, its end and last words, and how it is stopped. It runs
 * in a session of its own, so that a Ctrl-C reaches only its owner, which then stops all in the
 * right order; and the keeper knows it, so that it does not outlive an owner that is killed.
 */
import { type ChildProcess, type StdioOptions, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  closeSync,
  constants,
  lstatSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  statSync,
} from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { BerthError } from '../../errors/berth-error.js'
import { lifelineVariable } from '../../process/lifeline.js'
import { descendantsOf, sendSignal } from '../../process/process-table.js'
import { type Command, findOnPath } from './command.js'
import type { Keeper, StopStep } from './keeper.js'
import { waitFor } from './wait.js'

export interface ChildOptions {
  /** What a person calls it: `replica 2`, `Postgres`. */
  readonly name: string
  readonly command: Command
  /** Takes its output, appended. */
  readonly logFile: string
  readonly keeper: Keeper
  /** How it is ended, by us or, sooner, by the keeper; the last step should be SIGKILL. */
  readonly steps: readonly StopStep[]
  /**
   * How it notices the owner's sudden end at once. `lifeline`: for our own programs, which watch
   * it. A signal: the kernel sends it, where util-linux is there; for programs of others.
   */
  readonly onOwnerGone: 'lifeline' | NodeJS.Signals
}

export interface Exit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

export interface Child {
  readonly name: string
  readonly pid: number
  readonly command: Command
  readonly logFile: string
  /** How it ended; null while it runs. */
  readonly exit: Exit | null
  readonly exited: Promise<Exit>
  /** Ends it step by step. @returns whether it did without SIGKILL */
  stop(): Promise<boolean>
  /** SIGKILL to it and all that it started. */
  kill(): Promise<Exit>
}

/** What a wait for a server needs from who starts it. */
export interface StartContext {
  readonly keeper: Keeper
  /** Gives up the start and ends what was started. */
  readonly signal?: AbortSignal | undefined
  /** Told of a wait that lasts over a second. */
  readonly onSlow?: ((what: string, waitedMs: number) => void) | undefined
  /** Told of what runs, before it is ready. */
  readonly onStart?: (child: Child) => void
}

const readyDeadlineMs = 120_000
const readyIntervalMs = 50
/** Nobody is left to wait for an orderly end. */
const abandonedWaitMsMax = 3_000
/** Of pino. */
const errorLevel = 50
const tailBytesMax = 64 * 1024

/** @throws BerthError `unavailable` when the program cannot be run */
export async function startChild(options: ChildOptions): Promise<Child> {
  const { name, command, logFile, keeper, steps, onOwnerGone } = options
  const lifeline = onOwnerGone === 'lifeline'
  const prefix = lifeline ? [] : boundToOwner(onOwnerGone)
  const [file = '', ...args] = [...prefix, command.file, ...command.args]
  const env = lifeline ? { ...command.env, [lifelineVariable]: '3' } : { ...command.env }
  const { O_WRONLY, O_APPEND, O_CREAT, O_NOFOLLOW } = constants
  const log = openSync(logFile, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW, 0o600)
  const stdio: StdioOptions = lifeline ? ['ignore', log, log, 'pipe'] : ['ignore', log, log]
  const short = steps.map(({ signal, waitMs }) => {
    return { signal, waitMs: Math.min(waitMs, abandonedWaitMsMax) }
  })
  const started = launch({ ...command, file, args, env }, { stdio }, short, keeper)
  closeSync(log)
  let exit: Exit | null = null
  const exited = new Promise<Exit>((resolve) => {
    started.once('exit', (code, signal) => {
      exit = { code, signal }
      resolve(exit)
    })
  })
  await once(started, 'spawn').catch((cause: Error) => {
    throw new BerthError('unavailable', `${name} cannot be started: ${cause.message}`, { cause })
  })
  const pid = started.pid!
  return {
    ...{ name, pid, command, logFile, exited },
    get exit() {
      return exit
    },
    stop: async () => {
      for (const { signal, waitMs } of steps) {
        if (exit !== null) break
        if (signal === 'SIGKILL') killTree(pid)
        else sendSignal(pid, signal)
        await Promise.race([exited, delay(waitMs, undefined, { ref: false })])
      }
      return (await exited).signal !== 'SIGKILL'
    },
    kill: () => {
      if (exit === null) killTree(pid)
      return exited
    },
  }
}

/**
 * Starts a program and waits until it is ready; one that does not become ready is ended.
 * @param whyNot asked until it says null: why it is not ready yet
 * @throws BerthError `unavailable` when it ends, WaitExpired, or the reason of the signal
 */
export async function startServer(
  options: Omit<ChildOptions, 'keeper'>,
  { keeper, signal, onSlow, onStart }: StartContext,
  whyNot: () => Promise<string | null>,
): Promise<Child> {
  const child = await startChild({ ...options, keeper })
  onStart?.(child)
  let why: string | null = 'no answer yet'
  const poll = async () => {
    if (child.exit !== null) throw endOf(child, child.exit)
    why = await whyNot()
    return why === null ? true : null
  }
  try {
    await waitFor({
      ...{ what: child.name, poll, why: () => why ?? '', signal, onSlow },
      ...{ deadlineMs: readyDeadlineMs, intervalMs: readyIntervalMs },
    })
    return child
  } catch (error) {
    await child.stop()
    throw error
  }
}

/** Why a program that should run does not, with its last words. */
export function endOf({ name, logFile }: Child, exit: Exit): BerthError {
  const reason = `${name} ${describeExit(exit)}: ${lastWords(logFile)} (log: ${logFile})`
  return new BerthError('unavailable', reason)
}

/** Says how a process ended, to follow its name: `ended with exit code 1`. */
export function describeExit({ code, signal }: Exit): string {
  return signal === null ? `ended with exit code ${code}` : `was ended by the signal ${signal}`
}

/** Starts a program; until it ends, the keeper knows how to end it. */
export function launch(
  { file, args, env, envFiles = {}, uid, gid }: Command,
  { cwd = '/', stdio }: { readonly cwd?: string; readonly stdio: StdioOptions },
  steps: readonly StopStep[],
  keeper: Keeper | undefined,
): ChildProcess {
  const read = Object.entries(envFiles).map(([name, path]) => {
    return [name, readFileSync(path, 'utf8').trimEnd()]
  })
  const child = spawn(file, [...args], {
    // A clone below /root is closed to other users, who could not even start there.
    ...{ detached: true, cwd, stdio, uid, gid },
    env: { ...process.env, ...env, ...Object.fromEntries(read) },
  })
  child.on('error', () => {})
  const { pid } = child
  if (pid === undefined || keeper === undefined) return child
  keeper.watch(pid, steps)
  child.once('exit', () => keeper.forget(pid))
  return child
}

/** util-linux can ask the kernel for a signal at the parent's end; busybox cannot. */
function boundToOwner(signal: NodeJS.Signals): readonly string[] {
  const setpriv = findOnPath('setpriv')
  if (setpriv === null) return []
  const prefix = ['--pdeathsig', signal.slice('SIG'.length)]
  const { status } = spawnSync(setpriv, [...prefix, 'true'], { stdio: 'ignore' })
  return status === 0 ? [setpriv, ...prefix] : []
}

/** A stopped child of a server survives the server's SIGKILL, so all get it. */
function killTree(pid: number): void {
  for (const one of [pid, ...descendantsOf(pid)]) sendSignal(one, 'SIGKILL')
}

/** Begins a new log and keeps the one before as `.1`. */
export function rotateLog(file: string): void {
  if (lstatSync(file, { throwIfNoEntry: false }) !== undefined) renameSync(file, `${file}.1`)
}

/** Why a process ended, in its own words: what was fatal, else an error, else what it said last. */
export function lastWords(logFile: string): string {
  const lines = tailOf(logFile).split('\n')
  const said = lines.map((line) => line.trim()).filter((line) => line !== '')
  const line =
    said.findLast((one) => /\b(FATAL|PANIC): /.test(one)) ?? said.findLast(isError) ?? said.at(-1)
  if (line === undefined) return 'it said nothing'
  const { msg } = parsed(line) ?? {}
  if (typeof msg === 'string') return msg
  return line.replace(/^.*?\b(FATAL|PANIC): +/, '')
}

/** A program that stops for a fault goes on to say how it stops. */
function isError(line: string): boolean {
  const { level } = parsed(line) ?? {}
  return typeof level === 'number' && level >= errorLevel
}

/** A line of pino; null for another. */
function parsed(line: string): { readonly level?: unknown; readonly msg?: unknown } | null {
  if (!line.startsWith('{')) return null
  try {
    return JSON.parse(line)
  } catch {
    return null
  }
}

function tailOf(file: string): string {
  const { size } = statSync(file)
  const buffer = Buffer.alloc(Math.min(size, tailBytesMax))
  const descriptor = openSync(file, 'r')
  try {
    readSync(descriptor, buffer, 0, buffer.length, size - buffer.length)
    return buffer.toString('utf8')
  } finally {
    closeSync(descriptor)
  }
}
