/**
 * A replica's connection to NATS: publishes the orders of a leader and answers requests for tables.
 * What is published while NATS is away is lost, and nothing depends on it: sidecars get the orders
 * over their WebSockets then.
 */
import { setTimeout as pause } from 'node:timers/promises'
import {
  type ConnectionOptions,
  connect,
  Events,
  headers,
  type Msg,
  type NatsConnection,
} from 'nats'
import type { Logger } from 'pino'
import { WaitReport } from '../log/wait-report.js'
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
/** A connect that takes longer is given up, in ms. */
const connectTimeoutMs = 2_000
/** Between two tries to connect at least so long, at most twice as long, in ms. */
const retryMs = 250

export class NatsLink {
  readonly #options: NatsLinkOptions
  readonly #events: NatsLinkEvents
  readonly #signer: Signer
  readonly #check: Check<Get>
  readonly #log: Logger
  #connection: NatsConnection | null = null
  readonly #closing = new AbortController()
  #isUp = false
  /** While NATS is not there. */
  #wait: WaitReport | null = null
  /** Why the last try to connect failed. */
  #reason: string | null = null
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

  get #isClosed(): boolean {
    return this.#closing.signal.aborted
  }

  get isUp(): boolean {
    return this.#isUp && !this.#isClosed
  }

  /** Messages since the start. */
  get counts(): NatsLinkCounts {
    const published = this.#published
    return { published, unreadable: this.#unreadable, unsendable: this.#unsendable }
  }

  /** Connects, and goes on trying for ever; returns at once. */
  start(): void {
    this.#wait = this.#startWait()
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
        head.set('Operation', order.kind)
        head.set('Generation', String(generation))
        head.set('Term', String(order.term))
        head.set('Signature', Buffer.from(this.#signer.sign(payload)).toString('base64'))
        connection.publish(subject, payload, { headers: head })
        this.#published += 1
      }
    })
  }

  async close(): Promise<void> {
    this.#closing.abort()
    this.#wait?.stop()
    // What was published goes out first; a server that is away must not hold up the end.
    const connection = this.#connection
    if (connection !== null && this.#isUp) await connection.drain().catch(() => undefined)
    else await connection?.close()
  }

  async #run(): Promise<void> {
    try {
      const connection = await this.#connect()
      if (connection === null) return
      this.#connection = connection
      const subject = getSubject(this.#options.cluster, '*')
      connection.subscribe(subject, {
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
      if (!this.#isClosed) this.#log.error({ err: error, ...this.#shown }, 'NATS failed for good.')
    } finally {
      this.#change(false)
    }
  }

  /** The first connection, tried until it stands; from then on the client sees to it. */
  async #connect(): Promise<NatsConnection | null> {
    const { servers, name, options } = this.#options
    while (!this.#isClosed) {
      try {
        const connection = await connect({
          servers: [...servers],
          name,
          timeout: connectTimeoutMs,
          maxReconnectAttempts: -1,
          ignoreAuthErrorAbort: true,
          reconnectTimeWait: retryMs,
          reconnectJitter: retryMs,
          pingInterval: 1_000,
          maxPingOut: 2,
          ...options,
        })
        if (!this.#isClosed) return connection
        await connection.close()
      } catch (error) {
        this.#reason = error instanceof Error ? error.message : String(error)
        const pauseMs = retryMs * (1 + Math.random())
        await pause(pauseMs, undefined, { signal: this.#closing.signal }).catch(() => undefined)
      }
    }
    return null
  }

  #change(isUp: boolean): void {
    if (isUp === this.#isUp) return
    this.#isUp = isUp
    if (this.#isClosed) return
    const { servers } = this.#shown
    if (isUp) {
      this.#reason = null
      this.#wait?.done()
      this.#log.info({ servers }, 'Connected to NATS.')
    } else {
      this.#wait = this.#startWait()
      this.#log.warn({ servers }, 'NATS is away: orders go over WebSocket meanwhile.')
    }
    this.#events.changed(isUp)
  }

  #startWait(): WaitReport {
    return new WaitReport(this.#log, 'NATS', () => ({ ...this.#shown, reason: this.#reason }))
  }

  /** The servers without user and password. */
  get #shown(): { readonly servers: readonly string[] } {
    return { servers: this.#options.servers.map((url) => url.replace(/\/\/.*@/, '//')) }
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

  /** What NATS does not take is lost as if it were away: sidecars get it over WebSocket. */
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
