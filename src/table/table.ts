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
import { SlicedJob, type Slices } from '../jobs/sliced-job.js'
import type { TypeSet } from '../wire/messages.js'
import { compareText } from './code-point-order.js'
import { type Member, memberDigest, sameMember } from './member.js'
import type { Ring } from './ring.js'
import { type Difference, SortedMap } from './sorted-map.js'
import type { TableContext } from './table-context.js'
import { TableRings } from './table-rings.js'
import { TypeSets } from './type-sets.js'

/** Name of the hash scheme of the ring; part of the digest and of every change. */
export const hashScheme = 'blake2b512-le64'

/** What shapes the rings and the digest of a table beside its members. */
export interface TableShape {
  /** Virtual nodes per host. */
  readonly factor: number
  /** The feature level (src/versions) that its rings and its digest are of. */
  readonly level: number
}

/** What makes the next table out of one. A name is in at most one of the two lists, once. */
export interface TableEdit {
  readonly generation: number
  /** Stays when not given. */
  readonly shape?: TableShape
  readonly upserts: readonly Member[]
  readonly removes: readonly string[]
}

interface Parts {
  readonly generation: number
  readonly shape: TableShape
  readonly members: SortedMap<string, Member>
  readonly typeSets: TypeSets
  readonly digests: DigestSet
  /** Members that changed, on the way from the first table to this one. */
  readonly changes: number
}

/** Members that are put into a table at once, where that is done in slices. */
const editsAtOnce = 256
/** Costs, in units of a budget: a bucket of digests is copied for nearly each member. */
const editUnits = 200
const memberUnits = 6

export class Table {
  readonly context: TableContext
  readonly generation: number
  readonly shape: TableShape
  readonly typeSets: TypeSets
  readonly #members: SortedMap<string, Member>
  readonly #digests: DigestSet
  readonly #rings: TableRings
  readonly #changes: number
  #knownDigest: string | undefined

  private constructor(context: TableContext, parts: Parts, rings: TableRings) {
    this.context = context
    this.generation = parts.generation
    this.shape = parts.shape
    this.typeSets = parts.typeSets
    this.#members = parts.members
    this.#digests = parts.digests
    this.#changes = parts.changes
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
    return this.#members.size
  }

  /** 43 characters of base64url over factor, hash scheme and all members. */
  get digest(): string {
    this.#knownDigest ??= this.computeDigest()
    return this.#knownDigest
  }

  member(name: string): Member | undefined {
    return this.#members.get(name)
  }

  /** In code point order of the names, from the first one behind `after` on. */
  *list(after?: string): Generator<Member> {
    for (const [, member] of this.#members.entries(after)) yield member
  }

  /** Types that have a host which is not cordoned, in code point order. */
  types(): string[] {
    return this.typeSets.types()
  }

  /** Whether the member of this name is one of the type's hosts, and which. */
  hostOf(type: string, name: string): Member | undefined {
    const member = this.#members.get(name)
    if (member === undefined || member.cordoned) return undefined
    return this.typeSets.groupOf(type)?.ids.includes(member.typeSet.id) ? member : undefined
  }

  /** The ring of a type; undefined when it has no host. */
  ring(type: string): Ring<Member> | undefined {
    return this.#rings.of(type)
  }

  /** The host that owns an actor by this table; undefined when the type has no host. */
  owner(type: string, id: string): Member | undefined {
    const ring = this.#rings.of(type)
    if (ring === undefined) return undefined
    const { hasher, position } = this.context
    hasher.hash64(id, position)
    return ring.ownerAt(position[0]!, position[1]!)
  }

  /** Members that differ from this table to the other, by name in code point order. */
  memberDifferences(other: Table): Generator<Difference<string, Member>> {
    return this.#members.differences(other.#members, sameMember)
  }

  /** The same; null stands between them now and then, where a few members were looked at. */
  memberDifferencesInSlices(other: Table): Generator<Difference<string, Member> | null> {
    return this.#members.differencesInSlices(other.#members, sameMember)
  }

  /** The table after an edit. Trusts its caller; changes from outside go through `applyChange`. */
  edit({ generation, shape = this.shape, upserts, removes }: TableEdit): Table {
    const names = [...upserts.map((member) => member.name), ...removes]
    const before = names.map((name) => this.#members.get(name))
    // Behind the upserts stand the removed names, which get no value.
    const members = this.#members.edit(names.map((name, i) => [name, upserts[i]]))
    const typeSets = this.typeSets.count(before, upserts)
    const digests = this.#digests.change()
    for (const member of before) {
      if (member !== undefined) digests.remove(memberDigest(member, this.context))
    }
    for (const member of upserts) digests.add(memberDigest(member, this.context))
    const { nodes } = this.context
    const changes = this.#changes + names.length
    const contents = { factor: shape.factor, members, typeSets, nodes, changes }
    const rings = this.#rings.derive(contents, [...before, ...upserts])
    const parts = { generation, shape, members, typeSets, digests: digests.finish(), changes }
    return new Table(this.context, parts, rings)
  }

  /** The same in slices, the digest of the result taken as well. */
  *editInSlices({ generation, shape, upserts, removes }: TableEdit): Slices<Table> {
    let table: Table = this
    const changes = upserts.length + removes.length
    for (let at = 0; at === 0 || at < changes; at += editsAtOnce) {
      const end = at + editsAtOnce
      table = table.edit({
        generation,
        ...(shape === undefined ? {} : { shape }),
        upserts: upserts.slice(at, end),
        removes: removes.slice(Math.max(0, at - upserts.length), Math.max(0, end - upserts.length)),
      })
      yield editUnits + editsAtOnce * memberUnits
    }
    yield* table.digestInSlices()
    return table
  }

  /** Takes the digest, so that it is there when it is asked for. */
  *digestInSlices(): Slices<string> {
    if (this.#knownDigest === undefined) yield* this.#digests.digestInSlices(this.context.hasher)
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

  private computeDigest(): string {
    const { hasher, levels, writer } = this.context
    const { tableDigest } = levels.of(this.level)
    writer.reset().text(tableDigest).uint32(this.factor).text(hashScheme)
    writer.uint32(this.size).raw(this.#digests.digest(hasher))
    return base64Url(hasher.digest256(writer.written()))
  }
}

export function sameShape(a: TableShape, b: TableShape): boolean {
  return a.factor === b.factor && a.level === b.level
}
