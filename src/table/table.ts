/**
 * A placement table: which hosts are members at a generation, and so who owns an actor. An
 * immutable value; a change gives a new table that shares what did not change with the old one.
 * It is used by the state machine, the rounds and the sidecar alike.
 *
 * Invariants: the digest is that of asyncapi.yaml over exactly these members; a change is taken
 * over whole or not at all; a cordoned member owns nothing.
 */
import { base64Url } from '../hash/byte-writer.js'
import { DigestSet } from '../hash/digest-set.js'
import type { Job } from '../jobs/job.js'
import { finish, SlicedJob, type Slices } from '../jobs/sliced-job.js'
import type { TypeSet } from '../wire/messages.js'
import { compareText } from './code-point-order.js'
import { type Member, sameMember } from './member.js'
import type { Ring } from './ring.js'
import { type Difference, SortedMap } from './sorted-map.js'
import { type Position, positionOf, type TableContext } from './table-context.js'
import { TableDraft, type TableParts, type TableShape } from './table-draft.js'
import { TableRings } from './table-rings.js'
import { TypeSets } from './type-sets.js'

export type { TableShape } from './table-draft.js'

/** Name of the hash scheme of the ring; part of the digest and of every change. */
export const hashScheme = 'blake2b512-le64'

/** What makes the next table out of one. A name is in at most one of the two lists, once. */
export interface TableEdit {
  readonly generation: number
  /** Stays when not given. */
  readonly shape?: TableShape
  readonly upserts: readonly Member[]
  readonly removes: readonly string[]
}

/** Members that are put into a table at once, where that is done in slices. */
const membersAtOnce = 128
/** Costs of such a batch, in units of a budget. */
const batchUnits = 50
const memberUnits = 6

export class Table {
  readonly context: TableContext
  readonly #parts: TableParts
  readonly #rings: TableRings
  #knownDigest: string | undefined

  private constructor(context: TableContext, parts: TableParts, rings: TableRings) {
    this.context = context
    this.#parts = parts
    this.#rings = rings
  }

  /** No members: of a namespace that never had one, or has none any more. */
  static empty(context: TableContext, shape: TableShape, generation = 0): Table {
    const members = SortedMap.empty<string, Member>(compareText)
    const typeSets = TypeSets.empty()
    const parts = { generation, shape, members, typeSets, digests: DigestSet.empty(), changes: 0 }
    const { factor } = shape
    const rings = TableRings.empty({ factor, members, typeSets, nodes: context.nodes, changes: 0 })
    return new Table(context, parts, rings)
  }

  get generation(): number {
    return this.#parts.generation
  }

  get shape(): TableShape {
    return this.#parts.shape
  }

  get typeSets(): TypeSets {
    return this.#parts.typeSets
  }

  /** Virtual nodes per host. */
  get factor(): number {
    return this.shape.factor
  }

  /** Feature level of its rings and its digest. */
  get level(): number {
    return this.shape.level
  }

  /** Number of members, cordoned ones counted. */
  get size(): number {
    return this.#parts.members.size
  }

  /** 43 characters of base64url over factor, hash scheme and all members. */
  get digest(): string {
    this.#knownDigest ??= this.#computeDigest()
    return this.#knownDigest
  }

  member(name: string): Member | undefined {
    return this.#parts.members.get(name)
  }

