/** A replica's door, with the clients and sessions of one test. */
import { expect, onTestFinished } from 'vitest'
import type { DoorLimits } from '../../../src/api/limits.js'
import { type ApiServer, startApi } from './api-server.js'
import { HostClient, SessionRecords } from './host-client.js'
import { idleReplica } from './idle-replica.js'

export interface OpenDoor {
  readonly server: ApiServer
  readonly sessions: SessionRecords
  /** Connects a client that goes away with the test. */
  readonly connect: (protocols?: string[], options?: object) => Promise<HostClient>
}

/** Everything ends with the test. */
export async function openDoor(doorLimits: Partial<DoorLimits> = {}): Promise<OpenDoor> {
  const sessions = new SessionRecords()
  const server = await startApi(idleReplica(sessions.open), { doorLimits })
  onTestFinished(() => server.app.close())
  return { server, sessions, connect: connectorTo(server) }
}

export function connectorTo(server: ApiServer): OpenDoor['connect'] {
  return async (protocols = [], options = {}) => {
    const client = await HostClient.connect(server.url, protocols, options)
    onTestFinished(() => client.socket.terminate())
    return client
  }
}

/** An `error` message. */
export const refusal = (code: string, detail: RegExp, retryable = false) => ({
  kind: 'error',
  code,
  detail: expect.stringMatching(detail),
  retryable,
})

/** Value of a metric's line; NaN when there is none. */
export async function metric(server: ApiServer, line: string): Promise<number> {
  const text = await server.registry.metrics()
  const found = text.split('\n').find((candidate) => candidate.startsWith(`${line} `))
  return Number(found?.split(' ').at(-1) ?? Number.NaN)
}

/** Waits until a metric has a value; the test's own time limit ends the wait. */
export async function metricBecomes(server: ApiServer, line: string, value: number): Promise<void> {
  while ((await metric(server, line)) !== value) await new Promise(setImmediate)
}
