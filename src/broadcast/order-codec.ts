/**
 * Orders and answers as they travel over NATS: MessagePack, an update or a table in as many parts
 * as the server's limit for a payload asks for.
 */
import { split } from '../table/change-parts.js'
import type { Order, Pulse, TableAnswer, TableChange } from '../wire/messages.js'
import { encode } from '../wire/msgpack.js'

/** Room for what stands around the change in a message, and for the headers; both count. */
const frameBytesMax = 1_024

/** @param payloadBytesMax what the server takes in one message, headers included */
export function encodeOrder(order: Order | Pulse, payloadBytesMax: number): Uint8Array[] {
  if (order.kind !== 'update') return [encode(order)]
  const changes = split(order.change, payloadBytesMax - frameBytesMax)
  const parts = changes.length
  return changes.map((change, i) => encode({ ...order, part: i + 1, parts, change }))
}

/** Round and list of replicas go with the last part, as far as there is room; they come anyway. */
export function encodeAnswer(answer: TableAnswer, payloadBytesMax: number): Uint8Array[] {
  const { round, registry, ...rest } = answer
  const bytesMax = payloadBytesMax - frameBytesMax
  const changes: TableChange[] = split(answer.change, bytesMax)
  const parts = changes.length
  const encoded = changes.map((change, i) => encode({ ...rest, part: i + 1, parts, change }))
  const last = changes.at(-1)
  if (last === undefined) return encoded
  let more: Pick<TableAnswer, 'round' | 'registry'> = {}
  for (const extra of [registry && { registry }, round && { round }]) {
    if (extra === undefined) continue
    const extended = encode({ ...rest, part: parts, parts, change: last, ...more, ...extra })
    if (extended.length > bytesMax) continue
    more = { ...more, ...extra }
    encoded[parts - 1] = extended
  }
  return encoded
}
