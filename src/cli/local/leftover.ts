/**
 * Processes of this folder's cluster that somebody started by hand, with a line that was printed
 * for that: no run ends them. What the kernel tells of a process decides whose it is.
 */
import { readFileSync } from 'node:fs'
import { commandOf } from '../../process/process-table.js'
import type { Command } from './command.js'

export interface Belongings {
  /** Folders that only this cluster's servers are given: its own, and that of its Postgres. */
  readonly folders: readonly string[]
  /** Commands that no other cluster has: they name its ports. */
  readonly commands: readonly Command[]
}

/** Whether a process that has one of the cluster's ports is of this cluster. */
export function isLeftover(pid: number, { folders, commands }: Belongings): boolean {
  const words = commandOf(pid)
  // A command line that may hold a login gives way to a title; what it was started with stays.
  const named = [...words, ...variableOf(pid, 'PGPASSFILE')]
  if (named.some((word) => folders.some((folder) => word.startsWith(`${folder}/`)))) return true
  const line = words.join('\0')
  return commands.some(({ file, args }) => [file, ...args].join('\0') === line)
}

/** The value of a variable with which a process was started, if there is one to be seen. */
function variableOf(pid: number, name: string): readonly string[] {
  try {
    const variables = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0')
    return variables
      .filter((one) => one.startsWith(`${name}=`))
      .map((one) => one.slice(name.length + 1))
  } catch {
    return []
  }
}