  /** In code point order of the names, from the first one behind `after` on. */
  *list(after?: string): Generator<Member> {
    for (const [, member] of this.#parts.members.entries(after)) yield member
  }

  /** Types that have a host which is not cordoned, in code point order. */
  types(): string[] {
    return this.typeSets.types()
  }

  /** Whether the member of this name is one of the type's hosts, and which. */
  hostOf(type: string, name: string): Member | undefined {
    const member = this.#parts.members.get(name)
    if (member === undefined || member.cordoned) return undefined
    return this.typeSets.groupOf(type)?.ids.includes(member.typeSet.id) ? member : undefined
  }

  /** The ring of a type; undefined when it has no host. */
  ring(type: string): Ring<Member> | undefined {
    return this.#rings.of(type)
  }

  /** The host that owns an actor by this table; undefined when the type has no host. */
  owner(type: string, id: string): Member | undefined {
    return this.ownerAt(type, positionOf(this.context, id))
  }

  /** The same for an actor that was hashed already: `positionOf` its id. */
  ownerAt(type: string, { hi, lo }: Position): Member | undefined {
    return this.#rings.of(type)?.ownerAt(hi, lo)
  }

  /** Members that differ from this table to the other, by name in code point order. */
  memberDifferences(other: Table): Generator<Difference<string, Member>> {
    return this.#parts.members.differences(other.#parts.members, sameMember)
  }

  /** The same; null stands between them now and then, where a few members were looked at. */
  memberDifferencesInSlices(other: Table): Generator<Difference<string, Member> | null> {
    return this.#parts.members.differencesInSlices(other.#parts.members, sameMember)
  }

  /** Begins the next table, which is made of batches. Trusts its caller, as `edit` does. */
  draft(): TableDraft<Table> {
    const make = (parts: TableParts, rings: TableRings) => new Table(this.context, parts, rings)
    return new TableDraft(this.context, this.#parts, this.#rings, make)
  }

  /** The table after an edit. Trusts its caller; changes from outside go through `applyChange`. */
  edit({ generation, shape = this.shape, upserts, removes }: TableEdit): Table {
    const draft = this.draft()
    draft.put(upserts, removes)
    return finish(draft.finish(generation, shape))
  }

  /** The same in slices, the digest of the result taken as well. */
  *editInSlices({ generation, shape = this.shape, upserts, removes }: TableEdit): Slices<Table> {
    const draft = this.draft()
    for (let at = 0; at < upserts.length; at += membersAtOnce) {
      draft.put(upserts.slice(at, at + membersAtOnce), [])
      yield batchUnits + membersAtOnce * memberUnits
    }
    for (let at = 0; at < removes.length; at += membersAtOnce) {
      draft.put([], removes.slice(at, at + membersAtOnce))
      yield batchUnits + membersAtOnce * memberUnits
    }
    const table = yield* draft.finish(generation, shape)
    yield* table.digestInSlices()
    return table
  }

  /** Takes the digest, so that it is there when it is asked for. */
  *digestInSlices(): Slices<string> {
    if (this.#knownDigest === undefined)
      yield* this.#parts.digests.digestInSlices(this.context.hasher)
    return this.digest
  }

  /**
   * Makes all rings that are not yet there; lookups find them then, and the tables that are made
   * of this one begin with them. A lookup that comes before makes the one that it needs, at once.
   *
   * @returns null when all are there
   */
  warmRings(): Job | null {
    return this.#rings.areWarm ? null : new SlicedJob(this.#rings.warm())
  }

  /** Makes the rings of some types, each with a host or without. */
  warmRingsOf(types: Iterable<string>): Slices<void> {
    return this.#rings.warm(types)
  }

  /** Lets rings be made of those of another table, by what differs in the members. */
  takeRingsOf(other: Table): void {
    this.#rings.offer(other.#rings)
  }

  /** The type set of this id, if a member uses it. */
  typeSet(id: number): TypeSet | undefined {
    return this.typeSets.get(id)
  }

  #computeDigest(): string {
    const { hasher, levels, writer } = this.context
    const { tableDigest } = levels.of(this.level)
    writer.reset().text(tableDigest).uint32(this.factor).text(hashScheme)
    writer.uint32(this.size).raw(this.#parts.digests.digest(hasher))
    return base64Url(hasher.digest256(writer.written()))
  }
}

export function sameShape(a: TableShape, b: TableShape): boolean {
  return a.factor === b.factor && a.level === b.level
}
