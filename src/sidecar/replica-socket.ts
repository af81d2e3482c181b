/**
 * One WebSocket to a replica: bytes to checked messages and back, and why it could not be opened.
 * Decides nothing: how long a connect may take, the link knows.
 */
import type { IncomingMessage } from 'node:http'
import type { LookupFunction } from 'node:net'
import { WebSocket } from 'ws'
import type { HostMessage, ReplicaMessage } from '../wire/messages.js'
import { decode, encode } from '../wire/msgpack.js'
import type { Check } from '../wire/validate.js'
import { describeAnswer, describeClose, describeError } from './connect-failure.js'
import { hostEndpoint } from './replica-url.js'

export interface ReplicaSocketOptions {
  readonly headers: Readonly<Record<string, string>>
  /** How long the connect may take, in ms: of a host with several addresses a part for each. */
  readonly timeoutMs: number
  readonly lookup: LookupFunction
  readonly check: Check<ReplicaMessage>
}

export interface ReplicaSocketEvents {
  /** The name of the host has been looked up. */
  located(): void
  opened(): void
  /** So many bytes more of a message came that is not whole yet. */
  arriving(): void
  message(message: ReplicaMessage): void
  /** Once, also when it never opened. @param code with which it was closed, if it was */
  closed(reason: string, code?: number): void
}

/** Of what answers by HTTP instead, so much is read, for so long, in bytes and in ms. */
const answerBytesMax = 4 * 1024
const answerTimeoutMs = 250
/** A message that is not whole yet counts as coming for each of so many bytes. */
const pieceBytes = 4 * 1024
/** A whole table of a large namespace comes in one frame. */
const frameBytesMax = 64 * 1024 * 1024

export class ReplicaSocket {
  readonly url: string
  readonly #socket: WebSocket
  #isClosed = false
  #wasOpen = false

  constructor(
    url: string,
    { headers, timeoutMs, lookup, check }: ReplicaSocketOptions,
    events: ReplicaSocketEvents,
  ) {
    const socket = new WebSocket(hostEndpoint(url), 'berth.v1+msgpack', {
      maxPayload: frameBytesMax,
      perMessageDeflate: false,
      headers,
      lookup: (host, options, callback) => {
        lookup(host, options, (error, address, family) => {
          if (error === null && !this.#isClosed) events.located()
          callback(error, address, family)
        })
      },
      // Node's own is 250 ms: over a longer way only the last address would ever be reached.
      ...{ autoSelectFamilyAttemptTimeout: Math.ceil(timeoutMs / 2) },
    })
    this.url = url
    this.#socket = socket
    const finish = (reason: string, code?: number) => {
      if (this.#isClosed) return
      this.#isClosed = true
      events.closed(reason, code)
    }
    socket.on('open', () => {
      this.#wasOpen = true
      if (!this.#isClosed) events.opened()
    })
    let pieces = 0
    socket.on('upgrade', ({ socket: stream }) => {
      stream.on('data', (chunk: Buffer) => {
        pieces += chunk.length
        if (pieces < pieceBytes || this.#isClosed) return
        pieces = 0
        events.arriving()
      })
    })
    socket.on('message', (data: Buffer) => {
      pieces = 0
      if (this.#isClosed) return
      let message: ReplicaMessage
      try {
        message = check(decode(data))
      } catch (error) {
        socket.terminate()
        finish(`unreadable message: ${describeError(error)}`)
        return
      }
      events.message(message)
    })
    socket.on('unexpected-response', (_request, response) => {
      readBeginning(response, (body) => {
        const { statusCode: status = 0, headers: answered } = response
        finish(describeAnswer({ status, location: answered.location, body }))
        socket.terminate()
      })
    })
    socket.on('error', (error) => finish(describeError(error)))
    socket.on('close', (code, reason) => finish(describeClose(code, reason.toString()), code))
  }

  get wasOpen(): boolean {
    return this.#wasOpen
  }

  send(message: HostMessage): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(encode(message))
  }

  /** What was sent before still goes out; `closed` is not called any more. */
  close(): void {
    this.#isClosed = true
    if (this.#socket.readyState === WebSocket.CONNECTING) this.#socket.terminate()
    else this.#socket.close(1000)
  }
}

/** Calls once, with as much of the body as came in time. */
function readBeginning(response: IncomingMessage, done: (body: string) => void): void {
  let body = Buffer.alloc(0)
  const finish = () => {
    clearTimeout(timer)
    response.removeAllListeners('data').off('close', finish)
    done(body.toString())
  }
  const timer = setTimeout(finish, answerTimeoutMs)
  response.on('data', (chunk: Buffer) => {
    body = Buffer.concat([body, chunk])
    if (body.length >= answerBytesMax) finish()
  })
  response.once('close', finish)
}
