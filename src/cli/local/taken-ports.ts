/** Whether ports of 127.0.0.1 are free, and who has one that is not. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { createServer } from 'node:net'
import { withoutLogins } from '../../log/shown-url.js'
import { commandOf, processes } from '../../process/process-table.js'
import { refuse } from '../servers/own-files.js'
import { typedFlags } from '../typed-flags.js'
import { loopback, type NeededPort } from './cluster-plan.js'

/**
 * Holds the data folder in all processes of a cluster, also in those that somebody starts again by
 * a printed line: no run ends those, and this tells whose they are.
 */
export const folderVariable = 'BERTH_UP_FOLDER'

/**
 * @param folder of the cluster
 * @throws BerthError `conflict` that names the first taken port and what to do
 */
export async function requirePorts(
  needed: readonly NeededPort[],
  base: number,
  folder: string,
): Promise<void> {
  for (const { port, use } of needed) {
    const problem = await tryListen(port)
    if (problem === null) continue
    if (problem !== 'EADDRINUSE') refuse(`Port ${port} (${use}) cannot be used: ${problem}.`)
    const pid = listenerOf(port)
    const command = withoutLogins(commandOf(pid ?? 0).join(' ')).slice(0, 60)
    const who = pid === null ? '' : ` by process ${pid} (${command})`
    const taken = `Port ${port} (${use}) is taken${who}`
    const left = leftoversOn(needed, folder)
    if (pid !== null && left.includes(pid)) {
      refuse(`${taken}, left over from this folder: kill ${left.join(' ')}`)
    }
    const other = typedFlags(`--port ${base + 100 > 65_000 ? base - 100 : base + 100}`)
    refuse(`${taken}. Stop what listens there, or take others: ${other}`)
  }
}

/** @returns null when it is free, else the system's code for why not */
function tryListen(port: number): Promise<string | null> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message))
    server.listen({ port, host: loopback, exclusive: true }, () => {
      server.close(() => resolve(null))
    })
  })
}

/** Pids of the processes of this folder's cluster that listen on these ports. */
export function leftoversOn(ports: readonly NeededPort[], folder: string): readonly number[] {
  const listeners = new Set(ports.map(({ port }) => listenerOf(port)))
  return [...listeners].filter((pid) => pid !== null).filter((pid) => isOf(pid, folder))
}

/** Whether a process was started for the cluster of this folder, as the kernel tells. */
function isOf(pid: number, folder: string): boolean {
  try {
    const variables = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0')
    return variables.includes(`${folderVariable}=${folder}`)
  } catch {
    return false
  }
}

/** Pid of a process of ours that listens on a port; null when it is not ours to see. */
function listenerOf(port: number): number | null {
  const sockets = ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((file) => listening(file, port))
  if (sockets.length === 0) return null
  for (const pid of processes()) {
    try {
      const links = readdirSync(`/proc/${pid}/fd`).map((fd) => `/proc/${pid}/fd/${fd}`)
      if (links.some((link) => sockets.includes(readlinkSync(link)))) return pid
    } catch {
      // Another user's process, or one that has just ended.
    }
  }
  return null
}

/** Names of the listening sockets of a port, as links in /proc show them. */
function listening(file: string, port: number): readonly string[] {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch {
    return []
  }
  const listenState = '0A'
  const hexPort = port.toString(16).toUpperCase().padStart(4, '0')
  return text
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter(([, local, , state]) => state === listenState && local?.endsWith(`:${hexPort}`))
    .map((fields) => `socket:[${fields[9]}]`)
}
