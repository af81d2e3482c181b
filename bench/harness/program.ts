/** Programs of benchmarks that run in a process of their own, and print one line of JSON. */
import { type ChildProcess, execFile, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Owner } from '../../test/support/owner.js'

const root = fileURLToPath(new URL('../..', import.meta.url))
const outputBytesMax = 64 * 1024 * 1024

export interface ProgramOptions {
  readonly args: readonly string[]
  /** Of Node itself. */
  readonly nodeArgs?: readonly string[]
  readonly timeoutMs: number
}

/** Arguments of a Node that runs a program of `bench/programs`. */
export function programArgs(
  name: string,
  { args, nodeArgs = [] }: Omit<ProgramOptions, 'timeoutMs'>,
) {
  const loader = ['--import', `${root}scripts/typescript.mjs`]
  return [...nodeArgs, ...loader, `${root}bench/programs/${name}.ts`, ...args]
}

/** A program that runs until its owner's end, in a process of its own. */
export interface StartedProgram<T> {
  readonly child: ChildProcess
  /** What it has said first: that it is ready. */
  readonly said: T
}

/** Starts a program that says by `process.send` that it is ready. */
export async function startProgram<T>(
  owner: Owner,
  name: string,
  args: readonly string[] = [],
): Promise<StartedProgram<T>> {
  const child = fork(`${root}bench/programs/${name}.ts`, args, {
    execArgv: ['--import', `${root}scripts/typescript.mjs`],
  })
  owner.onTestFinished(() => void child.kill('SIGKILL'))
  const [said] = (await once(child, 'message')) as [T]
  return { child, said }
}

/** @returns what it printed; @throws Error with what it said when it failed, or took too long */
export async function runProgram<T>(name: string, options: ProgramOptions): Promise<T> {
  const { stdout } = await promisify(execFile)(process.execPath, programArgs(name, options), {
    ...{ timeout: options.timeoutMs, killSignal: 'SIGKILL', maxBuffer: outputBytesMax },
  })
  return JSON.parse(stdout) as T
}
