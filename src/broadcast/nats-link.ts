/**
 * A replica's connection to NATS: publishes the orders of a leader and answers requests for tables.
 * What is published while NATS is away is lost, and nothing depends on it: sidecars get the orders
 * over their WebSockets then.
 */
import { type ConnectionOptions, headers, type Msg, type NatsConnection } from 'nats'
import type { Logger } from 'pino'
import { LimitedLog } from '../log/limited-log.js'
import { shownUrl } from '../log/shown-url.js'
import { WaitReport } from '../log/wait-report.js'
import {
  type Forbidden,
  forbiddenInWords,
  inboxes,
  needsInWords,
  type SubjectNeeds,
} from '../nats/forbidden-subjects.js'
import { NatsSession } from '../nats/nats-session.js'
import { payloadBytesMax } from '../nats/server-stream.js'
import type { Get, Order, Pulse, TableAnswer } from '../wire/messages.js'
import { decode, hostValuesMax } from '../wire/msgpack.js'
import type { Checks } from '../wire/validate.js'
import { AnswerBudget, type AnswerBudgetLimits, defaultAnswerLimits } from './answer-budget.js'
import { AnswerCache, type SignedPart } from './answer-cache.js'
import { encodeOrder } from './order-codec.js'
import type { Signer } from './signing.js'
import { getSubject, pulseSubject, tableSubject } from './subjects.js'

export interface NatsLinkOptions {
  /** Id of this replica, whose key signs its answers. */
  readonly replica: number
  readonly servers: readonly string[]
  readonly cluster: string
  readonly name: string
  readonly options: ConnectionOptions
  /** How much is answered. */
  readonly answers?: AnswerBudgetLimits
}

export interface NatsLinkEvents {
  /**
   * @param isUp whether orders go out over NATS
   * @param forbidden what NATS does not let this replica do, and what to allow; null for nothing
   */
  changed(isUp: boolean, forbidden: string | null): void
  /** The answer to a request; null while this replica is behind it, then it stays silent. */
  get(namespace: string, get: Get): TableAnswer | null
  /** Whether there is such a namespace: anybody can think of others, as many as he likes. */
  has(namespace: string): boolean
}

export type NatsLinkChecks = Pick<Checks, 'get' | 'namespace'>

export interface NatsLinkCounts {
  /** Parts of orders. */
  readonly published: number
  /** Requests that could not be read. */
  readonly unreadable: number
  /** Requests that were not answered, because too many were asked. */
  readonly refused: number
  /** Orders and answers that could not be sent, such as one above the server's limit. */
  readonly unsendable: number
}

/** What NATS takes in one message unless the server says otherwise, in bytes. */
const payloadBytesDefault = 1_048_576

/** Longest request; what a sidecar asks has about 100 bytes. A longer one is not read. */
export const getBytesMax = 1_024

export class NatsLink {
  readonly #options: NatsLinkOptions
  readonly #events: NatsLinkEvents
  readonly #signer: Signer
  readonly #checks: NatsLinkChecks
  readonly #log: Logger
  readonly #session: NatsSession
  readonly #needs: SubjectNeeds
  #isConnected = false
  #forbidden: readonly Forbidden[] = []
  /** While NATS is not there. */
  #wait: WaitReport | null = null
  /** Why the last try to connect failed, or the connection ended. */
  #reason: string | null = null
  #published = 0
  #unreadable = 0
  #refused = 0
  #unsendable = 0
  /** Of lines that anybody who asks for a table can cause. */
  readonly #limitedLog: LimitedLog
  readonly #answers = new AnswerCache((payload) => this.#sign(payload))
  readonly #budget: AnswerBudget

  constructor(
    options: NatsLinkOptions,
    signer: Signer,
    checks: NatsLinkChecks,
    log: Logger,
    events: NatsLinkEvents,
  ) {
    this.#options = options
    this.#signer = signer
    this.#checks = checks
    this.#log = log
    this.#limitedLog = new LimitedLog(log)
    this.#events = events
    this.#budget = new AnswerBudget(options.answers ?? defaultAnswerLimits, performance.now())
    const { servers, name, cluster, options: client } = options
    this.#needs = replicaNeeds(cluster)
    const gets = {
      subject: getSubject(cluster, '*'),
      queue: 'berth',
      callback: (error: Error | null, message: Msg) => {
        const { connection } = this.#session
        if (error === null && connection !== null) this.#answer(connection, message)
      },
    }
    this.#session = new NatsSession(
      { servers, client: { name, ...client }, subscriptions: [gets], needs: this.#needs },
      {
        opened: () => this.#change(true),
        forbidden: (list) => this.#forbids(list),
        lost: (reason) => {
          this.#reason = reason
          this.#change(false)
        },
        failed: (detail) => {
          this.#reason = detail
        },
      },
    )
  }

  /** Whether orders go out: connected, and allowed to publish them. */
  get isUp(): boolean {
    const isAllowed = !this.#forbidden.some(isOfOrders)
    return this.#isConnected && isAllowed && !this.#session.isClosed
  }

  /** How much of what it needs NATS does not let this replica do. */
  get forbiddenCount(): number {
    return this.#forbidden.length
  }

  /** Messages since the start. */
  get counts(): NatsLinkCounts {
    return {
      published: this.#published,
      unreadable: this.#unreadable + this.#session.leftOut,
      refused: this.#refused,
      unsendable: this.#unsendable,
    }
  }

  /** Connects, and goes on trying for ever; returns at once. */
  start(): void {
    this.#wait = this.#startWait()
    this.#session.start()
  }

