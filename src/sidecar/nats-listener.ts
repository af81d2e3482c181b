/**
 * A sidecar's side of NATS: the subscription to the orders of its namespace and the request for a
 * table. Reconnects by itself; what does not parse is counted and dropped.
 */
import { createInbox, type NatsConnection } from 'nats'
import { shownUrl } from '../log/shown-url.js'
import { NatsSession } from '../nats/nats-session.js'
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

export class NatsListener {
  readonly address: NatsAddress
  readonly #events: NatsListenerEvents
  readonly #checks: Checks
  readonly #log: SidecarLog
  readonly #inbox = createInbox()
  readonly #servers: readonly string[]
  readonly #session: NatsSession
  #hasFailed = false
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
    const { servers = address.servers, ...client } = options
    this.#servers = servers
    this.#session = new NatsSession(
      { servers, client },
      {
        opened: (connection) => this.#opened(connection),
        lost: () => events.changed(false),
        failed: (detail) => this.#failed(detail),
      },
    )
    this.#session.start()
  }

  /** Messages that could not be read. */
  get unreadable(): number {
    return this.#unreadable
  }

  ask(get: Get): void {
    this.#session.connection?.publish(this.address.get, encode(get), { reply: this.#inbox })
  }

  async close(): Promise<void> {
    await this.#session.close('at once')
  }

  #failed(detail: string): void {
    if (this.#hasFailed) return
    this.#hasFailed = true
    this.#log.warn({ servers: this.#servers.map(shownUrl), detail }, 'waiting for NATS')
  }

  #opened(connection: NatsConnection): void {
    this.#hasFailed = false
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
    // The subscriptions stand once the server has answered what was sent after them.
    connection.flush().then(
      () => {
        if (this.#session.connection === connection) this.#events.changed(true)
      },
      () => undefined,
    )
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
