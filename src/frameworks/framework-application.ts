/**
 * An application of this process that answers requests of Node, as those of web frameworks do. It
 * gets calls as requests of HTTP over connections within the process, so they are what it knows:
 * they stream, they have back-pressure, and they are aborted when the call is.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { type ActorHookFunctions, ActorHooks } from '../calls/http/actor-hooks.js'
import type { AttemptEvents } from '../calls/http/answer-relay.js'
import type { Application, Delivery } from '../calls/http/application.js'
import { CallClient } from '../calls/http/call-client.js'
import { applicationClientLimits } from '../calls/http/call-limits.js'
import { deliveryHeaders } from '../calls/http/delivery-headers.js'
import type { Exchange } from '../calls/http/exchange.js'
import { answerError } from '../calls/http/problem-answer.js'
import { ServerSink } from '../calls/http/server-sink.js'
import type { LeaveReason } from '../calls/machine/effect.js'
import type { ActorKey } from '../calls/machine/ownership.js'
import { BerthError } from '../errors/berth-error.js'
import { actorOf } from './delivered.js'
import { LoopPool } from './loop-pool.js'
import { LoopSocket } from './loop-socket.js'

/** What a framework gives: it answers each request. What it returns is waited for if a promise. */
export type NodeListener = (request: IncomingMessage, response: ServerResponse) => unknown

/** Line and headers of a request together, in bytes: those of a caller, and ours. */
const headerBytesMax = 128 * 1_024
/** A connection costs memory alone, so that no call waits for one. */
const limits = { ...applicationClientLimits, connectionsReady: 100_000, connectionsMax: 100_000 }

export class FrameworkApplication implements Application {
  readonly #listener: NodeListener
  readonly #hooks: ActorHooks
  readonly #client: CallClient
  readonly #server: Server

  constructor(listener: NodeListener, hooks: ActorHookFunctions) {
    this.#listener = listener
    this.#hooks = new ActorHooks(hooks)
    this.#server = createServer({ maxHeaderSize: headerBytesMax, requestTimeout: 0 })
    // Its client ends connections that nobody uses.
    this.#server.keepAliveTimeout = 0
    this.#server.on('request', (request, response) => this.#deliver(request, response))
    const dial = () => {
      const [client, server] = LoopSocket.pair()
      this.#server.emit('connection', server)
      return client
    }
    const within = { dial, pool: new LoopPool(dial) }
    const way = { origin: 'http://localhost', socketPath: null, within, lookup: null, tls: null }
    this.#client = new CallClient({ ...way, answerer: 'application' }, limits)
  }

  deliver(exchange: Exchange, delivery: Delivery, events: AttemptEvents) {
    const { path } = exchange.request
    return this.#client.send(exchange, path, deliveryHeaders(exchange.request, delivery), events)
  }

  /** What answers a request that is no call. */
  readonly answer = (request: IncomingMessage, response: ServerResponse): void => {
    this.#run(request, response)
  }

  /** A handler of a call runs: its actor does not leave before this settles. */
  track(request: IncomingMessage, running: PromiseLike<unknown>): void {
    const actor = actorOf(request)
    if (actor === null) return
    const settled = Promise.resolve(running).then(
      () => undefined,
      () => undefined,
    )
    this.#hooks.track(actor, settled)
  }

  leave(actors: readonly ActorKey[], why: LeaveReason, told: (actor: ActorKey) => void): void {
    this.#hooks.leave(actors, why, told)
  }

  async fenced(isFinal: boolean): Promise<void> {
    await this.#hooks.fenced(isFinal)
  }

  async close(): Promise<void> {
    this.#hooks.close()
    await this.#client.destroy()
  }

  #deliver(request: IncomingMessage, response: ServerResponse): void {
    const running = this.#run(request, response)
    if (running !== null) this.track(request, running)
  }

  /** @returns what is to be waited for; null when nobody knows */
  #run(request: IncomingMessage, response: ServerResponse): Promise<void> | null {
    try {
      const running = this.#listener(request, response)
      if (!isThenable(running)) return null
      return Promise.resolve(running).then(
        () => undefined,
        (error) => this.#fail(response, error),
      )
    } catch (error) {
      this.#fail(response, error)
      return null
    }
  }

  #fail(response: ServerResponse, error: unknown): void {
    this.#hooks.failed(error, 'call')
    if (response.headersSent) response.destroy()
    else {
      const problem = new BerthError('call_failed', 'The application failed; see its log.')
      answerError(new ServerSink(response, null), problem, false)
    }
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as { then?: unknown } | null | undefined)?.then === 'function'
}
