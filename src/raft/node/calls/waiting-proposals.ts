/**
 * Callers that wait for what they proposed: each is called once, whatever happens (bug L17).
 *
 * A proposal is done when the entry at its index has been applied: with its own term it is this
 * one, with another term it was replaced and will never be. A leader that steps down does not
 * know yet which it will be, so its callers wait on until their deadline; then, and where a
 * snapshot passes over the index, the outcome is unknown.
 */
import { BerthError } from '../../../errors/berth-error.js'
import type { Entry } from '../../core/entry.js'

/** An entry that was proposed here and is applied. */
export interface Applied<R> {
  readonly index: number
  readonly term: number
  readonly result: R
}

/** Called once. Errors: `not_leader`, `no_leader`, `overloaded`, `timeout` (unknown), … */
export type ProposalDone<R> = (outcome: Applied<R> | BerthError) => void

interface Waiting<R> {
  readonly term: number
  readonly deadlineTick: number
  readonly done: ProposalDone<R>
}

/** @typeParam R result of the state machine */
export class WaitingProposals<R> {
  readonly #timeoutTicks: number
  /** By index, in the order of their deadlines. */
  readonly #waiting = new Map<number, Waiting<R>>()

  constructor(timeoutTicks: number) {
    this.#timeoutTicks = timeoutTicks
  }

  get count(): number {
    return this.#waiting.size
  }

  /** The core has accepted a proposal as the entry (`index`, `term`). */
  add(index: number, term: number, tick: number, done: ProposalDone<R>): void {
    const replaced = this.#waiting.get(index)
    // A proposal of an earlier term stood at this index, in a log that has been cut since.
    if (replaced !== undefined) this.#take(index)
    this.#waiting.set(index, { term, deadlineTick: tick + this.#timeoutTicks, done })
    replaced?.done(replacedError())
  }

  /** An entry has been applied. */
  applied(entry: Entry, result: R): void {
    const waiting = this.#take(entry.index)
    if (waiting === undefined) return
    const { index, term } = entry
    waiting.done(waiting.term === term ? { index, term, result } : replacedError())
  }

  /** A snapshot has taken the place of the log up to `index`. */
  passedOver(index: number): void {
    const passed = [...this.#waiting.keys()].filter((at) => at <= index)
    const error = new BerthError(
      'timeout',
      'A snapshot took the place of the entry; whether it was applied is unknown.',
    )
    for (const at of passed) this.#take(at)?.done(error)
  }

  /** Gives up what has waited for too long. */
  expire(tick: number): void {
    for (const [index, { deadlineTick }] of this.#waiting) {
      if (deadlineTick > tick) return
      const detail = 'The entry was not committed in time; it may be later.'
      this.#take(index)?.done(new BerthError('timeout', detail))
    }
  }

  /** The replica stops. */
  failAll(detail: string): void {
    const all = [...this.#waiting.values()]
    this.#waiting.clear()
    for (const { done } of all) done(new BerthError('timeout', detail))
  }

  #take(index: number): Waiting<R> | undefined {
    const waiting = this.#waiting.get(index)
    this.#waiting.delete(index)
    return waiting
  }
}

function replacedError(): BerthError {
  return new BerthError('not_leader', 'Another leader replaced the entry; it will never apply.')
}
