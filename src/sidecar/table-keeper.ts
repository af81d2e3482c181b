/**
 * The tables of a sidecar: the one that answers ("unlocked"), later ones that are known to be
 * disseminated and are not ready yet ("arrived"), and those that orders brought ("pending"). Says
 * who owns a key, what moves, what must be let go, and what may be acknowledged. Knows nothing of
 * leases and sessions.
 *
 * Invariants (design §6, §7):
 * - A table is taken whole or not at all, and the unlocked generation never goes back.
 * - Nothing but the fact "disseminated >= g" makes a pending table the unlocked one.
 * - No table answers, and none is acknowledged, before its rings are ready. From the fact on until
 *   the table of it is ready this host owns nothing: what it still has may be another's.
 * - What was acknowledged stays given up until such a fact gives it back: a key is this host's only
 *   if it owns it in the unlocked table and in every table that it acknowledged since.
 */
import { BerthError } from '../errors/berth-error.js'
import { movesAt } from '../table/losers.js'
import type { Member } from '../table/member.js'
import { Table } from '../table/table.js'
import { applyChange } from '../table/table-change.js'
import { type Position, positionOf, type TableContext } from '../table/table-context.js'
import type { VersionRange } from '../versions/versions.js'
import type { Acknowledged, Held, RunningRound, TableChange } from '../wire/messages.js'
import { isOwner, type Self } from './key-set.js'

/** A table that is ordered but not disseminated. */
export interface PendingTable {
  readonly table: Table
  /** Newest term that ordered it. */
  term: number
  /** From that leader's first order to the removal of those that have not let go, in ms. */
  deadlineMs: number
  phase: 'new' | 'releasing' | 'acknowledged'
  /** Whether its rings are: until then it alters no answer. */
  isReady: boolean
  /** Names what the host was asked last to let go of for it; 0 for nothing. */
  release: number
}

/** A table became the unlocked one that this host had not acknowledged. */
export interface Overtaken {
  readonly from: Table
  readonly to: Table
}

export type Learned =
  | { readonly kind: 'nothing' }
  /** The table is here, and to be made ready. */
  | { readonly kind: 'arrived' }
  /** `overtaken` is null when the table had been acknowledged. */
  | { readonly kind: 'unlocked'; readonly overtaken: Overtaken | null }
  /** The table is not here and has to be fetched. */
  | { readonly kind: 'missing' }
  /** Another table of that generation is held here: nothing held can be trusted. */
  | { readonly kind: 'contradiction' }

export type Lookup =
  | { readonly kind: 'owner'; readonly member: Member; readonly generation: number }
  /** The owner is about to change. */
  | { readonly kind: 'moving' }
  /** No host of the table has the type. */
  | { readonly kind: 'no_owner' }
  /** There is no table yet. */
  | { readonly kind: 'unknown' }

/** Tables between the unlocked one and the newest ordered one that are kept. */
export const pendingTablesMax = 16
/** Disseminated ones that are not ready; beyond it the one before the newest is passed over. */
export const arrivedTablesMax = 4
/** Types that callers asked for, of which rings are made ready before they are asked for again. */
export const askedTypesMax = 1_024

export class TableKeeper {
  readonly #context: TableContext
  #unlocked: Table | null = null
  /** The newest fact, of which the table may be missing. */
  #fact: Held | null = null
  /** In rising generations. */
  #arrived: Table[] = []
  #pending: PendingTable[] = []
  /** In the order in which they were asked for first. */
  readonly #askedTypes = new Set<string>()
  #acknowledged: Acknowledged | null = null
  #lastRelease = 0

  constructor(context: TableContext) {
    this.#context = context
  }

  /** Feature levels that tables here can be of. */
  get levels(): VersionRange {
    return this.#context.levels.range
  }

  get unlocked(): Table | null {
    return this.#unlocked
  }

  /** The newest table here that is known to be disseminated, ready or not. */
  get disseminated(): Table | null {
    return this.#arrived.at(-1) ?? this.#unlocked
  }

  /** The next table to be unlocked once it is ready; null when there is none. */
  get arrived(): Table | null {
    return this.#arrived[0] ?? null
  }

  /** Types that were asked for. */
  get askedTypes(): ReadonlySet<string> {
    return this.#askedTypes
  }

  get pending(): readonly PendingTable[] {
    return this.#pending
  }

  /** The newest table that was let go for; null before the first table. */
  get acknowledged(): Acknowledged | null {
    return this.#acknowledged
  }

  /** The disseminated table that is missing here; null when there is none. */
  get missing(): Held | null {
    const fact = this.#fact
    return fact !== null && fact.generation > this.#generationHere ? fact : null
  }

  /** Generation of the unlocked table, -1 before the first. */
  get generation(): number {
    return this.#unlocked?.generation ?? -1
  }

