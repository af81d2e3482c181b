/**
 * Takes calls that come over HTTP: reads which actor they are for, holds their bodies or lets them
 * stream, and gives them to the driver. Of what a caller says only that counts which belongs to
 * where it came from.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { BerthError } from '../../errors/berth-error.js'
import type { CallArrival, CallOrigin } from '../machine/arrival.js'
import type { CallDriver } from './call-driver.js'
import { readChain, readGeneration, readTimeoutMs } from './call-headers.js'
import { heldBytesMax } from './call-limits.js'
import { type CallTarget, readCallTarget } from './call-target.js'
import { ConnectionEnds } from './connection-ends.js'
import { HeldBodies } from './held-bodies.js'
import { answerError } from './problem-answer.js'
import { isRepeatable } from './repeatable.js'
import { type RequestHead, RequestHeads } from './request-head.js'
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

/** What a request says of its body, in a length or in chunks and nothing else. */
type Framing =
  | { readonly kind: 'none' }
  | { readonly kind: 'held'; readonly length: number }
  | { readonly kind: 'stream'; readonly length: number | null }

/** What a request says, before its body is here. */
interface ReadCall {
  readonly target: CallTarget
  readonly head: RequestHead
  readonly arrival: CallArrival
}

export class IncomingCalls {
  readonly #driver: CallDriver
  readonly #origin: CallOrigin
  readonly #heads = new RequestHeads()
  readonly #held: HeldBodies
  readonly #ends = new ConnectionEnds()

  constructor(driver: CallDriver, { origin, heldBodyTimeoutMs }: IncomingOptions) {
    this.#driver = driver
    this.#origin = origin
    this.#held = new HeldBodies(heldBodyTimeoutMs)
  }

  /** @param waitsForGoAhead whether the caller sends no body before it is told to */
  handle(request: IncomingMessage, response: ServerResponse, waitsForGoAhead = false): void {
    try {
      const target = readCallTarget(request.url ?? '')
      const head = this.#heads.read(request.rawHeaders)
      const arrival = this.#arrivalOf(target, request.method ?? '', head)
      refuseUpgrade(head)
      this.#take(request, response, { target, head, arrival }, waitsForGoAhead)
    } catch (error) {
      if (!(error instanceof BerthError)) throw error
      watchRest(request, response)
      answerError(new ServerSink(response, null), error, waitsForGoAhead)
    }
  }

  #arrivalOf(target: CallTarget, method: string, head: RequestHead): CallArrival {
    const isHop = this.#origin === 'sidecar'
    if (isHop && head.hop !== '1') {
      const detail = 'This port is for the sidecars of other hosts: call the one beside you.'
      throw new BerthError('invalid_request', detail)
    }
    return {
      type: target.type,
      id: target.id,
      origin: this.#origin,
      timeoutMs: readTimeoutMs(head.timeout),
      generation: isHop ? readGeneration(head.generation) : null,
      chain: readChain(head.chain),
      isRepeatable: isRepeatable(method, head.idempotencyKey),
      isExplained: head.explain === '1',
    }
  }

  #take(
    request: IncomingMessage,
    response: ServerResponse,
    read: ReadCall,
    waitsForGoAhead: boolean,
  ): void {
    const framing = framingOf(read.head, waitsForGoAhead)
    if (framing.kind === 'none') this.#open(request, response, read, null)
    else if (framing.kind === 'stream') {
      const goAhead = waitsForGoAhead ? () => response.writeContinue() : null
      this.#open(request, response, read, new StreamBody(request, framing.length, goAhead))
    } else {
      const { heldBytes } = this.#driver
      if (!heldBytes.take(framing.length)) throw heldBytes.refusal
      const failed = (why: 'late' | 'broken') => {
        heldBytes.give(framing.length)
        if (why === 'broken') return
        const detail = 'The body of the call did not come in time.'
        answerError(new ServerSink(response, null), new BerthError('request_timeout', detail), true)
      }
      this.#held.hold(request, (body) => this.#open(request, response, read, body), failed)
    }
  }

  #open(
    request: IncomingMessage,
    response: ServerResponse,
    { target, head, arrival }: ReadCall,
    body: Buffer | StreamBody | null,
  ): void {
    const { type, id, path, restAt } = target
    const { headers } = head
    const { method = '' } = request
    const sink = new ServerSink(response, body instanceof StreamBody ? body : null)
    const call = this.#driver.open({ type, id, method, path, restAt, headers, body }, sink, arrival)
    const { socket } = request
    const gone = () => this.#driver.gone(call)
    this.#ends.add(socket, gone)
    response.on('close', () => {
      this.#ends.remove(socket, gone)
      if (response.writableFinished) linger(request)
      else gone()
    })
  }
}

/**
 * What is done with a connection on which nothing has moved for a while.
 * @param response the last one on it; null when nothing was asked on it
 * @returns whether it goes on: a call waits for its answer
 */
export function isOwedAnAnswer(response: ServerResponse | null): boolean {
  if (response === null || response.writableFinished) return false
  const { complete, readableFlowing } = response.req
  const isOwing = readableFlowing === true && !complete
  return !isOwing && response.writableLength === 0
}

function framingOf(head: RequestHead, waitsForGoAhead: boolean): Framing {
  if (head.transferEncoding !== undefined) {
    if (head.transferEncoding.trim().toLowerCase() === 'chunked')
      return { kind: 'stream', length: null }
    // A further coding is one of the connection: whoever gets the body would not know of it.
    throw new BerthError(
      'invalid_request',
      'Send the body as it is or in chunks, without a coding.',
    )
  }
  const length = Number(head.contentLength ?? 0)
  if (length === 0) return { kind: 'none' }
  if (waitsForGoAhead || length > heldBytesMax) return { kind: 'stream', length }
  return { kind: 'held', length }
}

/**
 * HTTP/2 over plain text, which clients of Java offer with each first request, may be passed over
 * in silence; who offers something else wants nothing else.
 */
function refuseUpgrade({ upgrade }: RequestHead): void {
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
