/**
 * The lease of this host: it runs `fenceAfterMs` from the instant before the answered heartbeat was
 * written. Once it is over, or the host was told to stop, the fence is up and stays up until a new
 * hello; an answer to a heartbeat from before that hello gives nothing.
 *
 * The lease is judged at the instant of the question: a process that slept says no before anything
 * else runs.
 */
import { elapsedMs, type Stamp } from './clock.js'

/** Unanswered heartbeats whose stamps are kept; older ones can extend nothing anyway. */
export const stampsMax = 64

export class HostLease {
  readonly #sent = new Map<number, Stamp>()
  #number = 0
  /** Answers to heartbeats up to this number do not count. */
  #worthlessThrough = 0
  #from: Stamp | null = null
  #isFenced = false
  /** Whether a hello was written since the fence went up. */
  #saidHello = false

  /** Number of the last heartbeat, through the life of the instance. */
  get number(): number {
    return this.#number
  }

  get isFenced(): boolean {
    return this.#isFenced
  }

  /** Whether a lease was ever given since the last hello that lifted a fence. */
  get wasGiven(): boolean {
    return this.#from !== null
  }

  /** A heartbeat is about to be written. @returns its number */
  send(now: Stamp): number {
    this.#number += 1
    this.#sent.set(this.#number, now)
    if (this.#sent.size > stampsMax) {
      const oldest = this.#sent.keys().next()
      if (!oldest.done) this.#sent.delete(oldest.value)
    }
    return this.#number
  }

  /** The heartbeat was answered: the lease runs from when it was written. */
  answered(number: number): void {
    const stamp = this.#sent.get(number)
    for (const sent of this.#sent.keys()) if (sent <= number) this.#sent.delete(sent)
    if (stamp === undefined || this.#isFenced || number <= this.#worthlessThrough) return
    if (this.#from === null || stamp.monotonicMs > this.#from.monotonicMs) this.#from = stamp
  }

  /** Whether the lease holds at `now`. Puts the fence up at the moment when it has run out. */
  holds(now: Stamp, fenceAfterMs: number): boolean {
    if (this.#isFenced || this.#from === null) return false
    if (elapsedMs(this.#from, now) < fenceAfterMs) return true
    this.fence()
    return false
  }

  /** What is left of the lease in ms, 0 for none. */
  leftMs(now: Stamp, fenceAfterMs: number): number {
    if (this.#isFenced || this.#from === null) return 0
    return Math.max(0, fenceAfterMs - elapsedMs(this.#from, now))
  }

  /** Puts the fence up. What was sent until now gives nothing any more. */
  fence(): void {
    this.#isFenced = true
    this.#saidHello = false
    this.#forget()
  }

  /** A hello is written. */
  hello(): void {
    this.#saidHello = true
  }

  /** A welcome came: it lifts a fence that was up when its hello was written. */
  welcomed(): void {
    if (this.#saidHello) this.#isFenced = false
  }

  /** A new admission: the lease of the one before is worth nothing. */
  restart(): void {
    this.#forget()
  }

  #forget(): void {
    this.#from = null
    this.#worthlessThrough = this.#number
  }
}
