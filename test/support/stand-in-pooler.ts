/**
 * A pooler before Postgres, as PgBouncer is one: clients log in to it with any password, and get
 * one of few backends, for a transaction or for as long as they stay.
 */
import { createServer, type Socket } from 'node:net'
import pg from 'pg'
import type { Owner } from './owner.js'
import { freePort } from './ports.js'

export interface StandInPooler {
  /** `url` with the address of the pooler. */
  readonly url: string
}

export interface PoolerOptions {
  readonly mode: 'transaction' | 'session'
  /** Number of backends. */
  readonly size: number
  /** Which of the free ones is given away: the last that became free, the first, or any. */
  readonly gives: 'last' | 'first' | 'any'
}

/** The request for TLS in the place of a login (PostgreSQL, "Message Formats"). */
const tlsRequest = 80_877_103
/** In ReadyForQuery: outside of a transaction. */
const idleStatus = 'I'.charCodeAt(0)

interface Client {
  readonly socket: Socket
  backend: Backend | null
  /** What it said while it had no backend. */
  waiting: Buffer[]
}

interface Backend {
  readonly socket: Socket
  client: Client | null
  isIdle: boolean
}

class Pool {
  readonly #options: PoolerOptions
  readonly #backends: Backend[] = []
  readonly #free: Backend[] = []
  readonly #queue: Client[] = []

  constructor(options: PoolerOptions) {
    this.#options = options
  }

  async open(url: string): Promise<void> {
    const { size } = this.#options
    const clients = Array.from({ length: size }, () => new pg.Client(url))
    await Promise.all(clients.map((client) => client.connect()))
    for (const client of clients) {
      client.on('error', () => {})
      const { stream } = (client as unknown as { connection: { stream: Socket } }).connection
      this.#add(stream)
    }
  }

  say(client: Client, message: Buffer): void {
    const { backend } = client
    if (backend !== null) {
      backend.isIdle = false
      backend.socket.write(message)
      return
    }
    client.waiting.push(message)
    if (client.waiting.length > 1) return
    const free = this.#take()
    if (free === undefined) this.#queue.push(client)
    else this.#give(free, client)
  }

  /** What a client in the middle of something leaves behind is thrown away. */
  left(client: Client): void {
    const { backend } = client
    if (backend === null) return
    backend.client = null
    // As `server_reset_query` does; it is free once that is answered.
    if (backend.isIdle) backend.socket.write(encode('Q', Buffer.from('discard all\0')))
    else backend.socket.destroy()
  }

  close(): void {
    for (const { socket } of this.#backends) socket.destroy()
  }

  #add(socket: Socket): void {
    const backend: Backend = { socket, client: null, isIdle: true }
    this.#backends.push(backend)
    this.#free.push(backend)
    let heard: Buffer = Buffer.alloc(0)
    socket.removeAllListeners('data')
    socket.on('data', (chunk) => {
      backend.client?.socket.write(chunk)
      const [messages, rest] = cut(Buffer.concat([heard, chunk]))
      heard = rest
      const ready = messages.findLast((message) => message[0] === code('Z'))
      if (ready?.[5] === idleStatus) this.#becameIdle(backend)
    })
  }

  #becameIdle(backend: Backend): void {
    backend.isIdle = true
    if (this.#options.mode === 'session' && backend.client !== null) return
    if (backend.client !== null) backend.client.backend = null
    backend.client = null
    const next = this.#queue.shift()
    if (next === undefined) this.#free.push(backend)
    else this.#give(backend, next)
  }

  #take(): Backend | undefined {
    const { length } = this.#free
    const at = { last: length - 1, first: 0, any: Math.floor(Math.random() * length) }
    return this.#free.splice(at[this.#options.gives], 1)[0]
  }

  #give(backend: Backend, client: Client): void {
    client.backend = backend
    backend.client = client
    for (const message of client.waiting.splice(0)) this.say(client, message)
  }
}

export async function startStandInPooler(
  owner: Owner,
  url: string,
  options: PoolerOptions,
): Promise<StandInPooler> {
  const pool = new Pool(options)
  await pool.open(url)
  const sockets = new Set<Socket>()
  const listener = createServer((socket) => {
    const client: Client = { socket, backend: null, waiting: [] }
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => {
      sockets.delete(socket)
      pool.left(client)
    })
    let heard: Buffer = Buffer.alloc(0)
    let isIn = false
    socket.on('data', (chunk) => {
      heard = Buffer.concat([heard, chunk])
      while (!isIn && heard.length >= 8) {
        const length = heard.readInt32BE(0)
        if (heard.length < length) return
        const isTlsRequest = heard.readInt32BE(4) === tlsRequest
        heard = heard.subarray(length)
        isIn = !isTlsRequest
        socket.write(isTlsRequest ? 'N' : greeting())
      }
      const [messages, rest] = cut(heard)
      heard = rest
      for (const message of messages) if (message[0] !== code('X')) pool.say(client, message)
    })
  })
  const port = await freePort()
  await new Promise<void>((resolve) => listener.listen(port, '127.0.0.1', resolve))
  owner.onTestFinished(async () => {
    for (const socket of sockets) socket.destroy()
    pool.close()
    await new Promise((resolve) => listener.close(resolve))
  })
  const through = new URL(url)
  through.port = String(port)
  return { url: through.href }
}

/** Logged in; the process id is the pooler's own invention. */
function greeting(): Buffer {
  const key = Buffer.alloc(8)
  key.writeInt32BE(2_000_000_001)
  return Buffer.concat([
    encode('R', Buffer.alloc(4)),
    encode('S', Buffer.from('client_encoding\0UTF8\0')),
    encode('K', key),
    encode('Z', Buffer.from('I')),
  ])
}

function encode(kind: string, body: Buffer): Buffer {
  const head = Buffer.alloc(5)
  head[0] = code(kind)
  head.writeInt32BE(body.length + 4, 1)
  return Buffer.concat([head, body])
}

function code(kind: string): number {
  return kind.charCodeAt(0)
}

/** Whole messages, and what is left. */
function cut(bytes: Buffer): [Buffer[], Buffer] {
  const messages: Buffer[] = []
  let at = 0
  while (bytes.length - at >= 5) {
    const end = at + 1 + bytes.readInt32BE(at + 1)
    if (end > bytes.length) break
    messages.push(bytes.subarray(at, end))
    at = end
  }
  return [messages, bytes.subarray(at)]
}
