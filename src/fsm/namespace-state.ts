/**
 * One namespace of the replicated state, as an immutable value: two tables, the disseminated one
 * and the newest, and what lies between them. `NamespaceDraft` makes the next one.
 *
 * Invariants: disseminated ≤ newest; there is a step for every generation after the disseminated
 * one up to the newest; the steps lead from the one table to the other; a removal is kept until a
 * table without the member is disseminated; a generation never goes back, also when no member is
 * left: a namespace that is dropped raises the floor from which all later ones begin.
 */
import { DigestSet } from '../hash/digest-set.js'
import { compareText } from '../table/code-point-order.js'
import type { Member } from '../table/member.js'
import { SortedMap } from '../table/sorted-map.js'
import type { Table, TableShape } from '../table/table.js'
import type { RemovalReason } from './command.js'
import { type HostsByLevel, noHosts } from './level-counts.js'
import type { Admission, PartDigests, Removal } from './state-digest.js'

/** Tables that are kept between the disseminated and the newest one; they share what is equal. */
const recentTablesMax = 32

/** What one generation changed in the table before it. */
export interface Step {
  /** Of the table after it. */
  readonly shape: TableShape
  /** Of the table after it. */
  readonly digest: string
  readonly upserts: readonly Member[]
  readonly removes: readonly string[]
}

/** What an admission is to a namespace. */
export interface Standing {
  readonly isMember: boolean
  /** Why it is none any more, while the disseminated table does not yet reflect that. */
  readonly removedWhy: RemovalReason | undefined
  /** The hash of its secret, of a member and of one that `removedWhy` is known of. */
  readonly secretHash: string | undefined
}

const noStanding: Standing = { isMember: false, removedWhy: undefined, secretHash: undefined }

/** A member as the replicated state knows it. */
export interface MemberState extends Member, Admission {
  /** Those that it offers, in code point order: none where it has withdrawn them. */
  readonly types: readonly string[]
}

export interface NamespaceFields {
  readonly name: string
  /** The disseminated table. */
  readonly table: Table
  readonly newestTable: Table
  /** By generation. */
  readonly steps: SortedMap<number, Step>
  /** By the names of the newest table's members. */
  readonly admissions: SortedMap<string, Admission>
  /** By `removalKey`. */
  readonly removals: SortedMap<string, Removal>
  /** Names, whether they are members or not. */
  readonly cordons: SortedMap<string, true>
  /** Until which age of the cluster (state-clock.ts) a name is refused, in ms. */
  readonly refusals: SortedMap<string, number>
  /** Ids of the sets that the newest table uses, by `PartDigests.typesKey`. */
  readonly typeSetIds: SortedMap<string, number>
  /** Ids are never used again. */
  readonly nextTypeSetId: number
  /** Of all in `admissions` and `removals`. */
  readonly levels: HostsByLevel
  /** Of everything above but the tables and the counters, and but `levels`, which follow. */
  readonly digests: DigestSet
}

export class NamespaceState {
  readonly fields: NamespaceFields
  /** The last table between the two that was asked for. */
  #between: Table | undefined
  /**
   * The last tables between the two: a round goes to the one that was the newest when it began, and
   * to make that again from the disseminated one is long work.
   */
  readonly #recent: readonly Table[]
  #knownDigest: Uint8Array | undefined

