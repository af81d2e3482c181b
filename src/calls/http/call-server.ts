/**
 * An HTTP server that takes calls: for the application beside it, or for the sidecars of other
 * hosts. Node's parser stays strict: what could be read as two requests is refused.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import {
  createServer as createSecureServer,
  Server as SecureServer,
  type ServerOptions,
} from 'node:https'
import type { AddressInfo, ListenOptions, Socket } from 'node:net'
import { BerthError } from '../../errors/berth-error.js'
import type { CallOrigin } from '../machine/arrival.js'
import type { CallDriver } from './call-driver.js'
import { type CallServerLimits, defaultCallServerLimits, ourHeaderBytesMax } from './call-limits.js'
import { isCallTarget } from './call-target.js'
import { answerClientError, answerRaw } from './client-error.js'
import { IncomingCalls, isOwedAnAnswer } from './incoming-calls.js'
import { answerError } from './problem-answer.js'
import { ServerSink } from './server-sink.js'

/** For mutual TLS: who has no certificate of this authority is not let in. */
export interface CallServerTls {
  readonly ca: string | Buffer
  readonly cert: string | Buffer
  readonly key: string | Buffer
}

export interface CallServerOptions {
  /** `sidecar`: the call port. `application`: the local side. */
  readonly origin: CallOrigin
  /** Null for plain HTTP. */
  readonly tls: CallServerTls | null
  readonly limits?: Partial<CallServerLimits>
  /** Everything that is not below `/v1/call`; null for 404. */
  readonly others: ((request: IncomingMessage, response: ServerResponse) => void) | null
  /** Asked of each request before all else: why it may not come in, or null. Absent: all may. */
  readonly guard?: (request: IncomingMessage) => BerthError | null
}

interface Connection {
  /** The last one on it. */
  response: ServerResponse | null
  /** The one before it, where that was not over when the last request came. */
  before: ServerResponse | null
  /** Whether bytes came that are no request: nothing behind them is read. */
  isBroken: boolean
}

export class CallServer {
  readonly #server: Server
  readonly #calls: IncomingCalls
  readonly #others: CallServerOptions['others']
  readonly #guard: NonNullable<CallServerOptions['guard']>
  readonly #connections = new Map<Socket, Connection>()

