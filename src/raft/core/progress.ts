/**
 * What a leader knows of one peer's log, and how it sends to it (Raft §5.3, §7).
 *
 *   probe      one append at a time, until the peer's answer shows where the logs agree
 *   replicate  appends are sent ahead of the answers, as far as the window of `inflights` allows
 *   snapshot   the peer needs entries that are gone; nothing is sent until it has a snapshot
 *
 * Nobody else changes any of it: what was sent and what the peer said comes in by the methods.
 *
 * Invariants: `match` < `next`; `match` never falls within a term (bug S7: a hint is a guess about
 * `next`, never a fact about `match`). In state snapshot, `next` = `pendingSnapshotIndex` + 1.
 */
import type { ReplicaId } from './entry.js'
import { Inflights } from './inflights.js'

export type ProgressState = 'probe' | 'replicate' | 'snapshot'

export interface InflightLimits {
  readonly inflightAppendsMax: number
  readonly inflightBytesMax: number
}

export class Progress {
  readonly id: ReplicaId
  readonly #inflights: Inflights
  #match = 0
  #next: number
  #state: ProgressState = 'probe'
  #pendingSnapshotIndex = 0
  #snapshotTicks = 0
  #recentlyActive = true
  #paused = false
  #appendDue = false
  #sentCommit = 0
  #answeredRound = 0

  constructor(id: ReplicaId, next: number, limits: InflightLimits) {
    this.id = id
    this.#next = Math.max(next, 1)
    this.#inflights = new Inflights(limits.inflightAppendsMax, limits.inflightBytesMax)
  }

  /** Highest index that the peer has acknowledged as durable and equal to the leader's. */
  get match(): number {
    return this.#match
  }

  /** Next entry to send. */
  get next(): number {
    return this.#next
  }

  get state(): ProgressState {
    return this.#state
  }

  /** Index of the snapshot that was sent; 0 outside of state snapshot. */
  get pendingSnapshotIndex(): number {
    return this.#pendingSnapshotIndex
  }

  /** Heard from since the last check of the quorum. A new peer counts, to be given time. */
  get recentlyActive(): boolean {
    return this.#recentlyActive
  }

  /** No append until a heartbeat is answered or an append accepted. */
  get paused(): boolean {
    return this.#paused
  }

  /** An append goes out at the next chance, even an empty one. */
  get appendDue(): boolean {
    return this.#appendDue
  }

  /** Highest heartbeat round that the peer has answered in this term. */
  get answeredRound(): number {
    return this.#answeredRound
  }

  /** Appends that were sent and not acknowledged. */
  get inflights(): Pick<Inflights, 'count' | 'bytes' | 'isFull'> {
    return this.#inflights
  }

  /** Whether nothing at all may be sent now. */
  get isBlocked(): boolean {
    return this.#state === 'snapshot' || this.#paused
  }

  /** Whether telling this commit index may let the peer apply more than what it was told. */
  wouldLearn(commit: number): boolean {
    return commit > this.#sentCommit && this.#sentCommit < this.#next - 1
  }

  // ---- what was sent -------------------------------------------------------------------------

  /** An append with `count` entries of `bytes` in all was sent from `next` on. */
  appendSent(count: number, bytes: number, commit: number): void {
    this.#appendDue = false
    this.#sentCommit = commit
    if (this.#state === 'probe') {
      this.#paused = true
      return
    }
    if (count > 0) {
      this.#next += count
      this.#inflights.add(this.#next - 1, bytes)
    }
    this.#paused = this.#inflights.isFull
  }

  heartbeatSent(commit: number): void {
    this.#sentCommit = Math.max(this.#sentCommit, commit)
  }

  snapshotSent(index: number): void {
    this.#enter('snapshot')
    this.#pendingSnapshotIndex = index
    this.#next = index + 1
    this.#sentCommit = index
  }

  // ---- what the peer says --------------------------------------------------------------------

  /**
   * The peer has everything up to `index`. Returns false for news that is none.
   * @param compactedIndex where the leader's log begins
   */
  accepted(index: number, compactedIndex: number): boolean {
    this.#recentlyActive = true
    const isNews = this.#advanceTo(index)
    if (!isNews && !(this.#state === 'probe' && this.#match === index)) return false
    if (this.#state === 'replicate') this.#inflights.freeThrough(index)
    // Whichever snapshot it took: what counts is that the log here goes on from there.
    else if (this.#state === 'probe' || this.#match >= compactedIndex) this.#replicate()
    return true
  }

  /**
   * The peer refused the append that followed `rejectedIndex`; the logs may agree up to `hint`.
   * Returns false when the refusal is an old one.
   */
  rejected(rejectedIndex: number, hint: number): boolean {
    this.#recentlyActive = true
    if (this.#state === 'replicate') {
      if (rejectedIndex <= this.#match) return false
      this.#probe()
      return true
    }
    if (this.#state === 'snapshot' || this.#next - 1 !== rejectedIndex) return false
    this.#next = Math.max(Math.min(rejectedIndex, hint + 1), this.#match + 1)
    this.#sentCommit = Math.min(this.#sentCommit, this.#next - 1)
    this.#paused = false
    return true
  }

  /**
   * The peer answered a heartbeat: it is reachable, so appends to it resume (bugs L10, L12).
   * @param lastIndex of the leader's log
   * @returns whether it answered no later round before
   */
  answered(round: number, lastIndex: number): boolean {
    this.#recentlyActive = true
    this.#paused = false
    if (this.#match < lastIndex || this.#state === 'probe') this.#appendDue = true
    if (round <= this.#answeredRound) return false
    this.#answeredRound = round
    return true
  }

  /** The quorum was checked: whoever is not heard from until the next check is silent. */
  checked(): void {
    this.#recentlyActive = false
  }

  // ---- what else is heard of it --------------------------------------------------------------

  /** What was sent ahead is probably lost. */
  unreachable(): void {
    if (this.#state === 'replicate') this.#probe()
  }

  /** The transfer of its snapshot has ended. A probe follows the next sign of life. */
  snapshotEnded(ok: boolean): void {
    if (!ok) this.#pendingSnapshotIndex = 0
    this.#probe()
    this.#paused = true
  }

  /** One tick more without a report. Returns how many there are since its snapshot was sent. */
  snapshotTick(): number {
    this.#snapshotTicks += 1
    return this.#snapshotTicks
  }

  #advanceTo(index: number): boolean {
    if (index <= this.#match) return false
    this.#match = index
    this.#next = Math.max(this.#next, index + 1)
    this.#paused = false
    return true
  }

  #probe(): void {
    const sent = this.#pendingSnapshotIndex
    this.#enter('probe')
    this.#next = Math.max(this.#match, sent) + 1
    this.#sentCommit = Math.min(this.#sentCommit, this.#next - 1)
  }

  #replicate(): void {
    this.#enter('replicate')
    this.#next = this.#match + 1
    this.#sentCommit = Math.min(this.#sentCommit, this.#match)
  }

  #enter(state: ProgressState): void {
    this.#state = state
    this.#paused = false
    this.#appendDue = false
    this.#pendingSnapshotIndex = 0
    this.#snapshotTicks = 0
    this.#inflights.clear()
  }
}
