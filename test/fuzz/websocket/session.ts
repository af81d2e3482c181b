/**
 * A session of a fuzzer: what it says, and whether what it hears is as asyncapi.yaml promises.
 * Behind the library of WebSockets lies the plain socket, for frames that no library writes.
 */
import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { WebSocket } from 'ws'
import { catalogue } from '../../../src/errors/catalogue.js'
import type { ReplicaMessage } from '../../../src/wire/messages.js'
import { decode } from '../../../src/wire/msgpack.js'
import { createChecks } from '../../../src/wire/validate.js'
import type { Welcomed } from './sayings.js'

export interface Ended {
  readonly code: number
  readonly reason: string
}

/** Close codes of asyncapi.yaml that a replica gives; 1011 is a bug, and 1006 is none at all. */
const closeCodes: ReadonlySet<number> = new Set([
  ...[4400, 4401, 4408, 4409, 4410, 4426, 4429, 4503, 1002, 1007, 1008, 1009],
])
/** Before these it says what to do. */
const explainedCodes: ReadonlySet<number> = new Set([4400, 4408, 4426, 4429])
const waitMs = 60_000

const { replicaMessage } = createChecks()

export class FuzzSession {
  readonly subprotocol: string | undefined
  readonly #socket: WebSocket
  readonly #finding: (what: string) => void
  readonly #ended: Promise<Ended>
  readonly #kinds: string[] = []
  #welcomed: Welcomed | null = null
  #error: string | null = null
  #isOver = false
  #onKind: ((kind: string) => void) | null = null
  /** Whether what was sent may have ended the connection without a word of the other side. */
  #mayEnd = false

  /** @returns null when it was refused as HTTP, which `refused` is told of */
  static async open(
    url: string,
    protocols: readonly string[],
    origin: string | null,
    hear: { finding(what: string): void; refused(response: IncomingMessage): void },
  ): Promise<FuzzSession | null> {
    const headers = origin === null ? {} : { headers: { origin } }
    const socket = new WebSocket(`${url}/v1/host`, [...protocols], {
      ...headers,
      ...{ perMessageDeflate: false, skipUTF8Validation: false, closeTimeout: waitMs },
    })
    const session = new FuzzSession(socket, hear.finding)
    const outcome = await Promise.race([
      once(socket, 'open').then(() => 'open' as const),
      once(socket, 'unexpected-response').then(([, response]) => response as IncomingMessage),
    ])
    if (outcome === 'open') return session
    hear.refused(outcome)
    outcome.resume()
    return null
  }

  private constructor(socket: WebSocket, finding: (what: string) => void) {
    this.#socket = socket
    this.#finding = finding
    socket.on('error', (error: Error & { code?: string }) => {
      if (error.code?.startsWith('WS_ERR') === true) finding(`no WebSocket: ${error.message}`)
    })
    socket.on('message', (data: Buffer, isBinary) => this.#heard(data, isBinary))
    this.#ended = new Promise((resolve) => {
      socket.once('close', (code, reason) => {
        this.#isOver = true
        resolve({ code, reason: reason.toString() })
      })
    })
  }

  get isBinary(): boolean {
    return this.#socket.protocol === 'berth.v1+msgpack'
  }

  get isOver(): boolean {
    return this.#isOver || this.#socket.readyState !== WebSocket.OPEN
  }

  get welcomed(): Welcomed | null {
    return this.#welcomed
  }

  /** Kinds of the messages that came. */
  get kinds(): readonly string[] {
    return this.#kinds
  }

  /** @param mayEnd whether a close by the other side needs no code of ours */
  write(bytes: Buffer, mayEnd: boolean): void {
    this.#mayEnd ||= mayEnd
    const { _socket: plain } = this.#socket as unknown as { readonly _socket: Socket | null }
    if (plain?.writable === true) plain.write(bytes)
  }

  /** Until all that was sent has been looked at, or it is over. @returns how it ended; null: not */
  async settled(): Promise<Ended | null> {
    if (!this.isOver) this.#socket.ping()
    const answered = once(this.#socket, 'pong').then(() => null)
    return this.#within(Promise.race([answered.catch(() => null), this.#ended]))
  }

  /** Waits for the next message of one of these kinds, or the end. */
  async next(kinds: readonly string[], forMs: number): Promise<void> {
    if (this.isOver) return
    let timer: NodeJS.Timeout | undefined
    const heard = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, forMs)
      this.#onKind = (kind) => {
        if (kinds.includes(kind)) resolve()
      }
    })
    await Promise.race([heard, this.#ended])
    this.#onKind = null
    clearTimeout(timer)
  }

  /** Ends it in good form, or at once. @returns how it ended */
  async end(isGraceful: boolean): Promise<Ended> {
    if (!this.isOver) {
      this.#mayEnd = true
      if (isGraceful) this.#socket.close(1000)
      else this.#socket.terminate()
    }
    return this.#judgeEnd(await this.#within(this.#ended))
  }

  #judgeEnd(ended: Ended): Ended {
    const { code, reason } = ended
    if (!closeCodes.has(code) && !(this.#mayEnd && code !== 1011)) {
      this.#finding(`an undocumented close code: ${code} ${reason}`)
    }
    if (explainedCodes.has(code) && this.#error === null && !this.#mayEnd) {
      this.#finding(`closed with ${code} without a word: ${reason}`)
    }
    return ended
  }

  async #within<T>(event: Promise<T>): Promise<T> {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<never>((_, reject) => {
      const heard = this.#kinds.join()
      const silent = () => reject(new Error(`a WebSocket stays silent; it heard ${heard}`))
      timer = setTimeout(silent, waitMs)
    })
    return Promise.race([event, late]).finally(() => clearTimeout(timer))
  }

  #heard(data: Buffer, isBinary: boolean): void {
    if (isBinary !== this.isBinary) this.#finding('a frame of the wrong kind')
    if (this.#error !== null) this.#finding(`a message behind the error ${this.#error}`)
    let message: ReplicaMessage
    try {
      message = replicaMessage(isBinary ? decode(data) : JSON.parse(data.toString()))
    } catch (error) {
      const shown = data.toString('latin1', 0, 300)
      this.#finding(`an undocumented message: ${(error as Error).message}: ${shown}`)
      return
    }
    this.#kinds.push(message.kind)
    this.#onKind?.(message.kind)
    if (message.kind === 'welcome') this.#welcomed = message
    if (message.kind !== 'error') return
    this.#error = message.code
    if (!Object.hasOwn(catalogue, message.code) || message.code === 'internal') {
      this.#finding(`the error ${message.code}: ${message.detail}`)
    }
  }
}
