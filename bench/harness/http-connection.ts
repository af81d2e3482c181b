/**
 * One connection that asks over HTTP/1.1 and waits for each answer: a load generator's client, of
 * the least cost. It knows what replicas send (a length, no chunks), and nothing else of HTTP.
 */
import { connect, type Socket } from 'node:net'

/** Of one answer, with its head. */
const answerBytesMax = 1_048_576
const headEnd = '\r\n\r\n'

export class HttpConnection {
  readonly #socket: Socket
  #received: Buffer = Buffer.alloc(0)
  #waiter: { resolve(status: number): void; reject(error: Error): void } | null = null

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.setNoDelay(true)
    socket.on('data', (bytes: Buffer) => this.#receive(bytes))
    socket.on('error', (error) => this.#fail(error))
    socket.on('close', () => this.#fail(new Error('the connection was closed')))
  }

  static async open(host: string, port: number): Promise<HttpConnection> {
    const socket = connect({ host, port })
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve)
      socket.once('error', reject)
    })
    return new HttpConnection(socket)
  }

  /** One at a time. @returns the status of the answer, once all of it is there */
  ask(request: Buffer): Promise<number> {
    return new Promise((resolve, reject) => {
      if (this.#socket.destroyed) throw new Error('the connection was closed before')
      this.#waiter = { resolve, reject }
      this.#socket.write(request)
    })
  }

  close(): void {
    this.#socket.destroy()
  }

  #receive(bytes: Buffer): void {
    const all = this.#received.length === 0 ? bytes : Buffer.concat([this.#received, bytes])
    this.#received = all
    const end = all.indexOf(headEnd)
    const head = end < 0 ? null : all.toString('latin1', 0, end)
    const length = Number(/\r\ncontent-length: *(\d+)/i.exec(head ?? '')?.[1] ?? 0)
    const wholeBytes = end + headEnd.length + length
    if (Math.max(all.length, wholeBytes) > answerBytesMax) {
      this.#fail(new Error('the answer is too long'))
      return
    }
    if (head === null || all.length < wholeBytes) return
    this.#received = all.subarray(wholeBytes)
    const waiter = this.#waiter
    this.#waiter = null
    waiter?.resolve(Number(head.slice('HTTP/1.1 '.length, 'HTTP/1.1 200'.length)))
  }

  #fail(error: Error): void {
    this.#waiter?.reject(error)
    this.#waiter = null
    this.#socket.destroy()
  }
}

/** Bytes of a POST without a body. */
export function postRequest(host: string, path: string): Buffer {
  const lines = [`POST ${path} HTTP/1.1`, `host: ${host}`, 'content-length: 0']
  return Buffer.from(`${lines.join('\r\n')}${headEnd}`)
}
