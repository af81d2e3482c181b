/**
 * A replica's connection to NATS: publishes the orders of a leader and answers requests for tables.
 * What is published while NATS is away is lost, and nothing depends on it: sidecars get the orders
 * over their WebSockets then.
 */
import { setTimeout as delay } from 'node:timers/promises'
import {
  type ConnectionOptions,
  connect,
  Events,
  headers,
  type Msg,
  type NatsConnection,
} from 'nats'
import type { Logger } from 'pino'
import type { Get, Order, TableAnswer } from '../wire/messages.js'
import { decode } from '../wire/msgpack.js'
import type { Check } from '../wire/validate.js'
import { encodeAnswer, encodeOrder } from './order-codec.js'
import type { Signer } from './signing.js'
import { getSubject, tableSubject } from './subjects.js'

export interface NatsLinkOptions {
  readonly servers: readonly string[]
  readonly cluster: string
  readonly name: string
  readonly options: ConnectionOptions
}

export interface NatsLinkEvents {
  changed(isUp: boolean): void
  /** The answer to a request; null while this replica is behind it, then it stays silent. */
  get(namespace: string, get: Get): TableAnswer | null
}

export interface NatsLinkCounts {
  /** Parts of orders. */
  readonly published: number
  /** Requests that could not be read. */
  readonly unreadable: number
  /** Orders and answers that could not be sent, such as one above the server's limit. */
  readonly unsendable: number
}

/** What NATS takes in one message unless the server says otherwise, in bytes. */
const payloadBytesDefault = 1_048_576
/** Between two tries to connect for the first time, in ms. */
const retryMs = 500
/** A line says what is waited for this often, in ms. */
const remindEveryMs = 2_000

export class NatsLink {
  readonly #options: NatsLinkOptions
  readonly #events: NatsLinkEvents
  readonly #signer: Signer
  readonly #check: Check<Get>
  readonly #log: Logger
  #connection: NatsConnection | null = null
  #isUp = false
  readonly #closing = new AbortController()
  #published = 0
  #unreadable = 0
  #unsendable = 0

  constructor(
    options: NatsLinkOptions,
    signer: Signer,
    check: Check<Get>,
    log: Logger,
    events: NatsLinkEvents,
  ) {
    this.#options = options
    this.#signer = signer
    this.#check = check
    this.#log = log
    this.#events = events
  }

  get isUp(): boolean {
    return this.#isUp && !this.#isClosed
  }

  /** Messages since the start. */
  get counts(): NatsLinkCounts {
    const [published, unreadable, unsendable] = [
      this.#published,
      this.#unreadable,
      this.#unsendable,
    ]
    return { published, unreadable, unsendable }
  }

  /** Connects, and goes on trying for ever; returns at once. */
  start(): void {
    void this.#run()
  }

  publish(order: Order): void {
    const connection = this.#connection
    if (connection === null || !this.isUp) return
    const subject = tableSubject(this.#options.cluster, order.namespace)
    const limit = connection.info?.max_payload ?? payloadBytesDefault
    const generation = generationOf(order)
    this.#send(order.kind, () => {
      for (const payload of encodeOrder(order, limit)) {
        const head = headers()
        head.set('Berth-Operation', order.kind)
        head.set('Berth-Generation', String(generation))
        head.set('Berth-Term', String(order.term))
        head.set('Berth-Signature', Buffer.from(this.#signer.sign(payload)).toString('base64'))
        connection.publish(subject, payload, { headers: head })
        this.#published += 1
      }
    })
  }

  async close(): Promise<void> {
    this.#closing.abort()
    // What was published goes out first; a server that is away must not hold up the end.
    const connection = this.#connection
    if (connection !== null && this.#isUp) await connection.drain().catch(() => undefined)
    else await connection?.close()
  }

  get #isClosed(): boolean {
    return this.#closing.signal.aborted
  }

  async #run(): Promise<void> {
    try {
      const connection = await this.#connect()
      this.#connection = connection
      if (this.#isClosed) {
        await connection.close()
        return
      }
      connection.subscribe(getSubject(this.#options.cluster, '*'), {
        queue: 'berth',
        callback: (error, message) => {
          if (error === null) this.#answer(connection, message)
        },
      })
      this.#change(true)
      for await (const { type } of connection.status()) {
        if (type === Events.Disconnect) this.#change(false)
        else if (type === Events.Reconnect) this.#change(true)
      }
    } catch (error) {
      if (!this.#isClosed) this.#log.error({ err: error }, 'NATS is given up; restart this replica')
    } finally {
      this.#change(false)
    }
  }

  /** Tries until it is connected, whatever the reason why not. @throws when it is closed meanwhile */
  async #connect(): Promise<NatsConnection> {
    const { servers, name, options } = this.#options
    const { signal } = this.#closing
    const startedAtMs = performance.now()
    let remindAtMs = startedAtMs + remindEveryMs
    for (;;) {
      try {
        return await connect({
          servers: [...servers],
          name,
          maxReconnectAttempts: -1,
          ignoreAuthErrorAbort: true,
          reconnectTimeWait: 250,
          reconnectJitter: 250,
          pingInterval: 1_000,
          maxPingOut: 2,
          ...options,
        })
      } catch (error) {
        if (performance.now() >= remindAtMs) {
          remindAtMs = performance.now() + remindEveryMs
          const waitedMs = Math.round(performance.now() - startedAtMs)
          const detail = error instanceof Error ? error.message : String(error)
          const message = 'waiting for NATS; orders go over WebSocket meanwhile'
          this.#log.warn({ servers, waitedMs, detail }, message)
        }
      }
      await delay(retryMs, undefined, { signal })
    }
  }

  #change(isUp: boolean): void {
    if (isUp === this.#isUp) return
    this.#isUp = isUp
    if (this.#isClosed) return
    if (isUp) this.#log.info({ servers: this.#options.servers }, 'NATS is there')
    else this.#log.warn({ servers: this.#options.servers }, 'NATS is away')
    this.#events.changed(isUp)
  }

  #answer(connection: NatsConnection, message: Msg): void {
    // berth.<cluster>.<namespace>.get
    const namespace = message.subject.split('.')[2]
    const get = this.#read(message.data)
    if (namespace === undefined || get === null || message.reply === undefined) return
    const answer = this.#events.get(namespace, get)
    if (answer === null) return
    const { reply } = message
    const limit = connection.info?.max_payload ?? payloadBytesDefault
    this.#send('answer', () => {
      for (const part of encodeAnswer(answer, limit)) connection.publish(reply, part)
    })
  }

  /** What NATS does not take is lost as if NATS were away: sidecars get it over their WebSockets. */
  #send(kind: string, publish: () => void): void {
    try {
      publish()
    } catch (error) {
      this.#unsendable += 1
      if (this.#isClosed) return
      this.#log.error({ err: error, kind }, 'NATS does not take a message; it goes over WebSocket')
    }
  }

  #read(data: Uint8Array): Get | null {
    try {
      return this.#check(decode(data))
    } catch {
      this.#unreadable += 1
      return null
    }
  }
}

function generationOf(order: Order): number {
  switch (order.kind) {
    case 'lock':
      return order.to
    case 'update':
      return order.change.to
    case 'unlock':
    case 'beacon':
      return order.generation
  }
}
