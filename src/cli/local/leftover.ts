/**
 * Processes of this folder's cluster that somebody started by hand, with a line that was printed
 * for that: no run ends them. What the kernel tells of a process decides whose it is.
 */
import { readFileSync } from 'node:fs'
import { lifelineVariable } from '../../process/lifeline.js'
import { commandOf } from '../../process/process-table.js'
import { planHosts, replicaAddresses } from './cluster-plan.js'
import type { DataFolder } from './data-folder.js'
import { natsArguments } from './nats-server.js'
import type { UpOptions } from './options.js'
import { planPorts } from './port-plan.js'
import type { Programs } from './programs.js'

export interface Belongings {
  /** Folders that only this cluster's servers are given: its own, and that of its Postgres. */
  readonly folders: readonly string[]
  /** Arguments of those that are given no folder: they name this cluster's ports. */
  readonly commands: readonly (readonly string[])[]
}

export function belongingsOf(
  { path, mark, replaced }: DataFolder,
  options: UpOptions,
  programs: Programs,
): Belongings {
  const ports = planPorts(options.port)
  const hosts = planHosts(options.hosts, ports, replicaAddresses(mark.replicas, ports))
  const homes = [mark, replaced].map((one) => one?.postgresHome ?? path)
  return {
    folders: [path, ...homes],
    commands: [...hosts.map((plan) => programs.host(plan).args), natsArguments(ports.nats)],
  }
}

/** Whether a process that has one of the cluster's ports is of this cluster. */
export function isLeftover(pid: number, { folders, commands }: Belongings): boolean {
  // Of a cluster that runs: its owner ends it.
  if (variableOf(pid, lifelineVariable).length > 0) return false
  const words = commandOf(pid)
  // A command line that may hold a login gives way to a title; what it was started with stays.
  const named = [...words, ...variableOf(pid, 'PGPASSFILE')]
  if (named.some((word) => folders.some((folder) => word.startsWith(`${folder}/`)))) return true
  const args = words.slice(1).join('\0')
  return commands.some((command) => command.join('\0') === args)
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
