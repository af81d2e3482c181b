/**
 * Real processes in tests: started with a reader of their lines, ended with their owner, and by the
 * keeper when the test process itself is killed. Children of a pid: `process-table.ts`.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { Exit } from '../../src/cli/servers/child.js'
import { descendantsOf, sendSignal } from '../../src/process/process-table.js'
import { eventually } from './eventually.js'
import { keeper } from './keeper.js'
import type { Owner } from './owner.js'

const linesMax = 100_000

export interface ProcessOptions {
  readonly cwd?: string
  /** Variables on top of the test's own; null takes one away. */
  readonly env?: Readonly<Record<string, string | null>>
  /** In a session of its own, as a shell's background job or a service is. */
  readonly detached?: boolean
  readonly uid?: number
  readonly gid?: number
}

export interface TestProcess {
  readonly pid: number
  /** Lines of stdout and stderr so far, in the order of arrival; at most the last 100,000. */
  readonly lines: readonly string[]
  readonly exit: Exit | null
  /** Settles once the process has ended and all its output is read. */
  readonly exited: Promise<Exit>
  /**
   * The first line that matches, now or later.
   * @param from how many of the first lines do not count @throws WaitExpired with the last lines
   */
  line(match: string | RegExp, deadlineMs?: number, from?: number): Promise<string>
  signal(signal: NodeJS.Signals): void
  /** kill -9 to this process alone. */
  kill(): Promise<Exit>
  /** Writes to its stdin. */
  write(text: string): void
}

export function startProcess(
  owner: Owner,
  file: string,
  args: readonly string[] = [],
  options: ProcessOptions = {},
): TestProcess {
  const isNode = file === process.execPath
  const child = spawn(file, [...args], {
    env: environment(isNode ? strict(options.env ?? {}) : (options.env ?? {})),
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: options.detached ?? false,
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    ...(options.uid === undefined ? {} : { uid: options.uid }),
    ...(options.gid === undefined ? {} : { gid: options.gid }),
  })
  const { pid } = child
  if (pid === undefined) throw new Error(`${file} cannot be started`)
  keeper.watch(pid, [{ signal: 'SIGKILL', waitMs: 2_000 }])
  const lines: string[] = []
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      lines.push(line)
      if (lines.length > linesMax) lines.shift()
    })
  }
  child.stdin.on('error', () => {})
  const end = follow(child, pid)
  owner.onTestFinished(async () => {
    if (end.exit() === null) {
      for (const one of [...descendantsOf(pid).toReversed(), pid]) sendSignal(one, 'SIGKILL')
    }
    await end.exited
  })
  return {
    pid,
    lines,
    exited: end.closed,
    get exit() {
      return end.exit()
    },
    line: (match, deadlineMs, from = 0) => {
      const matches = (line: string) =>
        typeof match === 'string' ? line.includes(match) : match.test(line)
      return eventually(
        `a line with ${match} from ${file} (pid ${pid})`,
        () => {
          const found = lines.slice(from).find(matches)
          if (found !== undefined) return found
          const state = end.exit() === null ? 'it runs' : `it ended ${JSON.stringify(end.exit())}`
          throw new Error(`${state}; its last lines:\n${lines.slice(-10).join('\n')}`)
        },
        deadlineMs,
      )
    },
    signal: (signal) => sendSignal(pid, signal),
    kill: async () => {
      sendSignal(pid, 'SIGKILL')
      return end.exited
    },
    write: (text) => void child.stdin.write(text),
  }
}

/** A program of ours ends when it uses what Node calls deprecated, or is about to. */
const strictOptions = '--throw-deprecation --pending-deprecation'

type Variables = Readonly<Record<string, string | null>>

/** @param env without NODE_OPTIONS if they are null: for what starts programs of others */
function strict(env: Variables): Variables {
  if (env.NODE_OPTIONS === null) return env
  return { ...env, NODE_OPTIONS: [strictOptions, env.NODE_OPTIONS].filter(Boolean).join(' ') }
}

function follow(child: ChildProcess, pid: number) {
  let exit: Exit | null = null
  const exited = new Promise<Exit>((resolve) => {
    child.once('exit', (code, signal) => {
      keeper.forget(pid)
      exit = { code, signal }
      resolve(exit)
    })
  })
  const closed = new Promise<Exit>((resolve) => {
    child.once('close', (code, signal) => resolve({ code, signal }))
  })
  return { exit: () => exit, exited, closed }
}

/** The test's own variables without those of its runner: a real process has none of them. */
function environment(changes: Variables): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(VITEST|TEST$|NODE_ENV$)/.test(name)),
  )
  for (const [name, value] of Object.entries(changes)) {
    if (value === null) delete env[name]
    else env[name] = value
  }
  return env
}
