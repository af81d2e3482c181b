/**
 * A plain NATS subscriber as anybody writes one: the `nats` package, any MessagePack decoder, and
 * nothing of Berth. Keeps the orders of a namespace as they came over the wire.
 */
import { createPublicKey, verify } from 'node:crypto'
import { pack, Unpackr } from 'msgpackr'
import { connect, type MsgHdrs, type NatsConnection } from 'nats'
import type { Order } from '../../src/wire/messages.js'
import { eventually } from './eventually.js'
import type { Owner } from './owner.js'

export interface TappedOrder {
  readonly order: Order
  readonly payload: Uint8Array
  /** All headers of the message by name. */
  readonly headers: Readonly<Record<string, string>>
}

const unpackr = new Unpackr({ useRecords: false, int64AsType: 'number' })

/** MessagePack as a program that is not Berth reads and writes it. */
export const foreign = {
  decode: (data: Uint8Array): unknown => unpackr.unpack(data),
  encode: (value: object): Uint8Array => pack(value),
}

export class OrderTap {
  readonly connection: NatsConnection
  /** In the order of arrival. */
  readonly orders: TappedOrder[] = []

  static async open(owner: Owner, url: string, cluster = 'local'): Promise<OrderTap> {
    const connection = await connect({
      ...{ servers: [url], maxReconnectAttempts: -1, reconnectTimeWait: 100 },
    })
    owner.onTestFinished(() => connection.close())
    const tap = new OrderTap(connection, `berth.${cluster}.default.table`)
    await connection.flush()
    return tap
  }

  private constructor(connection: NatsConnection, subject: string) {
    this.connection = connection
    connection.subscribe(subject, {
      callback: (error, { data, headers }) => {
        const order = error === null ? decoded(data) : null
        if (order !== null) this.orders.push({ order, payload: data, headers: plain(headers) })
      },
    })
  }

  /** Orders of rounds: all but the beacons. */
  get rounds(): readonly TappedOrder[] {
    return this.orders.filter(({ order }) => order.kind !== 'beacon')
  }

  /** Settles once it hears what is published from now on, after a NATS that was away too. */
  async hears(): Promise<void> {
    // A client that is back says what it subscribes to before anything else.
    await eventually('the tap to hear NATS', () => this.connection.rtt())
  }

  unlocked(generation: number): boolean {
    return this.orders.some(
      ({ order }) => order.kind === 'unlock' && order.generation >= generation,
    )
  }
}

/** What is no MessagePack is no order: an error in a callback would end the connection. */
function decoded(data: Uint8Array): Order | null {
  try {
    return foreign.decode(data) as Order
  } catch {
    return null
  }
}

/** The generations that an order is about: from and to; a mere fact is about one. */
export function spanOf(order: Order): readonly [from: number, to: number] {
  switch (order.kind) {
    case 'lock':
      return [order.from, order.to]
    case 'update':
      return [order.change.from, order.change.to]
    case 'unlock':
    case 'beacon':
      return [order.generation, order.generation]
    default:
      return order satisfies never
  }
}

function plain(headers: MsgHdrs | undefined): Record<string, string> {
  return Object.fromEntries((headers?.keys() ?? []).map((name) => [name, headers!.get(name)]))
}

/** Whether `Signature` is the Ed25519 signature of the payload by this key (raw, base64url). */
export function isSigned({ payload, headers }: TappedOrder, key: string): boolean {
  const publicKey = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: key }, format: 'jwk' })
  const signature = Buffer.from(headers.Signature ?? '', 'base64url')
  return verify(null, payload, publicKey, signature)
}
