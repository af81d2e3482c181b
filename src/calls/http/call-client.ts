/**
 * Sends calls to one place, an application or another sidecar, over connections that are kept. At
 * most one call at a time is on a connection, and how many are under way is decided here alone: one
 * that waits is not with the pool of undici, which would keep it, and its body, when it is cut.
 */
import type { LookupFunction, Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { ConnectionOptions } from 'node:tls'
import { type buildConnector, type Dispatcher, Pool } from 'undici'
import { type Answerer, AnswerRelay, type AttemptEvents } from './answer-relay.js'
import { answerHeaderBytesMax, type CallClientLimits, ourHeaderBytesMax } from './call-limits.js'
import type { Attempt, Exchange } from './exchange.js'
import { HeldAttempt } from './held-attempt.js'
import { PlaceQueue } from './place-queue.js'
import { type Place, PlacedCall } from './placed-call.js'
import { StreamAttempt, type StreamTarget } from './stream-attempt.js'
import { StreamBody } from './stream-body.js'

/** Certificates for mutual TLS. */
export type ClientTls = Pick<ConnectionOptions, 'ca' | 'cert' | 'key'>

/** What is asked of a pool of connections. */
export type CallPool = Pick<Pool, 'dispatch'> & {
  close(): Promise<void>
  destroy(): Promise<void>
}

export interface CallPlace {
  /** `http://host:port` or `https://host:port`. */
  readonly origin: string
  /** Of a unix socket, to connect to instead; null for the origin's address. */
  readonly socketPath: string | null
  /** Connections within this process, instead of to the origin's address. */
  readonly within?: {
    /** Makes one, which emits `connect`. */
    readonly dial: () => Duplex
    readonly pool: CallPool
  }
  readonly answerer: Answerer
  /** How names are looked up; null for the system's way. */
  readonly lookup: LookupFunction | null
  readonly tls: ClientTls | null
}

/** Nothing here ends a call but its deadline. */
const noTimeLimit = 0

export class CallClient implements Place {
  readonly #place: CallPlace
  readonly #pool: CallPool
  readonly #stream: StreamTarget
  readonly #host: string
  readonly #queue: PlaceQueue<PlacedCall>
  #timer: NodeJS.Timeout | null = null
  /** Calls that are over, and whose connections are not free yet. */
  #freed = 0

  constructor(place: CallPlace, limits: CallClientLimits) {
    const { origin, socketPath, within, answerer, lookup, tls } = place
    const { connectTimeoutMs, connectionsMax, keepAliveTimeoutMs } = limits
    this.#queue = new PlaceQueue(limits)
    const url = new URL(origin)
    const way = {
      ...(socketPath === null ? {} : { socketPath }),
      ...(lookup === null ? {} : { lookup }),
      ...(tls ?? {}),
    }
    const maxHeaderSize = answerHeaderBytesMax + (answerer === 'sidecar' ? ourHeaderBytesMax : 0)
    this.#place = place
    this.#host = url.host
    this.#pool =
      within?.pool ??
      new Pool(origin, {
        connections: connectionsMax,
        pipelining: 1,
        maxHeaderSize,
        keepAliveTimeout: keepAliveTimeoutMs,
        keepAliveMaxTimeout: keepAliveTimeoutMs,
        headersTimeout: noTimeLimit,
        bodyTimeout: noTimeLimit,
        connect: { ...way, timeout: connectTimeoutMs },
      })
    const isSecure = url.protocol === 'https:'
    this.#stream = {
      isSecure,
      connectTimeoutMs,
      connect: {
        ...way,
        ...(within === undefined ? {} : { createConnection: within.dial }),
        maxHeaderSize,
        // Node takes an IPv6 address without its brackets.
        host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
        port: url.port === '' ? (isSecure ? 443 : 80) : url.port,
      },
    }
  }

  /** Calls that are under way or wait for a connection. */
  get size(): number {
    return this.#queue.size
  }

  /**
   * @param path of the target
   * @param ours headers beside those of the request, flat: name, value
   * @returns null where it is over already: there is no room for it
   */
  send(
    exchange: Exchange,
    path: string,
    ours: readonly string[],
    events: AttemptEvents,
  ): Attempt | null {
    const call = new PlacedCall(this, exchange, { path, ours }, events)
    const entered = this.#queue.enter(call, exchange.isPart, performance.now())
    if (entered === 'goes') call.start(this.#start)
    else if (entered === 'waits') this.#schedule()
    else {
      const reason = `as many calls are on their way to ${this.#host} as may be`
      events.ended({ kind: 'full', reason })
      return null
    }
    return call
  }

  // ---- what calls say ------------------------------------------------------------------------

  gaveUp(call: PlacedCall): void {
    this.#queue.remove(call)
  }

  /** undici takes a connection for the next call a turn of the event loop behind the last one. */
  left(): void {
    this.#freed += 1
    if (this.#freed === 1) queueMicrotask(() => setImmediate(() => this.#free()))
  }

  #free(): void {
    this.#queue.left(this.#freed)
    this.#freed = 0
    this.#goOn()
  }

  #goOn(): void {
    const now = performance.now()
    for (let call = this.#queue.next(now); call !== undefined; call = this.#queue.next(now)) {
      call.start(this.#start)
    }
    this.#schedule()
  }

  /** A timer that rings too early is left: places get free all the time. */
  #schedule(): void {
    const dueMs = this.#queue.nextDueMs
    if (this.#timer !== null || dueMs === Number.POSITIVE_INFINITY) return
    this.#timer = setTimeout(
      () => {
        this.#timer = null
        this.#goOn()
      },
      Math.max(1, Math.ceil(dueMs - performance.now())),
    )
  }

  // ---- sending -------------------------------------------------------------------------------

  readonly #start = (call: PlacedCall): Attempt => {
    const { exchange, path, ours } = call
    const { method, headers, body } = exchange.request
    const relay = new AnswerRelay(exchange, this.#place.answerer, call)
    const all = headers.concat(ours)
    if (body instanceof StreamBody) return this.#sendStream(relay, body, { method, path, all })
    const attempt = new HeldAttempt(relay)
    this.#pool.dispatch(
      { method: method as Dispatcher.HttpMethod, path, headers: all, body },
      attempt,
    )
    return attempt
  }

  #sendStream(
    relay: AnswerRelay,
    body: StreamBody,
    { method, path, all }: { method: string; path: string; all: string[] },
  ): Attempt {
    const toSidecar = this.#place.answerer === 'sidecar'
    const attempt = new StreamAttempt(relay, body, toSidecar)
    all.push('Host', this.#host)
    if (body.length === null) all.push('Transfer-Encoding', 'chunked')
    else all.push('Content-Length', String(body.length))
    if (toSidecar) all.push('Expect', '100-continue')
    const start = () => attempt.start(this.#stream, { method, path, headers: all })
    // Whoever waits for our go-ahead takes the call elsewhere as long as it sends no body: until
    // then the application must not hear of it.
    if (!toSidecar && body.waitsForGoAhead) body.begin(start)
    else start()
    return attempt
  }

  /** Ends what is idle; what is under way goes on to its end. */
  async close(): Promise<void> {
    await this.#pool.close()
  }

  /** Ends everything. */
  async destroy(): Promise<void> {
    if (this.#timer !== null) clearTimeout(this.#timer)
    for (const call of this.#queue.takeWaiting()) call.refuse('its connections are closed')
    await this.#pool.destroy()
  }
}

/** What undici and Node ask of a socket here any duplex stream has. */
export function connectorOf(dial: () => Duplex): buildConnector.connector {
  // undici is not ready for a connection before this has returned.
  return (_options, connected) => process.nextTick(connected, null, dial() as Socket)
}