  publish(message: Order | Pulse): void {
    const { connection } = this.#session
    // Also what NATS forbids: by that it is noticed when it is allowed.
    if (connection === null) return
    const { cluster } = this.#options
    const isPulse = message.kind === 'pulse'
    const subject = isPulse ? pulseSubject(cluster) : tableSubject(cluster, message.namespace)
    const limit = payloadLimit(connection)
    this.#send(message.kind, () => {
      for (const payload of encodeOrder(message, limit)) {
        const head = headers()
        head.set('Operation', message.kind)
        if (!isPulse) head.set('Generation', String(generationOf(message)))
        head.set('Term', String(message.term))
        head.set('Signature', this.#sign(payload))
        connection.publish(subject, payload, { headers: head })
        this.#published += 1
      }
      this.#session.published(subject)
    })
  }

  #sign(payload: Uint8Array): string {
    return Buffer.from(this.#signer.sign(payload)).toString('base64url')
  }

  async close(): Promise<void> {
    this.#wait?.stop()
    await this.#session.close('drained')
    this.#limitedLog.end()
  }

  #change(isConnected: boolean): void {
    this.#isConnected = isConnected
    const { servers } = this.#shown
    if (isConnected) {
      this.#reason = null
      this.#wait?.done()
      this.#log.info({ servers }, 'Connected to NATS.')
    } else {
      this.#wait = this.#startWait()
      this.#log.warn(
        { servers, reason: this.#reason },
        'NATS is away: orders go over WebSocket meanwhile.',
      )
    }
    this.#tell()
  }

  #forbids(list: readonly Forbidden[]): void {
    this.#forbidden = list
    const { servers } = this.#shown
    if (list.length > 0) {
      const forbidden = forbiddenInWords(list)
      const allow = needsInWords(this.#needs)
      const meanwhile = list.some(isOfOrders) ? 'orders go over WebSocket meanwhile' : 'allow it'
      this.#log.warn(
        { servers, forbidden, allow },
        `NATS forbids what this replica needs: ${meanwhile}.`,
      )
    } else if (this.#isConnected) {
      this.#log.info({ servers }, 'NATS forbids nothing any more of what this replica tries.')
    }
    this.#tell()
  }

  #tell(): void {
    const list = this.#forbidden
    const forbidden =
      list.length === 0
        ? null
        : `NATS forbids this replica to ${forbiddenInWords(list)}; ` +
          `let it ${needsInWords(this.#needs)}`
    this.#events.changed(this.isUp, forbidden)
  }

  #startWait(): WaitReport {
    return new WaitReport(this.#log, 'NATS', () => ({ ...this.#shown, reason: this.#reason }))
  }

  /** The servers without their logins. */
  get #shown(): { readonly servers: readonly string[] } {
    return { servers: this.#options.servers.map(shownUrl) }
  }

  #answer(connection: NatsConnection, message: Msg): void {
    // berth.<cluster>.<namespace>.get
    const namespace = message.subject.split('.')[2]
    // Without one it is empty: there is nobody to answer.
    const { reply = '' } = message
    if (namespace === undefined || reply === '') return
    // It costs nothing, so it takes nothing from those who ask.
    if (message.data.length > getBytesMax) {
      this.#unreadable += 1
      return
    }
    const nowMs = performance.now()
    if (!this.#budget.allows(namespace, nowMs)) {
      this.#refused += 1
      return
    }
    let bytes = 0
    this.#send('answer', () => {
      for (const part of this.#partsFor(namespace, message.data, connection)) {
        const head = headers()
        head.set('Operation', 'table')
        head.set('Replica', String(this.#options.replica))
        head.set('Signature', part.signature)
        bytes += part.payload.length
        connection.publish(reply, part.payload, { headers: head })
      }
      this.#session.published(reply)
    })
    // A request costs something also when there is nothing to answer, or no way to send it.
    this.#budget.spend(namespace, bytes, nowMs)
  }

  #partsFor(
    namespace: string,
    request: Uint8Array,
    connection: NatsConnection,
  ): readonly SignedPart[] {
    const get = this.#read(namespace, request)
    const answer = get === null ? null : this.#events.get(namespace, get)
    if (answer === null) return []
    const limit = payloadLimit(connection)
    if (!this.#events.has(namespace)) return this.#answers.once(answer, limit)
    return this.#answers.parts(namespace, answer, limit)
  }

  /** What NATS does not take is lost as if it were away: sidecars get it over WebSocket. */
  #send(kind: string, publish: () => void): void {
    try {
      publish()
    } catch (error) {
      this.#unsendable += 1
      if (this.#session.isClosed) return
      const message = 'NATS does not take a message; it goes over WebSocket'
      this.#limitedLog.add('error', { err: error, kind }, message)
    }
  }

  /** Subjects are anybody's: a name that no namespace can have is as unreadable as its request. */
  #read(namespace: string, data: Uint8Array): Get | null {
    try {
      this.#checks.namespace(namespace)
      return this.#checks.get(decode(data, hostValuesMax))
    } catch {
      this.#unreadable += 1
      return null
    }
  }
}

/** What NATS has to let each replica do. */
export function replicaNeeds(cluster: string): SubjectNeeds {
  return {
    publish: [tableSubject(cluster, '*'), pulseSubject(cluster), inboxes],
    subscribe: [getSubject(cluster, '*')],
  }
}

/** What a server does not take instead of answers hinders nobody who is told over WebSocket. */
function isOfOrders({ operation, subject }: Forbidden): boolean {
  return operation === 'publish' && subject !== inboxes
}

/** What the server takes in one message, and receivers let through, in bytes. */
function payloadLimit({ info }: NatsConnection): number {
  return Math.min(info?.max_payload ?? payloadBytesDefault, payloadBytesMax)
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