  /** Digest of a table that is held here. */
  digestOf(generation: number): string | undefined {
    const pending = this.#pending.find(({ table }) => table.generation === generation)
    return (this.#disseminatedOf(generation) ?? pending?.table)?.digest
  }

  /** Another lineage: nothing that was known holds. */
  forget(): void {
    this.#unlocked = null
    this.#fact = null
    this.#arrived = []
    this.#pending = []
    this.#acknowledged = null
  }

  /** A new admission: what the old one acknowledged binds nobody; the tables stay. */
  readmitted(term: number): void {
    for (const pending of this.#pending) Object.assign(pending, { phase: 'new', release: 0 })
    const table = this.#unlocked
    this.#acknowledged =
      table === null ? null : { term, generation: table.generation, digest: table.digest }
  }

  /**
   * Takes a whole table, or a difference on the unlocked one, that is known to be disseminated.
   * @returns null when the difference is on another base or the digest is wrong
   */
  take(change: TableChange, term: number): Learned | null {
    if (change.to <= this.#generationHere) {
      return this.learn({ generation: change.to, digest: change.digest }, term)
    }
    const table = this.#pendingFor(change) ?? this.#applied(change)
    if (table === null) return null
    this.#fact = newer(this.#fact, { generation: table.generation, digest: table.digest })
    return this.#arrive(table, term)
  }

  /** "Disseminated >= generation". Unlocks the table when it is here. */
  learn(fact: Held, term: number): Learned {
    if (fact.generation <= this.#generationHere) {
      const { digest } = this.#disseminatedOf(fact.generation) ?? fact
      return { kind: digest === fact.digest ? 'nothing' : 'contradiction' }
    }
    this.#fact = newer(this.#fact, fact)
    const pending = this.#pending.find(({ table }) => table.generation === fact.generation)
    if (pending?.table.digest === fact.digest) return this.#arrive(pending.table, term)
    this.#pending = this.#pending.filter((each) => each !== pending)
    return { kind: 'missing' }
  }

  /**
   * An order to go to a later table.
   * @returns `known` when it was taken before, and `repeated` when it was acknowledged too, so that
   *   only the term is new; `base` when the table that it builds on is not here
   */
  order(round: RunningRound): 'taken' | 'known' | 'repeated' | 'stale' | 'base' {
    const { change, term, deadlineMs } = round
    if (change.to <= this.#generationHere) return 'stale'
    const known = this.#pending.find(({ table }) => table.generation === change.to)
    if (known?.table.digest === change.digest) {
      if (term >= known.term) Object.assign(known, { term, deadlineMs })
      if (known.phase !== 'acknowledged') return 'known'
      // No leader goes back: only somebody who repeats old orders does.
      if (this.#acknowledged !== null && change.to < this.#acknowledged.generation) return 'stale'
      this.#acknowledge(known)
      return 'repeated'
    }
    const table = this.#applied(change)
    if (table === null) return 'base'
    // Nothing was promised for a table that was not acknowledged: the newer order replaces it.
    this.#pending = this.#pending.filter(
      (each) => each.phase === 'acknowledged' || each.phase === 'releasing',
    )
    this.#pending.push({ table, term, deadlineMs, phase: 'new', isReady: false, release: 0 })
    if (this.#pending.length > pendingTablesMax) this.#dropOldestIdle()
    return 'taken'
  }

  /** The next table that orders brought and that is not ready; null when there is none. */
  nextUnready(): PendingTable | null {
    return this.#pending.find(({ isReady }) => !isReady) ?? null
  }

  /** The order to let go for next; null when there is none or a release is under way. */
  nextRelease(): PendingTable | null {
    if (this.#pending.some(({ phase }) => phase === 'releasing')) return null
    return this.#pending.find(({ phase }) => phase === 'new') ?? null
  }

  /** The host is asked to let go of what moves away for it. @returns the name of this release */
  beginRelease(pending: PendingTable): number {
    this.#lastRelease += 1
    pending.phase = 'releasing'
    pending.release = this.#lastRelease
    return pending.release
  }

  /** The host has let go of it; of a table that is none any more it means nothing. */
  endRelease(release: number): void {
    const pending = this.#pending.find((each) => each.release === release)
    if (pending !== undefined) this.letGo(pending)
  }

  /** Nothing of what moves away for it is held here. */
  letGo(pending: PendingTable): void {
    pending.phase = 'acknowledged'
    this.#acknowledge(pending)
  }

  /** Where an actor is on any ring: it is hashed once for all that is asked of it. */
  positionOf(id: string): Position {
    return positionOf(this.#context, id)
  }

  /** Whether it can hold nothing: a table without it is unlocked, or was let go for. */
  isOut({ name, epoch }: Self): boolean {
    const left = this.#pending.filter(({ phase }) => phase === 'acknowledged')
    const tables = [this.#unlocked, ...left.map(({ table }) => table)]
    return tables.some((table) => table !== null && table.member(name)?.epoch !== epoch)
  }

  /** Whether `self` owns the key in the unlocked table and in all that it acknowledged since. */
  holds(self: Self, type: string, at: Position): boolean {
    return this.#ownsUnlocked(self, type, at) && this.#ownsPending(self, type, at, 'acknowledged')
  }

  /** The same, and the key is not being let go of now. */
  owns(self: Self, type: string, at: Position): boolean {
    return this.holds(self, type, at) && this.#ownsPending(self, type, at, 'releasing')
  }

  lookup(type: string, at: Position): Lookup {
    const unlocked = this.#unlocked
    if (unlocked === null) {
      this.#remember(type)
      return { kind: 'unknown' }
    }
    for (const { table, isReady } of this.#pending) {
      if (isReady && movesAt(unlocked, table, type, at)) return { kind: 'moving' }
    }
    const member = unlocked.ownerAt(type, at)
    if (member === undefined) return { kind: 'no_owner' }
    this.#remember(type)
    return { kind: 'owner', member, generation: unlocked.generation }
  }

  /** The first of the arrived tables is ready: from now on it answers. */
  unlock(term: number): Learned {
    const table = this.#arrived.shift()
    return table === undefined ? { kind: 'nothing' } : this.#unlock(table, term)
  }

  /** Whether what moves away for it was let go of. */
  wasAcknowledged(table: Table): boolean {
    return this.#pending.some((each) => each.table === table && each.phase === 'acknowledged')
  }

  /** A disseminated table is here. One that was acknowledged is ready. */
  #arrive(table: Table, term: number): Learned {
    if (this.#arrived.length === 0 && this.wasAcknowledged(table)) return this.#unlock(table, term)
    this.#arrived.push(table)
    if (this.#arrived.length > arrivedTablesMax) this.#arrived.splice(-2, 1)
    return { kind: 'arrived' }
  }

  #unlock(table: Table, term: number): Learned {
    const from = this.#unlocked
    const wasAcknowledged = this.wasAcknowledged(table)
    this.#unlocked = table
    this.#pending = this.#pending.filter((each) => each.table.generation > table.generation)
    const { generation, digest } = table
    if (this.#acknowledged === null || this.#acknowledged.generation < generation) {
      this.#acknowledged = { term, generation, digest }
    }
    const overtaken = from === null || wasAcknowledged ? null : { from, to: table }
    return { kind: 'unlocked', overtaken }
  }

  /** Generation of the newest table here that is known to be disseminated, -1 for none. */
  get #generationHere(): number {
    return this.disseminated?.generation ?? -1
  }

  #disseminatedOf(generation: number): Table | undefined {
    if (this.#unlocked?.generation === generation) return this.#unlocked
    return this.#arrived.find((table) => table.generation === generation)
  }

  #remember(type: string): void {
    const types = this.#askedTypes
    if (types.has(type)) return
    types.add(type)
    const [oldest] = types
    if (types.size > askedTypesMax && oldest !== undefined) types.delete(oldest)
  }

  #pendingFor(change: TableChange): Table | undefined {
    return this.#pending.find(
      ({ table }) => table.generation === change.to && table.digest === change.digest,
    )?.table
  }

  #ownsUnlocked(self: Self, type: string, at: Position): boolean {
    const unlocked = this.#unlocked
    if (unlocked === null || this.missing !== null || this.arrived !== null) return false
    return isOwner(unlocked, self, type, at)
  }

  /** Whether it does in all tables that are on the way and in this phase. */
  #ownsPending(self: Self, type: string, at: Position, phase: PendingTable['phase']): boolean {
    for (const pending of this.#pending) {
      if (pending.phase === phase && !isOwner(pending.table, self, type, at)) return false
    }
    return true
  }

  #acknowledge({ table, term }: PendingTable): void {
    this.#acknowledged = { term, generation: table.generation, digest: table.digest }
  }

  #applied(change: TableChange): Table | null {
    const { factor = 1, level = this.#context.levels.oldest } = change
    const base =
      this.#disseminatedOf(change.from) ??
      this.disseminated ??
      Table.empty(this.#context, { factor, level })
    try {
      return applyChange(base, change)
    } catch (error) {
      if (error instanceof BerthError) return null
      throw error
    }
  }

  #dropOldestIdle(): void {
    const index = this.#pending.findIndex(({ phase }) => phase === 'new')
    if (index >= 0) this.#pending.splice(index, 1)
  }
}

function newer(a: Held | null, b: Held): Held {
  return a === null || b.generation > a.generation ? b : a
}
