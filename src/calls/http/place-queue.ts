/**
 * Calls that are under way to one place, and those that wait for one of them to end. Pure.
 *
 * Some connections are used readily. Beyond these a call waits for one that gets free, so that a
 * burst does not open hundreds of connections for a moment. It does so for a short time: what is
 * under way may be waiting for this very call, where actors call one another. Then it goes over a
 * further connection, and a call that says that it is part of another one does so at once.
 */
import { type Linked, LinkedQueue } from '../../jobs/linked-queue.js'

export interface PlaceLimits {
  /** Calls at a time that go at once: each has a connection. */
  readonly connectionsReady: number
  /** Calls at a time in all. Half of them at least are for parts of other calls. */
  readonly connectionsMax: number
  /** How long a call waits for a connection that gets free, before it gets a further one, in ms. */
  readonly patienceMs: number
  /** Calls that wait. */
  readonly waitingMax: number
}

export interface Waiter<T> extends Linked<T> {
  /** When it has waited long enough, in ms. */
  patientUntilMs: number
}

/** `full`: it is neither under way nor waits. */
export type Entered = 'goes' | 'waits' | 'full'

export class PlaceQueue<T extends Waiter<T>> {
  readonly #limits: PlaceLimits
  /** Calls at a time that are no parts of others. */
  readonly #othersMax: number
  readonly #waiting = new LinkedQueue<T>()
  #underWay = 0

  constructor(limits: PlaceLimits) {
    this.#limits = limits
    this.#othersMax = Math.max(limits.connectionsReady, Math.floor(limits.connectionsMax / 2))
  }

  /** Calls that are under way or wait. */
  get size(): number {
    return this.#underWay + this.#waiting.size
  }

  /** When `next` may give one that nobody has made room for, in ms; infinite for never. */
  get nextDueMs(): number {
    const { first } = this.#waiting
    if (first === undefined || this.#underWay >= this.#othersMax) return Number.POSITIVE_INFINITY
    return first.patientUntilMs
  }

  /** @param isPart whether it is part of another call, which may be under way here */
  enter(call: T, isPart: boolean, now: number): Entered {
    const { connectionsReady, connectionsMax, patienceMs, waitingMax } = this.#limits
    const isFree = this.#waiting.size === 0 && this.#underWay < connectionsReady
    if (isFree || (isPart && this.#underWay < connectionsMax)) {
      this.#underWay += 1
      return 'goes'
    }
    // A part that waited could wait for the call that it is part of.
    if (isPart || this.#waiting.size >= waitingMax) return 'full'
    call.patientUntilMs = now + patienceMs
    this.#waiting.push(call)
    return 'waits'
  }

  /** So many that were under way are over. */
  left(count = 1): void {
    this.#underWay -= count
  }

  /** One that waits does not any more. */
  remove(call: T): void {
    this.#waiting.remove(call)
  }

  /** The next one that waits and may go now; it is under way then. */
  next(now: number): T | undefined {
    const { first } = this.#waiting
    if (first === undefined) return undefined
    const isLate = now >= first.patientUntilMs
    const max = isLate ? this.#othersMax : this.#limits.connectionsReady
    if (this.#underWay >= max) return undefined
    this.#waiting.remove(first)
    this.#underWay += 1
    return first
  }

  /** All who wait, the first one first; none waits any more. */
  takeWaiting(): readonly T[] {
    const all: T[] = []
    for (let call = this.#waiting.first; call !== undefined; call = this.#waiting.first) {
      this.#waiting.remove(call)
      all.push(call)
    }
    return all
  }
}
