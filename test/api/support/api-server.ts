/** A listening API on a free loopback port, with what it logged. */
import type { AddressInfo } from 'node:net'
import type { FastifyInstance } from 'fastify'
import { pino } from 'pino'
import { Registry } from 'prom-client'
import { type ApiOptions, createApi } from '../../../src/api/create-api.js'
import type { ReplicaPort } from '../../../src/api/replica-port.js'

export interface ApiServer {
  readonly app: FastifyInstance
  readonly registry: Registry
  readonly port: number
  /** http://127.0.0.1:port */
  readonly url: string
  /** Every log record, as pino wrote it. */
  readonly logs: readonly Record<string, unknown>[]
}

export async function startApi(
  port: ReplicaPort,
  options: Partial<ApiOptions> = {},
): Promise<ApiServer> {
  const logs: Record<string, unknown>[] = []
  const log = pino({ level: 'debug' }, { write: (line) => logs.push(JSON.parse(line)) })
  const registry = new Registry()
  const app = await createApi({ port, log, registry, ...options })
  await app.listen({ host: '127.0.0.1', port: 0 })
  const { port: number } = app.server.address() as AddressInfo
  return { app, registry, port: number, url: `http://127.0.0.1:${number}`, logs }
}
