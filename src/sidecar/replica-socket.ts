/** One WebSocket to a replica: bytes to checked messages and back. Decides nothing. */
import { WebSocket } from 'ws'
import type { HostMessage, ReplicaMessage } from '../wire/messages.js'
import { decode, encode } from '../wire/msgpack.js'
import type { Check } from '../wire/validate.js'

export interface ReplicaSocketEvents {
  opened(): void
  message(message: ReplicaMessage): void
  /** Once, also when it never opened. @param code with which it was closed, if it was */
  closed(reason: string, code?: number): void
}

/** A whole table of a large namespace comes in one frame. */
const frameBytesMax = 64 * 1024 * 1024

export class ReplicaSocket {
  readonly #socket: WebSocket
  #isClosed = false

  constructor(
    url: string,
    headers: Readonly<Record<string, string>>,
    connectTimeoutMs: number,
    check: Check<ReplicaMessage>,
    events: ReplicaSocketEvents,
  ) {
    const socket = new WebSocket(`${url.replace(/\/+$/, '')}/v1/host`, 'berth.v1+msgpack', {
      handshakeTimeout: connectTimeoutMs,
      maxPayload: frameBytesMax,
      perMessageDeflate: false,
      headers,
    })
    this.#socket = socket
    const finish = (reason: string, code?: number) => {
      if (this.#isClosed) return
      this.#isClosed = true
      events.closed(reason, code)
    }
    socket.on('open', () => {
      if (!this.#isClosed) events.opened()
    })
    socket.on('message', (data: Buffer) => {
      if (this.#isClosed) return
      let message: ReplicaMessage
      try {
        message = check(decode(data))
      } catch (error) {
        socket.terminate()
        finish(`unreadable message: ${messageOf(error)}`)
        return
      }
      events.message(message)
    })
    socket.on('error', (error) => finish(messageOf(error)))
    socket.on('close', (code, reason) => finish(`closed: ${code} ${reason}`.trim(), code))
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

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
