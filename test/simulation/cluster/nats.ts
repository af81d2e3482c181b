/**
 * A NATS server: everything that is published reaches every subscriber that is connected, in the
 * order of its publisher, unless it is lost. It may be away for a while, for one or for all; what
 * is published then is gone. Clients notice after a while, as their pings tell them.
 */
import { encodeAnswer, encodeOrder } from '../../../src/broadcast/order-codec.js'
import type {
  PayloadReaders,
  SignedByLeader,
  SignedByReplica,
} from '../../../src/sidecar/signed-messages.js'
import type { Get, Order, Pulse, TableAnswer } from '../../../src/wire/messages.js'
import { decode } from '../../../src/wire/msgpack.js'
import type { Network } from '../kernel/network.js'
import type { Random } from '../kernel/random.js'
import type { Schedule } from '../kernel/schedule.js'
import type { SimProcess } from '../kernel/sim-process.js'
import { clusterKind } from './event-kinds.js'

/** The number of its machine in the network. */
export const natsMachine = 250
/** A client notices that the server is gone, or back, within this time. */
const noticeUs = 2_000_000

export interface NatsClient {
  readonly id: number
  readonly process: SimProcess
  /** null for a replica, which takes no orders. */
  order(namespace: string, signed: SignedByLeader): void
  pulse(signed: SignedByLeader): void
  table(signed: SignedByReplica): void
  changed(isUp: boolean): void
}

/** A replica that answers requests for a table. */
export interface NatsResponder extends NatsClient {
  answer(namespace: string, get: Get): TableAnswer | null
  /** Of all that it says now. */
  readonly signature: Uint8Array
}

export interface NatsOptions {
  readonly lossChance: number
  /** What it takes in one message. */
  readonly payloadBytesMax: number
}

interface Connection {
  readonly client: NatsClient
  readonly life: number
  isUp: boolean
  lastUs: number
}

export class Nats {
  readonly #schedule: Schedule
  readonly #network: Network
  readonly #random: Random
  readonly #options: NatsOptions
  readonly #connections = new Map<number, Connection>()
  readonly #responders = new Map<number, NatsResponder>()
  /** What was read of a payload: hundreds of hosts read the same. */
  readonly #known = new WeakMap<Uint8Array, unknown>()
  /** For clients: what was sent can be read. */
  readonly read: PayloadReaders = {
    order: (payload) => this.#read(payload) as Order,
    pulse: (payload) => this.#read(payload) as Pulse,
    answer: (payload) => this.#read(payload) as TableAnswer,
  }
  #isUp = true

  constructor(schedule: Schedule, network: Network, random: Random, options: NatsOptions) {
    this.#schedule = schedule
    this.#network = network
    this.#random = random
    this.#options = options
  }

  connect(client: NatsClient): void {
    const { id, process } = client
    const connection = { client, life: process.life, isUp: false, lastUs: 0 }
    this.#connections.set(id, connection)
    this.#notice(connection)
  }

  respond(responder: NatsResponder): void {
    this.#responders.set(responder.id, responder)
    this.connect(responder)
  }

  /** The server stops or starts, or a path to it changed. */
  set isUp(isUp: boolean) {
    this.#isUp = isUp
    for (const connection of this.#connections.values()) this.#notice(connection)
  }

  pathChanged(machine: number): void {
    const connection = this.#connections.get(machine)
    if (connection !== undefined) this.#notice(connection)
  }

  publish(from: number, message: Order | Pulse, signature: Uint8Array): void {
    if (!this.#reaches(from)) return
    for (const payload of encodeOrder(message, this.#options.payloadBytesMax)) {
      const signed = { term: message.term, payload, signature }
      for (const connection of this.#connections.values()) {
        const { client } = connection
        this.#deliver(connection, () => {
          if (message.kind === 'pulse') client.pulse(signed)
          else client.order(message.namespace, signed)
        })
      }
    }
  }

  ask(from: number, namespace: string, get: Get): void {
    const ready = [...this.#responders.values()].filter(
      ({ id, process }) => process.isUp && this.#reaches(id),
    )
    const asker = this.#connections.get(from)
    if (ready.length === 0 || asker === undefined || !this.#reaches(from)) return
    const responder = this.#random.pick(ready)
    this.#deliver(this.#connections.get(responder.id)!, () => {
      const answer = responder.answer(namespace, get)
      if (answer === null || !this.#reaches(responder.id)) return
      const { id: replica, signature } = responder
      for (const payload of encodeAnswer(answer, this.#options.payloadBytesMax)) {
        const signed = { replica, payload, signature }
        this.#deliver(asker, () => asker.client.table(signed))
      }
    })
  }

  #read(payload: Uint8Array): unknown {
    const known = this.#known.get(payload) ?? decode(payload)
    this.#known.set(payload, known)
    return known
  }

  #reaches(id: number): boolean {
    const network = this.#network
    return this.#isUp && !network.isCut(id, natsMachine) && !network.isCut(natsMachine, id)
  }

  #deliver(connection: Connection, act: () => void): void {
    const { client, life } = connection
    const { process, id } = client
    const isLost = this.#random.chance(this.#options.lossChance)
    if (isLost || !this.#reaches(id) || process.life !== life) return
    const atUs = this.#schedule.nowUs + this.#network.delayUs()
    connection.lastUs = Math.max(connection.lastUs, atUs)
    this.#schedule.at(connection.lastUs, clusterKind.nats, id, () => {
      if (process.life === life) process.input(clusterKind.nats, act)
    })
  }

  #notice(connection: Connection): void {
    const { client, life } = connection
    const delayUs = this.#random.next() * noticeUs
    this.#schedule.after(delayUs, clusterKind.nats, client.id, () => {
      if (client.process.life !== life || this.#connections.get(client.id) !== connection) return
      const isUp = this.#reaches(client.id)
      if (isUp === connection.isUp) return
      connection.isUp = isUp
      client.process.input(clusterKind.nats, () => client.changed(isUp))
    })
  }
}
