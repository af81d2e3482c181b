/**
 * A local cluster under the real supervisor, of stand-ins unless a test gives the real program: its
 * ground, its output, its processes. What a real cluster answers: real-cluster.ts.
 */
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { childrenOf, commandOf, processes, stateOf } from '../../src/process/process-table.js'
import { eventually } from './eventually.js'
import type { Owner } from './owner.js'
import { freePorts } from './ports.js'
import { type ProcessOptions, startProcess, type TestProcess } from './process.js'
import { root } from './program.js'
import { scratchFolder } from './scratch.js'

/** Ports from the base on that a cluster may use. */
const portsMax = 70
/** As long as the supervisor itself waits for a part on a busy machine. */
export const readyDeadlineMs = 120_000

export interface Ground {
  /** Data folder; not there yet. */
  readonly data: string
  /** Base of its ports. */
  readonly port: number
}

export async function prepareGround(owner: Owner): Promise<Ground> {
  return { data: join(scratchFolder(owner), 'data'), port: await freePorts(portsMax) }
}

export interface Up extends TestProcess {
  /** Waits for the block that says what runs where. */
  ready(): Promise<void>
  /** Pids by name: `replica 1`, `host 2`, `nats-server`, `Postgres`. */
  pids(): ReadonlyMap<string, number>
  /** All lines so far as one text. */
  text(): string
}

/** The smallest cluster: enough for whatever does not depend on numbers. */
export const small: readonly string[] = ['--replicas', '1', '--hosts', '1']

/** Full path of a `berth` whose replicas and hosts are stand-ins. */
const standInProgram = `${root}test/support/stand-ins/up.mjs`

/** `berth up` on that ground. */
export function startUp(
  owner: Owner,
  ground: Ground,
  flags: readonly string[] = [],
  options: ProcessOptions = {},
  program = standInProgram,
): Up {
  const own = ['up', '--data', ground.data, '--port', String(ground.port), ...flags]
  const started = startProcess(owner, process.execPath, [program, ...own], options)
  const text = () => started.lines.join('\n')
  return Object.assign(Object.create(started) as TestProcess, {
    ready: async () => {
      await started.line('Ctrl-C stops all of it.', readyDeadlineMs)
    },
    pids: () => {
      const block = text().slice(text().indexOf('Berth is ready'))
      const rows = [
        ...block.matchAll(/^ {2}(replica \d+|host \d+|nats-server|Postgres)\b.*pid (\d+)/gm),
      ]
      return new Map(rows.map(([, name, pid]) => [name!, Number(pid)]))
    },
    text,
  })
}

/** A first start that ended before it could be stopped is made again at most so often. */
const earlyStopsMax = 10

/**
 * `berth up` on an empty ground that stands still (SIGSTOP) in the middle of its first start:
 * initdb has begun, and what it makes is not in its place yet. SIGCONT lets it go on.
 */
export async function stoppedInInitdb(owner: Owner, ground: Ground): Promise<Up> {
  const done = join(ground.data, 'postgres')
  for (let tries = 0; tries < earlyStopsMax; tries += 1) {
    const up = startUp(owner, ground)
    await eventually('initdb', () => existsSync(`${done}.making`) || existsSync(done))
    await standStill(up)
    // Only now it cannot be over at the next instant: whoever looks may be late.
    if (existsSync(`${done}.making`)) return up
    await up.kill()
    await untilNothingRuns(ground)
    rmSync(ground.data, { recursive: true })
  }
  throw new Error(`initdb was over each of ${earlyStopsMax} times before the start stood still`)
}

/** SIGSTOP to this process alone; done when it stands still. */
export async function standStill({ pid, signal }: TestProcess): Promise<void> {
  signal('SIGSTOP')
  await eventually(`pid ${pid} to stand still`, () => stateOf(pid) === 'T')
}

/** Processes that belong to a ground: they name its folder or its ports, or work in it. */
export function processesOf({ data, port }: Ground): readonly number[] {
  const ports = Array.from({ length: portsMax }, (_, i) => String(port + i))
  return processes().filter((pid) => {
    const words = commandOf(pid).flatMap((word) => word.split(/[=,:/]/).concat(word))
    return words.some((word) => word.startsWith(data) || ports.includes(word))
  })
}

export function untilNothingRuns(ground: Ground, deadlineMs = 60_000): Promise<true> {
  return eventually(
    'the end of all processes',
    () => {
      const left = processesOf(ground)
      if (left.length === 0) return true as const
      throw new Error(left.map((pid) => `${pid} ${commandOf(pid).join(' ')}`).join('\n'))
    },
    deadlineMs,
  )
}

/** What a stand-in tells of itself. */
export async function about(address: string): Promise<Record<string, unknown>> {
  const answer = await fetch(`http://${address}/about`)
  return (await answer.json()) as Record<string, unknown>
}

/** Names and contents of all files below a folder, to see whether anything changed. */
export function contentsOf(folder: string): Record<string, string> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
  return Object.fromEntries(
    files
      .filter((file) => file.isFile())
      .map((file) => join(file.parentPath, file.name))
      .map((file) => [file, readFileSync(file, 'latin1')]),
  )
}

/** Pid of the keeper of a supervisor; null while there is none. */
export function keeperOf(supervisor: number): number | null {
  const isKeeper = (pid: number) => commandOf(pid).some((word) => word.endsWith('keeper.cjs'))
  return childrenOf(supervisor).find(isKeeper) ?? null
}

/** The line that follows one with this text. */
export async function lineAfter(up: Up, text: string): Promise<string> {
  return eventually(`the line after ${text}`, () => {
    const at = up.lines.findIndex((line) => line.startsWith(text))
    return at < 0 ? null : up.lines[at + 1]?.trim()
  })
}
