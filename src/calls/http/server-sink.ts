/** The answer of a call that came over HTTP. */
import type { ServerResponse } from 'node:http'
import type { AnswerSink } from './answer-sink.js'
import type { StreamBody } from './stream-body.js'

export class ServerSink implements AnswerSink {
  readonly #response: ServerResponse
  readonly #body: StreamBody | null

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
    if (status === 103) this.#response.writeEarlyHints(recordOf(headers))
  }

  begin(status: number, headers: string[]): void {
    // Whoever still waits for our go-ahead may or may not send its body now: nobody can tell.
    if (this.#body?.waitsForGoAhead) headers.push('Connection', 'close')
    this.#response.writeHead(status, headers)
  }

  write(chunk: Buffer, drained: () => void): boolean {
    if (this.#response.write(chunk)) return true
    this.#response.once('drain', drained)
    return false
  }

  end(): void {
    this.#response.end()
  }

  breakOff(): void {
    this.#response.destroy()
  }
}

function recordOf(flat: readonly string[]): Record<string, string | string[]> {
  const record: Record<string, string | string[]> = {}
  for (let i = 0; i + 1 < flat.length; i += 2) {
    const name = (flat[i] as string).toLowerCase()
    const value = flat[i + 1] as string
    const before = record[name]
    record[name] = before === undefined ? value : [before, value].flat()
  }
  return record
}
