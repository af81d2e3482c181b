/** What `berth up` says while it works, on stdout. A reader that goes away stops nothing. */

export interface Progress {
  /** One line about something that is done or begins. */
  say(line: string): void
  /** A wait that lasts over a second: whom it waits for. */
  slow(what: string, waitedMs: number): void
  /** Something that a person should act on, on stderr. */
  warn(line: string): void
}

export function consoleProgress(): Progress {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})
  return {
    say: (line) => void process.stdout.write(`${line}\n`),
    slow: (what, waitedMs) => {
      process.stdout.write(`  waiting for ${what}, ${Math.round(waitedMs / 1000)} s\n`)
    },
    warn: (line) => void process.stderr.write(`${line}\n`),
  }
}

export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`
}
