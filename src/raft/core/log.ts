/**
 * The log of one replica, in memory since its last compaction (Raft §5.3, §7). It does no I/O; how
 * much of it is on disk is disk-queue.ts, how much of it has been applied is apply-queue.ts.
 *
 * Invariants: no gaps; terms never fall; `committedIndex` never falls; nothing at or below it is
 * ever truncated (Raft §5.4, bug S11); compaction stays at or below it.
 */
import type { DiskQueue } from './disk-queue.js'
import type { Entry, SnapshotMeta } from './entry.js'
import { InvariantError } from './invariant.js'
import { entryOverheadBytes } from './limits.js'

/** Where an entry stands in the log; (0, 0) is before all of them. */
export interface LogPosition {
  readonly index: number
  readonly term: number
}

/** What an entry counts for in all limits in bytes: never less than it takes on the wire. */
export function entryBytes(entry: Entry): number {
  return entry.data.length + entryOverheadBytes
}

const noEntries: readonly Entry[] = []

export class Log {
  #committedIndex: number
  #snapshot: SnapshotMeta | null
  #pendingSnapshot: SnapshotMeta | null = null
  readonly #disk: DiskQueue<unknown>
  #compacted: LogPosition
  #entries: Entry[]
  /** Of all entries together, see `entryBytes`. */
  #bytes = 0
  /** Indexes of the configuration entries among `#entries`, rising. */
  #configurationIndexes: number[]

  constructor(
    compacted: LogPosition,
    entries: readonly Entry[],
    committedIndex: number,
    snapshot: SnapshotMeta | null,
    disk: DiskQueue<unknown>,
  ) {
    this.#compacted = compacted
    this.#entries = []
    this.#configurationIndexes = []
    this.#disk = disk
    this.#snapshot = snapshot
    this.#committedIndex = committedIndex
    for (const entry of entries) this.#push(entry)
    if (committedIndex < compacted.index || committedIndex > this.lastIndex) {
      throw new InvariantError('the committed index is outside of the log', this.report())
    }
  }

  get committedIndex(): number {
    return this.#committedIndex
  }

  /** The newest snapshot that can be sent to others; null for none. */
  get snapshot(): SnapshotMeta | null {
    return this.#snapshot
  }

  /** A snapshot that replaced the log, and that the state machine has yet to take over; or null. */
  get pendingSnapshot(): SnapshotMeta | null {
    return this.#pendingSnapshot
  }

  /** What all entries in memory count for. */
  get bytes(): number {
    return this.#bytes
  }

  /** Where the log begins: the entry before the first one that is kept; (0, 0) for a whole log. */
  get compacted(): LogPosition {
    return this.#compacted
  }

  get lastIndex(): number {
    return this.#compacted.index + this.#entries.length
  }

  get lastTerm(): number {
    const { length } = this.#entries
    return length > 0 ? this.#entries[length - 1]!.term : this.#compacted.term
  }

  /** The term at an index; undefined where the log does not reach (any more, or yet). */
  termAt(index: number): number | undefined {
    const place = index - this.#compacted.index - 1
    if (place < 0) return place === -1 ? this.#compacted.term : undefined
    return place < this.#entries.length ? this.#entries[place]!.term : undefined
  }

  /** The entry at an index that the log has. */
  entryAt(index: number): Entry {
    const entry = this.#entries[index - this.#compacted.index - 1]
    if (entry === undefined) throw new InvariantError('no such entry', { index, ...this.report() })
    return entry
  }

  has(index: number, term: number): boolean {
    return this.termAt(index) === term
  }

  /** Whether a log that ends so is at least as up to date as this one (Raft §5.4.1). */
  isUpToDate(lastIndex: number, lastTerm: number): boolean {
    const own = this.lastTerm
    return lastTerm > own || (lastTerm === own && lastIndex >= this.lastIndex)
  }

  /** Entries from `from` to at most `through`, at most so many and so large, but at least one. */
  slice(from: number, through: number, countMax: number, bytesMax: number): readonly Entry[] {
    const last = Math.min(through, this.lastIndex, from + countMax - 1)
    let end = from
    let bytes = 0
    for (; end <= last; end += 1) {
      bytes += entryBytes(this.entryAt(end))
      if (bytes > bytesMax && end > from) break
    }
    const first = from - this.#compacted.index - 1
    return this.#entries.slice(first, first + end - from)
  }

  /** Whether a membership change lies in (`after`, `through`]. */
  hasConfigurationIn(after: number, through: number): boolean {
    const indexes = this.#configurationIndexes
    for (let i = indexes.length - 1; i >= 0; i -= 1) {
      if (indexes[i]! <= after) return false
      if (indexes[i]! <= through) return true
    }
    return false
  }

