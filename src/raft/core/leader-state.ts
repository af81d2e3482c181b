/**
 * What only a leader knows, for one term: made when an election is won, dropped when the leadership
 * ends, so that nothing of one term leaks into the next. Nobody else changes any of it.
 */
import { memberIds } from './configuration.js'
import type { DiskQueue } from './disk-queue.js'
import type { Configuration, Entry, ReplicaId } from './entry.js'
import { entryBytes, type Log } from './log.js'
import { type InflightLimits, Progress } from './progress.js'
import type { JointQuorum } from './quorum.js'

/** What a leader counts with. */
interface CommitFacts {
  readonly log: Log
  readonly disk: DiskQueue<unknown>
  readonly quorum: JointQuorum
}

export class LeaderState {
  readonly term: number
  /** Index of the first entry of this term, which this leader appended. */
  readonly termStartIndex: number
  #pendingChangeIndex: number
  #uncommittedBytes = 0
  #transferee: ReplicaId = 0
  #transferTicks = 0
  #handedOver = false
  #confirmedRound = 0
  #heartbeatDue = false
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

  /** @param uncommittedBytes of the entries of earlier terms */
  constructor(term: number, termStartIndex: number, self: ReplicaId, uncommittedBytes: number) {
    this.#uncommittedBytes = uncommittedBytes
    this.#self = self
    this.term = term
    this.termStartIndex = termStartIndex
    this.#pendingChangeIndex = termStartIndex
  }

  /** A membership change may be proposed once this index is applied (bug S2). */
  get pendingChangeIndex(): number {
    return this.#pendingChangeIndex
  }

  /** Bytes of commands proposed and not committed. */
  get uncommittedBytes(): number {
    return this.#uncommittedBytes
  }

  /** Whom leadership is being transferred to; 0 for nobody. */
  get transferee(): ReplicaId {
    return this.#transferee
  }

  /** Somebody was told to campaign in this term. Never taken back (bug S19). */
  get handedOver(): boolean {
    return this.#handedOver
  }

  /** Highest heartbeat round that a quorum has answered. */
  get confirmedRound(): number {
    return this.#confirmedRound
  }

  /** A heartbeat round is to be sent with the next output. */
  get heartbeatDue(): boolean {
    return this.#heartbeatDue
  }

  /** An entry was added to the log. */
  appended(entry: Entry): void {
    this.#uncommittedBytes += entryBytes(entry)
  }

  /** The entry at this index is a membership change. */
  changeProposed(index: number): void {
    this.#pendingChangeIndex = index
  }

  beginTransfer(target: ReplicaId): void {
    this.#transferee = target
    this.#transferTicks = 0
  }

  /** One tick more. Returns how many there are since the transfer began. */
  transferTick(): number {
    this.#transferTicks += 1
    return this.#transferTicks
  }

  abortTransfer(): void {
    this.#transferee = 0
  }

  /** Somebody is told to campaign. */
  handOver(): void {
    this.#handedOver = true
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
    this.#heartbeatDue = true
    return lastRound + 1
  }

  /** The round that is due leaves. */
  roundSent(): void {
    this.#heartbeatDue = false
  }

  /**
   * An answer has come in or the configuration has changed.
   * @returns the round that a quorum has answered by now; 0 if that is no news
   */
  advanceConfirmedRound(quorum: JointQuorum, ownRound: number): number {
    this.#own = ownRound
    const round = quorum.reached(this.#answeredRoundOf)
    if (round <= this.#confirmedRound) return 0
    this.#confirmedRound = round
    return round
  }

  /**
   * Takes entries for committed (Raft §5.3, §5.4.2) once a quorum has them on disk, the leader's
   * disk counted like any other, and only if the last is of the leader's own term: earlier entries
   * are committed with it, never by themselves (bug S1). The quorum is counted anew each time,
   * learners are not in it (S8, S21). Call when a match, the own disk or the configuration moved.
   */
  advanceCommit({ log, disk, quorum }: CommitFacts): void {
    this.#own = disk.stableIndex
    const index = quorum.reached(this.#matchOf)
    const before = log.committedIndex
    if (index <= before || log.termAt(index) !== this.term) return
    log.commitTo(index)
    for (let at = before + 1; at <= index; at += 1) {
      this.#uncommittedBytes -= entryBytes(log.entryAt(at))
    }
  }

  /** Whether an entry of the own term is committed: then it knows all that is (thesis §6.4). */
  hasCommittedInTerm(log: Log): boolean {
    return log.committedIndex >= this.termStartIndex
  }

  /** Whether a quorum was heard from since the last check. */
  isHeardByQuorum(quorum: JointQuorum): boolean {
    const heard = (id: ReplicaId) =>
      id === this.#self || this.#byId.get(id)?.recentlyActive === true
    return quorum.result(heard) === 'won'
  }

  /** From now on who is heard counts for the next check. */
  quorumChecked(): void {
    for (const peer of this.#peers) peer.checked()
  }
}
