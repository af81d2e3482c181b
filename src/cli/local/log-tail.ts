/** The end of a log file, to say why a process ended. */
import { closeSync, existsSync, lstatSync, openSync, readSync, renameSync, statSync } from 'node:fs'

const tailBytesMax = 64 * 1024

/** Size of a log so far, in bytes: where the next run's lines begin. */
export function logSize(file: string): number {
  return existsSync(file) ? statSync(file).size : 0
}

/** The last lines from a position on, at most 64 KiB; without empty ones. */
export function tailLines(file: string, from = 0): readonly string[] {
  const start = Math.max(from, logSize(file) - tailBytesMax)
  const buffer = Buffer.alloc(tailBytesMax)
  const descriptor = openSync(file, 'r')
  try {
    const bytes = readSync(descriptor, buffer, 0, tailBytesMax, start)
    const lines = buffer.toString('utf8', 0, bytes).split('\n')
    return lines.map((line) => line.trim()).filter((line) => line !== '')
  } finally {
    closeSync(descriptor)
  }
}

/** What a process said last, in words: of a structured line its message. */
export function lastWords(file: string): string {
  const line = tailLines(file).at(-1)
  if (line === undefined) return 'it said nothing'
  if (!line.startsWith('{')) return line
  try {
    const { msg } = JSON.parse(line) as { msg?: unknown }
    return typeof msg === 'string' ? msg : line
  } catch {
    return line
  }
}

/** Begins a new log and keeps the one before as `.1`. */
export function rotateLog(file: string): void {
  if (lstatSync(file, { throwIfNoEntry: false }) !== undefined) renameSync(file, `${file}.1`)
}
