/**
 * Follows the rounds of a namespace: takes orders, facts and tables in, says when the host has to
 * let go, when that may be acknowledged, and which table has to be fetched.
 *
 * Invariants (design §6):
 * - An acknowledgement is due only after the host has let go of what moves away; releases run one
 *   after the other.
 * - A table is made ready in slices, and only then released for, acknowledged or unlocked. What is
 *   to be prepared follows from the tables that are here: whatever happens between two slices, what
 *   was begun for other tables, or for another admission, is dropped.
 * - A host that learns of a disseminated table which it had not acknowledged stops what differs at
 *   once; while that table is missing, everything.
 */

import type { Budget } from '../jobs/job.js'
import type { Table } from '../table/table.js'
import type { TableContext } from '../table/table-context.js'
import type { Get, Held, Order, RunningRound, TableAnswer, TableChange } from '../wire/messages.js'
import { AnswerParts } from './answer-parts.js'
import type { LetGo } from './effect.js'
import type { KeySet, Self } from './key-set.js'
import { Preparation, type Prepared } from './preparation.js'
import { type Learned, type PendingTable, TableKeeper } from './table-keeper.js'

/** When something is heard, and who this host is and what it knows then. */
export interface Moment {
  readonly nowMs: number
  /** The admission that this host has; null for observers and before the welcome. */
  readonly self: Self | null
  /** The term that the WebSocket named last. */
  readonly term: number
}

/** What follows from it, for the machine to act on, in order. */
export type Finding =
  | LetGo
  /** These keys (null for all) are another's already. */
  | {
      readonly kind: 'stop'
      readonly reason: 'behind' | 'overtaken'
      readonly keys: KeySet | null
    }
  /** What was held contradicted what was committed: it is forgotten. */
  | { readonly kind: 'contradiction' }
  /** Somebody waits for an acknowledgement that was given before. */
  | { readonly kind: 'acknowledge-again' }
  /** A table is to be fetched. */
  | { readonly kind: 'ask'; readonly get: Get }
  /** Answers may be other ones now. */
  | { readonly kind: 'changed' }

/**
 * A table that was asked for and did not come is asked for again after this, or up to twice as
 * long, in ms: not by all at once who missed the same one.
 */
export const askAgainMs = 1_000

/** What is to be made ready next. */
interface Next extends Prepared {
  /** The order that it is of; null for a table that is disseminated. */
  readonly pending: PendingTable | null
}

export class TableFollower {
  readonly keeper: TableKeeper
  /** Types that this host offers: their rings are ready before anybody asks for them. */
  #types: readonly string[]
  readonly #random: () => number
  /** The newest order whose base is not here yet. */
  #postponed: RunningRound | null = null
  readonly #answerParts = new AnswerParts()
  #askAgainAtMs = Number.NEGATIVE_INFINITY
  #unlockedAtMs: number | null = null
  #pendingSinceMs: number | null = null
  /** Of what is made ready, once it was begun. */
  #preparation: Preparation | null = null
  /** Of this input, until they are taken. */
  #findings: Finding[] = []
  /** The last one that answered, before it was forgotten. */
  #forgotten: Table | null = null

  /**
   * @param types that this host offers; none for an observer
   * @param random in [0, 1)
   */
  constructor(context: TableContext, types: readonly string[], random: () => number) {
    this.keeper = new TableKeeper(context)
    this.#types = types
    this.#random = random
  }

  get table(): Table | null {
    return this.keeper.unlocked
  }

  /** The table by which the host holds keys, or held them until it was forgotten. */
  get lastTable(): Table | null {
    return this.keeper.unlocked ?? this.#forgotten
  }

  /** The types that this host offers from now on. */
  offers(types: readonly string[]): void {
    this.#types = types
  }

  /** When the table that answers was taken over; null before the first. */
  get unlockedAtMs(): number | null {
    return this.#unlockedAtMs
  }

  /** Since when an order waits to be disseminated; null when none does. */
  get pendingSinceMs(): number | null {
    return this.#pendingSinceMs
  }

