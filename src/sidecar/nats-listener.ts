/**
 * A sidecar's side of NATS: the subscription to the orders of its namespace and the request for a
 * table. Reconnects by itself; what does not parse is counted and dropped.
 */
import { createInbox, type Msg, type NatsConnection } from 'nats'
import { NatsSession } from '../nats/nats-session.js'
import { parseServer } from '../nats/server-address.js'
import type { Get, NatsAddress } from '../wire/messages.js'
import { decode, encode } from '../wire/msgpack.js'
import type { Checks } from '../wire/validate.js'
import type { SidecarLog } from './log.js'
import type { NatsOptions } from './nats-options.js'
import type { SignedAnswer, SignedOrder, SignedPulse } from './order-inbox.js'

export interface NatsListenerEvents {
  changed(isUp: boolean): void
  order(signed: SignedOrder): void
  pulse(signed: SignedPulse): void
  table(signed: SignedAnswer): void
}

/** Header of orders and answers: Ed25519 over the payload, base64url. */
const signatureHeader = 'Signature'
/** Header of an answer: the id of the replica that gives it. */
const replicaHeader = 'Replica'

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
    const { servers: own, ...client } = options
    const servers = own ?? address.servers.filter(isReadable)
    this.#servers = servers
    const unreadable = address.servers.length - servers.length
    if (own === undefined && unreadable > 0) {
      log.warn({ unreadable }, 'addresses of NATS servers that cannot be read are left out')
    }
    this.#session = new NatsSession(
      { servers, client },
      {
        opened: (connection) => this.#opened(connection),
        lost: (reason) => {
          log.warn({ reason }, 'NATS is away')
          events.changed(false)
        },
        failed: (detail) => this.#failed(detail),
      },
    )
    this.#session.start()
  }

  /** Messages that could not be read. */
  get unreadable(): number {
    return this.#unreadable + this.#session.leftOut
  }

  /** A server may say that it takes nothing, and the client throws then. It is asked anew later. */
  ask(get: Get): void {
    try {
      this.#session.connection?.publish(this.address.get, encode(get), { reply: this.#inbox })
    } catch (error) {
      this.#log.warn({ detail: messageOf(error) }, 'NATS does not take a request')
    }
  }

  async close(): Promise<void> {
    await this.#session.close('at once')
  }

  #failed(detail: string): void {
    if (this.#hasFailed) return
    this.#hasFailed = true
    this.#log.warn(
      { servers: this.#servers.map((text) => parseServer(text).url), detail },
      'waiting for NATS',
    )
  }

  #opened(connection: NatsConnection): void {
    this.#hasFailed = false
    const events = this.#events
    this.#hear(connection, this.address.table, (each) => this.#orderOf(each), events.order)
    this.#hear(connection, this.address.pulse, (each) => this.#pulseOf(each), events.pulse)
    this.#hear(connection, this.#inbox, (each) => this.#answerOf(each), events.table)
    // The subscriptions stand once the server has answered what was sent after them.
    connection.flush().then(
      () => {
        if (this.#session.connection === connection) this.#events.changed(true)
      },
      () => undefined,
    )
  }

  /** @param parse may throw; the client itself throws where it cannot parse headers */
  #hear<T>(
    connection: NatsConnection,
    subject: string,
    parse: (message: Msg) => T | null,
    heard: (said: T) => void,
  ): void {
    connection.subscribe(subject, {
      callback: (error, message) => {
        const said = error === null ? this.#read(() => parse(message)) : null
        if (said !== null) heard(said)
      },
    })
  }

  #orderOf(message: Msg): SignedOrder {
    return { order: this.#checks.order(decode(message.data)), ...signedOf(message) }
  }

  #pulseOf(message: Msg): SignedPulse {
    return { pulse: this.#checks.pulse(decode(message.data)), ...signedOf(message) }
  }

  /** A request that nobody listens for comes back empty. */
  #answerOf(message: Msg): SignedAnswer | null {
    if (message.data.length === 0) return null
    const answer = this.#checks.tableAnswer(decode(message.data))
    const replica = Number(message.headers?.get(replicaHeader))
    return { answer, replica, ...signedOf(message) }
  }

  /** What a message says; null, and counted, when it cannot be read. */
  #read<T>(parse: () => T | null): T | null {
    try {
      return parse()
    } catch (error) {
      this.#unreadable += 1
      if (this.#unreadable === 1) {
        const detail = messageOf(error)
        this.#log.warn({ detail }, 'a message on NATS could not be read; further ones are counted')
      }
      return null
    }
  }
}

/** Whether it is an address: what a replica tells is looked at like anything that comes in. */
function isReadable(server: string): boolean {
  try {
    parseServer(server)
    return true
  } catch {
    return false
  }
}

function signedOf({ data, headers }: Msg) {
  const signature = Buffer.from(headers?.get(signatureHeader) ?? '', 'base64url')
  return { payload: data, signature }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
