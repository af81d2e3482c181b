/**
 * A sidecar's side of NATS: the subscription to the orders of its namespace and the request for a
 * table. Reconnects by itself. Reads headers alone, and no payload: who signed it is not known
 * here. What has not the headers that it must have is counted and dropped.
 */
import { createInbox, type Msg } from 'nats'
import { BerthError } from '../errors/berth-error.js'
import { messageOf } from '../errors/message-of.js'
import {
  type Forbidden,
  forbiddenInWords,
  inboxes,
  needsInWords,
  type SubjectNeeds,
} from '../nats/forbidden-subjects.js'
import { NatsSession, type NatsSubscription } from '../nats/nats-session.js'
import { parseServer } from '../nats/server-address.js'
import type { NameLookup } from '../network/name-lookup.js'
import { processNames } from '../network/process-names.js'
import type { Get, NatsAddress } from '../wire/messages.js'
import { encode } from '../wire/msgpack.js'
import { parseWholeNumber } from '../wire/whole-number.js'
import { oneLine } from './connect-failure.js'
import type { SidecarLog } from './log.js'
import type { SignedByLeader, SignedByReplica, SignedMessage } from './signed-messages.js'

/** How a sidecar connects to NATS. Where NATS is, the welcome of a replica says. */
export interface NatsOptions {
  /**
   * Instead of those that the replica names: where it reaches NATS by other addresses. Each may
   * have a login of its own, `nats://user:password@host:4222` or `nats://token@host:4222`,
   * percent-encoded.
   */
  readonly servers?: readonly string[]
  readonly token?: string
  readonly user?: string
  readonly pass?: string
  /** Files in PEM. */
  readonly tls?: {
    readonly caFile?: string
    readonly certFile?: string
    readonly keyFile?: string
  }
  /** What else the NATS client (npm `nats`, 2.29) takes, but for reconnecting. */
  readonly [option: string]: unknown
}

export interface NatsListenerEvents {
  /** Whether orders can come: connected, and all subscriptions for them stand. */
  changed(isUp: boolean): void
  order(signed: SignedByLeader): void
  pulse(signed: SignedByLeader): void
  table(signed: SignedByReplica): void
}

/** Header of all messages: Ed25519 over the payload, base64url. */
const signatureHeader = 'Signature'
/** Header of an order or a pulse: the term whose leader says it. */
const termHeader = 'Term'
/** Header of an answer: the id of the replica that gives it. */
const replicaHeader = 'Replica'

export class NatsListener {
  readonly address: NatsAddress
  readonly #events: NatsListenerEvents
  readonly #log: SidecarLog
  readonly #inbox = createInbox()
  readonly #needs: SubjectNeeds
  readonly #servers: readonly string[]
  /** Addresses of servers that a replica told and that are none. */
  readonly #leftOut: number
  readonly #session: NatsSession
  #hasFailed = false
  #reason: string | null = null
  #isOpen = false
  #isUp = false
  #forbidden: readonly Forbidden[] = []
  #unreadable = 0

  constructor(
    address: NatsAddress,
    options: NatsOptions,
    log: SidecarLog,
    events: NatsListenerEvents,
    names: NameLookup = processNames,
  ) {
    this.address = address
    this.#events = events
    this.#log = log
    const { servers: own, ...client } = options
    const servers = own ?? address.servers.filter(isReadable)
    this.#servers = servers
    this.#leftOut = own === undefined ? address.servers.length - servers.length : 0
    const { table, pulse, get } = address
    this.#needs = { publish: [get], subscribe: [table, pulse, inboxes] }
    const subscriptions = [
      this.#hear(table, byLeader, events.order),
      this.#hear(pulse, byLeader, events.pulse),
      this.#hear(this.#inbox, byReplica, events.table),
    ]
    this.#session = new NatsSession(
      { servers, client, names, subscriptions, needs: this.#needs },
      {
        opened: () => {
          this.#hasFailed = false
          this.#reason = null
        },
        subscribed: () => {
          this.#isOpen = true
          this.#update()
        },
        forbidden: (list) => this.#forbids(list),
        lost: (reason) => {
          log.warn({ reason }, 'NATS is away')
          this.#reason = oneLine(reason)
          this.#isOpen = false
          this.#update()
        },
        failed: (detail) => this.#failed(detail),
      },
    )
  }