  /** Whether a disseminated table is here and not ready yet. */
  get isTakingOver(): boolean {
    return this.keeper.arrived !== null
  }

  /** Whether `work` would do anything. */
  hasWork(self: Self | null): boolean {
    return this.#next(self) !== null
  }

  /** A slice of making tables ready. */
  work(budget: Budget, at: Moment): void {
    for (let next = this.#next(at.self); next !== null; next = this.#next(at.self)) {
      if (this.#preparation?.is(next) !== true) {
        const types = new Set([...this.#types, ...this.keeper.askedTypes])
        this.#preparation = new Preparation(next, [...types])
      }
      if (!this.#preparation.step(budget)) return
      const { keys } = this.#preparation
      this.#preparation = null
      if (next.pending === null) this.#learned(this.keeper.unlock(at.term), false, at, keys)
      else this.#ready(next.pending, next.from !== null, keys)
      if (budget.isSpent) return
    }
  }

  /** What the last input brought about, once. */
  takeFindings(): readonly Finding[] {
    const findings = this.#findings
    this.#findings = []
    return findings
  }

  forget(): void {
    this.#forgotten = this.lastTable
    this.keeper.forget()
    this.#postponed = null
    this.#unlockedAtMs = null
    this.#pendingSinceMs = null
  }

  /** @param isDirect it came over the WebSocket: the leader has not heard of this host */
  order(order: Order, isDirect: boolean, at: Moment): void {
    switch (order.kind) {
      case 'lock':
        this.learn({ generation: order.from, digest: order.digest }, at)
        return
      case 'unlock':
      case 'beacon':
        this.learn({ generation: order.generation, digest: order.digest }, at)
        return
      case 'update':
        this.goTo(order, at, isDirect)
        return
      default:
        order satisfies never
    }
  }

  /** The order to go to a later table. */
  goTo(round: RunningRound, at: Moment, isDirect = false): void {
    const outcome = this.keeper.order(round)
    const { to } = round.change
    if (outcome !== 'base' && (this.#postponed?.change.to ?? 0) <= to) this.#postponed = null
    switch (outcome) {
      case 'taken':
        this.#pendingSinceMs ??= at.nowMs
        this.#found({ kind: 'changed' })
        return
      case 'known':
        return
      case 'repeated':
        // Over NATS anybody can repeat an order as often as he likes.
        if (isDirect) this.#found({ kind: 'acknowledge-again' })
        return
      case 'base':
        this.#postponed = round
        this.#ask(at)
        return
      case 'stale':
        return
      default:
        outcome satisfies never
    }
  }

  /** "Disseminated >= generation", from whatever source that can be trusted. */
  learn(fact: Held, at: Moment): void {
    const wasMissing = this.keeper.missing !== null
    const learned = this.keeper.learn(fact, at.term)
    this.#learned(learned, wasMissing, at)
    if (learned.kind === 'missing') this.#ask(at)
  }

  /** The same fact without the digest, of a table that is here if it is news. */
  learnGeneration(generation: number, at: Moment): void {
    const digest = this.keeper.digestOf(generation)
    if (digest !== undefined) this.learn({ generation, digest }, at)
  }

  /** A table that is known to be disseminated. */
  take(change: TableChange, at: Moment): void {
    const wasMissing = this.keeper.missing !== null
    const learned = this.keeper.take(change, at.term)
    if (learned === null) return
    this.#learned(learned, wasMissing, at)
    const postponed = this.#postponed
    this.#postponed = null
    if (postponed !== null) this.goTo(postponed, at)
  }

  /** A part of an answer of a replica, over NATS: what it is of is disseminated. */
  offered(answer: TableAnswer, at: Moment): void {
    const { change } = answer
    const known = (this.keeper.missing ?? this.keeper.disseminated)?.generation
    if (known !== undefined && change.to > known) {
      this.learn({ generation: change.to, digest: change.digest }, at)
    }
    const { missing } = this.keeper
    if (missing === null) return
    if (change.to !== missing.generation || change.digest !== missing.digest) return
    const whole = this.#answerParts.add(answer)
    if (whole !== null) this.take(whole, at)
  }

  /** An answer from a replica, over the WebSocket. */
  fetched({ change, round }: TableAnswer, at: Moment): void {
    this.take(change, at)
    if (round !== undefined) this.goTo(round, at)
  }

  /** The host has let go of what this release named. */
  released(release: number): void {
    this.keeper.endRelease(release)
    this.#found({ kind: 'changed' })
  }

  /** Another admission of this host: nothing that runs belongs to the former one. */
  readmitted(at: Moment): void {
    this.keeper.readmitted(at.term)
  }

  /** Asks for what may have been missed. */
  refresh(at: Moment): void {
    if (this.keeper.disseminated !== null) this.#ask(at)
  }

  tick(at: Moment): void {
    if (this.keeper.missing !== null || this.#postponed !== null) this.#ask(at)
  }

  #found(finding: Finding): void {
    this.#findings.push(finding)
  }

  /** @param keys what moves away from the table before to the one that is unlocked */
  #learned(learned: Learned, wasMissing: boolean, at: Moment, keys: KeySet | null = null): void {
    switch (learned.kind) {
      case 'nothing':
        return
      case 'arrived':
        this.#answerParts.forget()
        return
      case 'unlocked':
        this.#answerParts.forget()
        this.#unlockedAtMs = at.nowMs
        this.#pendingSinceMs = this.keeper.pending.length === 0 ? null : at.nowMs
        if (learned.overtaken !== null && keys !== null) {
          this.#found({ kind: 'stop', reason: 'overtaken', keys })
        }
        this.#found({ kind: 'changed' })
        return
      case 'missing':
        // Which keys are gone is not known until the table is here: all of them stop.
        if (at.self !== null && !wasMissing) {
          this.#found({ kind: 'stop', reason: 'behind', keys: null })
        }
        return
      case 'contradiction':
        this.forget()
        this.#found({ kind: 'contradiction' })
        return
      default:
        learned satisfies never
    }
  }

  /**
   * What is to be made ready now: first what is disseminated, for until then nothing is owned here;
   * then the order to let go for next; then those behind it.
   */
  #next(self: Self | null): Next | null {
    const { arrived, unlocked } = this.keeper
    if (arrived !== null) {
      const from = this.keeper.wasAcknowledged(arrived) ? null : unlocked
      return { table: arrived, from, self, pending: null }
    }
    const toRelease = self === null || unlocked === null ? null : this.keeper.nextRelease()
    if (toRelease !== null)
      return { table: toRelease.table, from: unlocked, self, pending: toRelease }
    const pending = this.keeper.nextUnready()
    return pending === null ? null : { table: pending.table, from: null, self, pending }
  }

  /** @param isNext whether it is the order to let go for now @param keys what moves away for it */
  #ready(pending: PendingTable, isNext: boolean, keys: KeySet | null): void {
    pending.isReady = true
    if (!isNext) return
    if (keys === null) this.keeper.letGo(pending)
    else {
      const release = this.keeper.beginRelease(pending)
      this.#found({ kind: 'let-go', release, keys, deadlineMs: pending.deadlineMs })
    }
  }

  #ask({ nowMs }: Moment): void {
    if (nowMs < this.#askAgainAtMs) return
    this.#askAgainAtMs = nowMs + askAgainMs * (1 + this.#random())
    const { disseminated, missing } = this.keeper
    const held = disseminated?.generation ?? 0
    const generation = missing?.generation ?? this.#postponed?.change.from ?? held
    const get: Get =
      disseminated === null
        ? { kind: 'get', generation }
        : { kind: 'get', generation, held: heldOf(disseminated) }
    this.#found({ kind: 'ask', get })
  }
}

function heldOf({ generation, digest }: Table): Held {
  return { generation, digest }
}
