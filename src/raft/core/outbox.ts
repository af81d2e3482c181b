/**
 * Messages on their way out. Those that promise something (a vote, an append, a candidacy) wait
 * until all that was written or is to be written up to now is durable (Raft figure 2, thesis §3.8;
 * bugs S5, S13, S20); the others leave at once.
 *
 * Requests for votes wait as well: a candidate that forgets in a crash that it has campaigned could
 * campaign again in the same term with a shorter log, and count votes given to the longer one.
 */
import type { Message } from './message.js'

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
