/** One connection to a replica over which any bytes can be sent, and what it answers. */
import { connect, type Socket } from 'node:net'
import { AnswerReader, type HttpAnswer } from './http-answers.js'

/** Far more than a replica takes for anything, on a busy machine too. */
const answerTimeoutMs = 60_000

export class HttpConnection {
  readonly #socket: Socket
  readonly #reader = new AnswerReader()
  #isOver = false
  #wake: () => void = () => {}

  constructor(port: number) {
    this.#socket = connect(port, '127.0.0.1')
    this.#socket.setNoDelay(true)
    this.#socket.on('data', (chunk) => {
      this.#reader.push(chunk)
      this.#wake()
    })
    this.#socket.on('error', () => {})
    for (const end of ['end', 'close'] as const) {
      this.#socket.on(end, () => {
        this.#isOver = true
        this.#wake()
      })
    }
  }

  /** Whether the other side has ended it. */
  get isOver(): boolean {
    return this.#isOver
  }

  /** Bytes that came and were no whole answer. */
  get left(): number {
    return this.#reader.left
  }

  write(bytes: string | Uint8Array): void {
    if (!this.#socket.destroyed) this.#socket.write(bytes)
  }

  /**
   * The next answer.
   * @param method of the request @param patienceMs how long to wait for it
   * @returns null when the connection ended first, or none came in time; `isOver` tells
   * @throws NoHttp
   */
  async answer(method: string, patienceMs = answerTimeoutMs): Promise<HttpAnswer | null> {
    const deadlineMs = performance.now() + patienceMs
    for (;;) {
      const answer = this.#reader.next(method)
      if (answer !== null) return answer
      const leftMs = deadlineMs - performance.now()
      if (this.#isOver || leftMs <= 0) return null
      await this.#news(leftMs)
    }
  }

  /** Says that nothing more comes from this side. */
  finish(): void {
    this.#socket.end()
  }

  close(): void {
    this.#isOver = true
    this.#socket.destroy()
  }

  #news(leftMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, leftMs)
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }
}
