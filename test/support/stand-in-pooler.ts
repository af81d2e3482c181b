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
  /** Backends that it has opened. */
  readonly backends: () => number
}

export interface PoolerOptions {
  readonly mode: 'transaction' | 'session'
  /** Most backends. */
  readonly size: number
  /** Which of the free ones is given away: the last that became free, or the first. */
  readonly gives: 'last' | 'first'
}

/** The request for TLS in the place of a login (PostgreSQL, "Message Formats"). */
const tlsRequest = 80_877_103
const isIdle = 'I'.charCodeAt(0)

class Backend {
  readonly socket: Socket
  client: Client | null = null
  #heard: Buffer = Buffer.alloc(0)

  constructor(socket: Socket, free: (backend: Backend) => void) {
    this.socket = socket
    socket.removeAllListeners('data')
    socket.on('data', (chunk) => {
      this.client?.socket.write(chunk)
      const [messages, rest] = cut(Buffer.concat([this.#heard, chunk]))
      this.#heard = rest
      const ready = messages.some((message) => message[0] === code('Z') && message[5] === isIdle)
      if (ready) free(this)
    })
  }

  static async open(url: string, free: (backend: Backend) => void): Promise<Backend> {
    const client = new pg.Client(url)
    await client.connect()
    const { stream } = (client as unknown as { connection: { stream: Socket } }).connection
    client.on('error', () => {})
    return new Backend(stream, free)
  }
}

interface Client {
  readonly socket: Socket
  backend: Backend | null
  /** What it said while it had no backend. */
  waiting: Buffer[]
}

export async function startStandInPooler(
  owner: Owner,
  url: string,
  { mode, size, gives }: PoolerOptions,
): Promise<StandInPooler> {
  const idle: Backend[] = []
  const all: Backend[] = []
  const queue: Client[] = []
  const clients = new Set<Client>()
  let opened = 0

  const give = (backend: Backend, client: Client) => {
    client.backend = backend
    backend.client = client
    for (const message of client.waiting.splice(0)) backend.socket.write(message)
  }
  const release = (backend: Backend) => {
    if (backend.client !== null) backend.client.backend = null
    backend.client = null
    const next = queue.shift()
    if (next === undefined) idle.push(backend)
    else give(backend, next)
  }
  const free = (backend: Backend) => {
    if (mode === 'transaction' || !clients.has(backend.client!)) release(backend)
  }
  const take = async (client: Client) => {
    const backend = gives === 'last' ? idle.pop() : idle.shift()
    if (backend !== undefined) return give(backend, client)
    if (opened === size) return void queue.push(client)
    opened += 1
    const fresh = await Backend.open(url, free)
    all.push(fresh)
    give(fresh, client)
  }
  const say = (client: Client, message: Buffer) => {
    if (client.backend !== null) return void client.backend.socket.write(message)
    client.waiting.push(message)
    if (client.waiting.length === 1) void take(client)
  }

  const listener = createServer((socket) => {
    const client: Client = { socket, backend: null, waiting: [] }
    clients.add(client)
    let heard: Buffer = Buffer.alloc(0)
    let isIn = false
    socket.on('error', () => {})
    socket.on('close', () => {
      clients.delete(client)
      const { backend } = client
      if (backend === null) return
      // As `server_reset_query` does; it is free once that is answered.
      backend.socket.write(encode('Q', Buffer.from('rollback; discard all\0')))
    })
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
      for (const message of messages) if (message[0] !== code('X')) say(client, message)
    })
  })
  const port = await freePort()
  await new Promise<void>((resolve) => listener.listen(port, '127.0.0.1', resolve))
  owner.onTestFinished(async () => {
    for (const { socket } of clients) socket.destroy()
    for (const { socket } of all) socket.destroy()
    await new Promise((resolve) => listener.close(resolve))
  })
  const through = new URL(url)
  through.port = String(port)
  return { url: through.href, backends: () => opened }
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
