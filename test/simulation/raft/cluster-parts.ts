/** What the actors of a simulated cluster (clients, operator, faults) share. */

import type { Frame } from '../../../src/raft/node/frame.js'
import type { NodeOptions } from '../../../src/raft/node/node-options.js'
import { ownKindsFrom } from '../kernel/event-kinds.js'
import type { Network } from '../kernel/network.js'
import type { PeerLinks } from '../kernel/peer-links.js'
import type { Schedule } from '../kernel/schedule.js'
import type { Calls } from './calls.js'
import type { RaftFaultPlan } from './fault-table.js'
import type { Invariants } from './invariants.js'
import type { SimReplica } from './sim-replica.js'

/** Kinds of events beyond the kernel's, for the trace. */
export const ownKind = {
  client: ownKindsFrom,
  operator: ownKindsFrom + 1,
  restart: ownKindsFrom + 2,
} as const

export type NodeTimes = Omit<NodeOptions, 'id' | 'initialVoters'>

export interface ClusterParts {
  readonly seed: number
  readonly plan: RaftFaultPlan
  readonly schedule: Schedule
  readonly network: Network
  readonly links: PeerLinks<Frame>
  readonly replicas: ReadonlyMap<number, SimReplica>
  readonly invariants: Invariants
  readonly calls: Calls
  readonly options: NodeTimes
  /** Makes a replica under an id that was never used, on an empty disk, and starts it. */
  addReplica(): SimReplica
  /** Starts a replica that is down, after a while. */
  restartLater(replica: SimReplica): void
  /** Kills a process. */
  crash(replica: SimReplica, isNoticed: boolean): void
}

/** Replicas that could do something now. */
export function upReplicas({ replicas }: ClusterParts): SimReplica[] {
  return [...replicas.values()].filter(({ node }) => node !== null)
}

/** Who leads the highest term, as far as replicas think so themselves; null for nobody. */
export function currentLeader(parts: ClusterParts): SimReplica | null {
  let best: SimReplica | null = null
  for (const replica of parts.replicas.values()) {
    if (!replica.isLeader || replica.process.isPaused) continue
    if (best === null || replica.role.term > best.role.term) best = replica
  }
  return best
}
