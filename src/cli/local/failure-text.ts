/** What a person reads of an error that ends a command: one sentence, with what to do. Pure. */
import { BerthError } from '../../errors/berth-error.js'
import { typedFlags } from './typed-flags.js'

interface SystemError {
  readonly code: string
  readonly path?: unknown
  readonly message: string
}

/** What the system's words mean here, and what helps. `at` is the file or folder, or "It". */
const texts: Readonly<Record<string, (at: string) => string>> = {
  ENOSPC: (at) => `The disk is full: ${at} cannot be written. Make room, then start it again.`,
  EDQUOT: (at) =>
    `The disk quota is used up: ${at} cannot be written. Make room, then start again.`,
  EROFS: (at) => `${at} lies on a disk that is mounted read-only. ${anotherFolder}`,
  EACCES: (at) => `${at} cannot be read or written by this user. ${anotherFolder}`,
  EPERM: (at) => `${at} cannot be changed by this user. ${anotherFolder}`,
  ENOENT: (at) => `${at} is not there, and cannot be made. ${anotherFolder}`,
  ENOTDIR: (at) => `${at} leads through something that is no folder. ${anotherFolder}`,
  ENAMETOOLONG: (at) => `${at} is too long a path. ${anotherFolder}`,
  ELOOP: (at) => `${at} leads through a ring of symbolic links. ${anotherFolder}`,
  ENOTEMPTY: (at) => `Something else writes into ${at}. End that first, then start it again.`,
  EBUSY: (at) => `${at} is in use, as a mount for example. ${anotherFolder}`,
  EMFILE: () => 'This process may open no more files. Raise the limit: ulimit -n 4096',
  ENFILE: () => 'This machine has no more room for open files.',
  EIO: (at) => `The disk has a fault: ${at} cannot be read or written.`,
}
const anotherFolder = `Take another folder: ${typedFlags('--data <folder>')}`

/** One line, unless it is a bug. */
export function failureText(error: unknown): string {
  if (error instanceof BerthError) return error.message
  if (!(error instanceof Error)) return String(error)
  if (isOfTheSystem(error)) {
    const at = typeof error.path === 'string' ? error.path : 'A file'
    return texts[error.code]?.(at) ?? error.message
  }
  return error.name === 'WaitExpired' ? error.message : (error.stack ?? error.message)
}

/** What Postgres says of a failure, with what helps where the disk is full. */
export function postgresReason(reason: string): string {
  if (!/no space left on device|could not extend file|disk quota exceeded/i.test(reason)) {
    return reason
  }
  const flags = typedFlags('--data <folder>')
  return `the disk is full (${reason}). Make room, or take another folder: ${flags}`
}

function isOfTheSystem(error: Error): error is Error & SystemError {
  const { code } = error as { readonly code?: unknown }
  return typeof code === 'string' && /^E[A-Z]+$/.test(code)
}
