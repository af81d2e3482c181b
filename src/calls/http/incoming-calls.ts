/**
 * Takes calls that come over HTTP: reads which actor they are for, holds their bodies or lets them
 * stream, and gives them to the driver. Of what a caller says only that counts which belongs to
 * where it came from.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { BerthError } from '../../errors/berth-error.js'
import type { CallArrival, CallOrigin } from '../machine/arrival.js'
import type { CallDriver } from './call-driver.js'
import {
  headerOf,
  readChain,
  readGeneration,
  readTimeoutMs,
  requestHeadersOnward,
} from './call-headers.js'
import { heldBytesMax } from './call-limits.js'
import { type CallTarget, readCallTarget } from './call-target.js'
import { holdBody } from './held-body.js'
import { answerError } from './problem-answer.js'
import { isRepeatable } from './repeatable.js'
import { ServerSink } from './server-sink.js'
import { StreamBody } from './stream-body.js'

export interface IncomingOptions {
  /** Headers that carry hops, chains and generations count from `sidecar` alone. */
  readonly origin: CallOrigin
  /** For a body that is held to arrive, in ms. */
  readonly heldBodyTimeoutMs: number
}

/** A caller that still sends a body that nobody wants may do so for as long, in ms. */
const lingerMs = 5_000

/** What a request says of its body. */
type Framing =
  | { readonly kind: 'none' }
  | { readonly kind: 'held'; readonly length: number }
  | { readonly kind: 'stream'; readonly length: number | null }

export class IncomingCalls {
  readonly #driver: CallDriver
  readonly #options: IncomingOptions
  /** The last request of each connection. */
  readonly #last = new WeakMap<Socket, ServerResponse>()

  constructor(driver: CallDriver, options: IncomingOptions) {
    this.#driver = driver
    this.#options = options
  }

  /** @param waitsForGoAhead whether the caller sends no body before it is told to */
  handle(request: IncomingMessage, response: ServerResponse, waitsForGoAhead = false): void {
    this.#last.set(request.socket, response)
    const raw = request.rawHeaders
    try {
      const target = readCallTarget(request.url ?? '')
      const arrival = this.#arrivalOf(target, request.method ?? '', raw)
      refuseUpgrade(raw)
      this.#take(request, response, target, arrival, waitsForGoAhead)
    } catch (error) {
      if (!(error instanceof BerthError)) throw error
      watchRest(request, response)
      answerError(new ServerSink(response, null), error, waitsForGoAhead)
    }
  }

  /** Nothing has moved on a connection for a while. Those that wait for their answer go on. */
  idle(socket: Socket): void {
    const response = this.#last.get(socket)
    const isServed = response !== undefined && !response.writableFinished
    const isOwed = isServed && !(response.req.readableFlowing === true && !response.req.complete)
    const isTaking = isServed && response.writableLength === 0
    if (isOwed && isTaking) socket.setTimeout(socket.timeout ?? 0)
    else socket.destroy()
  }

  #arrivalOf(target: CallTarget, method: string, raw: readonly string[]): CallArrival {
    const { origin } = this.#options
    const isHop = headerOf(raw, 'berth-hop') === '1'
    if (origin === 'sidecar' && !isHop) {
      const detail = 'This port is for the sidecars of other hosts: call the one beside you.'
      throw new BerthError('invalid_request', detail)
    }
    return {
      type: target.type,
      id: target.id,
      origin,
      timeoutMs: readTimeoutMs(headerOf(raw, 'berth-timeout')),
      generation: origin === 'sidecar' ? readGeneration(headerOf(raw, 'berth-generation')) : null,
      chain: readChain(headerOf(raw, 'berth-chain')),
      isRepeatable: isRepeatable(method, headerOf(raw, 'idempotency-key')),
      isExplained: headerOf(raw, 'berth-explain') === '1',
    }
  }

  #take(
    request: IncomingMessage,
    response: ServerResponse,
    target: CallTarget,
    arrival: CallArrival,
    waitsForGoAhead: boolean,
  ): void {
    const framing = framingOf(request.rawHeaders, waitsForGoAhead)
    const open = (body: Buffer | StreamBody | null) => {
      const { method = '', rawHeaders } = request
      const headers = requestHeadersOnward(rawHeaders)
      const sink = new ServerSink(response, body instanceof StreamBody ? body : null)
      const call = this.#driver.open({ ...target, method, headers, body }, sink, arrival)
      response.once('close', () => {
        if (response.writableFinished) linger(request)
        else this.#driver.gone(call)
      })
    }
    if (framing.kind === 'none') open(null)
    else if (framing.kind === 'stream') {
      const goAhead = waitsForGoAhead ? () => response.writeContinue() : null
      open(new StreamBody(request, framing.length, goAhead))
    } else {
      const { heldBodyTimeoutMs } = this.#options
      holdBody(request, { length: framing.length, timeoutMs: heldBodyTimeoutMs }, open, () => {
        const detail = 'The body of the call did not come in time.'
        answerError(new ServerSink(response, null), new BerthError('request_timeout', detail), true)
      })
    }
  }
}

function framingOf(raw: readonly string[], waitsForGoAhead: boolean): Framing {
  if (headerOf(raw, 'transfer-encoding') !== undefined) return { kind: 'stream', length: null }
  const length = Number(headerOf(raw, 'content-length') ?? 0)
  if (length === 0) return { kind: 'none' }
  return { kind: waitsForGoAhead || length > heldBytesMax ? 'stream' : 'held', length }
}

/**
 * HTTP/2 over plain text, which clients of Java offer with each first request, may be passed over
 * in silence; who offers something else wants nothing else.
 */
function refuseUpgrade(raw: readonly string[]): void {
  const upgrade = headerOf(raw, 'upgrade')
  if (upgrade === undefined || upgrade.trim().toLowerCase() === 'h2c') return
  const detail = 'Calls are requests with one answer: a connection cannot be upgraded by them.'
  throw new BerthError('invalid_request', detail)
}

function watchRest(request: IncomingMessage, response: ServerResponse): void {
  if (!request.complete) response.once('close', () => linger(request))
}

/** Behind the answer: the rest of a body that nobody reads is taken off the wire for a while. */
function linger(request: IncomingMessage): void {
  if (request.complete || request.destroyed) return
  const timer = setTimeout(() => request.socket.destroy(), lingerMs)
  request.once('close', () => clearTimeout(timer))
  request.resume()
}
