/** Sends calls to one place, an application or another sidecar, over connections that are kept. */
import type { LookupFunction } from 'node:net'
import type { ConnectionOptions } from 'node:tls'
import { type Dispatcher, Pool } from 'undici'
import { type Answerer, AnswerRelay, type AttemptEvents } from './answer-relay.js'
import { answerHeaderBytesMax, type CallClientLimits, ourHeaderBytesMax } from './call-limits.js'
import type { Attempt, Exchange } from './exchange.js'
import { HeldAttempt } from './held-attempt.js'
import { StreamAttempt, type StreamTarget } from './stream-attempt.js'
import { StreamBody } from './stream-body.js'

/** Certificates for mutual TLS. */
export type ClientTls = Pick<ConnectionOptions, 'ca' | 'cert' | 'key'>

export interface CallPlace {
  /** `http://host:port` or `https://host:port`. */
  readonly origin: string
  /** Of a unix socket, to connect to instead; null for the origin's address. */
  readonly socketPath: string | null
  readonly answerer: Answerer
  /** How names are looked up; null for the system's way. */
  readonly lookup: LookupFunction | null
  readonly tls: ClientTls | null
}

/** Nothing here ends a call but its deadline. */
const noTimeLimit = 0

export class CallClient {
  readonly #place: CallPlace
  readonly #pool: Pool
  readonly #stream: StreamTarget
  readonly #host: string

  constructor(place: CallPlace, limits: CallClientLimits) {
    const { origin, socketPath, answerer, lookup, tls } = place
    const { connectTimeoutMs, connectionsMax, keepAliveTimeoutMs } = limits
    const url = new URL(origin)
    const way = {
      ...(socketPath === null ? {} : { socketPath }),
      ...(lookup === null ? {} : { lookup }),
      ...(tls ?? {}),
    }
    const maxHeaderSize = answerHeaderBytesMax + (answerer === 'sidecar' ? ourHeaderBytesMax : 0)
    this.#place = place
    this.#host = url.host
    this.#pool = new Pool(origin, {
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
        maxHeaderSize,
        // Node takes an IPv6 address without its brackets.
        host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
        port: url.port === '' ? (isSecure ? 443 : 80) : url.port,
      },
    }
  }

  /**
   * @param path of the target
   * @param ours headers beside those of the request, flat: name, value
   */
  send(exchange: Exchange, path: string, ours: readonly string[], events: AttemptEvents): Attempt {
    const { method, headers, body } = exchange.request
    const relay = new AnswerRelay(exchange, this.#place.answerer, events)
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
    await this.#pool.destroy()
  }
}
