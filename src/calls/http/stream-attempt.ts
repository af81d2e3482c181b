/**
 * Sends a call whose body streams, over a connection of its own: what fails before that stands has
 * sent nothing, and no connection that somebody is just closing is ever used. To another sidecar
 * nothing of the body goes before it says so (`100 Continue`).
 *
 * undici knows no `Expect` over HTTP/1.1, and ends the connection of a caller whose body it gives
 * up, on which the answer is still to go out: hence node:http.
 */
import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http'
import { request as httpsRequest, type RequestOptions } from 'node:https'
import { messageOf } from '../../errors/message-of.js'
import { type AnswerRelay, notHereNow } from './answer-relay.js'
import type { Attempt } from './exchange.js'
import type { BodyReader, StreamBody } from './stream-body.js'

export interface StreamTarget {
  readonly isSecure: boolean
  /** Where to connect to, and how. */
  readonly connect: RequestOptions
  readonly connectTimeoutMs: number
}

export class StreamAttempt implements Attempt, BodyReader {
  readonly #relay: AnswerRelay
  readonly #body: StreamBody
  readonly #waitsForGoAhead: boolean
  #request: ClientRequest | null = null
  #timer: NodeJS.Timeout | null = null
  #isConnected = false
  #hasGoAhead = false

  /** @param waitsForGoAhead whether the head says so, by `Expect: 100-continue` */
  constructor(relay: AnswerRelay, body: StreamBody, waitsForGoAhead: boolean) {
    this.#relay = relay
    this.#body = body
    this.#waitsForGoAhead = waitsForGoAhead
  }

  /** @param head method, path and flat headers, framing included */
  start(target: StreamTarget, head: Pick<RequestOptions, 'method' | 'path' | 'headers'>): void {
    const { isSecure, connect, connectTimeoutMs } = target
    const open = isSecure ? httpsRequest : httpRequest
    // An agent would connect in its own way.
    const agent = connect.createConnection === undefined ? false : undefined
    const request = open({ ...connect, ...head, agent, setHost: false })
    this.#request = request
    this.#timer = setTimeout(() => this.#onConnectTimeout(), connectTimeoutMs)
    request.once('socket', (socket) => {
      socket.once(isSecure ? 'secureConnect' : 'connect', () => this.#onConnected())
    })
    request.once('continue', () => this.#onContinue())
    request.on('information', ({ statusCode, rawHeaders }) => this.#onHead(statusCode, rawHeaders))
    request.once('upgrade', ({ statusCode }) => this.#onHead(statusCode ?? 0, []))
    request.once('response', (response) => this.#onResponse(response))
    request.on('error', (error) => this.#onError(error))
    if (this.#waitsForGoAhead) request.flushHeaders()
  }

  cut(): void {
    this.#fail('the call was cut')
  }

  retract(): void {
    if (!this.#isSent) this.#fail('it was not sent in time')
  }

  // ---- the body ------------------------------------------------------------------------------

  chunk(chunk: Buffer): boolean {
    const request = this.#request
    if (request === null) return false
    if (request.write(chunk)) return true
    request.once('drain', () => this.#body.resume())
    return false
  }

  end(): void {
    this.#request?.end()
  }

  // ---- the connection ------------------------------------------------------------------------

  #onConnectTimeout(): void {
    this.#fail('it could not be connected to in time')
  }

  #onConnected(): void {
    this.#clearTimer()
    if (this.#request === null) return
    if (!this.#relay.mayBegin) {
      this.#fail(notHereNow)
      return
    }
    this.#isConnected = true
    if (this.#waitsForGoAhead) return
    this.#request.flushHeaders()
    this.#body.flow(this)
  }

  #onContinue(): void {
    if (!this.#waitsForGoAhead || this.#hasGoAhead || this.#request === null) return
    this.#hasGoAhead = true
    this.#relay.sent()
    this.#body.flow(this)
  }

  #onHead(status: number, raw: readonly string[]): void {
    if (status !== 100 && this.#relay.head(status, raw) === 'break') this.#close()
  }

  #onResponse(response: IncomingMessage): void {
    const { statusCode = 0, rawHeaders } = response
    if (statusCode === 417 && this.#waitsForGoAhead && !this.#hasGoAhead) {
      this.#fail('it does not give a go-ahead (417)')
      return
    }
    if (this.#relay.head(statusCode, rawHeaders) === 'break' || this.#relay.isOver) {
      this.#close()
      return
    }
    const resume = () => response.resume()
    response.on('data', (chunk: Buffer) => {
      if (!this.#relay.data(chunk, resume)) response.pause()
    })
    response.once('end', () => {
      // What the caller still sends, nobody wants: the answer is there.
      this.#relay.complete()
      this.#close()
    })
    response.once('error', (error) => this.#fail(messageOf(error)))
    response.once('aborted', () => this.#fail('its answer broke off'))
  }

  #onError(error: Error): void {
    if (this.#request !== null) this.#fail(messageOf(error))
  }

  get #isSent(): boolean {
    return this.#waitsForGoAhead ? this.#hasGoAhead : this.#isConnected
  }

  #fail(reason: string): void {
    this.#clearTimer()
    // The state of the body says whether it can be sent again, so it is asked for before its end.
    if (this.#isSent) this.#relay.lost(reason)
    else this.#relay.refused(reason)
    this.#close()
  }

  #close(): void {
    this.#clearTimer()
    const request = this.#request
    this.#request = null
    this.#body.stop()
    request?.destroy()
  }

  #clearTimer(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
  }
}
