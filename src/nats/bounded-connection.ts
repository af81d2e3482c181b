/**
 * A connection of the NATS client whose server cannot make this process grow: what it sends goes
 * through `ServerStream`, and what it does not read is not piled up for it.
 *
 * The client (`nats` 2.29, whose version is fixed in package.json) has no place for that in its
 * public face, so this uses its parts: its transport, of which this is a kind, and its handler of
 * the protocol, which asks a factory for a transport whenever it dials.
 */
import { createConnection, isIP, type LookupFunction, type Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import type { ConnectionOptions, NatsConnection, NatsError, ServerInfo } from 'nats'
import {
  NatsConnectionImpl,
  ProtocolHandler,
  setTransportFactory,
} from 'nats/lib/nats-base-client/internal_mod.js'
import { NodeTransport, nodeResolveHost } from 'nats/lib/src/node_transport.js'
import { BerthError } from '../errors/berth-error.js'
import type { Forbidden } from './forbidden-subjects.js'
import { type ServerFacts, ServerStream } from './server-stream.js'

/** Writes that the server has not read yet; at one more the connection ends. */
const unreadWritesMax = 1_024
/** The same in bytes: more than a whole table of a large namespace. */
const unreadBytesMax = 64 * 1024 * 1024
/** The client's own limit for a try is behind this one, which says more, by so much in ms. */
const graceMs = 1_000

const lineFeed = 10

export interface BoundedEvents {
  /** At each INFO of the server. */
  informed(facts: ServerFacts): void
  /** A message was left out: too large, or with too much of a head. */
  leftOut(): void
  /** The server does not let this client do that; the connection goes on. */
  refused(what: Forbidden): void
}

export interface BoundedTry {
  /** From when the name is looked up to the end of the login, in ms. The lookup has as long. */
  readonly timeoutMs: number
  readonly lookup: LookupFunction
  /** Gives the try up. */
  readonly signal: AbortSignal
}

/**
 * As `connect` of the client; without reconnecting, and without what a server tells of others. A
 * try that fails, or is given up, leaves nothing behind: the client itself leaves the socket of a
 * server that says nothing open for ever.
 * @param options one server, and no timeout
 * @throws BerthError `unavailable` when it takes too long or is given up; what the server or the
 *   network said otherwise
 */
export async function connectBounded(
  options: ConnectionOptions,
  { timeoutMs, signal, lookup }: BoundedTry,
  events: BoundedEvents,
): Promise<NatsConnection> {
  const server = String(options.servers).replace(/^\w+:\/\//, '')
  // What `connect` of the client itself sets, here and behind each use of ours: whoever else uses
  // the client in this process is not to notice.
  setTransportFactory(plainTransport)
  const connection = new Connection({
    ...options,
    ...{ reconnect: false, ignoreClusterUpdates: true, timeout: 2 * timeoutMs + graceMs },
    // The client asks name servers alone: what only this machine knows of names, it does not.
    resolve: false,
  })
  const handler = new ProtocolHandler(connection.options, connection)
  const transport = new BoundedTransport(lookup, timeoutMs, events, () => {
    clearTimeout(timer)
    timer = setTimeout(() => {
      const did = transport.hasGreeted ? 'did not finish the login' : 'said nothing'
      giveUp(`${did} within ${timeoutMs} ms`)
    }, timeoutMs)
  })
  let gaveUp: BerthError | null = null
  const giveUp = (why: string) => {
    gaveUp ??= new BerthError('unavailable', `${server} ${why}.`)
    transport.abandon(gaveUp)
    handler.connectError?.(gaveUp)
  }
  // The lookup ends by itself, and says why: this is for a client that does not even dial.
  let timer = setTimeout(() => giveUp('was not dialled'), timeoutMs + graceMs)
  const stop = () => giveUp('was given up')
  signal.addEventListener('abort', stop)
  if (signal.aborted) stop()
  const parts = handler as unknown as { prepare(): unknown }
  const prepare = parts.prepare.bind(handler)
  parts.prepare = () => {
    setTransportFactory({ ...plainTransport, factory: () => transport })
    try {
      return prepare()
    } finally {
      setTransportFactory(plainTransport)
    }
  }
  try {
    await handler.dialLoop()
  } catch (error) {
    throw gaveUp ?? causeOf(error)
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', stop)
  }
  connection.protocol = handler
  return connection as NatsConnection
}

/** What the client hides behind a code of its own. */
function causeOf(error: unknown): unknown {
  return (error as NatsError).chainedError ?? error
}

const Connection = NatsConnectionImpl as unknown as new (
  options: ConnectionOptions,
) => NatsConnectionImpl

const plainTransport = { factory: () => new NodeTransport(), dnsResolveFn: nodeResolveHost }

class BoundedTransport extends NodeTransport {
  readonly #lookup: LookupFunction
  /** For each of several addresses of the server, in ms. */
  readonly #attemptMs: number
  readonly #events: BoundedEvents
  readonly #onLocated: () => void
  readonly #stream = new ServerStream()
  #leftOut = 0
  #unreadWrites = 0
  #tcp: Socket | null = null
  #abandoned: BerthError | null = null

  /** @param onLocated called when the address of the server is known */
  constructor(
    lookup: LookupFunction,
    timeoutMs: number,
    events: BoundedEvents,
    onLocated: () => void,
  ) {
    super()
    this.#lookup = lookup
    this.#attemptMs = Math.ceil(timeoutMs / 2)
    this.#events = events
    this.#onLocated = onLocated
  }

  get hasGreeted(): boolean {
    return this.#stream.facts !== null
  }

  /** Ends the connection, however far it has come, and all waiting for it. */
  abandon(why: BerthError): void {
    this.#abandoned = why
    // Without the error: the client at times listens to none.
    this.#tcp?.destroy()
  }

  override dial({ hostname, port }: { hostname: string; port: number }): Promise<Socket> {
    return new Promise((resolve, reject) => {
      if (this.#abandoned !== null) {
        reject(this.#abandoned)
        return
      }
      const each = { autoSelectFamilyAttemptTimeout: this.#attemptMs }
      const socket = createConnection({ port, host: hostname, lookup: this.#lookup, ...each })
      this.#tcp = socket
      if (isIP(hostname) !== 0) this.#onLocated()
      else {
        // Its certificate is for the name, whatever address the name leads to.
        this.tlsName = hostname
        socket.once('lookup', (error: Error | null) => {
          if (error === null) this.#onLocated()
        })
      }
      socket.setNoDelay(true)
      let failure: Error | undefined
      socket.on('error', (error) => {
        failure = error
      })
      socket.on('close', () => reject(failure))
      socket.on('connect', () => resolve(socket))
    })
  }

  override async tlsFirst(to: { hostname: string; port: number }): Promise<TLSSocket> {
    this.socket = await this.dial(to)
    return super.tlsFirst(to)
  }

  /** The INFO with which every server begins; what comes with it waits for the parser. */
  override peekInfo(): Promise<ServerInfo> {
    const { socket } = this
    return new Promise((resolve, reject) => {
      socket.on('data', (chunk) => {
        this.#take(chunk)
        if (this.#stream.facts === null || socket.destroyed) return
        // Until the client listens: an error that nobody hears would end the process.
        socket.removeAllListeners().on('error', () => {})
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
    if (!this.connected) this.#tcp?.destroy()
    await super.close(error)
  }

  override async _send(frame: Uint8Array): Promise<void> {
    const { socket } = this
    // Of all that is still to be answered, a hundred thousand pings say, none costs an error more.
    if (socket?.destroyed) return
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
    for (const what of this.#stream.takeRefusals()) this.#events.refused(what)
    for (; this.#leftOut < leftOut; this.#leftOut += 1) this.#events.leftOut()
  }

  /** A server may say more in the same breath: why it takes nobody, say. */
  #firstInfo(): ServerInfo {
    const [heard = new Uint8Array(0)] = this.yields
    const line = heard.subarray('INFO'.length, heard.indexOf(lineFeed))
    return JSON.parse(new TextDecoder().decode(line))
  }
}
