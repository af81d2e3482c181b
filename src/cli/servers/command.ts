/** A program with its arguments, the same from any folder: to be run, or to be shown. */
import { accessSync, constants, statSync } from 'node:fs'
import { delimiter, isAbsolute, join } from 'node:path'

export interface Command {
  readonly file: string
  readonly args: readonly string[]
  /** Variables on top of the owner's. */
  readonly env?: Readonly<Record<string, string>>
  /** Variables whose values stand in files: every user of the machine may read a command line. */
  readonly envFiles?: Readonly<Record<string, string>>
  /** Runs as this user and group; only root may. */
  readonly uid?: number
  readonly gid?: number
}

/** A line that starts the same program again when it is pasted into a shell, in any folder. */
export function commandLine({ file, args, env, envFiles, uid, gid = uid }: Command): string {
  const texts = Object.entries(env ?? {}).map(([name, value]) => `${name}=${quote(value)}`)
  const files = Object.entries(envFiles ?? {}).map(([name, at]) => `${name}="$(cat ${quote(at)})"`)
  const user = ['setpriv', `--reuid=${uid}`, `--regid=${gid}`, '--clear-groups']
  const words = [...(uid === undefined ? [] : user), ...[file, ...args].map(quote)]
  return [...texts, ...files, ...words].join(' ')
}

/** One argument, quoted for a POSIX shell where it needs to be. */
function quote(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}

/** The full path of a program, searched in PATH as a shell does; null when it is not there. */
export function findOnPath(name: string, path = process.env.PATH ?? ''): string | null {
  // A shell would also take programs from wherever it stands: not for us to run.
  const folders = path.split(delimiter).filter((folder) => isAbsolute(folder))
  // Debian installs servers there, and plain users' PATH often lacks it.
  const all = [...folders, '/usr/local/sbin', '/usr/sbin', '/sbin']
  return all.map((folder) => join(folder, name)).find(isExecutable) ?? null
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return statSync(file).isFile()
  } catch {
    return false
  }
}
