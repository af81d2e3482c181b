/**
 * Reads that wait for an index (thesis §6.4). Only bookkeeping: when an index is good is decided in
 * read-index.ts.
 *
 *   collected   asked for here since the last output; they travel or are confirmed together
 *   forwarded   a follower's batches, waiting for the leader's answer
 *   questions   batches of other replicas that this leader has not begun to confirm
 *   confirming  what this leader will answer once a quorum has answered a heartbeat round
 *
 * Reads and batches are numbered once and for all: no number is used again (bug S17).
 */
import type { ReplicaId } from './entry.js'
import type { ReadState } from './output.js'

export interface PeerQuestion {
  readonly from: ReplicaId
  readonly session: number
  readonly batch: number
}

interface Forwarded {
  readonly batch: number
  readonly reads: readonly number[]
  readonly expiresAtTick: number
}

export interface Confirming {
  readonly round: number
  readonly index: number
  readonly reads: readonly number[]
  readonly questions: readonly PeerQuestion[]
}

const noStates: readonly ReadState[] = []
const noReads: readonly number[] = []
const noneConfirmed: readonly Confirming[] = []

export class ReadQueue {
  #nextRead = 1
  #nextBatch = 1
  #collected: number[] = []
  #collectedExpireAtTick = 0
  #forwarded: Forwarded[] = []
  #questions: PeerQuestion[] = []
  #confirming: Confirming[] = []
  #answered: ReadState[] = []
  #abandoned: number[] = []
  #waiting = 0

  /** Reads and questions that have no index yet. */
  get waiting(): number {
    return this.#waiting
  }

  get hasCollected(): boolean {
    return this.#collected.length > 0
  }

  get hasUnconfirmed(): boolean {
    return this.#collected.length > 0 || this.#questions.length > 0
  }

  get hasResults(): boolean {
    return this.#answered.length > 0 || this.#abandoned.length > 0
  }

  /** A read of this replica. Returns its number. */
  collect(expiresAtTick: number): number {
    const read = this.#nextRead
    this.#nextRead += 1
    if (this.#collected.length === 0) this.#collectedExpireAtTick = expiresAtTick
    this.#collected.push(read)
    this.#waiting += 1
    return read
  }

  /** A question of another replica, for its leader. */
  ask(question: PeerQuestion): void {
    this.#questions.push(question)
    this.#waiting += 1
  }

  /** What was collected becomes a batch for the leader. Returns its number. */
  forward(expiresAtTick: number): number {
    const batch = this.#nextBatch
    this.#nextBatch += 1
    this.#forwarded.push({ batch, reads: this.#collected, expiresAtTick })
    this.#collected = []
    return batch
  }

  /** What was collected and asked will be good at `index` once `round` is confirmed. */
  confirmBy(round: number, index: number): void {
    const reads = this.#collected
    const questions = this.#questions
    this.#confirming.push({ round, index, reads, questions })
    this.#collected = []
    this.#questions = []
  }

  /** A round is confirmed. Returns what it confirms, for the questions among it to be answered. */
  confirmed(round: number): readonly Confirming[] {
    let count = 0
    if (this.#confirming.length === 0) return noneConfirmed
    while (count < this.#confirming.length && this.#confirming[count]!.round <= round) count += 1
    const done = this.#confirming.splice(0, count)
    for (const { index, reads, questions } of done) {
      for (const read of reads) this.#answered.push({ read, index })
      this.#waiting -= reads.length + questions.length
    }
    return done
  }

  /** The leader answered a batch: its index is good for every earlier batch as well. */
  answered(batch: number, index: number): void {
    while (this.#forwarded.length > 0 && this.#forwarded[0]!.batch <= batch) {
      const { reads } = this.#forwarded.shift()!
      for (const read of reads) this.#answered.push({ read, index })
      this.#waiting -= reads.length
    }
  }

  refused(batch: number): void {
    const place = this.#forwarded.findIndex((one) => one.batch === batch)
    if (place >= 0) this.#abandon(this.#forwarded.splice(place, 1)[0]!.reads)
  }

  /** Gives up what has waited for too long. Only this replica's own reads expire. */
  expire(tick: number): void {
    while (this.#forwarded.length > 0 && this.#forwarded[0]!.expiresAtTick <= tick) {
      this.#abandon(this.#forwarded.shift()!.reads)
    }
    if (this.#collected.length > 0 && this.#collectedExpireAtTick <= tick) {
      this.#abandon(this.#collected)
      this.#collected = []
    }
  }

  /** The leader or the own role changed: nobody will answer what waits. */
  abandonAll(): void {
    if (this.#waiting === 0) return
    this.#abandon(this.#collected)
    for (const { reads } of this.#forwarded) this.#abandon(reads)
    for (const { reads } of this.#confirming) this.#abandon(reads)
    this.#collected = []
    this.#forwarded = []
    this.#confirming = []
    this.#questions = []
    this.#waiting = 0
  }

  takeAnswered(): readonly ReadState[] {
    if (this.#answered.length === 0) return noStates
    const answered = this.#answered
    this.#answered = []
    return answered
  }

  takeAbandoned(): readonly number[] {
    if (this.#abandoned.length === 0) return noReads
    const abandoned = this.#abandoned
    this.#abandoned = []
    return abandoned
  }

  #abandon(reads: readonly number[]): void {
    for (const read of reads) this.#abandoned.push(read)
    this.#waiting -= reads.length
  }
}