  constructor(fields: NamespaceFields, before?: NamespaceState) {
    this.fields = fields
    const { table, newestTable } = fields
    if (before === undefined) {
      this.#recent = []
      return
    }
    this.#between = before.#between
    const isNew = before.fields.newestTable !== newestTable
    const recent = isNew ? [...before.#recent, before.fields.newestTable] : before.#recent
    const kept = recent.filter(({ generation }) => generation > table.generation)
    this.#recent = kept.length > recentTablesMax ? kept.slice(-recentTablesMax) : kept
  }

  /** @param table without members, of the generation that the namespace begins at */
  static empty(name: string, table: Table): NamespaceState {
    return new NamespaceState({
      name,
      table,
      newestTable: table,
      steps: SortedMap.empty<number, Step>((a, b) => a - b),
      admissions: SortedMap.empty<string, Admission>(compareText),
      removals: SortedMap.empty<string, Removal>(compareText),
      cordons: SortedMap.empty<string, true>(compareText),
      refusals: SortedMap.empty<string, number>(compareText),
      typeSetIds: SortedMap.empty<string, number>(compareText),
      nextTypeSetId: 1,
      levels: noHosts,
      digests: DigestSet.empty(),
    })
  }

  get name(): string {
    return this.fields.name
  }

  /** The last committed generation. */
  get newest(): number {
    return this.fields.newestTable.generation
  }

  /** The last generation whose round is recorded as finished. */
  get disseminated(): number {
    return this.fields.table.generation
  }

  /** The table of the disseminated generation. */
  get table(): Table {
    return this.fields.table
  }

  /** The table of the newest generation. */
  get newestTable(): Table {
    return this.fields.newestTable
  }

  /** A member of the newest generation. */
  member(name: string): MemberState | undefined {
    const member = this.newestTable.member(name)
    return member === undefined ? undefined : this.#stateOf(member)
  }

  /**
   * The newest feature level that all know who are members, or are none any more and have still to
   * let go; infinite when there are none.
   */
  get lowestLevel(): number {
    const [lowest = Number.POSITIVE_INFINITY] = this.fields.levels.keys()
    return lowest
  }

  /** Whether nothing of it is left but a number: no members, and everybody may know it. */
  get isEmpty(): boolean {
    return this.newestTable.size === 0 && this.disseminated === this.newest
  }

  /**
   * Whether it is empty and nobody has decided anything about its names that still holds.
   * @param agedMs age of the cluster (state-clock.ts)
   */
  isSpent(agedMs: number): boolean {
    const { cordons, refusals } = this.fields
    if (!this.isEmpty || cordons.size > 0) return false
    for (const untilAgedMs of refusals.values()) if (untilAgedMs > agedMs) return false
    return true
  }

  /** The members of the newest generation by name, from the first one behind `after` on. */
  *members(after?: string): Generator<MemberState> {
    for (const member of this.newestTable.list(after)) yield this.#stateOf(member)
  }

  /** The table of a generation from the disseminated to the newest one; undefined for others. */
  tableAt(generation: number): Table | undefined {
    const { table, newestTable, steps } = this.fields
    if (generation === newestTable.generation) return newestTable
    if (generation === table.generation) return table
    if (generation < table.generation || !steps.has(generation)) return undefined
    if (this.#between?.generation === generation) return this.#between
    const recent = this.#recent.find((each) => each.generation === generation)
    this.#between = recent ?? this.#replay(generation)
    return this.#between
  }

  /** The digest of a generation from the disseminated to the newest one. */
  digestAt(generation: number): string | undefined {
    if (generation === this.disseminated) return this.table.digest
    return this.fields.steps.get(generation)?.digest
  }

  /**
   * Why an admission ended, while the disseminated table does not yet reflect it; undefined while
   * it is a member, and for those that ended before.
   */
  removedWhy(name: string, epoch: number): Removal | undefined {
    return this.fields.removals.get(removalKey(name, epoch))
  }

  standingOf(name: string, epoch: number): Standing {
    if (this.newestTable.member(name)?.epoch === epoch) {
      const secretHash = this.fields.admissions.get(name)?.secretHash
      return { isMember: true, removedWhy: undefined, secretHash }
    }
    const removal = this.removedWhy(name, epoch)
    if (removal === undefined) return noStanding
    const { reason: removedWhy, secretHash } = removal
    return { isMember: false, removedWhy, secretHash }
  }

  /** @param key of the types, by `PartDigests.typesKey` */
  hasTypeSet(key: string): boolean {
    return this.fields.typeSetIds.has(key)
  }

  /** The ends of admissions that the disseminated table does not yet reflect. */
  removals(): Generator<Removal> {
    return this.fields.removals.values()
  }

  /**
   * How much longer the evicted name is refused, in ms; 0 when it is not.
   * @param agedMs age of the cluster (state-clock.ts)
   */
  refusedForMs(name: string, agedMs: number): number {
    return Math.max(0, (this.fields.refusals.get(name) ?? 0) - agedMs)
  }

  /** Names that were evicted and until which age of the cluster each is refused, by name. */
  refusals(after?: string): Generator<readonly [string, number]> {
    return this.fields.refusals.entries(after)
  }

  isCordoned(name: string): boolean {
    return this.fields.cordons.has(name)
  }

  /** Cordoned names, members or not, in code point order. */
  cordons(): Generator<string> {
    return this.fields.cordons.keys()
  }

  /** 32 bytes over all of this; depends on the contents alone. */
  digest(parts: PartDigests): Uint8Array {
    if (this.#knownDigest === undefined) {
      const { name, table, newestTable, nextTypeSetId } = this.fields
      // Taken first: they use the same writer.
      const digests = [table.digest, newestTable.digest] as const
      const over = parts.over(this.fields.digests)
      const writer = parts.begin(8).text(name).uint64(table.generation)
      writer.uint64(newestTable.generation).text(digests[0]).text(digests[1])
      this.#knownDigest = parts.end(writer.uint32(nextTypeSetId).raw(over))
    }
    return this.#knownDigest
  }

  #stateOf(member: Member): MemberState {
    const admission = this.fields.admissions.get(member.name)
    if (admission === undefined) throw new Error(`member ${member.name} was never admitted`)
    const types = admission.retyped?.withdrawn === true ? [] : member.typeSet.types
    return { ...member, ...admission, types }
  }

  /** One edit for all steps up to a generation: the last word on each name counts. */
  #replay(generation: number): Table {
    const { table, steps } = this.fields
    const members = new Map<string, Member | undefined>()
    let { shape } = table
    for (const [at, step] of steps.entries()) {
      if (at > generation) break
      shape = step.shape
      for (const member of step.upserts) members.set(member.name, member)
      for (const name of step.removes) members.set(name, undefined)
    }
    const upserts = [...members.values()].filter((member) => member !== undefined)
    const removes = [...members].flatMap(([name, member]) => (member === undefined ? [name] : []))
    return table.edit({ generation, shape, upserts, removes })
  }
}

/** The digests that `NamespaceDraft` keeps up to date, computed from nothing. */
export function namespaceDigests(
  fields: Omit<NamespaceFields, 'digests'>,
  parts: PartDigests,
): DigestSet {
  const digests = DigestSet.empty().change()
  for (const [generation, { digest }] of fields.steps.entries()) {
    digests.add(parts.step(generation, digest))
  }
  for (const [name, admission] of fields.admissions.entries()) {
    digests.add(parts.admission(name, admission))
  }
  for (const removal of fields.removals.values()) digests.add(parts.removal(removal))
  for (const name of fields.cordons.keys()) digests.add(parts.cordon(name))
  for (const [name, untilAgedMs] of fields.refusals.entries()) {
    digests.add(parts.refusal(name, untilAgedMs))
  }
  for (const [key, id] of fields.typeSetIds.entries()) digests.add(parts.typeSet(key, id))
  return digests.finish()
}

/** Names one admission; no name has a space in it. */
export function removalKey(name: string, epoch: number): string {
  return `${name} ${epoch}`
}
