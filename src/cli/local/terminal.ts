/** What a person reads: what is done, and of an error one sentence with what to do. */
import { BerthError } from '../../errors/berth-error.js'
import { anotherFolder } from '../typed-flags.js'

/** On stdout. A reader that goes away stops nothing. */
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
  const say = (line: string) => void process.stdout.write(`${line}\n`)
  return {
    say,
    slow: (what, waitedMs) => say(`  waiting for ${what}, ${Math.round(waitedMs / 1000)} s`),
    warn: (line) => void process.stderr.write(`${line}\n`),
  }
}

export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`
}

/** What the system's words mean here, and what helps. `at` is the file or folder. */
const texts: Readonly<Record<string, (at: string) => string>> = {
  ENOSPC: (at) => `The disk is full: ${at} cannot be written. Make room, then start it again.`,
  EDQUOT: (at) =>
    `The disk quota is used up: ${at} cannot be written. Make room, then start again.`,
  EROFS: (at) => `${at} lies on a disk that is mounted read-only. Take ${anotherFolder}`,
  EACCES: (at) => `${at} cannot be read or written by this user. Take ${anotherFolder}`,
  EPERM: (at) => `${at} cannot be changed by this user. Take ${anotherFolder}`,
  ENOENT: (at) => `${at} is not there, and cannot be made. Take ${anotherFolder}`,
  ENOTDIR: (at) => `${at} leads through something that is no folder. Take ${anotherFolder}`,
  ENAMETOOLONG: (at) => `${at} is too long a path. Take ${anotherFolder}`,
  ELOOP: (at) => `${at} leads through a ring of symbolic links. Take ${anotherFolder}`,
  ENOTEMPTY: (at) => `Something else writes into ${at}. End that first, then start it again.`,
  EBUSY: (at) => `${at} is in use, as a mount for example. Take ${anotherFolder}`,
  EMFILE: () => 'This process may open no more files. Raise the limit: ulimit -n 4096',
  ENFILE: () => 'This machine has no more room for open files.',
  EIO: (at) => `The disk has a fault: ${at} cannot be read or written.`,
}

/** Of an error that ends a command. One line, unless it is a bug. */
export function failureText(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { code, path } = error as NodeJS.ErrnoException
  const known = error instanceof BerthError || error.name === 'WaitExpired'
  if (known || !/^E[A-Z]+$/.test(code ?? '')) {
    return known ? error.message : (error.stack ?? error.message)
  }
  return texts[code ?? '']?.(path ?? 'A file') ?? error.message
}
