/** The other end of a host's WebSocket, and the sessions that the replica got. */
import { once } from 'node:events'
import { WebSocket } from 'ws'
import type { HostConnection, HostSession } from '../../../src/api/door/host-connection.js'
import type { HostMessage, ReplicaMessage } from '../../../src/wire/messages.js'
import { decode, encode } from '../../../src/wire/msgpack.js'
import { secretOf } from '../../support/secrets.js'
import { versions } from '../../support/versions.js'

export const hello = {
  kind: 'hello',
  ...versions,
  namespace: 'default',
  instance: '00000000-0000-4000-8000-000000000001',
  secret: secretOf('1'),
  name: '10.0.0.1:5000',
  appId: 'shop',
  types: ['Order'],
} as const

export const heartbeat = {
  kind: 'heartbeat',
  lineage: '',
  epoch: 0,
  number: 1,
  acknowledged: { term: 0, generation: 0, digest: '0'.repeat(43) },
  listening: false,
} as const

export interface Closed {
  readonly code: number
  readonly reason: string
}

export class HostClient {
  readonly socket: WebSocket
  readonly received: ReplicaMessage[] = []
  /** Resolves when the connection is gone. */
  readonly closed: Promise<Closed>

  constructor(socket: WebSocket) {
    this.socket = socket
    socket.on('message', (data: Buffer, binary) => {
      const message = binary ? decode(data) : JSON.parse(data.toString())
      this.received.push(message as ReplicaMessage)
    })
    socket.on('error', () => {})
    this.closed = new Promise((resolve) => {
      socket.once('close', (code, reason) => resolve({ code, reason: reason.toString() }))
    })
  }

  static async connect(
    url: string,
    protocols: string[] = [],
    options: object = {},
  ): Promise<HostClient> {
    const socket = new WebSocket(`${url.replace('http', 'ws')}/v1/host`, protocols, options)
    const client = new HostClient(socket)
    await once(socket, 'open')
    return client
  }

  say(message: object): void {
    const packed = this.socket.protocol === 'berth.v1+msgpack'
    this.socket.send(packed ? encode(message) : JSON.stringify(message))
  }
}

/** Status and body of an upgrade that was refused. */
export function refusedUpgrade(
  url: string,
  protocols: string[] = [],
  options: object = {},
): Promise<{ status: number; problem: Record<string, unknown> }> {
  const socket = new WebSocket(url.replace('http', 'ws'), protocols, options)
  return new Promise((resolve, reject) => {
    socket.once('open', () => reject(new Error('the upgrade was accepted')))
    socket.on('error', reject)
    socket.once('unexpected-response', async (_request, response) => {
      let body = ''
      for await (const chunk of response) body += chunk
      resolve({ status: response.statusCode ?? 0, problem: JSON.parse(body || '{}') })
    })
  })
}

/** A session that keeps what it was told. */
export class SessionRecord implements HostSession {
  readonly connection: HostConnection
  readonly messages: HostMessage[] = []
  closedCount = 0
  /** What `receive` throws, if anything. */
  failure: unknown
  /** Which messages the cluster asked for. */
  asksFor: (message: HostMessage) => boolean = () => false
  #waiting: (() => void)[] = []

  constructor(connection: HostConnection) {
    this.connection = connection
  }

  isAcknowledgement(message: HostMessage): boolean {
    return this.asksFor(message)
  }

  receive(message: HostMessage): void {
    this.messages.push(message)
    this.#wake()
    if (this.failure !== undefined) throw this.failure
  }

  closed(): void {
    this.closedCount += 1
    this.#wake()
  }

  async until(condition: (session: SessionRecord) => boolean): Promise<void> {
    while (!condition(this)) await new Promise<void>((resolve) => this.#waiting.push(resolve))
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve()
  }
}

/** What a client was told last before it was closed. */
export async function endOf(client: HostClient): Promise<Closed & { readonly error: unknown }> {
  const closed = await client.closed
  return { ...closed, error: client.received.at(-1) }
}

/** Collects the sessions of a port. */
export class SessionRecords {
  readonly sessions: SessionRecord[] = []
  /** What `openSession` throws, if anything. */
  failure: unknown
  #waiting: (() => void)[] = []

  open = (connection: HostConnection): HostSession => {
    if (this.failure !== undefined) throw this.failure
    const session = new SessionRecord(connection)
    this.sessions.push(session)
    for (const resolve of this.#waiting.splice(0)) resolve()
    return session
  }

  async nth(count: number): Promise<SessionRecord> {
    while (this.sessions.length < count) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    }
    return this.sessions[count - 1]!
  }
}
