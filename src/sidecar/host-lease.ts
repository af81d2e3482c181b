/**
 * The lease of this host and the fence behind it. The lease runs `fenceAfterMs` from the instant
 * before the answered heartbeat was written. Once it is over, or the host was told to stop, the
 * fence is up and stays up until a new hello; an answer to a heartbeat from before that hello gives
 * nothing, nor does one to a heartbeat that named no admission.
 *
 * The lease is judged at the instant of the question: a process that slept says no before anything
 * else runs.
 */
import { elapsedMs, type Stamp } from './clock.js'
import type { FenceReason } from './effect.js'

/** Unanswered heartbeats whose stamps are kept; older ones can extend nothing anyway. */
export const stampsMax = 64

export class HostLease {
  readonly #sent = new Map<number, Stamp>()
  #number = 0
  /** Answers to heartbeats up to this number do not count. */
  #worthlessThrough = 0
  #from: Stamp | null = null
  #isFenced = false
  /** Why the fence is up. */
  #reason: FenceReason = 'lease_expired'
  /** Whether the host was told of the fence that is up. */
  #isAnnounced = false
  /** Whether a replica asked for the fence and waits to hear that all is stopped. */
  #isAsked = false
  /** Whether a hello was written since the fence went up. */
  #saidHello = false

  /** Number of the last heartbeat, through the life of the instance. */
  get number(): number {
    return this.#number
  }

  get isFenced(): boolean {
    return this.#isFenced
  }

  /** Whether a replica waits to hear that everything is stopped. */
  get isAsked(): boolean {
    return this.#isAsked
  }

  /** Whether a lease was ever given since the last hello that lifted a fence. */
  get wasGiven(): boolean {
    return this.#from !== null
  }

  /**
   * A heartbeat is about to be written.
   * @param isAdmitted whether it names the admission of this host: only then it gives a lease
   * @returns its number
   */
  send(now: Stamp, isAdmitted: boolean): number {
    this.#number += 1
    if (isAdmitted) this.#sent.set(this.#number, now)
    if (this.#sent.size > stampsMax) {
      const oldest = this.#sent.keys().next()
      if (!oldest.done) this.#sent.delete(oldest.value)
    }
    return this.#number
  }

  /** The heartbeat was answered: the lease runs from when it was written. */
  answered(number: number): void {
    const stamp = this.#sent.get(number)
    // They stand in the order of their numbers.
    for (const sent of this.#sent.keys()) {
      if (sent > number) break
      this.#sent.delete(sent)
    }
    if (stamp === undefined || this.#isFenced || number <= this.#worthlessThrough) return
    if (this.#from === null || stamp.monotonicMs > this.#from.monotonicMs) this.#from = stamp
  }

  /** Whether the lease holds at `now`. Puts the fence up at the moment when it has run out. */
  holds(now: Stamp, fenceAfterMs: number): boolean {
    if (this.#isFenced || this.#from === null) return false
    if (elapsedMs(this.#from, now) < fenceAfterMs) return true
    this.fence('lease_expired', false)
    return false
  }

  /** What is left of the lease in ms, 0 for none. */
  leftMs(now: Stamp, fenceAfterMs: number): number {
    if (this.#isFenced || this.#from === null) return 0
    return Math.max(0, fenceAfterMs - elapsedMs(this.#from, now))
  }

  /**
   * Puts the fence up. What was sent until now gives nothing any more.
   * @param isAsked whether a replica asked for it and waits to hear that all is stopped
   */
  fence(reason: FenceReason, isAsked: boolean): void {
    this.#isAsked ||= isAsked
    if (this.#isFenced) return
    this.#isFenced = true
    this.#reason = reason
    this.#isAnnounced = false
    this.#saidHello = false
    this.#forget()
  }

  /** Why the host has to stop everything; null when no fence is up or it was told already. */
  announce(): FenceReason | null {
    if (!this.#isFenced || this.#isAnnounced) return null
    this.#isAnnounced = true
    return this.#reason
  }

  /** The host has stopped everything. */
  stopped(): void {
    this.#isAsked = false
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
