/**
 * A connection of the NATS client whose server cannot make this process grow: what it sends goes
 * through `ServerStream`, and what it does not read is not piled up for it.
 *
 * The client (`nats` 2.29, whose version is fixed in package.json) has no place for that in its
 * public face, so this uses its parts: its transport, of which this is a kind, and its handler of
 * the protocol, which asks a factory for a transport whenever it dials.
 */
import type { ConnectionOptions, NatsConnection, ServerInfo } from 'nats'
import {
  NatsConnectionImpl,
  ProtocolHandler,
  setTransportFactory,
} from 'nats/lib/nats-base-client/internal_mod.js'
import { NodeTransport, nodeResolveHost } from 'nats/lib/src/node_transport.js'
import { BerthError } from '../errors/berth-error.js'
import { type ServerFacts, ServerStream } from './server-stream.js'

/** Writes that the server has not read yet; at one more the connection ends. */
const unreadWritesMax = 1_024
/** The same in bytes: more than a whole table of a large namespace. */
const unreadBytesMax = 64 * 1024 * 1024

export interface BoundedEvents {
  /** At each INFO of the server. */
  informed(facts: ServerFacts): void
  /** A message was left out: too large, or with too much of a head. */
  leftOut(): void
}

/** As `connect` of the client; without reconnecting, and without what a server tells of others. */
export async function connectBounded(
  options: ConnectionOptions,
  events: BoundedEvents,
): Promise<NatsConnection> {
  // What `connect` of the client itself sets, here and behind each use of ours: whoever else uses
  // the client in this process is not to notice.
  setTransportFactory(plainTransport)
  const connection = new Connection({ ...options, reconnect: false, ignoreClusterUpdates: true })
  const handler = new ProtocolHandler(connection.options, connection)
  const parts = handler as unknown as { prepare(): unknown }
  const prepare = parts.prepare.bind(handler)
  parts.prepare = () => {
    setTransportFactory({ ...plainTransport, factory: () => new BoundedTransport(events) })
    try {
      return prepare()
    } finally {
      setTransportFactory(plainTransport)
    }
  }
  await handler.dialLoop()
  connection.protocol = handler
  return connection as NatsConnection
}

const Connection = NatsConnectionImpl as unknown as new (
  options: ConnectionOptions,
) => NatsConnectionImpl

const plainTransport = { factory: () => new NodeTransport(), dnsResolveFn: nodeResolveHost }

class BoundedTransport extends NodeTransport {
  readonly #events: BoundedEvents
  readonly #stream = new ServerStream()
  #leftOut = 0
  #unreadWrites = 0

  constructor(events: BoundedEvents) {
    super()
    this.#events = events
  }

  /** The INFO with which every server begins; what comes with it waits for the parser. */
  override peekInfo(): Promise<ServerInfo> {
    const { socket } = this
    return new Promise((resolve, reject) => {
      socket.on('data', (chunk) => {
        this.#take(chunk)
        if (this.#stream.facts === null || socket.destroyed) return
        socket.removeAllListeners()
        resolve(this.#firstInfo())
      })
      let failure: Error | undefined
      socket.on('error', (error) => {
        failure = error
      })
      socket.on('close', () => {
        socket.removeAllListeners()
        reject(failure ?? new BerthError('unavailable', 'The NATS server closed the connection.'))
      })
    })
  }

  override setupHandlers(): void {
    super.setupHandlers()
    const { socket } = this
    socket.removeAllListeners('data')
    socket.on('data', (chunk) => {
      this.#take(chunk)
      this.signal.resolve()
    })
  }

  /** The client itself leaves a socket open on which the login was not over in time. */
  override async close(error?: Error): Promise<void> {
    if (!this.connected) this.socket?.destroy()
    await super.close(error)
  }

  override async _send(frame: Uint8Array): Promise<void> {
    const { socket } = this
    const isFull = this.#unreadWrites >= unreadWritesMax || socket?.writableLength > unreadBytesMax
    if (isFull) {
      socket?.destroy(new BerthError('overloaded', 'The NATS server does not read.'))
      return
    }
    this.#unreadWrites += 1
    try {
      await super._send(frame)
    } finally {
      this.#unreadWrites -= 1
    }
  }

  #take(chunk: Buffer): void {
    const { facts: before } = this.#stream
    try {
      for (const piece of this.#stream.take(chunk)) this.yields.push(piece)
    } catch (error) {
      this.socket.destroy(error as Error)
      return
    }
    const { facts, leftOut } = this.#stream
    if (facts !== null && facts !== before) this.#events.informed(facts)
    for (; this.#leftOut < leftOut; this.#leftOut += 1) this.#events.leftOut()
  }

  #firstInfo(): ServerInfo {
    const [line = new Uint8Array(0)] = this.yields
    return JSON.parse(new TextDecoder().decode(line.subarray('INFO'.length)))
  }
}
