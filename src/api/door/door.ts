/**
 * The host WebSocket of a replica: turns sockets into sessions and holds every one of them to its
 * limits. It decides nothing about membership.
 *
 * A connection waits for its hello, is open, or closes; each state ends: the first by a timer, the
 * second when the other side stays silent, the third when it does not close in its turn. What a
 * closing connection still sends is thrown away.
 */
import type { Logger } from 'pino'
import type { WebSocket } from 'ws'
import { BerthError } from '../../errors/berth-error.js'
import { LimitedLog } from '../../log/limited-log.js'
import type { HostMessage } from '../../wire/messages.js'
import type { Check } from '../../wire/validate.js'
import type { DoorLimits } from '../limits.js'
import type { DoorMetrics } from './door-metrics.js'
import type { HostConnection, HostSession } from './host-connection.js'
import { closeCodes } from './host-connection.js'
import { HostSocket } from './host-socket.js'
import { TableFrames } from './table-frames.js'

export interface DoorOptions {
  readonly openSession: (connection: HostConnection) => HostSession
  readonly hostMessage: Check<HostMessage>
  readonly limits: DoorLimits
  readonly metrics: (sessions: () => number) => DoorMetrics
  readonly log: Logger
  /** Monotonic, in ms. */
  readonly now: () => number
}

export class Door {
  readonly #options: DoorOptions
  readonly #metrics: DoorMetrics
  readonly #sockets = new Set<HostSocket>()
  readonly #tables = new TableFrames()
  readonly #sweep: NodeJS.Timeout
  /** Of all connections: whoever connects again and again may not flood it. */
  readonly #log: LimitedLog
  #closing = false

  constructor(options: DoorOptions) {
    this.#options = options
    this.#log = new LimitedLog(options.log)
    this.#metrics = options.metrics(() => this.#sockets.size)
    // One timer for all connections: thousands of idle hosts cost one pass over a set.
    const everyMs = Math.max(10, Math.floor(options.limits.pingAfterMs / 4))
    this.#sweep = setInterval(() => this.#visitSilent(), everyMs)
    this.#sweep.unref()
  }

  /** @throws BerthError `unavailable` or `overloaded` when no further connection is taken */
  admit(): void {
    if (this.#closing) throw new BerthError('unavailable', 'This replica stops: go elsewhere.')
    const { sessionsMax } = this.#options.limits
    if (this.#sockets.size < sessionsMax) return
    const detail = `This replica has its ${sessionsMax} host sessions: connect to another one.`
    throw new BerthError('overloaded', detail)
  }

  /** Takes over an upgraded socket. */
  accept(
    socket: WebSocket,
    from: Pick<HostConnection, 'subprotocol' | 'remote' | 'principal'>,
  ): void {
    const { openSession, hostMessage, limits, now } = this.#options
    const metrics = this.#metrics
    metrics.opened()
    const host = new HostSocket({
      socket,
      ...from,
      openSession,
      hostMessage,
      limits,
      tables: this.#tables,
      metrics,
      log: this.#log,
      now,
    })
    this.#sockets.add(host)
    socket.once('close', () => this.#sockets.delete(host))
    if (this.#closing) host.close(closeCodes.goElsewhere, 'this replica stops')
  }

  /** Closes every connection and takes no more. Resolves when the last one is gone. */
  async close(): Promise<void> {
    this.#closing = true
    clearInterval(this.#sweep)
    const gone = [...this.#sockets].map((host) => host.whenClosed())
    for (const host of this.#sockets) host.close(closeCodes.goElsewhere, 'this replica stops')
    await Promise.all(gone)
    this.#log.end()
  }

  #visitSilent(): void {
    const nowMs = this.#options.now()
    for (const host of this.#sockets) host.visit(nowMs)
  }
}
