/**
 * A process that this one started: its pid, its end, and how it is stopped. It runs in a session
 * of its own, so that a Ctrl-C reaches only its owner, which then stops all in the right order.
 */
import { spawn, spawnSync } from 'node:child_process'
import { closeSync, constants, openSync, readFileSync } from 'node:fs'
import { BerthError } from '../../errors/berth-error.js'
import { lifelineVariable } from '../../process/lifeline.js'
import { descendantsOf, sendSignal } from '../../process/process-table.js'
import type { Command } from './command.js'
import type { Keeper, StopStep } from './keeper.js'
import { findOnPath } from './program-path.js'

export interface ChildOptions {
  /** What a person calls it: `replica 2`, `Postgres`. */
  readonly name: string
  /** What is started. */
  readonly command: Command
  /** File that takes its output, appended. */
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
  readonly logFile: string
  /** How it ended; null while it runs. */
  readonly exit: Exit | null
  readonly exited: Promise<Exit>
  /** Ends it step by step. @returns whether it did without SIGKILL */
  stop(): Promise<boolean>
  /** SIGKILL to it and all that it started. */
  kill(): Promise<Exit>
}

/** Nobody is left to wait for an orderly end. */
const abandonedWaitMsMax = 3_000

function shortened(step: StopStep): StopStep {
  return { ...step, waitMs: Math.min(step.waitMs, abandonedWaitMsMax) }
}

/** Says how a process ended, to follow its name: `ended with exit code 1`. */
export function describeExit(exit: Exit): string {
  return exit.signal === null
    ? `ended with exit code ${exit.code}`
    : `was ended by the signal ${exit.signal}`
}

/** @throws BerthError `unavailable` when the program cannot be run */
export async function startChild(options: ChildOptions): Promise<Child> {
  const { name, command, logFile, keeper, steps } = options
  const lifeline = options.onOwnerGone === 'lifeline'
  const prefix = options.onOwnerGone === 'lifeline' ? [] : boundToOwner(options.onOwnerGone)
  const [file = '', ...args] = [...prefix, command.file, ...command.args]
  const { O_WRONLY, O_APPEND, O_CREAT, O_NOFOLLOW } = constants
  const log = openSync(logFile, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW, 0o600)
  const process_ = spawn(file, args, {
    detached: true,
    // A clone below /root is closed to other users, who could not even start there.
    cwd: '/',
    env: childEnvironment(command, lifeline),
    stdio: lifeline ? ['ignore', log, log, 'pipe'] : ['ignore', log, log],
    ...(command.uid === undefined ? {} : { uid: command.uid }),
    ...(command.gid === undefined ? {} : { gid: command.gid }),
  })
  closeSync(log)
  const { pid } = process_
  if (pid !== undefined) keeper.watch(pid, steps.map(shortened))
  let exit: Exit | null = null
  const exited = new Promise<Exit>((resolve) => {
    process_.once('exit', (code, signal) => {
      if (pid !== undefined) keeper.forget(pid)
      exit = { code, signal }
      resolve(exit)
    })
  })
  await new Promise<void>((resolve, reject) => {
    process_.once('spawn', resolve)
    process_.once('error', (cause) => {
      const reason = `${name} cannot be started: ${cause.message}`
      reject(new BerthError('unavailable', reason, { cause }))
    })
  })
  process_.on('error', () => {})
  const started = pid!
  return {
    name,
    pid: started,
    logFile,
    exited,
    get exit() {
      return exit
    },
    stop: async () => {
      await runSteps(started, steps, exited, () => exit !== null)
      return (await exited).signal !== 'SIGKILL'
    },
    kill: () => {
      if (exit === null) killTree(started)
      return exited
    },
  }
}

function childEnvironment(command: Command, lifeline: boolean): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = { ...process.env, ...command.env }
  for (const [name, file] of Object.entries(command.envFiles ?? {})) {
    env[name] = readFileSync(file, 'utf8').trimEnd()
  }
  delete env[lifelineVariable]
  if (lifeline) env[lifelineVariable] = '3'
  return env
}

/** util-linux can ask the kernel for a signal at the parent's end; busybox cannot. */
function boundToOwner(signal: NodeJS.Signals): readonly string[] {
  const setpriv = findOnPath('setpriv')
  if (setpriv === null) return []
  const prefix = ['--pdeathsig', signal.slice('SIG'.length)]
  const { status } = spawnSync(setpriv, [...prefix, 'true'], { stdio: 'ignore' })
  return status === 0 ? [setpriv, ...prefix] : []
}

async function runSteps(
  pid: number,
  steps: readonly StopStep[],
  exited: Promise<Exit>,
  ended: () => boolean,
): Promise<void> {
  for (const step of steps) {
    if (ended()) return
    if (step.signal === 'SIGKILL') killTree(pid)
    else if (step.signal !== 'none') sendSignal(pid, step.signal)
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, step.waitMs)
    })
    await Promise.race([exited, late])
    clearTimeout(timer)
  }
}

/** A stopped child of a server survives the server's SIGKILL, so all get it. */
function killTree(pid: number): void {
  const tree = [pid, ...descendantsOf(pid)]
  for (const one of tree) sendSignal(one, 'SIGKILL')
}
