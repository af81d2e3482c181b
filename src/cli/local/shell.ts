/** Programs on PATH, and commands as a person would type them. */
import { accessSync, constants, statSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import type { Command } from './child.js'

/** The full path of a program, searched in PATH as a shell does; null when it is not there. */
export function findOnPath(name: string, path = process.env.PATH ?? ''): string | null {
  // Plain users' PATH often lacks these, and Debian installs servers there.
  const folders = [
    ...path.split(delimiter).filter(Boolean),
    '/usr/local/sbin',
    '/usr/sbin',
    '/sbin',
  ]
  for (const folder of folders) {
    const file = join(folder, name)
    if (isExecutable(file)) return file
  }
  return null
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return statSync(file).isFile()
  } catch {
    return false
  }
}

/** One argument, quoted for a POSIX shell where it needs to be. */
function quote(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}

/** A line that starts the same program again when it is pasted into a shell, in any folder. */
export function commandLine(command: Command): string {
  return [
    ...Object.entries(command.env ?? {}).map(([name, value]) => `${name}=${quote(value)}`),
    ...asUser(command).map(quote),
    quote(command.file),
    ...command.args.map(quote),
  ].join(' ')
}

function asUser(command: Command): readonly string[] {
  if (command.uid === undefined) return []
  const { uid, gid = uid } = command
  return ['setpriv', `--reuid=${uid}`, `--regid=${gid}`, '--clear-groups']
}
