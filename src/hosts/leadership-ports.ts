/** What the leader's side of hosts asks of the replica around it. */
import type { Command } from '../fsm/command.js'
import type { Instant } from '../fsm/instant.js'
import type { ReplicaId } from '../raft/core/entry.js'
import type { Order, Pulse } from '../wire/messages.js'
import type { Downstream } from './relay-message.js'

export interface LeadershipPorts {
  /** `applied` is false when the command will not be applied, or nobody can know. */
  propose(command: Command, done: (applied: boolean, now: Instant) => void): void
  /** Proof, begun after the call, that a quorum still follows this leader. */
  confirm(done: (confirmed: boolean, now: Instant) => void): void
  /** To the replica that holds a session; lost when it is away. */
  tell(replica: ReplicaId, message: Downstream): void
  tellAll(message: Downstream): void
  /** Over NATS; lost when that is away. */
  publish(message: Order | Pulse): void
}
