/**
 * One connection to NATS with one subscription, as light as it can be: whoever has thousands of
 * them in a process measures the server and not itself. Answers the server's pings; knows no TLS,
 * login or reconnection.
 */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

export interface NatsMessage {
  /** Headers as they came; empty for none. */
  readonly head: string
  readonly payload: Buffer
  /** Where to answer; empty for nowhere. */
  readonly reply: string
}

const end = Buffer.from('\r\n')

export class NatsSubscription {
  readonly #socket: Socket
  readonly #heard: (message: NatsMessage) => void
  #rest: Buffer = Buffer.alloc(0)
  #bytes = 0
  #ready: (() => void) | null = null

  /** Done when the server has it. */
  static async open(
    url: string,
    subjects: readonly string[],
    heard: (message: NatsMessage) => void,
  ): Promise<NatsSubscription> {
    const { hostname, port } = new URL(url)
    const socket = connect({ host: hostname, port: Number(port), noDelay: true })
    const subscription = new NatsSubscription(socket, heard)
    await once(socket, 'connect')
    const taken = new Promise<void>((resolve) => {
      subscription.#ready = resolve
    })
    const wanted = subjects.map((subject, i) => `SUB ${subject} ${i + 1}\r\n`).join('')
    socket.write(`CONNECT {"verbose":false,"headers":true,"protocol":1}\r\n${wanted}PING\r\n`)
    await taken
    return subscription
  }

  private constructor(socket: Socket, heard: (message: NatsMessage) => void) {
    this.#socket = socket
    this.#heard = heard
    socket.on('error', () => undefined)
    socket.on('data', (chunk: Buffer) => this.#take(chunk))
  }

  /** That came so far, of messages and around them. */
  get bytes(): number {
    return this.#bytes
  }

  publish(subject: string, payload: string, reply = ''): void {
    const words = reply === '' ? [subject] : [subject, reply]
    this.#socket.write(`PUB ${words.join(' ')} ${payload.length}\r\n${payload}\r\n`)
  }

  close(): void {
    this.#socket.destroy()
  }

  #take(chunk: Buffer): void {
    this.#bytes += chunk.length
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk])
    let at = 0
    for (;;) {
      const next = this.#next(bytes, at)
      if (next < 0) break
      at = next
    }
    this.#rest = bytes.subarray(at)
  }

  /** @returns where the next protocol line begins; -1 when this one is not whole yet */
  #next(bytes: Buffer, at: number): number {
    const lineEnd = bytes.indexOf(end, at)
    if (lineEnd < 0) return -1
    const words = bytes.toString('latin1', at, lineEnd).split(' ')
    const from = lineEnd + 2
    const [word = ''] = words
    if (word === 'PING') this.#socket.write('PONG\r\n')
    else if (word === 'PONG') this.#ready?.()
    if (word !== 'MSG' && word !== 'HMSG') return from
    const size = Number(words.at(-1))
    if (bytes.length < from + size + 2) return -1
    const headSize = word === 'HMSG' ? Number(words.at(-2)) : 0
    const reply = words.length > (word === 'HMSG' ? 5 : 4) ? words[3]! : ''
    const head = bytes.toString('latin1', from, from + headSize)
    this.#heard({ head, payload: bytes.subarray(from + headSize, from + size), reply })
    return from + size + 2
  }
}

/** A header's value. */
export function headerIn(head: string, name: string): string {
  const start = head.indexOf(`\r\n${name}: `)
  if (start < 0) return ''
  const from = start + name.length + 4
  return head.slice(from, head.indexOf('\r\n', from))
}
