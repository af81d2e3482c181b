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
import type { TypeSet } from '../wire/messages.js'
import { compareText } from './code-point-order.js'
import { type Member, memberDigest } from './member.js'
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
}

export class Table {
  readonly context: TableContext
  readonly generation: number
  readonly shape: TableShape
  readonly typeSets: TypeSets
  private readonly members: SortedMap<string, Member>
  private readonly digests: DigestSet
  private readonly rings: TableRings
  private knownDigest: string | undefined

  private constructor(context: TableContext, parts: Parts, rings: TableRings) {
    this.context = context
    this.generation = parts.generation
    this.shape = parts.shape
    this.typeSets = parts.typeSets
    this.members = parts.members
    this.digests = parts.digests
    this.rings = rings
  }

  /** No members: of a namespace that never had one, or has none any more. */
  static empty(context: TableContext, shape: TableShape, generation = 0): Table {
    const members = SortedMap.empty<string, Member>(compareText)
    const typeSets = TypeSets.empty()
    const parts = { generation, shape, members, typeSets, digests: DigestSet.empty() }
    const { factor } = shape
    const rings = TableRings.empty({ factor, members, typeSets, nodes: context.nodes })
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
    return this.members.size
  }

  /** 43 characters of base64url over factor, hash scheme and all members. */
  get digest(): string {
    this.knownDigest ??= this.computeDigest()
    return this.knownDigest
  }

  member(name: string): Member | undefined {
    return this.members.get(name)
  }

  /** In code point order of the names, from the first one behind `after` on. */
  *list(after?: string): Generator<Member> {
    for (const [, member] of this.members.entries(after)) yield member
  }

  /** Types that have a host which is not cordoned, in code point order. */
  types(): string[] {
    return this.typeSets.types()
  }

  /** Whether the member of this name is one of the type's hosts, and which. */
  hostOf(type: string, name: string): Member | undefined {
    const member = this.members.get(name)
    if (member === undefined || member.cordoned) return undefined
    return this.typeSets.idsOf(type).includes(member.typeSet.id) ? member : undefined
  }

  /** The ring of a type; undefined when it has no host. */
  ring(type: string): Ring<Member> | undefined {
    return this.rings.of(type)
  }

  /** The host that owns an actor by this table; undefined when the type has no host. */
  owner(type: string, id: string): Member | undefined {
    const ring = this.rings.of(type)
    if (ring === undefined) return undefined
    const { hasher, position } = this.context
    hasher.hash64(id, position)
    return ring.ownerAt(position[0]!, position[1]!)
  }

  /** Members that differ from this table to the other, by name in code point order. */
  memberDifferences(
    other: Table,
    same: (a: Member, b: Member) => boolean,
  ): Generator<Difference<string, Member>> {
    return this.members.differences(other.members, same)
  }

  /** The table after an edit. Trusts its caller; changes from outside go through `applyChange`. */
  edit({ generation, shape = this.shape, upserts, removes }: TableEdit): Table {
    const names = [...upserts.map((member) => member.name), ...removes]
    const before = names.map((name) => this.members.get(name))
    // Behind the upserts stand the removed names, which get no value.
    const members = this.members.edit(names.map((name, i) => [name, upserts[i]]))
    const typeSets = this.typeSets.count(before, upserts)
    const digests = this.digests.change()
    for (const member of before) {
      if (member !== undefined) digests.remove(memberDigest(member, this.context))
    }
    for (const member of upserts) digests.add(memberDigest(member, this.context))
    const contents = { factor: shape.factor, members, typeSets, nodes: this.context.nodes }
    const rings = this.rings.derive(contents, names)
    const parts = { generation, shape, members, typeSets, digests: digests.finish() }
    return new Table(this.context, parts, rings)
  }

  /** Lets rings be merged from those made for another table, whose members differ by `names`. */
  mergeRingsOf(other: Table, names: readonly string[]): void {
    this.rings.offer(other.rings, names)
  }

  /** The type set of this id, if a member uses it. */
  typeSet(id: number): TypeSet | undefined {
    return this.typeSets.get(id)
  }

  private computeDigest(): string {
    const { hasher, levels, writer } = this.context
    const { tableDigest } = levels.of(this.level)
    writer.reset().text(tableDigest).uint32(this.factor).text(hashScheme)
    writer.uint32(this.size).raw(this.digests.digest(hasher))
    return base64Url(hasher.digest256(writer.written()))
  }
}

export function sameShape(a: TableShape, b: TableShape): boolean {
  return a.factor === b.factor && a.level === b.level
}
