/**
 * What a leader knows of one peer's log, and how it sends to it (Raft §5.3, §7).
 *
 *   probe      one append at a time, until the peer's answer shows where the logs agree
 *   replicate  appends are sent ahead of the answers, as far as the window of `inflights` allows
 *   snapshot   the peer needs entries that are gone; nothing is sent until it has a snapshot
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
  /** Highest index that the peer has acknowledged as durable and equal to the leader's. */
  match = 0
  /** Next entry to send. */
  next: number
  state: ProgressState = 'probe'
  /** Index of the snapshot that was sent; 0 outside of state snapshot. */
  pendingSnapshotIndex = 0
  /** Ticks since that snapshot was sent. */
  snapshotTicks = 0
  /** Heard from since the last check of the quorum. A new peer counts, to be given time. */
  recentlyActive = true
  /** No append until a heartbeat is answered or an append accepted. */
  paused = false
  /** An append goes out at the next chance, even an empty one. */
  appendDue = false
  /** Highest commit index that was sent and may arrive. */
  sentCommit = 0
  /** Highest heartbeat round that the peer has answered in this term. */
  answeredRound = 0
  readonly inflights: Inflights

  constructor(id: ReplicaId, next: number, limits: InflightLimits) {
    this.id = id
    this.next = Math.max(next, 1)
    this.inflights = new Inflights(limits.inflightAppendsMax, limits.inflightBytesMax)
  }

  /** Whether nothing at all may be sent now. */
  get isBlocked(): boolean {
    return this.state === 'snapshot' || this.paused
  }

  becomeProbe(): void {
    const sent = this.pendingSnapshotIndex
    this.#enter('probe')
    this.next = Math.max(this.match, sent) + 1
    this.sentCommit = Math.min(this.sentCommit, this.next - 1)
  }

  becomeReplicate(): void {
    this.#enter('replicate')
    this.next = this.match + 1
    this.sentCommit = Math.min(this.sentCommit, this.match)
  }

  becomeSnapshot(index: number): void {
    this.#enter('snapshot')
    this.pendingSnapshotIndex = index
    this.next = index + 1
    this.sentCommit = index
  }

  /** The snapshot did not arrive: the next probe starts from what is known. */
  snapshotFailed(): void {
    this.pendingSnapshotIndex = 0
    this.becomeProbe()
  }

  #enter(state: ProgressState): void {
    this.state = state
    this.paused = false
    this.appendDue = false
    this.pendingSnapshotIndex = 0
    this.snapshotTicks = 0
    this.inflights.clear()
  }

  /** An append with `count` entries of `bytes` in all was sent from `next` on. */
  appendSent(count: number, bytes: number, commit: number): void {
    this.appendDue = false
    this.sentCommit = commit
    if (this.state === 'probe') {
      this.paused = true
      return
    }
    if (count > 0) {
      this.next += count
      this.inflights.add(this.next - 1, bytes)
    }
    this.paused = this.inflights.isFull
  }

  /** Whether telling this commit index may let the peer apply more than what it was told. */
  wouldLearn(commit: number): boolean {
    return commit > this.sentCommit && this.sentCommit < this.next - 1
  }

  /** The peer has everything up to `index`. Returns false for news that is none. */
  accepted(index: number): boolean {
    if (index <= this.match) return false
    this.match = index
    this.next = Math.max(this.next, index + 1)
    this.paused = false
    return true
  }

  /**
   * The peer refused the append that followed `rejectedIndex`; the logs may agree up to `hint`.
   * Returns false when the refusal is an old one.
   */
  rejected(rejectedIndex: number, hint: number): boolean {
    if (this.state === 'replicate') {
      if (rejectedIndex <= this.match) return false
      this.becomeProbe()
      return true
    }
    if (this.state === 'snapshot' || this.next - 1 !== rejectedIndex) return false
    this.next = Math.max(Math.min(rejectedIndex, hint + 1), this.match + 1)
    this.sentCommit = Math.min(this.sentCommit, this.next - 1)
    this.paused = false
    return true
  }
}
