/** How a program of the server ends when it fails: one line on stderr, with exit code 1. */
import { BerthError } from '../errors/berth-error.js'

/** @param name what the line begins with, such as `berth replica` */
export async function runProgram(name: string, main: () => Promise<void>): Promise<void> {
  try {
    await main()
  } catch (error) {
    const known = error instanceof BerthError
    const detail = known ? error.message : error instanceof Error ? error.stack : String(error)
    process.stderr.write(`${name}: ${detail}\n`)
    process.exitCode = 1
  }
}
