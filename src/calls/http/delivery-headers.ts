/** What an application that is reached by HTTP is told of a call, beside what its caller said. */
import { spellActor } from './actor-spelling.js'
import type { Delivery } from './application.js'
import { berthHeaders, writeTimeout } from './call-headers.js'
import type { CallRequest } from './exchange.js'

/** @returns flat: name, value */
export function deliveryHeaders(
  request: CallRequest,
  { held, chain, remainingMs }: Delivery,
): string[] {
  return [
    berthHeaders.token,
    String(held.token),
    berthHeaders.generation,
    String(held.generation),
    berthHeaders.actor,
    actorOf(request),
    berthHeaders.chain,
    chain.length === 1 ? (chain[0] as string) : chain.join(','),
    berthHeaders.timeout,
    writeTimeout(remainingMs),
  ]
}

const isSpeltOut = /^[\w.~-]+\/[\w.~-]+$/

/** Most actors have names in which nothing is to be encoded. */
function actorOf({ type, id, path, restAt }: CallRequest): string {
  const asItCame = path.slice(1, restAt)
  return isSpeltOut.test(asItCame) ? asItCame : spellActor({ type, id })
}
