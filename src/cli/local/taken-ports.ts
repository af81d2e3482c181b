/** Whether ports of 127.0.0.1 are free, and who has one that is not. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { createServer } from 'node:net'
import { BerthError } from '../../errors/berth-error.js'
import { withoutLogins } from '../../log/shown-url.js'
import { commandOf, processes } from '../../process/process-table.js'
import { loopback, type NeededPort } from './port-plan.js'
import { typedFlags } from './typed-flags.js'

/**
 * @param isOurs whether a process is one of this very cluster, started by hand
 * @throws BerthError `conflict` that names the first taken port and what to do
 */
export async function requirePorts(
  needed: readonly NeededPort[],
  base: number,
  isOurs: (pid: number) => boolean,
): Promise<void> {
  for (const { port, use } of needed) {
    const problem = await tryListen(port)
    if (problem === null) continue
    if (problem !== 'EADDRINUSE') {
      throw new BerthError('conflict', `Port ${port} (${use}) cannot be used: ${problem}.`)
    }
    const pid = listenerOf(port)
    const command = pid === null ? '' : withoutLogins(commandOf(pid).join(' ')).slice(0, 60)
    const who = pid === null ? '' : ` by process ${pid} (${command})`
    if (pid !== null && isOurs(pid)) {
      const all = listenersOf(needed).filter(isOurs).join(' ')
      const how = `is taken${who}, left over from this folder: kill ${all}`
      throw new BerthError('conflict', `Port ${port} (${use}) ${how}`)
    }
    const other = base + 100 > 65_000 ? base - 100 : base + 100
    throw new BerthError(
      'conflict',
      `Port ${port} (${use}) is taken${who}. Stop what listens there, or take others: ` +
        typedFlags(`--port ${other}`),
    )
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

/** Pids of the processes that listen on these ports, as far as they are ours to see. */
export function listenersOf(ports: readonly NeededPort[]): readonly number[] {
  const found = ports.map(({ port }) => listenerOf(port)).filter((pid) => pid !== null)
  return [...new Set(found)]
}

/** Pid of a process of ours that listens on a port; null when it is not ours to see. */
export function listenerOf(port: number): number | null {
  const sockets = new Set(
    ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((file) => listening(file, port)),
  )
  if (sockets.size === 0) return null
  for (const pid of processes()) {
    try {
      for (const fd of readdirSync(`/proc/${pid}/fd`)) {
        if (sockets.has(readlinkSync(`/proc/${pid}/fd/${fd}`))) return pid
      }
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
