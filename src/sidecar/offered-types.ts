/**
 * The actor types that this host offers: those that it was told last, those that the cluster has
 * taken, and when they are to be said, or said again. Decides nothing about keys: these follow the
 * tables.
 *
 * Invariant: a hello under an admission that may hold keys says types that the cluster has taken.
 * Other ones come by a message of their own: in a hello, replicas that do not know it would take
 * them for another admission, which would fence the host.
 */
import { sortedSet } from '../table/code-point-order.js'
import { sameTexts } from '../table/type-sets.js'
import type { TypesTaken, TypesWaiting } from '../wire/messages.js'

/** A host that is told other types again and again says so no more often than this, in ms. */
export const sayTypesEveryMs = 200

/** What became of one change. */
export type TypesOutcome =
  /** The table that answers here has them. */
  | { readonly kind: 'done' }
  | { readonly kind: 'waiting' }
  /** Others were set before a table had them. */
  | { readonly kind: 'superseded' }
  /** The cluster does not take changes of types yet; the types are those from before. */
  | { readonly kind: 'refused'; readonly detail: string }

/** What is known here of the tables. */
export interface TableView {
  /** Of the table that answers; -1 before the first. */
  readonly generation: number
  /** Whether it has this host. */
  readonly isMember: boolean
}

export class OfferedTypes {
  #wanted: readonly string[]
  #taken: readonly string[]
  /** In the last hello. */
  #saidInHello: readonly string[] = []
  #number = 0
  /** From which generation on tables have what is wanted; null until the cluster says so. */
  #since: number | null = 0
  #waiting: Pick<TypesWaiting, 'code' | 'detail'> | null = null
  #refused: { readonly number: number; readonly detail: string } | null = null
  #sayAtMs = Number.POSITIVE_INFINITY
  #saidAtMs = Number.NEGATIVE_INFINITY

  /** @param types that the host begins with; none for an observer */
  constructor(types: readonly string[]) {
    this.#wanted = sortedSet(types)
    this.#taken = this.#wanted
  }

  /** In code point order. */
  get wanted(): readonly string[] {
    return this.#wanted
  }

  /** Of the last change; 0 before the first. */
  get number(): number {
    return this.#number
  }

  /** Why the cluster has not taken them yet, as it said; null for nothing. */
  get waiting(): Pick<TypesWaiting, 'code' | 'detail'> | null {
    return this.#waiting
  }

  /** The host is to offer these. @returns the number of this change, or of the same one before */
  set(types: readonly string[], nowMs: number): number {
    const wanted = sortedSet(types)
    if (sameTexts(wanted, this.#wanted)) return this.#number
    this.#number += 1
    this.#wanted = wanted
    this.#since = null
    this.#waiting = null
    this.#sayAt(nowMs)
    return this.#number
  }

  /** What a hello says. @param holds whether the host may hold keys under an admission */
  forHello(holds: boolean): readonly string[] {
    this.#saidInHello = holds ? this.#taken : this.#wanted
    return this.#saidInHello
  }

  /** @param isNew whether it is another admission, or none, than that of the welcome before */
  welcomed(epoch: number, isNew: boolean, nowMs: number): void {
    if (isNew || epoch === 0) {
      this.#taken = this.#saidInHello
      // The cluster knows nothing of the number: an earlier hello may have been admitted.
      if (this.#number > 0) this.#since = null
    }
    const isNothing = epoch === 0 && this.#wanted.length === 0
    if (isNothing) this.#since = 0
    if (this.#since === null) this.#sayAt(nowMs)
  }

  /** Another replica leads: what the one before it was told, it does not know. */
  leaderChanged(nowMs: number): void {
    if (this.#since === null) this.#sayAt(nowMs)
  }

  /** Whether they are to be said now. */
  isDue(nowMs: number): boolean {
    return nowMs >= this.#sayAtMs
  }

  /** They are said now, and again after this long. */
  said(nowMs: number, againAfterMs: number): void {
    this.#saidAtMs = nowMs
    this.#sayAtMs = nowMs + againAfterMs
  }

  taken({ number, generation }: Pick<TypesTaken, 'number' | 'generation'>): void {
    if (number !== this.#number || this.#since !== null) return
    this.#taken = this.#wanted
    this.#endAt(generation)
  }

  /** @param patienceMs how long an answer may take */
  waits({ number, code, detail, retryAfterMs }: TypesWaiting, patienceMs: number, nowMs: number) {
    if (number !== this.#number || this.#since !== null) return
    this.#waiting = { code, detail }
    this.#sayAtMs = nowMs + retryAfterMs + patienceMs
  }

  /** The cluster takes no changes. Those of the hello that was admitted are none. */
  refused(number: number, detail: string): void {
    if (number !== this.#number || this.#since !== null) return
    if (!sameTexts(this.#taken, this.#wanted)) {
      this.#refused = { number, detail }
      this.#wanted = this.#taken
    }
    this.#endAt(0)
  }

  /** What became of a change. */
  outcome(number: number, { generation, isMember }: TableView): TypesOutcome {
    const refused = this.#refused
    if (refused?.number === number) return { kind: 'refused', detail: refused.detail }
    if (number < this.#number) return { kind: 'superseded' }
    const isThere = this.#since !== null && generation >= this.#since
    return { kind: isThere && (isMember || this.#wanted.length === 0) ? 'done' : 'waiting' }
  }

  #sayAt(nowMs: number): void {
    this.#sayAtMs = Math.max(nowMs, this.#saidAtMs + sayTypesEveryMs)
  }

  #endAt(generation: number): void {
    this.#since = generation
    this.#waiting = null
    this.#sayAtMs = Number.POSITIVE_INFINITY
  }
}
