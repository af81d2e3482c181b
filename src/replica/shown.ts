/** What a replica shows to the others of itself. */
import type { NodeStatus } from '../raft/node/node-status.js'
import type { ReplicaShown } from './frames.js'
import type { ReplicaPorts } from './ports.js'

export function composeShown(
  { role, term, log, storage }: NodeStatus,
  digest: string,
  database: ReturnType<ReplicaPorts['database']>,
): ReplicaShown {
  return {
    role,
    term,
    commit: log.committedIndex,
    applied: log.appliedIndex,
    digest,
    stopped: null,
    postgres: { writable: !storage.isStalled, ...database },
  }
}