  constructor(driver: CallDriver, options: CallServerOptions) {
    const { origin, tls, limits, others, guard = () => null } = options
    const all = { ...defaultCallServerLimits, ...limits }
    const { heldBodyTimeoutMs } = all
    this.#others = others
    this.#guard = guard
    this.#calls = new IncomingCalls(driver, { origin, heldBodyTimeoutMs })
    this.#server = createLimitedServer(origin === 'sidecar' ? withOurHeaders(all) : all, tls)
    const server = this.#server
    server.on(tls === null ? 'connection' : 'secureConnection', (socket) => this.#enter(socket))
    server.on('request', (request, response) => this.#handle(request, response, false))
    server.on('checkContinue', (request, response) => this.#handle(request, response, true))
    server.on('checkExpectation', (_request, response) => refuseExpectation(response))
    server.on('connect', (_request, socket: Socket) => refuseConnect(socket))
    server.on('clientError', (error, socket: Socket) => this.#onClientError(error, socket))
    // A connection that could not be taken, for want of descriptors: the next ones may be.
    server.on('error', () => undefined)
    server.on('timeout', (socket: Socket) => this.#idle(socket))
  }

  /** @returns the port, or 0 for a unix socket */
  async listen(where: ListenOptions): Promise<number> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject)
      this.#server.listen(where, () => {
        this.#server.off('error', reject)
        resolve()
      })
    })
    const address = this.#server.address() as AddressInfo | string
    return typeof address === 'string' ? 0 : address.port
  }

  /** Connections that are made from now on show these certificates; those that stand go on. */
  useTls(tls: CallServerTls): void {
    if (this.#server instanceof SecureServer) this.#server.setSecureContext({ ...tls })
  }

  /** Takes no new connection; connections end with the calls that are under way on them. */
  async stop(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()))
    this.#server.closeIdleConnections()
    await closed
  }

  /** Ends all connections now. */
  async destroy(): Promise<void> {
    const stopped = this.stop()
    for (const socket of this.#connections.keys()) socket.destroy()
    await stopped
  }

  #enter(socket: Socket): void {
    this.#connections.set(socket, { response: null, before: null, isBroken: false })
    socket.once('close', () => this.#connections.delete(socket))
  }

  #idle(socket: Socket): void {
    const response = this.#connections.get(socket)?.response ?? null
    // The time begins anew: what has moved for so long may still come to a halt.
    if (isOwedAnAnswer(response)) socket.setTimeout(socket.timeout ?? 0)
    else socket.destroy()
  }

  /** Answers come in order: what is wrong is told behind what was asked before. */
  #onClientError(error: Error & { code?: string }, socket: Socket): void {
    const connection = this.#connections.get(socket)
    if (connection === undefined || error.code === 'ECONNRESET') {
      answerClientError(error, socket)
      return
    }
    if (connection.isBroken) return
    connection.isBroken = true
    const { response, before } = connection
    // Of a request that is not here in full these bytes are the body.
    const broken = response === null || response.req.complete ? null : response
    const ahead = broken === null ? response : before
    const answer = () => {
      // In the midst of its answer nothing else can be said.
      if (broken?.headersSent === true) socket.destroy()
      else answerClientError(error, socket)
    }
    if (ahead === null || ahead.closed || ahead.writableFinished) answer()
    else ahead.once('close', answer)
  }

  #handle(request: IncomingMessage, response: ServerResponse, waitsForGoAhead: boolean): void {
    const connection = this.#connections.get(request.socket)
    if (connection !== undefined) {
      const { response: last } = connection
      connection.before = last === null || last.writableFinished ? null : last
      connection.response = response
    }
    // While the server stops, a connection ends with what it carries.
    if (!this.#server.listening) response.shouldKeepAlive = false
    const refusal = this.#guard(request)
    if (refusal !== null) {
      answerError(new ServerSink(response, null), refusal, true)
      return
    }
    if (this.#others !== null && !isCallTarget(request.url ?? '')) {
      if (waitsForGoAhead) response.writeContinue()
      this.#others(request, response)
    } else this.#calls.handle(request, response, waitsForGoAhead)
  }
}

/** What another sidecar took comes here with headers of ours beside it. */
function withOurHeaders(limits: CallServerLimits): CallServerLimits {
  return { ...limits, headerBytesMax: limits.headerBytesMax + ourHeaderBytesMax }
}

function createLimitedServer(limits: CallServerLimits, tls: CallServerTls | null): Server {
  const options: ServerOptions = {
    maxHeaderSize: limits.headerBytesMax,
    headersTimeout: limits.headersTimeoutMs,
    // Calls may stream for as long as their deadline lets them; a silence ends them.
    requestTimeout: 0,
    keepAliveTimeout: limits.keepAliveTimeoutMs,
    connectionsCheckingInterval: Math.min(1_000, limits.headersTimeoutMs),
    insecureHTTPParser: false,
    noDelay: true,
  }
  const server =
    tls === null
      ? createServer(options)
      : createSecureServer({
          ...options,
          ...tls,
          requestCert: true,
          rejectUnauthorized: true,
          handshakeTimeout: limits.headersTimeoutMs,
        })
  // Nothing can be answered without a handshake.
  server.on('tlsClientError', (_error, socket) => socket.destroy())
  server.maxConnections = limits.connectionsMax
  server.setTimeout(limits.idleTimeoutMs)
  return server
}

function refuseExpectation(response: ServerResponse): void {
  const detail = 'Send the call without the header Expect, or with "Expect: 100-continue".'
  answerError(new ServerSink(response, null), new BerthError('expectation_failed', detail), true)
}

function refuseConnect(socket: Socket): void {
  const detail = 'Calls are requests with one answer: there are no tunnels here.'
  answerRaw(new BerthError('method_not_allowed', detail), socket)
}
