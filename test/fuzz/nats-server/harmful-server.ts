/**
 * The server: whoever comes is greeted and let in, answered as NATS servers do, and kept until
 * somebody wants to do harm to him.
 */
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { infoLine } from '../../support/hostile-nats.js'
import type { Owner } from '../../support/owner.js'
import { Changes } from '../cluster/changes.js'
import type { Subscribed } from './server-words.js'

const heardBytesMax = 4_096
const subscriptionsMax = 64

export class Visitor {
  readonly socket: Socket
  isClosed = false
  isLoggedIn = false
  pongs = 0
  readonly subscriptions: Subscribed[] = []
  /** The last of what it said and of what it was told, for whoever reads a finding. */
  #told = Buffer.alloc(0)
  #line = ''
  readonly #changes = new Changes()
  readonly #onLogin: (visitor: Visitor) => void

  constructor(socket: Socket, onLogin: (visitor: Visitor) => void) {
    this.socket = socket
    this.#onLogin = onLogin
    socket.setNoDelay(true)
    socket.on('error', () => {})
    socket.on('data', (chunk) => this.#read(chunk.toString('latin1')))
    socket.on('close', () => {
      this.isClosed = true
      this.#changes.happened()
    })
  }

  write(bytes: Buffer): void {
    this.#told = Buffer.concat([this.#told, bytes]).subarray(-heardBytesMax)
    if (this.socket.writable) this.socket.write(bytes)
  }

  said(): string {
    return JSON.stringify(this.#told.subarray(-300).toString('latin1'))
  }

  /** @returns whether it holds, or became so in time */
  until(holds: () => boolean, withinMs: number): Promise<boolean> {
    return this.#changes.until(holds, withinMs)
  }

  /** Lines alone: payloads of what clients publish are lines that mean nothing here. */
  #read(text: string): void {
    const lines = (this.#line + text).split('\r\n')
    this.#line = (lines.pop() ?? '').slice(-heardBytesMax)
    for (const line of lines) this.#hear(line)
    this.#changes.happened()
  }

  #hear(line: string): void {
    const [word = '', subject = '', ...rest] = line.split(' ')
    if (word === 'PING') {
      if (this.socket.writable) this.socket.write('PONG\r\n')
      if (!this.isLoggedIn) {
        this.isLoggedIn = true
        this.#onLogin(this)
      }
    } else if (word === 'PONG') this.pongs += 1
    else if (word === 'SUB' && this.subscriptions.length < subscriptionsMax) {
      this.subscriptions.push({ subject, sid: rest.at(-1) ?? '1' })
    }
  }
}

interface Greeting {
  readonly bytes: Buffer
  readonly done: (visitor: Visitor) => void
}

export class HarmfulServer {
  readonly #server = createServer((socket) => this.#arrived(socket))
  readonly #visitors = new Set<Visitor>()
  /** Logged in, and nobody does anything to them. */
  readonly #idle = new Set<Visitor>()
  readonly #greetings: Greeting[] = []
  readonly #wanted: ((visitor: Visitor) => void)[] = []

  static async start(owner: Owner): Promise<HarmfulServer> {
    const server = new HarmfulServer()
    await new Promise<void>((resolve) => server.#server.listen(0, '127.0.0.1', resolve))
    owner.onTestFinished(() => {
      server.#server.close()
      for (const { socket } of server.#visitors) socket.destroy()
    })
    return server
  }

  get url(): string {
    return `nats://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** How many are here and left in peace. */
  get loggedIn(): number {
    return [...this.#idle].filter(({ isClosed }) => !isClosed).length
  }

  /** The next one that comes hears this instead of the greeting; null when nobody comes. */
  greetNext(bytes: Buffer, withinMs: number): Promise<Visitor | null> {
    return this.#within(withinMs, (done) => {
      const greeting = { bytes, done }
      this.#greetings.push(greeting)
      return () => remove(this.#greetings, greeting)
    })
  }

  /** One that is logged in; it is the caller's until `release`. */
  visitor(withinMs: number): Promise<Visitor | null> {
    return this.#within(withinMs, (done) => {
      this.#wanted.push(done)
      this.#serve()
      return () => remove(this.#wanted, done)
    })
  }

  release(visitor: Visitor): void {
    if (visitor.isClosed) return
    this.#idle.add(visitor)
    this.#serve()
  }

  #within(
    withinMs: number,
    ask: (done: (visitor: Visitor) => void) => () => void,
  ): Promise<Visitor | null> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        takeBack()
        resolve(null)
      }, withinMs)
      const takeBack = ask((visitor) => {
        clearTimeout(timer)
        resolve(visitor)
      })
    })
  }

  #arrived(socket: Socket): void {
    const greeting = this.#greetings.shift()
    const visitor = new Visitor(socket, (one) => {
      // Whoever wanted to greet it decides when it is left alone.
      if (greeting === undefined) this.release(one)
    })
    this.#visitors.add(visitor)
    socket.on('close', () => {
      this.#visitors.delete(visitor)
      this.#idle.delete(visitor)
    })
    visitor.write(greeting?.bytes ?? Buffer.from(infoLine()))
    greeting?.done(visitor)
  }

  #serve(): void {
    for (const visitor of this.#idle) {
      const wanted = this.#wanted.shift()
      if (wanted === undefined) return
      this.#idle.delete(visitor)
      wanted(visitor)
    }
  }
}

function remove<T>(list: T[], item: T): void {
  const at = list.indexOf(item)
  if (at >= 0) list.splice(at, 1)
}
