/**
 * The log of a run: a line of JSON for each fault, finding and operation, in a folder that is kept.
 * Times are in ms since the run began.
 */
import { createWriteStream, type WriteStream } from 'node:fs'
import { join } from 'node:path'

export class Journal {
  readonly folder: string
  readonly #streams = new Map<string, WriteStream>()
  readonly #startMs = performance.now()
  readonly #onLine: (line: string) => void

  /** @param onLine what is said aloud, too */
  constructor(folder: string, onLine: (line: string) => void) {
    this.folder = folder
    this.#onLine = onLine
  }

  nowMs(): number {
    return performance.now() - this.#startMs
  }

  /** Into `<file>.jsonl`. */
  write(file: string, entry: object): void {
    const known = this.#streams.get(file)
    const stream = known ?? createWriteStream(join(this.folder, `${file}.jsonl`), { mode: 0o600 })
    if (known === undefined) this.#streams.set(file, stream)
    stream.write(`${JSON.stringify(entry)}\n`)
  }

  /** An event of the run, for people as well. */
  say(kind: 'fault' | 'lifted' | 'finding' | 'phase', text: string): void {
    const atMs = Math.round(this.nowMs())
    this.write('events', { atMs, kind, text })
    this.#onLine(`${(atMs / 1000).toFixed(1).padStart(7)} s  ${kind.padEnd(7)}  ${text}`)
  }

  async close(): Promise<void> {
    const ends = [...this.#streams.values()].map(
      (stream) => new Promise<void>((resolve) => stream.end(resolve)),
    )
    await Promise.all(ends)
  }
}
