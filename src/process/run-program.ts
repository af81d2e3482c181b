/** How a program of the server ends when it fails: one line on stderr, with exit code 1. */
import { BerthError } from '../errors/berth-error.js'
import { withoutLogins } from '../log/shown-url.js'
import { hideLogins } from './process-title.js'

/** @param name what the line begins with, such as `berth replica` */
export async function runProgram(name: string, main: () => Promise<void>): Promise<void> {
  hideLogins(name)
  try {
    await main()
  } catch (error) {
    const known = error instanceof BerthError
    const detail = error instanceof Error ? (known ? error.message : error.stack) : String(error)
    process.stderr.write(`${name}: ${withoutLogins(detail ?? '')}\n`)
    process.exitCode = 1
  }
}
