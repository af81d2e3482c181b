/**
 * One round: it takes the sidecars of a namespace from the disseminated table to a later one.
 * Knows whom it waits for and when it is done; publishes nothing and keeps no clock.
 *
 * Invariants (design §6):
 * - The wait list is fixed at the start: the admissions of both tables. Later comers are not on it.
 * - It is complete only when every admission that loses keys has acknowledged this round or is past
 *   its fence; the others have acknowledged, are past their fence, or the deadline is over.
 * - Whoever is counted as past its fence gets the round's generation as the floor of its answers.
 */
import type { Admission } from '../fsm/admission.js'
import { losers } from '../table/losers.js'
import type { Table } from '../table/table.js'

/** What the round asks of the leader's account of leases. */
export interface Fences {
  /** Whether no lease of the admission can still run. */
  isPastFence(admission: Admission, nowMs: number): boolean
  /** From now on the admission's heartbeats count only at `generation` or above. */
  raiseFloor(admission: Admission, generation: number): void
}

/** One admission on the wait list. */
export interface Awaited extends Admission {
  /** Whether it owns a key in the old table that it does not own in the new one. */
  readonly loses: boolean
  state: 'missing' | 'acknowledged' | 'past-fence'
  /** When the orders went to it over its WebSocket; null for never. */
  sentDirectlyAtMs: number | null
}

export interface RoundSpan {
  readonly namespace: string
  readonly term: number
  readonly from: Table
  readonly to: Table
  readonly startedAtMs: number
  readonly roundDeadlineMs: number
}

export type Verdict =
  | { readonly kind: 'wait' }
  /** Those that lose keys and are missing after the deadline: they are to be removed. */
  | { readonly kind: 'stragglers'; readonly admissions: readonly Awaited[] }
  | { readonly kind: 'complete' }

export class Round {
  readonly span: RoundSpan
  readonly #awaited: ReadonlyMap<string, Awaited>
  readonly #missing: Set<Awaited>
  readonly #fences: Fences
  #deadlineAtMs: number
  #stragglers: readonly Awaited[] | null = null

  constructor(span: RoundSpan, fences: Fences) {
    this.span = span
    this.#fences = fences
    this.#awaited = waitList(span)
    this.#missing = new Set(this.#awaited.values())
    this.#deadlineAtMs = span.startedAtMs + span.roundDeadlineMs
  }

  get to(): number {
    return this.span.to.generation
  }

  /** When those that lose keys and are missing become stragglers. */
  get deadlineAtMs(): number {
    return this.#deadlineAtMs
  }

  extend(byMs: number): void {
    this.#deadlineAtMs += byMs
  }

  /** Everyone on the wait list. */
  awaited(): Iterable<Awaited> {
    return this.#awaited.values()
  }

  /** Those that have not acknowledged and are not past their fence, by the last judgement. */
  missing(): Iterable<Awaited> {
    return this.#missing
  }

  get waitCount(): number {
    return this.#awaited.size
  }

  get missingCount(): number {
    return this.#missing.size
  }

  /** Those that were removed at the deadline. */
  get stragglers(): readonly Awaited[] {
    return this.#stragglers ?? []
  }

  /**
   * An acknowledgement counts in the round that it names: this term, this generation.
   * @returns whether somebody was waited for and is not any more
   */
  acknowledge(admission: Admission, term: number, generation: number): boolean {
    if (term !== this.span.term || generation !== this.to) return false
    const awaited = this.#awaited.get(keyOf(admission))
    if (awaited === undefined || awaited.state === 'acknowledged') return false
    awaited.state = 'acknowledged'
    return this.#missing.delete(awaited)
  }

  /** What is to be done now. */
  judge(nowMs: number): Verdict {
    for (const awaited of this.#missing) {
      if (!this.#fences.isPastFence(awaited, nowMs)) continue
      awaited.state = 'past-fence'
      this.#fences.raiseFloor(awaited, this.to)
      this.#missing.delete(awaited)
    }
    const overdue = nowMs >= this.#deadlineAtMs
    const missingLosers = [...this.#missing].filter((awaited) => awaited.loses)
    if (missingLosers.length === 0) {
      return this.#missing.size === 0 || overdue ? { kind: 'complete' } : { kind: 'wait' }
    }
    if (!overdue) return { kind: 'wait' }
    this.#stragglers ??= missingLosers
    return { kind: 'stragglers', admissions: missingLosers }
  }
}

function waitList({ namespace, from, to }: RoundSpan): Map<string, Awaited> {
  const list = new Map<string, Awaited>()
  const losing = new Set(losers(from, to).map(({ name, epoch }) => keyOf({ name, epoch })))
  for (const table of [from, to]) {
    for (const { name, epoch } of table.list()) {
      const key = keyOf({ name, epoch })
      if (list.has(key)) continue
      const loses = losing.has(key)
      list.set(key, { namespace, name, epoch, loses, state: 'missing', sentDirectlyAtMs: null })
    }
  }
  return list
}

function keyOf({ name, epoch }: { readonly name: string; readonly epoch: number }): string {
  return `${name}#${epoch}`
}
