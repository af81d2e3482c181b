/** The local API on a port of loopback, or on a unix socket, as a sidecar has it. */
import { createServer, type Server } from 'node:http'
import type { AddressInfo, ListenOptions, Socket } from 'node:net'
import { pino } from 'pino'
import { Registry } from 'prom-client'
import { onTestFinished } from 'vitest'
import {
  createLocalApi,
  type LocalApi,
  type LocalApiOptions,
} from '../../../../src/sidecar-process/api/create-local-api.js'
import { TestPort } from './test-port.js'

export interface LocalServer {
  readonly api: LocalApi
  readonly port: TestPort
  readonly registry: Registry
  /** Of loopback; 0 for a unix socket. */
  readonly number: number
  /** Connections that are open. */
  readonly sockets: ReadonlySet<Socket>
  /** Every log record, as pino wrote it. */
  readonly logs: readonly Record<string, unknown>[]
}

export async function createApi(options: Partial<LocalApiOptions> = {}) {
  const logs: Record<string, unknown>[] = []
  const log = pino({ level: 'debug' }, { write: (line) => logs.push(JSON.parse(line)) })
  const port = new TestPort()
  const registry = new Registry()
  const api = await createLocalApi({ port, log, registry, ...options })
  return { api, port, registry, logs }
}

/** Ends with the test. */
export async function startLocal(
  options: Partial<LocalApiOptions> = {},
  where: ListenOptions = { host: '127.0.0.1', port: 0 },
): Promise<LocalServer> {
  const made = await createApi(options)
  const server = createServer(made.api.others)
  const sockets = socketsOf(server)
  await new Promise<void>((resolve) => server.listen(where, resolve))
  const address = server.address() as AddressInfo | string
  const number = typeof address === 'string' ? 0 : address.port
  onTestFinished(async () => {
    server.close()
    await made.api.close()
    server.closeAllConnections()
  })
  return { ...made, number, sockets }
}

function socketsOf(server: Server): ReadonlySet<Socket> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  return sockets
}
