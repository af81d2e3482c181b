/**
 * Two majorities that must both agree: the quorum of a joint configuration (Raft §6). Without an
 * outgoing half it is the plain majority of the incoming one.
 */
import type { ReplicaId } from '../entry.js'
import { Majority, type VoteResult } from './majority.js'

export class JointQuorum {
  readonly incoming: Majority
  readonly outgoing: Majority

  constructor(incoming: readonly ReplicaId[], outgoing: readonly ReplicaId[]) {
    this.incoming = new Majority(incoming)
    this.outgoing = new Majority(outgoing)
  }

  has(id: ReplicaId): boolean {
    return this.incoming.has(id) || this.outgoing.has(id)
  }

  /** Whether this one voter alone decides. */
  isSingle(id: ReplicaId): boolean {
    const { incoming, outgoing } = this
    return outgoing.ids.length === 0 && incoming.ids.length === 1 && incoming.ids[0] === id
  }

  /** The highest value that both halves have reached; Infinity without any voter. */
  reached(acknowledged: (id: ReplicaId) => number): number {
    return Math.min(this.incoming.reached(acknowledged), this.outgoing.reached(acknowledged))
  }

  /** Won when both halves are won, lost when one of them is lost. */
  result(vote: (id: ReplicaId) => boolean | undefined): VoteResult {
    const incoming = this.incoming.result(vote)
    const outgoing = this.outgoing.result(vote)
    if (incoming === outgoing) return incoming
    return incoming === 'lost' || outgoing === 'lost' ? 'lost' : 'pending'
  }
}
