/** Where a program is, without `which`. */
import { accessSync, constants, statSync } from 'node:fs'
import { delimiter, isAbsolute, join } from 'node:path'

/** The full path of a program, searched in PATH as a shell does; null when it is not there. */
export function findOnPath(name: string, path = process.env.PATH ?? ''): string | null {
  // Plain users' PATH often lacks these, and Debian installs servers there.
  const folders = [
    // A shell would also take programs from wherever it stands: not for us to run.
    ...path.split(delimiter).filter((folder) => isAbsolute(folder)),
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
