/**
 * What waits for the own disk: appends that were handed out, and messages that promise what is in
 * them. It does no I/O; the host completes tokens in the order in which it got them.
 *
 * The hard part is a log that is truncated while appends are under way (bug S12, "ABA"): an old
 * append of the same entries completes although a later one, still under way, will overwrite them,
 * or has been cut off. So a truncation clips every append under way: what it covers from there on
 * counts for nothing any more. Then `stableIndex` means: this prefix of the log is on disk, and
 * no append under way changes it.
 *
 * Messages that promise something (a vote, an append, a candidacy) wait until all that was written
 * or is to be written up to now is durable (Raft figure 2, thesis §3.8; bugs S5, S13, S20); the
 * others leave at once. Requests for votes wait as well: a candidate that forgets in a crash that
 * it has campaigned could campaign again in the same term with a shorter log, and count votes
 * given to the longer one.
 *
 * Invariant: `stableIndex` <= `handedIndex` <= last index of the log.
 */
import { InvariantError } from './invariant.js'
import type { Message } from './message.js'

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

/** The own vote of a candidate, which counts once it is durable like anybody's. */
export interface OwnVote {
  readonly term: number
  readonly pre: boolean
}

/** What waits for an append to be durable. */
export interface Promised {
  readonly messages: Message[]
  ownVote: OwnVote | null
}

const none: readonly Message[] = []

export class Outbox {
  /** Until the host takes the next output. */
  #ready: Message[] = []
  /** One of a kind for each receiver, see `addPromise`. */
  #waiting: Message[] = []
  #ownVote: OwnVote | null = null
  /** How many of the waiting wait for the snapshot that is to be written; null without one. */
  #beforeSnapshot: number | null = null

  get hasReady(): boolean {
    return this.#ready.length > 0
  }

  get hasWaiting(): boolean {
    return this.#waiting.length > 0 || this.#ownVote !== null
  }

  send(message: Message): void {
    this.#ready.push(message)
  }

  sendWhenDurable(message: Message): void {
    addPromise(this.#waiting, message, this.#beforeSnapshot ?? 0)
  }

  voteForOneself(vote: OwnVote): void {
    this.#ownVote = vote
  }

  /** What waits by now is all that waits for the snapshot; what comes later waits for more. */
  snapshotBegins(): void {
    this.#beforeSnapshot = this.#waiting.length
  }

  takeReady(): readonly Message[] {
    if (this.#ready.length === 0) return none
    const messages = this.#ready
    this.#ready = []
    return messages
  }

  /** @param forSnapshot only what waits for the snapshot, which is now handed out */
  takeWaiting(forSnapshot: boolean): Promised {
    const count = forSnapshot ? (this.#beforeSnapshot ?? 0) : this.#waiting.length
    const later = this.#waiting.splice(count)
    const promised = { messages: this.#waiting, ownVote: this.#ownVote }
    this.#waiting = later
    this.#ownVote = null
    this.#beforeSnapshot = null
    return promised
  }
}

/**
 * Adds a message to those that wait, in the place of one (at `from` or later) that it makes
 * needless: only the last answer of a kind matters to a peer. So what waits for a disk that hangs
 * stays as small as the cluster.
 */
export function addPromise(waiting: Message[], message: Message, from = 0): void {
  for (let place = from; place < waiting.length; place += 1) {
    const earlier = waiting[place]!
    if (earlier.kind !== message.kind || earlier.to !== message.to) continue
    if (isOtherVote(earlier, message)) continue
    if (!isFurther(earlier, message)) waiting[place] = message
    return
  }
  waiting.push(message)
}

/** A pre-vote and a vote are two answers. */
function isOtherVote(earlier: Message, later: Message): boolean {
  return (
    earlier.kind === 'vote-response' && later.kind === 'vote-response' && earlier.pre !== later.pre
  )
}

/** Acknowledgements may come to wait out of order: the furthest of a term counts. */
function isFurther(earlier: Message, later: Message): boolean {
  return (
    earlier.kind === 'append-accepted' &&
    later.kind === 'append-accepted' &&
    earlier.term === later.term &&
    earlier.index > later.index
  )
}