  /** Nothing is told before. */
  start(): void {
    this.#session.start()
    if (this.#leftOut === 0) return
    const message = 'addresses of NATS servers that cannot be read are left out'
    this.#log.warn({ unreadable: this.#leftOut }, message)
  }

  /** Why there is no connection; null while there is one, and before the first try failed. */
  get reason(): string | null {
    return this.#reason
  }

  /** Messages that could not be read. */
  get unreadable(): number {
    return this.#unreadable + this.#session.leftOut
  }

  /** What NATS does not let this sidecar do and it needs, as `subscribe to "a.b"`. */
  get forbidden(): readonly string[] {
    return this.#forbidden.map((each) => forbiddenInWords([each]))
  }

  /** A server may say that it takes nothing, and the client throws then. It is asked anew later. */
  ask(get: Get): void {
    try {
      this.#session.connection?.publish(this.address.get, encode(get), { reply: this.#inbox })
      this.#session.published(this.address.get)
    } catch (error) {
      this.#log.warn({ detail: messageOf(error) }, 'NATS does not take a request')
    }
  }

  async close(): Promise<void> {
    await this.#session.close('at once')
  }

  #failed(detail: string): void {
    this.#reason = oneLine(detail)
    if (this.#hasFailed) return
    this.#hasFailed = true
    this.#log.warn(
      { servers: this.#servers.map((text) => parseServer(text).url), detail },
      'waiting for NATS',
    )
  }

  #forbids(list: readonly Forbidden[]): void {
    this.#forbidden = list
    if (list.length > 0) {
      const forbidden = forbiddenInWords(list)
      const allow = needsInWords(this.#needs)
      this.#log.warn({ forbidden, allow }, 'NATS forbids what this sidecar needs')
    } else if (this.#isOpen) {
      this.#log.info({}, 'NATS forbids nothing any more of what this sidecar tries')
    }
    this.#update()
  }

  #update(): void {
    const isUp = this.#isOpen && !this.#forbidden.some(isOfOrders)
    if (isUp === this.#isUp) return
    this.#isUp = isUp
    this.#events.changed(isUp)
  }

  /** @param parse may throw; the client itself throws where it cannot parse headers */
  #hear<T>(
    subject: string,
    parse: (message: Msg) => T | null,
    heard: (said: T) => void,
  ): NatsSubscription {
    return {
      subject,
      callback: (error, message) => {
        const said = error === null ? this.#read(() => parse(message)) : null
        if (said !== null) heard(said)
      },
    }
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

/** Without answers to what it asks a sidecar lives as well. */
function isOfOrders({ operation, subject }: Forbidden): boolean {
  return operation === 'subscribe' && subject !== inboxes
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

function byLeader(message: Msg): SignedByLeader {
  return { term: numberIn(message, termHeader), ...signedOf(message) }
}

/** A request that nobody listens for comes back empty. */
function byReplica(message: Msg): SignedByReplica | null {
  if (message.data.length === 0) return null
  return { replica: numberIn(message, replicaHeader), ...signedOf(message) }
}

function signedOf({ data, headers }: Msg): SignedMessage {
  const signature = Buffer.from(headers?.get(signatureHeader) ?? '', 'base64url')
  return { payload: data, signature }
}

/** @throws BerthError `invalid_message` unless the header is there once, as a whole number */
function numberIn({ headers }: Msg, name: string): number {
  const [text = '', ...others] = headers?.values(name) ?? []
  const value = parseWholeNumber(text)
  if (value !== undefined && others.length === 0) return value
  throw new BerthError('invalid_message', `The header "${name}" must be one whole number.`)
}
