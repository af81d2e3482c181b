/**
 * What only a leader knows, for one term: made when an election is won, dropped when the leadership
 * ends, so that nothing of one term leaks into the next.
 */
import { memberIds } from './configuration.js'
import type { Configuration, ReplicaId } from './entry.js'
import { type InflightLimits, Progress } from './progress.js'
import type { JointQuorum } from './quorum/joint.js'

export class Leadership {
  readonly term: number
  /** Index of the first entry of this term, which this leader appended. */
  readonly termStartIndex: number
  /** A membership change may be proposed once this index is applied (bug S2). */
  pendingChangeIndex: number
  /** Bytes of commands proposed and not committed. */
  uncommittedBytes = 0
  /** Whom leadership is being transferred to; 0 for nobody. */
  transferee: ReplicaId = 0
  /** Ticks since the transfer began. */
  transferTicks = 0
  /** Somebody was told to campaign in this term. Never taken back (bug S19). */
  handedOver = false
  /** Highest heartbeat round that a quorum has answered. */
  confirmedRound = 0
  /** A heartbeat round is to be sent with the next output. */
  heartbeatDue = false
  /** Everybody else in the configuration, by id. */
  #peers: Progress[] = []
  readonly #byId = new Map<ReplicaId, Progress>()
  readonly #self: ReplicaId
  /** The leader's own value for the quorum that is being asked. */
  #own = 0
  readonly #matchOf = (id: ReplicaId) =>
    id === this.#self ? this.#own : (this.#byId.get(id)?.match ?? 0)
  readonly #answeredRoundOf = (id: ReplicaId) =>
    id === this.#self ? this.#own : (this.#byId.get(id)?.answeredRound ?? 0)

  constructor(term: number, termStartIndex: number, self: ReplicaId) {
    this.#self = self
    this.term = term
    this.termStartIndex = termStartIndex
    this.pendingChangeIndex = termStartIndex
  }

  /** The other members in rising order of their ids, learners included. */
  get peers(): readonly Progress[] {
    return this.#peers
  }

  peer(id: ReplicaId): Progress | undefined {
    return this.#byId.get(id)
  }

  /**
   * Follows a new configuration: those who stay keep their progress, new ones begin as probes.
   * @param nextIndex where the first probe of a new peer begins
   */
  setMembers(configuration: Configuration, nextIndex: number, limits: InflightLimits): void {
    const ids = memberIds(configuration).filter((id) => id !== this.#self)
    this.#peers = ids.map((id) => this.#byId.get(id) ?? new Progress(id, nextIndex, limits))
    this.#byId.clear()
    for (const peer of this.#peers) this.#byId.set(peer.id, peer)
  }

  /** Has a heartbeat round sent with the next output. Returns its number. */
  requestRound(lastRound: number): number {
    this.heartbeatDue = true
    return lastRound + 1
  }

  /** Highest index that a quorum has on disk; the leader's own disk counts like any other. */
  matchedBy(quorum: JointQuorum, ownStableIndex: number): number {
    this.#own = ownStableIndex
    return quorum.reached(this.#matchOf)
  }

  /** Highest heartbeat round that a quorum has answered, the leader itself included. */
  roundAnsweredBy(quorum: JointQuorum, ownRound: number): number {
    this.#own = ownRound
    return quorum.reached(this.#answeredRoundOf)
  }

  /** Whether a quorum was heard from since the last check. */
  isHeardByQuorum(quorum: JointQuorum): boolean {
    const heard = (id: ReplicaId) =>
      id === this.#self || this.#byId.get(id)?.recentlyActive === true
    return quorum.result(heard) === 'won'
  }
}
