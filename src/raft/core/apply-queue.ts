/**
 * Committed entries on their way through the host's state machine: what was handed out, what has
 * been applied. An entry is handed out once it is committed and on the own disk (bug S20), in
 * order, and no more than `bytesMax` ahead of the host, so that a slow one fills no memory (L16).
 *
 * Invariant: `appliedIndex` <= `handedIndex` <= committed index.
 */
import type { Entry } from './entry.js'
import { InvariantError } from './invariant.js'
import { entryBytes, type Log } from './log.js'

const none: readonly Entry[] = []

export class ApplyQueue {
  appliedIndex: number
  handedIndex: number
  #handedBytes = 0
  readonly #bytesMax: number

  constructor(appliedIndex: number, bytesMax: number) {
    this.appliedIndex = appliedIndex
    this.handedIndex = appliedIndex
    this.#bytesMax = bytesMax
  }

  /** Whether `take` would return entries. */
  hasNext(log: Log, stableIndex: number): boolean {
    return (
      log.pendingSnapshot === null &&
      this.handedIndex < Math.min(log.committedIndex, stableIndex) &&
      this.#handedBytes < this.#bytesMax
    )
  }

  /** The next entries to apply. None while a snapshot waits to take their place (bug S10). */
  take(log: Log, stableIndex: number): readonly Entry[] {
    if (!this.hasNext(log, stableIndex)) return none
    const through = Math.min(log.committedIndex, stableIndex)
    const bytesLeft = this.#bytesMax - this.#handedBytes
    const entries = log.slice(this.handedIndex + 1, through, Number.POSITIVE_INFINITY, bytesLeft)
    for (const entry of entries) this.#handedBytes += entryBytes(entry)
    this.handedIndex += entries.length
    return entries
  }

  /** The host has applied everything up to `index`, which it was handed. */
  applied(index: number, log: Log): void {
    if (index > this.handedIndex) {
      const { appliedIndex, handedIndex } = this
      const report = { index, appliedIndex, handedIndex, ...log.report() }
      throw new InvariantError('applied what was never handed out', report)
    }
    const kept = Math.max(this.appliedIndex, log.compacted.index)
    for (let at = kept + 1; at <= index; at += 1) {
      this.#handedBytes -= entryBytes(log.entryAt(at))
    }
    this.appliedIndex = index
  }

  /** A snapshot took the place of the log; what was handed out is the host's to finish or drop. */
  interrupted(): void {
    this.#handedBytes = 0
  }

  /** The state machine was replaced by a snapshot of the state at `index`. */
  replaced(index: number): void {
    this.appliedIndex = Math.max(this.appliedIndex, index)
    this.handedIndex = Math.max(this.handedIndex, index)
    this.#handedBytes = 0
  }
}
