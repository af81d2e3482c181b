/** Programs of benchmarks that run in a process of their own, and print one line of JSON. */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

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

/** @returns what it printed; @throws Error with what it said when it failed, or took too long */
export async function runProgram<T>(name: string, options: ProgramOptions): Promise<T> {
  const { stdout } = await promisify(execFile)(process.execPath, programArgs(name, options), {
    ...{ timeout: options.timeoutMs, killSignal: 'SIGKILL', maxBuffer: outputBytesMax },
  })
  return JSON.parse(stdout) as T
}
