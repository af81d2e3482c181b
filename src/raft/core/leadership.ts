/**
 * What only a leader knows, for one term: made when an election is won, dropped when the leadership
 * ends, so that nothing of one term leaks into the next.
 */
import { memberIds } from './configuration.js'
import type { Configuration, ReplicaId } from './entry.js'
import { type InflightLimits, Progress } from './progress.js'

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

  constructor(term: number, termStartIndex: number) {
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
  setMembers(
    configuration: Configuration,
    self: ReplicaId,
    nextIndex: number,
    limits: InflightLimits,
  ): void {
    const ids = memberIds(configuration).filter((id) => id !== self)
    this.#peers = ids.map((id) => this.#byId.get(id) ?? new Progress(id, nextIndex, limits))
    this.#byId.clear()
    for (const peer of this.#peers) this.#byId.set(peer.id, peer)
  }
}
