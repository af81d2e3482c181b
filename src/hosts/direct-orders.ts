/** Orders to hosts over their WebSockets: by way of the replicas that hold their sessions. */
import type { ReplicaId } from '../raft/core/entry.js'
import type { Order } from '../wire/messages.js'
import type { LeadershipEffects } from './leadership-effects.js'
import type { Lease } from './lease-ledger.js'
import type { SessionId } from './relay-message.js'
import { inParts } from './update-parts.js'

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
