/**
 * Orders to hosts over their WebSockets, by way of the replicas that hold their sessions. An update
 * goes over a relay in parts: at the leader cut below what a frame should hold, at the replica that
 * holds the sessions put together again, for a sidecar takes it whole from its WebSocket. A link
 * keeps order, so one update is collected at a time and a gap ends it: whoever is waited for gets
 * all parts again.
 */
import type { ReplicaId } from '../raft/core/entry.js'
import { PartCollector, split } from '../table/change-parts.js'
import type { Order, Update } from '../wire/messages.js'
import type { LeadershipEffects } from './leadership-effects.js'
import type { Lease } from './lease-ledger.js'
import type { SessionId } from './relay-message.js'

/** Those that were not heard of yet get nothing. Each replica is told an order once, for all. */
export function tellDirectly(
  leases: readonly Lease[],
  orders: readonly Order[],
  effects: LeadershipEffects,
): void {
  const told = orders.map(inParts)
  for (const [replica, sessions] of sessionsOf(leases)) {
    for (const parts of told) {
      const last = parts.at(-1)
      // Whom it is for is said once, with the part that makes it whole.
      for (const order of parts) {
        effects.tell(replica, { kind: 'orders', sessions: order === last ? sessions : [], order })
      }
    }
  }
}

function sessionsOf(leases: readonly Lease[]): Map<ReplicaId, SessionId[]> {
  const sessions = new Map<ReplicaId, SessionId[]>()
  for (const { route } of leases) {
    if (route === null) continue
    const list = sessions.get(route.replica)
    if (list === undefined) sessions.set(route.replica, [route.session])
    else list.push(route.session)
  }
  return sessions
}

/** Of the change in a part, in bytes: frames of relays are not much longer. */
export const relayPartBytes = 24 * 1024

/** Parts of an update that is collected, at most: more than a WebSocket takes in one message. */
export const relayPartsMax = 2_731

/** The order as it goes over a relay; an update that is too long in as many parts as it takes. */
export function inParts(order: Order): readonly Order[] {
  if (order.kind !== 'update') return [order]
  const changes = split(order.change, relayPartBytes)
  const parts = changes.length
  return changes.map((change, i) => ({ ...order, part: i + 1, parts, change }))
}

export class UpdateParts {
  #collector: PartCollector | null = null
  #next = 1

  /** @returns the update once it is whole; null until then, and for what belongs to none */
  add(update: Update): Update | null {
    const { part, parts, change } = update
    if (parts === 1) return update
    if (part === 1 && parts <= relayPartsMax) {
      this.#collector = new PartCollector(change, parts)
      this.#next = 1
    }
    const outcome = part === this.#next ? this.#collector?.add(part, parts, change) : undefined
    this.#next += 1
    if (outcome?.kind === 'missing') return null
    this.forget()
    return outcome?.kind === 'complete'
      ? { ...update, part: 1, parts: 1, change: outcome.change }
      : null
  }

  forget(): void {
    this.#collector = null
  }
}
