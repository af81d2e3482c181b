/**
 * Quorums: a majority of a fixed set of voters, and the two majorities of a joint configuration
 * that must both agree (Raft §6). Which index they have acknowledged, how a vote stands.
 *
 * An empty majority agrees to everything: it is the absent half of a configuration that is not
 * joint. Nothing is cached between calls: what was acknowledged may have changed (Raft §5.3, §5.4).
 */
import type { ReplicaId } from './entry.js'

export type VoteResult = 'pending' | 'won' | 'lost'

export class Majority {
  /** Sorted, without repetitions. */
  readonly ids: readonly ReplicaId[]
  /** Acknowledged values of the voters, rewritten by every call, in falling order. */
  readonly #falling: number[]

  constructor(ids: readonly ReplicaId[]) {
    this.ids = [...new Set(ids)].sort((a, b) => a - b)
    this.#falling = new Array(this.ids.length).fill(0)
  }

  has(id: ReplicaId): boolean {
    return this.ids.includes(id)
  }

  /**
   * The highest value that more than half of the voters have reached; Infinity without voters.
   * @param acknowledged what a voter has reached; 0 for nothing
   */
  reached(acknowledged: (id: ReplicaId) => number): number {
    const { ids } = this
    const falling = this.#falling
    if (ids.length === 0) return Number.POSITIVE_INFINITY
    for (let count = 0; count < ids.length; count += 1) {
      const value = acknowledged(ids[count]!)
      let place = count
      for (; place > 0 && falling[place - 1]! < value; place -= 1) {
        falling[place] = falling[place - 1]!
      }
      falling[place] = value
    }
    return falling[ids.length >> 1]!
  }

  /**
   * Won once more than half said yes, lost once that cannot happen any more; won without voters.
   * @param vote what a voter said; undefined while it has said nothing
   */
  result(vote: (id: ReplicaId) => boolean | undefined): VoteResult {
    const { ids } = this
    if (ids.length === 0) return 'won'
    const needed = (ids.length >> 1) + 1
    let yes = 0
    let silent = 0
    for (let i = 0; i < ids.length; i += 1) {
      const said = vote(ids[i]!)
      if (said === undefined) silent += 1
      else if (said) yes += 1
    }
    if (yes >= needed) return 'won'
    return yes + silent >= needed ? 'pending' : 'lost'
  }
}

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
