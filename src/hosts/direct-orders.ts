/** Orders to hosts over their WebSockets: by way of the replicas that hold their sessions. */
import type { Admission } from '../fsm/admission.js'
import type { ReplicaId } from '../raft/core/entry.js'
import type { Order } from '../wire/messages.js'
import type { LeadershipPorts } from './leadership-ports.js'
import type { LeaseLedger } from './lease-ledger.js'
import type { SessionId } from './relay-message.js'
import { inParts } from './update-parts.js'

/** Those that were not heard of yet get nothing. Each replica is told an order once, for all. */
export function tellDirectly(
  admissions: readonly Admission[],
  orders: readonly Order[],
  ledger: LeaseLedger,
  ports: Pick<LeadershipPorts, 'tell'>,
): void {
  const told = orders.map(inParts)
  for (const [replica, sessions] of sessionsOf(admissions, ledger)) {
    for (const parts of told) {
      const last = parts.at(-1)
      // Whom it is for is said once, with the part that makes it whole.
      for (const order of parts) {
        ports.tell(replica, { kind: 'orders', sessions: order === last ? sessions : [], order })
      }
    }
  }
}

function sessionsOf(
  admissions: readonly Admission[],
  ledger: LeaseLedger,
): Map<ReplicaId, SessionId[]> {
  const sessions = new Map<ReplicaId, SessionId[]>()
  for (const admission of admissions) {
    const route = ledger.get(admission)?.route
    if (route === null || route === undefined) continue
    const list = sessions.get(route.replica)
    if (list === undefined) sessions.set(route.replica, [route.session])
    else list.push(route.session)
  }
  return sessions
}
