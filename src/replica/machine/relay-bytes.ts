/** About how long the messages between sessions and the leader are, to cut frames by it. */
import type { Downstream, Upstream } from '../../hosts/relay-message.js'
import { changeBytesMax } from '../../table/change-parts.js'
import { typeBytes } from '../../table/type-sets.js'

/** Most messages are shorter than this; what else there is in the others, too. In bytes. */
export const smallBytes = 256
/** Around a text, and for a number, at most. */
const headBytesMax = 9
/** The id of a session in a list of them. */
const sessionBytes = 16

/** What a message is counted as, in bytes: all that grows with what hosts say or tables hold. */
export function relayBytes(message: Upstream | Downstream): number {
  switch (message.kind) {
    case 'hello': {
      const { types = [] } = message.hello
      return 2 * smallBytes + types.length * headBytesMax + typeBytes(types)
    }
    case 'orders': {
      const { order, sessions } = message
      return smallBytes + sessions.length * sessionBytes + orderBytes(order)
    }
    default:
      return smallBytes
  }
}

function orderBytes(order: Extract<Downstream, { kind: 'orders' }>['order']): number {
  if (order.kind === 'update') return changeBytesMax(order.change)
  return order.kind === 'lock' ? order.touched.length * headBytesMax : 0
}
