/**
 * What of the log is on the own disk: appends that were handed out, in order, and how far the log
 * as it stands now is durable. It does no I/O; the host completes tokens in the order in which it
 * got them.
 *
 * The hard part is a log that is truncated while appends are under way (bug S12, "ABA"): an old
 * append of the same entries completes although a later one, still under way, will overwrite them,
 * or has been cut off. So a truncation clips every append under way: what it covers from there on
 * counts for nothing any more. Then `stableIndex` means: this prefix of the log is on disk, and
 * no append under way changes it.
 *
 * Invariant: `stableIndex` <= `handedIndex` <= last index of the log.
 */
import { InvariantError } from './invariant.js'

interface AppendUnderWay<T> {
  readonly token: number
  /** Last entry of this append that is still part of the log as it is now. */
  coversThrough: number
  /** Index of the snapshot that it installs; 0 for none. */
  readonly snapshotIndex: number
  readonly waiting: T
}

/** @typeParam T what waits for an append to be durable */
export class DiskQueue<T> {
  stableIndex: number
  /** Entries up to here were handed out. */
  handedIndex: number
  #nextToken = 1
  /** At most `appendsUnderWayMax`. */
  readonly #underWay: AppendUnderWay<T>[] = []

  /** @param stableIndex last index of the log that was restored from disk */
  constructor(stableIndex: number) {
    this.stableIndex = stableIndex
    this.handedIndex = stableIndex
  }

  /** Appends that were handed out and not completed. */
  get underWay(): number {
    return this.#underWay.length
  }

  /** What waits for the newest append under way; undefined if none is. */
  get newest(): T | undefined {
    return this.#underWay[this.#underWay.length - 1]?.waiting
  }

  /** The log was cut: nothing from `index` on is what was handed out. */
  truncatedFrom(index: number): void {
    this.handedIndex = Math.min(this.handedIndex, index - 1)
    this.stableIndex = Math.min(this.stableIndex, index - 1)
    for (const append of this.#underWay) {
      append.coversThrough = Math.min(append.coversThrough, index - 1)
    }
  }

  /**
   * The whole log was replaced by a snapshot that is still to be written. Entries up to `index`
   * need no append any more; they become stable with the snapshot.
   */
  replacedThrough(index: number): void {
    for (const append of this.#underWay) append.coversThrough = 0
    this.stableIndex = Math.min(this.stableIndex, index)
    this.handedIndex = index
  }

  /** Hands out the entries up to `lastIndex`, or a snapshot. Returns the token of this append. */
  handOut(lastIndex: number, snapshotIndex: number, waiting: T): number {
    const token = this.#nextToken
    this.#nextToken += 1
    this.#underWay.push({ token, coversThrough: lastIndex, snapshotIndex, waiting })
    this.handedIndex = Math.max(this.handedIndex, lastIndex)
    return token
  }

  /**
   * An append is durable. Returns what waited for it and the snapshot that it installed (0: none).
   * @throws InvariantError when it is not the oldest one under way
   */
  complete(token: number): { readonly waiting: T; readonly snapshotIndex: number } {
    const append = this.#underWay.shift()
    if (append === undefined || append.token !== token) {
      throw new InvariantError('appends must be completed in order', {
        token,
        expected: append?.token ?? null,
      })
    }
    this.stableIndex = Math.max(this.stableIndex, append.coversThrough)
    return append
  }
}
