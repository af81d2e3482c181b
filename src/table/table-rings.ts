/**
 * The rings of one table, made when they are first asked for. Types with the same hosts share one
 * ring. A ring that an earlier table had is taken over by a merge of what changed since, or as it
 * is when nothing on it changed; only without one is a ring built anew.
 *
 * This is a memory of what follows from the table: it never shows in the table's value.
 * Invariant: a type is in `byType` (its ring is of this table) or in `bases` or in neither.
 */
import type { Member } from './member.js'
import { Ring } from './ring.js'
import type { SortedMap } from './sorted-map.js'
import type { TypeSets } from './type-sets.js'
import type { VirtualNodes } from './virtual-nodes.js'

/** Rings of an earlier table are kept for at most so many types; others are built anew. */
const basesMax = 1024
/** An earlier ring is worth a merge while at most so many names changed since, or half of all. */
const staleNamesMin = 64

/** What a table's rings are made of. */
interface Contents {
  readonly factor: number
  readonly members: SortedMap<string, Member>
  readonly typeSets: TypeSets
  readonly nodes: VirtualNodes
}

/** Names that changed, newest change first. */
interface StaleNames {
  readonly names: readonly string[]
  readonly earlier: StaleNames | undefined
}

/** A ring of an earlier table, and the names that changed since. */
interface Base {
  readonly ring: Ring<Member>
  readonly stale: StaleNames | undefined
  readonly staleCount: number
}

export class TableRings {
  private readonly contents: Contents
  private readonly bases: Map<string, Base>
  private readonly byType = new Map<string, Ring<Member>>()
  private readonly byIds = new Map<string, Ring<Member>>()

  private constructor(contents: Contents, bases: Map<string, Base>) {
    this.contents = contents
    this.bases = bases
  }

  static empty(contents: Contents): TableRings {
    return new TableRings(contents, new Map())
  }

  /** The ring of a type; undefined when it has no host. */
  of(type: string): Ring<Member> | undefined {
    const known = this.byType.get(type)
    if (known !== undefined) return known
    const ids = this.contents.typeSets.idsOf(type)
    // A type without hosts is not remembered: callers may ask for any number of unknown ones.
    if (ids.length === 0) return undefined
    const ring = this.shared(type, ids)
    this.byType.set(type, ring)
    return ring
  }

  /** The rings of the table after `names` changed. */
  derive(contents: Contents, names: readonly string[]): TableRings {
    const bases = new Map<string, Base>()
    if (contents.factor === this.contents.factor) {
      const staleMax = Math.max(staleNamesMin, contents.members.size / 2)
      const inherit = (type: string, { ring, stale, staleCount }: Base) => {
        const count = staleCount + names.length
        if (count > staleMax || bases.size >= basesMax) return
        bases.set(type, { ring, stale: { names, earlier: stale }, staleCount: count })
      }
      for (const [type, ring] of this.byType) {
        inherit(type, { ring, stale: undefined, staleCount: 0 })
      }
      for (const [type, base] of this.bases) inherit(type, base)
    }
    return new TableRings(contents, bases)
  }

  /** Offers the rings of another table as bases, where this one has nothing to begin with. */
  offer(other: TableRings, names: readonly string[]): void {
    const { factor, members } = this.contents
    if (factor !== other.contents.factor) return
    if (names.length > Math.max(staleNamesMin, members.size / 2)) return
    const stale = { names, earlier: undefined }
    for (const [type, ring] of other.byType) {
      if (this.byType.has(type) || this.bases.has(type)) continue
      if (this.bases.size < basesMax)
        this.bases.set(type, { ring, stale, staleCount: names.length })
    }
  }

  private shared(type: string, ids: readonly number[]): Ring<Member> {
    const key = ids.join()
    const known = this.byIds.get(key)
    if (known !== undefined) return known
    const base = this.bases.get(type)
    const ring = base === undefined ? this.build(ids) : this.update(base, ids)
    this.bases.delete(type)
    this.byIds.set(key, ring)
    this.share(key, ring)
    return ring
  }

  /** Gives the ring to all types of these sets that still hold on to an earlier one. */
  private share(key: string, ring: Ring<Member>): void {
    for (const type of this.bases.keys()) {
      if (this.contents.typeSets.idsOf(type).join() !== key) continue
      this.bases.delete(type)
      this.byType.set(type, ring)
    }
  }

  private build(ids: readonly number[]): Ring<Member> {
    const { factor, members, nodes } = this.contents
    const wanted = new Set(ids)
    const joins: Member[] = []
    for (const member of members.values()) {
      if (!member.cordoned && wanted.has(member.typeSet.id)) joins.push(member)
    }
    return Ring.empty<Member>(factor).merge({ joins, leaves: [], replaced: [] }, nodes)
  }

  private update({ ring, stale }: Base, ids: readonly number[]): Ring<Member> {
    const { members, nodes } = this.contents
    const joins: Member[] = []
    const leaves: string[] = []
    const replaced: Member[] = []
    const names = new Set<string>()
    for (let link = stale; link !== undefined; link = link.earlier) {
      for (const name of link.names) names.add(name)
    }
    for (const name of names) {
      const before = ring.hostNamed(name, nodes)
      const member = members.get(name)
      const after = member?.cordoned === false && ids.includes(member.typeSet.id) ? member : null
      if (before === undefined && after !== null) joins.push(after)
      else if (before !== undefined && after === null) leaves.push(name)
      else if (after !== null && before !== after) replaced.push(after)
    }
    const changes = joins.length + leaves.length + replaced.length
    return changes === 0 ? ring : ring.merge({ joins, leaves, replaced }, nodes)
  }
}
