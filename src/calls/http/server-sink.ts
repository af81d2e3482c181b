/** The answer of a call that came over HTTP. */
import type { ServerResponse } from 'node:http'
import type { AnswerSink } from './answer-sink.js'
import { valuesByName } from './call-headers.js'
import type { StreamBody } from './stream-body.js'

/** Longest body that goes out with its head, in bytes. */
const oneWriteBytesMax = 8 * 1_024

export class ServerSink implements AnswerSink {
  readonly #response: ServerResponse
  readonly #body: StreamBody | null
  /** The beginning of the body, while it is not known whether it is all of it. */
  #first: Buffer | null = null
  #isFirst = true

  /** @param body that the caller streams here; null for none */
  constructor(response: ServerResponse, body: StreamBody | null) {
    this.#response = response
    this.#body = body
  }

  get hasBegun(): boolean {
    return this.#response.headersSent
  }

  /** Node has a way for these two alone; RFC 9110 §15.2 wants none of HTTP/1.0. */
  hint(status: number, headers: readonly string[]): void {
    const { httpVersionMajor, httpVersionMinor } = this.#response.req
    if (this.hasBegun || (httpVersionMajor === 1 && httpVersionMinor === 0)) return
    if (status === 102) this.#response.writeProcessing()
    if (status !== 103) return
    try {
      const hints = [...valuesByName(headers)].map(([name, values]) => {
        return [name, values.length === 1 ? values[0]! : values] as const
      })
      this.#response.writeEarlyHints(Object.fromEntries(hints))
    } catch {
      // Node passes on links of one form alone. A hint is no more than that: the answer follows.
    }
  }

  begin(status: number, headers: string[]): void {
    // Whoever still waits for our go-ahead may or may not send its body now: nobody can tell.
    if (this.#body?.waitsForGoAhead) headers.push('Connection', 'close')
    this.#response.writeHead(status, headers)
  }

  /**
   * Most answers are short and here at once: head and body of these go out in one write, which a
   * text makes of them and buffers do not.
   */
  write(chunk: Buffer, drained: () => void): boolean {
    if (this.#isFirst && chunk.length <= oneWriteBytesMax) {
      this.#isFirst = false
      this.#first = chunk
      process.nextTick(() => this.#flush())
      return true
    }
    this.#isFirst = false
    this.#flush()
    if (this.#response.write(chunk)) return true
    this.#response.once('drain', drained)
    return false
  }

  end(): void {
    const first = this.#first
    this.#first = null
    if (first === null) this.#response.end()
    else this.#response.end(first.toString('latin1'), 'latin1')
  }

  breakOff(): void {
    this.#flush()
    this.#response.destroy()
  }

  #flush(): void {
    const first = this.#first
    this.#first = null
    if (first !== null) this.#response.write(first)
  }
}
