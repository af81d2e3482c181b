/**
 * A host that costs little: it says hello over a WebSocket, heartbeats, and answers orders that
 * come over NATS or the WebSocket as a sidecar does. It verifies nothing and has no table: what an
 * order says is read once for all hosts of the process.
 */
import { randomBytes, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { WebSocket } from 'ws'
import type { HostMessage, NatsAddress, ReplicaMessage, Welcome } from '../../src/wire/messages.js'
import { decode, encode } from '../../src/wire/msgpack.js'
import { versions } from '../../test/support/versions.js'
import { headerIn, type NatsMessage, NatsSubscription } from './nats-subscription.js'
import { admissionKey, type ReadOrders } from './read-orders.js'

export interface LightHostEvents {
  /** It learned that a later generation is disseminated, whoever said it. */
  disseminated(): void
  /** A lock came, over NATS or the WebSocket. */
  locked(generation: number): void
  /** Something that an undisturbed host never hears. */
  odd(what: string): void
}

/** Of a connection to be made. */
const openMsMax = 60_000

const nothing = { term: 0, generation: 0, digest: '0'.repeat(43) }

export class LightHost {
  readonly who: { readonly name: string; readonly types: readonly string[] } | null
  readonly #events: LightHostEvents
  readonly #orders: ReadOrders
  #socket: WebSocket | null = null
  #nats: NatsSubscription | null = null
  #welcome: Welcome | null = null
  #acknowledged = nothing
  #number = 0
  #isLeaving = false
  #welcomed: (welcome: Welcome) => void = () => undefined
  #failed: (error: Error) => void = () => undefined
  #socketBytes = 0
  /** The newest generation that it knows to be disseminated. */
  disseminated = -1

  /** Listens to NATS, and has no session. @param nats null for an observer, who is not told */
  static async open(
    who: { readonly name: string; readonly types: readonly string[] } | null,
    nats: NatsAddress | null,
    orders: ReadOrders,
    events: LightHostEvents,
  ): Promise<LightHost> {
    const host = new LightHost(who, orders, events)
    if (nats !== null) {
      const hear = (order: NatsMessage) => host.#order(order)
      host.#nats = await NatsSubscription.open(nats.servers[0]!, [nats.table], hear)
    }
    return host
  }

  private constructor(who: LightHost['who'], orders: ReadOrders, events: LightHostEvents) {
    this.who = who
    this.#orders = orders
    this.#events = events
  }

  /** Names its admission, once it is welcomed. */
  get key(): string {
    return admissionKey(this.who!.name, this.#welcome!.epoch)
  }

  /** That came over both ways so far. */
  get bytes(): number {
    return this.#socketBytes + (this.#nats?.bytes ?? 0)
  }

  /** A replica waits some seconds for the hello of a session. */
  async connect(url: string): Promise<void> {
    const socket = new WebSocket(`${url}/v1/host`, ['berth.v1+msgpack'], {
      perMessageDeflate: false,
    })
    socket.on('error', (error) => this.#events.odd(error.message))
    await once(socket, 'open', { signal: AbortSignal.timeout(openMsMax) })
    this.#socket = socket
    socket.on('message', (data: Buffer) => this.#heard(data))
    socket.on('close', (code) => {
      if (!this.#isLeaving) this.#events.odd(`a session ended: ${code}`)
      this.#failed(new Error(`the session ended: ${code}`))
    })
  }

  /** Done when it is welcomed, and its first heartbeat is on its way. */
  async hello(namespace: string): Promise<Welcome> {
    const instance = randomUUID()
    const secret = randomBytes(32).toString('hex')
    const hello = { kind: 'hello', ...versions, namespace, instance, secret } as const
    const welcome = new Promise<Welcome>((resolve, reject) => {
      this.#welcomed = resolve
      this.#failed = reject
    })
    const { who } = this
    this.#say(who === null ? hello : { ...hello, ...who, types: [...who.types], appId: 'app' })
    return await welcome
  }

  heartbeat(): void {
    if (this.#welcome === null || this.#isLeaving) return
    const { lineage, epoch } = this.#welcome
    this.#number += 1
    const [number, acknowledged] = [this.#number, this.#acknowledged]
    const listening = this.#nats !== null
    this.#say({ kind: 'heartbeat', lineage, epoch, number, acknowledged, listening })
  }

  /** Its place is kept for its next instance, or until its lease is out. */
  bye(): void {
    if (this.#welcome !== null) {
      const { lineage, epoch } = this.#welcome
      this.#say({ kind: 'bye', lineage, epoch })
    }
    this.#isLeaving = true
    this.#nats?.close()
    this.#socket?.close()
  }

  #say(message: HostMessage): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(encode(message))
  }

  #heard(data: Buffer): void {
    this.#socketBytes += data.length
    const message = decode(data) as ReplicaMessage
    switch (message.kind) {
      case 'welcome': {
        this.#welcome = message
        const { term, disseminated, round, table } = message
        this.#orders.table(table)
        this.#acknowledged = { term, ...disseminated }
        this.#learn(disseminated.generation)
        if (round !== undefined) {
          this.#orders.change(round.change)
          const { to: generation, digest } = round.change
          this.#acknowledged = { term: round.term, generation, digest }
        }
        this.heartbeat()
        this.#welcomed(message)
        return
      }
      case 'answer':
        this.#learn(message.disseminated)
        return
      case 'refused':
        this.#events.odd(`refused: ${message.code}`)
        this.#acknowledged = { ...this.#acknowledged, generation: message.disseminated }
        return
      case 'lock':
        this.#events.locked(message.to)
        this.#learn(message.from)
        return
      case 'update': {
        this.#orders.change(message.change)
        const { to: generation, digest } = message.change
        this.#acknowledge({ term: message.term, generation, digest })
        return
      }
      case 'unlock':
      case 'beacon':
        this.#learn(message.generation)
        return
      case 'fence':
        this.#events.odd(`fenced: ${message.code}`)
        return
      default:
    }
  }

  #order({ head, payload }: NatsMessage): void {
    const generation = Number(headerIn(head, 'Generation'))
    switch (headerIn(head, 'Operation')) {
      case 'lock':
        this.#events.locked(generation)
        return
      case 'update': {
        const whole = this.#orders.update(headerIn(head, 'Signature'), payload)
        if (whole !== null) this.#acknowledge(whole)
        return
      }
      case 'unlock':
      case 'beacon':
        this.#learn(generation)
        return
      default:
    }
  }

  #acknowledge(acknowledged: typeof nothing): void {
    this.#acknowledged = acknowledged
    this.heartbeat()
  }

  #learn(generation: number): void {
    if (generation <= this.disseminated) return
    this.disseminated = generation
    this.#events.disseminated()
  }
}
