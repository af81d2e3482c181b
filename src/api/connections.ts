/**
 * Holds the connections of a server to their limits. Beyond these a connection comes into a small
 * reserve: there a probe or a request for metrics is answered, whoever has all the others, and
 * everything else is told why it is refused. Each one in the reserve ends with its answer, or soon.
 *
 * The reserve cannot be occupied: where it is full, or an address has its share of it, the oldest
 * that has not asked yet makes room. A probe asks at once.
 */
import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import type { FastifyInstance } from 'fastify'
import type { Logger } from 'pino'
import { Counter, Gauge, type Registry } from 'prom-client'
import { BerthError } from '../errors/berth-error.js'
import { LimitedLog } from '../log/limited-log.js'
import { ConnectionBook, type Entry, type Excess } from './connection-book.js'
import type { HttpLimits } from './limits.js'
import { isProbe } from './probes.js'

/** A connection in the reserve. */
interface Reserved {
  readonly socket: Socket
  readonly entry: Entry
  readonly excess: Excess
  readonly timer: NodeJS.Timeout
  hasAsked: boolean
}

export interface ConnectionsOptions {
  readonly limits: HttpLimits
  /** Of all connections, host sessions among them. */
  readonly connectionsMax: number
  readonly log: Logger
  readonly registry: Registry
}

/** The first hook that can refuse: what is beyond the limits is looked at no further. */
export function limitConnections(app: FastifyInstance, options: ConnectionsOptions): void {
  const connections = new Connections(app.server, options)
  app.addHook('onClose', async () => connections.ended())
  app.addHook('onRequest', async (request, reply) => {
    const refusal = connections.asked(request.raw.socket, isProbe(request))
    if (refusal === null) return
    reply.header('connection', 'close')
    if (refusal !== 'probe') throw refusal
  })
}

class Connections {
  readonly #options: ConnectionsOptions
  readonly #book: ConnectionBook
  /** The oldest first. */
  readonly #reserve = new Map<Socket, Reserved>()
  readonly #refused: Counter<'reason'>
  readonly #log: LimitedLog

  constructor(server: Server, options: ConnectionsOptions) {
    const { limits, connectionsMax, registry } = options
    const { connectionsPerAddressMax, reserveMax, reservePerAddressMax } = limits
    this.#options = options
    this.#log = new LimitedLog(options.log)
    this.#book = new ConnectionBook({
      ...{ connectionsMax, connectionsPerAddressMax, reserveMax, reservePerAddressMax },
    })
    this.#refused = measure(registry, this.#book)
    // Those that were told to end are counted by Node until they have.
    server.maxConnections = connectionsMax + 2 * reserveMax
    server.on('connection', (socket) => this.#enter(socket))
    server.on('drop', (data) => this.#refuse('total', data?.remoteAddress, connectionsMax))
  }

  /** @returns null to answer as usual, `probe` to answer and close, or why it is refused */
  asked(socket: Socket, asksProbe: boolean): null | 'probe' | BerthError {
    const reserved = this.#reserve.get(socket)
    if (reserved === undefined) return null
    reserved.hasAsked = true
    return asksProbe ? 'probe' : this.#refusal(reserved.excess)
  }

  /** The server is closed. */
  ended(): void {
    this.#log.end()
  }

  #enter(socket: Socket): void {
    const { remoteAddress = '' } = socket
    const entry = this.#book.enter(remoteAddress)
    socket.once('close', () => {
      this.#book.leave(entry)
      clearTimeout(this.#reserve.get(socket)?.timer)
      this.#reserve.delete(socket)
    })
    const { excess } = entry
    if (excess === null) return
    this.#refuse(excess, remoteAddress, this.#book.openOf(entry))
    const { reserveTimeoutMs } = this.#options.limits
    const timer = setTimeout(() => socket.destroy(), reserveTimeoutMs).unref()
    this.#reserve.set(socket, { socket, entry, excess, timer, hasAsked: false })
    if (this.#book.isReserveFullFor(entry)) this.#makeRoom(socket, entry.key)
    else if (this.#book.isReserveFull) this.#makeRoom(socket, null)
  }

  /** Of one address, or of all. Where all have asked, the newest goes. */
  #makeRoom(newest: Socket, key: string | null): void {
    const oldest = [...this.#reserve.values()].find(
      ({ entry, hasAsked }) => !hasAsked && (key === null || entry.key === key),
    )
    const goes = oldest?.socket ?? newest
    goes.destroy()
  }

  #refusal(excess: Excess): BerthError {
    const { limits, connectionsMax } = this.#options
    const detail =
      excess === 'address'
        ? `Your address has its ${limits.connectionsPerAddressMax} connections to this replica. ` +
          'Close some, use another replica, or have --connections-per-address raised.'
        : `This replica has its ${connectionsMax} connections: use another one.`
    return new BerthError('overloaded', detail)
  }

  #refuse(reason: Excess, address: string | undefined, connections: number): void {
    this.#refused.inc({ reason })
    const message = 'connections beyond the limits: probes alone are answered there'
    this.#log.add('warn', { reason, address, connections }, message)
  }
}

function measure(registry: Registry, book: ConnectionBook): Counter<'reason'> {
  new Gauge({
    name: 'berth_http_connections',
    help: 'Open connections to REST and WebSocket, host sessions among them.',
    registers: [registry],
    collect() {
      this.set(book.open)
    },
  })
  return new Counter({
    name: 'berth_http_connections_refused_total',
    help: 'Connections beyond the limit of their address, or of all: probes alone are answered.',
    labelNames: ['reason'],
    registers: [registry],
  })
}
