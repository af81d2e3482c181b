/** The built program, run as a user runs it. */
import { fileURLToPath } from 'node:url'
import type { Owner } from './owner.js'
import { type ProcessOptions, startProcess, type TestProcess } from './process.js'

/** Full path of the clone, with a slash at its end. */
export const root = fileURLToPath(new URL('../..', import.meta.url))

/** Full path of the program's front door. */
export const berthFile = `${root}bin/berth.cjs`

/** Runs `berth <args>`. */
export function berth(
  owner: Owner,
  args: readonly string[],
  options: ProcessOptions = {},
): TestProcess {
  return startProcess(owner, process.execPath, [berthFile, ...args], options)
}
