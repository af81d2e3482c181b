/**
 * A sidecar's side of NATS: the subscription to the orders of its namespace and the request for a
 * table. Reconnects by itself; what does not parse is counted and dropped.
 */
import { setTimeout as delay } from 'node:timers/promises'
import {
  type ConnectionOptions,
  connect,
  createInbox,
  Events,
  type NatsConnection,
  type Status,
} from 'nats'
import type { Get, NatsAddress, TableAnswer } from '../wire/messages.js'
import { decode, encode } from '../wire/msgpack.js'
import type { Checks } from '../wire/validate.js'
import type { SidecarLog } from './log.js'
import type { NatsOptions } from './nats-options.js'
import type { SignedOrder } from './order-inbox.js'

export interface NatsListenerEvents {
  changed(isUp: boolean): void
  order(signed: SignedOrder): void
  table(answer: TableAnswer): void
}

/** Header of an order: Ed25519 over its payload, base64. */
const signatureHeader = 'Signature'
/** Between two tries to connect for the first time, in ms. */
const retryMs = 500

export class NatsListener {
  readonly address: NatsAddress
  readonly #events: NatsListenerEvents
  readonly #checks: Checks
  readonly #log: SidecarLog
  readonly #inbox = createInbox()
  #connection: NatsConnection | null = null
  readonly #closing = new AbortController()
  #unreadable = 0

  constructor(
    address: NatsAddress,
    options: NatsOptions,
    checks: Checks,
    log: SidecarLog,
    events: NatsListenerEvents,
  ) {
    this.address = address
    this.#events = events
    this.#checks = checks
    this.#log = log
    void this.#run({
      servers: [...address.servers],
      maxReconnectAttempts: -1,
      reconnectTimeWait: 250,
      reconnectJitter: 250,
      pingInterval: 1_000,
      maxPingOut: 2,
      ignoreAuthErrorAbort: true,
      ...options,
    })
  }

  /** Messages that could not be read. */
  get unreadable(): number {
    return this.#unreadable
  }

  ask(get: Get): void {
    const connection = this.#connection
    if (connection === null || connection.isClosed()) return
    connection.publish(this.address.get, encode(get), { reply: this.#inbox })
  }

  async close(): Promise<void> {
    this.#closing.abort()
    await this.#connection?.close()
  }

  get #isClosed(): boolean {
    return this.#closing.signal.aborted
  }

  /** Tries until it is connected, whatever the reason why not. @throws when it is closed */
  async #connect(options: ConnectionOptions): Promise<NatsConnection> {
    for (let isFirst = true; ; isFirst = false) {
      try {
        return await connect(options)
      } catch (error) {
        const detail = error instanceof Error ? error.message : String(error)
        const { servers } = this.address
        if (isFirst && !this.#isClosed) this.#log.warn({ servers, detail }, 'waiting for NATS')
      }
      await delay(retryMs, undefined, { signal: this.#closing.signal })
    }
  }

  async #run(options: ConnectionOptions): Promise<void> {
    try {
      const connection = await this.#connect(options)
      this.#connection = connection
      if (this.#isClosed) {
        await connection.close()
        return
      }
      connection.subscribe(this.address.table, {
        callback: (error, { data, headers }) => {
          if (error !== null) return
          const order = this.#read(() => this.#checks.order(decode(data)))
          if (order === null) return
          const signature = Buffer.from(headers?.get(signatureHeader) ?? '', 'base64')
          this.#events.order({ order, payload: data, signature })
        },
      })
      connection.subscribe(this.#inbox, {
        callback: (error, { data }) => {
          // A request that nobody listens for comes back empty.
          if (error !== null || data.length === 0) return
          const answer = this.#read(() => this.#checks.tableAnswer(decode(data)))
          if (answer !== null) this.#events.table(answer)
        },
      })
      const changes = connection.status()
      // The subscription stands once the server has answered what was sent after it. A server that
      // went away before that is among the changes.
      const stands = connection.flush().then(
        () => true,
        () => false,
      )
      if ((await stands) && !this.#isClosed) this.#events.changed(true)
      await this.#watch(changes)
    } catch (error) {
      if (this.#isClosed) return
      const detail = error instanceof Error ? error.message : String(error)
      this.#log.error({ servers: this.address.servers, detail }, 'NATS is given up')
    }
    if (!this.#isClosed) this.#events.changed(false)
  }

  async #watch(changes: AsyncIterable<Status>): Promise<void> {
    for await (const status of changes) {
      if (this.#isClosed) return
      if (status.type === Events.Disconnect) this.#events.changed(false)
      else if (status.type === Events.Reconnect) this.#events.changed(true)
    }
  }

  /** What a message says; null, and counted, when it cannot be read. */
  #read<T>(parse: () => T): T | null {
    try {
      return parse()
    } catch (error) {
      this.#unreadable += 1
      if (this.#unreadable === 1) {
        const detail = error instanceof Error ? error.message : String(error)
        this.#log.warn({ detail }, 'a message on NATS could not be read; further ones are counted')
      }
      return null
    }
  }
}
