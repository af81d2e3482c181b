/**
 * How this instance leaves: whether it was asked to, how long it waits for that, and what was in
 * the way of the hand-over when it ended.
 */
import type { FenceReason } from './effect.js'

export type LeaveFault =
  /** It was fenced on the way. What it had is stopped, and nothing of it was handed over. */
  | { readonly kind: 'fenced'; readonly reason: FenceReason }
  /** It was fenced, and the host has not said that everything is stopped. */
  | { readonly kind: 'not-stopped'; readonly reason: FenceReason }
  /** No replica has said that everything went over. */
  | { readonly kind: 'unanswered' }
  /** It was ended before. */
  | { readonly kind: 'given-up' }

export class Leaving {
  #isAsked = false
  /** When it ends although the host has not said that all is stopped. */
  #untilMs = Number.POSITIVE_INFINITY
  /** Why it was fenced on the way; null for not. */
  #fencedBy: FenceReason | null = null
  #fault: LeaveFault | null = null

  /** Whether the host hands everything over and goes. */
  get isAsked(): boolean {
    return this.#isAsked
  }

  /** What was in the way when it ended; null for nothing, and before. */
  get fault(): LeaveFault | null {
    return this.#fault
  }

  ask(): void {
    this.#isAsked = true
  }

  /** It waits no longer than this. */
  waitUntil(ms: number): void {
    this.#untilMs = Math.min(this.#untilMs, ms)
  }

  isOver(nowMs: number): boolean {
    return nowMs >= this.#untilMs
  }

  /** Behind a fence from before it was asked nothing is left to be handed over. */
  fenced(reason: FenceReason): void {
    if (this.#isAsked) this.#fencedBy ??= reason
  }

  /**
   * The instance ends.
   * @param unstopped of a fence whose keys the host has not stopped; null for none
   * @param fault what else is in the way of the hand-over; null for nothing
   */
  ended(unstopped: FenceReason | null, fault: LeaveFault | null): void {
    if (!this.#isAsked) return
    if (unstopped !== null) this.#fault = { kind: 'not-stopped', reason: unstopped }
    else if (this.#fencedBy !== null) this.#fault = { kind: 'fenced', reason: this.#fencedBy }
    else this.#fault = fault
  }
}
