/**
 * One round: it takes the sidecars of a namespace from the disseminated table to a later one.
 * Knows whom it waits for and when it is done; publishes nothing and keeps no clock.
 *
 * Invariants (design §6):
 * - The wait list is fixed at the start: the admissions of both tables. Later comers are not on it.
 * - It is complete only when every admission that loses keys has acknowledged this round or is past
 *   its fence; the others have acknowledged, are past their fence, or the deadline is over.
 * - Whoever is counted as past its fence gets the round's generation as the floor of its answers.
 *
 * The list is made, and who loses keys is found, in slices after the orders are out. Whoever
 * acknowledges meanwhile counts. Until a list is whole nothing is decided by it.
 */
import type { Admission } from '../fsm/admission.js'
import type { Budget } from '../jobs/job.js'
import { LosersJob } from '../table/losers.js'
import type { Table } from '../table/table.js'

/**
 * What a round asks of the leader's account of leases.
 * @typeParam L the account of one admission: the same object for the same admission
 */
export interface Leases<L extends Admission> {
  of(admission: Admission): L
  /** Whether no lease of the admission can still run. */
  isPastFence(lease: L, nowMs: number): boolean
  /** Whether orders over NATS reach its host, as it said last. */
  isListening(lease: L): boolean
  /** From now on the admission's heartbeats count only at `generation` or above. */
  raiseFloor(lease: L, generation: number): void
}

export interface RoundSpan {
  readonly namespace: string
  readonly term: number
  readonly from: Table
  readonly to: Table
  readonly startedAtMs: number
  readonly roundDeadlineMs: number
}

/** `overdue`: the deadline is over and some that lose keys are missing; they are to be removed. */
export type Verdict = 'wait' | 'overdue' | 'complete'

/** Units of a budget for one admission on its way onto the wait list. */
const enterUnits = 1

export class Round<L extends Admission> {
  readonly span: RoundSpan
  readonly #leases: Leases<L>
  /** Those on the list that have not acknowledged and are not past their fence. */
  readonly #missing = new Set<L>()
  /** Those that acknowledged while the list was made; null once it is whole. */
  #early: Set<L> | null = new Set()
  readonly #toEnter: Iterator<Admission>
  readonly #losersJob: LosersJob
  #waitCount = 0
  #acknowledged = 0
  /** Who owns a key in the old table that it does not own in the new one; null until known. */
  #losers: ReadonlySet<L> | null = null
  #losersMissing = 0
  #deadlineAtMs: number
  #stragglers: readonly L[] | null = null

  constructor(span: RoundSpan, leases: Leases<L>) {
    this.span = span
    this.#leases = leases
    this.#toEnter = waitList(span)
    this.#losersJob = new LosersJob(span.from, span.to)
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

  /** Whether everyone is on the wait list that belongs there. */
  get isListed(): boolean {
    return this.#early === null
  }

  /** Whether there is nothing left to find out. */
  get isPrepared(): boolean {
    return this.#losers !== null
  }

  /** Whether it is of one of the two tables. */
  isAwaited({ name, epoch }: L): boolean {
    const { from, to } = this.span
    return from.member(name)?.epoch === epoch || to.member(name)?.epoch === epoch
  }

  /** Those that have not acknowledged and are not past their fence. */
  missing(): ReadonlySet<L> {
    return this.#missing
  }

  /** Whether it owns a key in the old table and not in the new one; null while that is unknown. */
  loses(lease: L): boolean | null {
    return this.#losers === null ? null : this.#losers.has(lease)
  }

  get waitCount(): number {
    return this.#waitCount
  }

  get acknowledgedCount(): number {
    return this.#acknowledged
  }

  /** Those that were removed at the deadline. */
  get stragglers(): readonly L[] {
    return this.#stragglers ?? []
  }

  /**
   * Goes on with the wait list, then with who loses keys.
   * @returns those that came onto the list and are missing
   */
  step(budget: Budget, nowMs: number): readonly L[] {
    if (this.#early !== null) return this.#enter(this.#early, budget, nowMs)
    if (this.#losers === null) this.#findLosers(budget)
    return []
  }

  /**
   * An acknowledgement counts in the round that it names: this term, this generation.
   * @returns whether somebody was waited for and is not any more
   */
  acknowledge(lease: L, term: number, generation: number): boolean {
    if (term !== this.span.term || generation !== this.to) return false
    const early = this.#early
    if (early === null) {
      if (!this.#settle(lease)) return false
    } else {
      if (early.has(lease) || !this.isAwaited(lease)) return false
      early.add(lease)
      this.#missing.delete(lease)
    }
    this.#acknowledged += 1
    return true
  }

  /**
   * It is past its fence now.
   * @returns whether somebody was waited for and is not any more
   */
  pastFence(lease: L): boolean {
    if (!this.#missing.has(lease)) return false
    this.#leases.raiseFloor(lease, this.to)
    return this.#settle(lease)
  }

  /** What is to be done now. */
  judge(nowMs: number): Verdict {
    if (!this.isListed) return 'wait'
    if (this.#missing.size === 0) return 'complete'
    if (nowMs < this.#deadlineAtMs || this.#losers === null) return 'wait'
    return this.#losersMissing === 0 ? 'complete' : 'overdue'
  }

  /** Those that lose keys and are missing. Whoever is the first time is a straggler for ever. */
  nameStragglers(): readonly L[] {
    const missing = [...(this.#losers ?? [])].filter((lease) => this.#missing.has(lease))
    this.#stragglers ??= missing
    return missing
  }

  #settle(lease: L): boolean {
    if (!this.#missing.delete(lease)) return false
    if (this.#losers?.has(lease)) this.#losersMissing -= 1
    return true
  }

  #enter(early: ReadonlySet<L>, budget: Budget, nowMs: number): readonly L[] {
    const entered: L[] = []
    while (!budget.isSpent) {
      const { done, value } = this.#toEnter.next()
      if (done === true) {
        this.#early = null
        break
      }
      budget.spend(enterUnits)
      const lease = this.#leases.of(value)
      this.#waitCount += 1
      if (early.has(lease)) continue
      if (this.#leases.isPastFence(lease, nowMs)) {
        this.#leases.raiseFloor(lease, this.to)
        continue
      }
      this.#missing.add(lease)
      entered.push(lease)
    }
    return entered
  }

  #findLosers(budget: Budget): void {
    if (!this.#losersJob.step(budget)) return
    const { namespace } = this.span
    const found = new Set<L>()
    for (const [name, epoch] of this.#losersJob.result) {
      const lease = this.#leases.of({ namespace, name, epoch })
      found.add(lease)
      if (this.#missing.has(lease)) this.#losersMissing += 1
    }
    this.#losers = found
  }
}

/** The admissions of both tables, each once. */
function* waitList({ namespace, from, to }: RoundSpan): Generator<Admission> {
  for (const { name, epoch } of from.list()) yield { namespace, name, epoch }
  for (const { name, epoch } of to.list()) {
    if (from.member(name)?.epoch !== epoch) yield { namespace, name, epoch }
  }
}