  /** The membership changes in (`after`, `through`], in order. */
  configurationsIn(after: number, through: number): readonly Entry[] {
    if (!this.hasConfigurationIn(after, through)) return noEntries
    return this.#configurationIndexes
      .filter((index) => index > after && index <= through)
      .map((index) => this.entryAt(index))
  }

  /**
   * Highest index, at most `index`, whose term is not above `term` or not known: where this log may
   * still agree with one that has `term` at `index` (Raft §5.3, the last paragraphs).
   */
  agreementHint(index: number, term: number): number {
    if (index > this.lastIndex || index < this.#compacted.index) return index
    if (this.#compacted.term > term) return this.#compacted.index - 1
    let low = this.#compacted.index
    let high = index
    while (low < high) {
      const middle = Math.ceil((low + high) / 2)
      if (this.entryAt(middle).term <= term) low = middle
      else high = middle - 1
    }
    return low
  }

  /** Adds an entry of the own term at the end. */
  append(entry: Entry): void {
    this.#push(entry)
  }

  /**
   * Takes over entries of a leader that follow an entry both have. What is there already stays;
   * only a real conflict truncates (bug S11).
   */
  merge(entries: readonly Entry[]): void {
    let known = 0
    while (known < entries.length && this.has(entries[known]!.index, entries[known]!.term)) {
      known += 1
    }
    if (known === entries.length) return
    const from = entries[known]!.index
    if (from <= this.lastIndex) this.#truncateFrom(from)
    for (let i = known; i < entries.length; i += 1) this.#push(entries[i]!)
  }

  /** Returns whether the index rose. */
  commitTo(index: number): boolean {
    if (index <= this.committedIndex) return false
    if (index > this.lastIndex) {
      throw new InvariantError('committed beyond the log', { index, ...this.report() })
    }
    this.#committedIndex = index
    return true
  }

  /** A snapshot of the own state is whole and on disk. */
  snapshotTaken(snapshot: SnapshotMeta): void {
    if (this.#snapshot === null || snapshot.index > this.#snapshot.index) this.#snapshot = snapshot
  }

  /** The state machine has taken over the snapshot of this index; a newer one may be pending. */
  restored(index: number): void {
    if (this.#pendingSnapshot?.index === index) this.#pendingSnapshot = null
  }

  /** A leader's snapshot takes the place of the whole log. */
  replace(snapshot: SnapshotMeta): void {
    if (snapshot.index <= this.committedIndex) {
      throw new InvariantError('a snapshot would undo a commit', { snapshot, ...this.report() })
    }
    this.#compacted = { index: snapshot.index, term: snapshot.term }
    this.#entries = []
    this.#bytes = 0
    this.#configurationIndexes = []
    this.#committedIndex = snapshot.index
    this.#snapshot = snapshot
    this.#pendingSnapshot = snapshot
    this.#disk.replacedThrough(snapshot.index)
  }

  /** Drops the entries up to `index`. */
  compact(index: number): void {
    if (index <= this.#compacted.index) return
    if (index > this.committedIndex) {
      throw new InvariantError('compaction beyond the commit', { index, ...this.report() })
    }
    const { term } = this.entryAt(index)
    for (const entry of this.#entries.splice(0, index - this.#compacted.index)) {
      this.#bytes -= entryBytes(entry)
    }
    this.#compacted = { index, term }
    const indexes = this.#configurationIndexes
    let gone = 0
    while (gone < indexes.length && indexes[gone]! <= index) gone += 1
    indexes.splice(0, gone)
  }

  report(): Readonly<Record<string, unknown>> {
    const { compacted, committedIndex, lastIndex, lastTerm } = this
    const { stableIndex, handedIndex } = this.#disk
    return { compacted, committedIndex, lastIndex, lastTerm, stableIndex, handedIndex }
  }

  #push(entry: Entry): void {
    if (entry.index !== this.lastIndex + 1 || entry.term < this.lastTerm) {
      const { index, term } = entry
      throw new InvariantError('an entry does not follow the log', {
        index,
        term,
        ...this.report(),
      })
    }
    this.#entries.push(entry)
    this.#bytes += entryBytes(entry)
    if (entry.kind === 'configuration') this.#configurationIndexes.push(entry.index)
  }

  #truncateFrom(index: number): void {
    if (index <= this.committedIndex) {
      throw new InvariantError('a committed entry would be cut off', { index, ...this.report() })
    }
    for (const entry of this.#entries.splice(index - this.#compacted.index - 1)) {
      this.#bytes -= entryBytes(entry)
    }
    const indexes = this.#configurationIndexes
    while (indexes.length > 0 && indexes[indexes.length - 1]! >= index) indexes.pop()
    this.#disk.truncatedFrom(index)
  }
}
