/**
 * The next table in the making, a batch of members at a time: its members and type sets follow each
 * batch, its digests and its rings are brought up once, in the end, in slices.
 */
import type { DigestSet, DigestSetDraft } from '../hash/digest-set.js'
import type { Slices } from '../jobs/sliced-job.js'
import type { TypeSet } from '../wire/messages.js'
import { type Member, memberDigest } from './member.js'
import type { SortedMap } from './sorted-map.js'
import type { TableContext } from './table-context.js'
import type { TableRings } from './table-rings.js'
import type { TypeSets } from './type-sets.js'

/** What shapes the rings and the digest of a table beside its members. */
export interface TableShape {
  /** Virtual nodes per host. */
  readonly factor: number
  /** The feature level (src/versions) that its rings and its digest are of. */
  readonly level: number
}

/** What a table is made of. */
export interface TableParts {
  readonly generation: number
  readonly shape: TableShape
  readonly members: SortedMap<string, Member>
  readonly typeSets: TypeSets
  readonly digests: DigestSet
  /** Members that changed, on the way from the first table to this one. */
  readonly changes: number
}

export class TableDraft<Table> {
  readonly #context: TableContext
  readonly #rings: TableRings
  readonly #make: (parts: TableParts, rings: TableRings) => Table
  readonly #digests: DigestSetDraft
  #members: SortedMap<string, Member>
  #typeSets: TypeSets
  #changes: number
  /** Types of the members that changed, as they were and as they are. */
  readonly #types = new Set<string>()
  readonly #seen = new Set<TypeSet>()

  constructor(
    context: TableContext,
    { members, typeSets, digests, changes }: TableParts,
    rings: TableRings,
    make: (parts: TableParts, rings: TableRings) => Table,
  ) {
    this.#context = context
    this.#rings = rings
    this.#make = make
    this.#digests = digests.change()
    this.#members = members
    this.#typeSets = typeSets
    this.#changes = changes
  }

  /** Puts members in and takes members out. A name is in one of the two lists at most, once. */
  put(upserts: readonly Member[], removes: readonly string[]): void {
    const names = [...upserts.map((member) => member.name), ...removes]
    const before = names.map((name) => this.#members.get(name))
    // Behind the upserts stand the removed names, which get no value.
    this.#members = this.#members.edit(names.map((name, i) => [name, upserts[i]]))
    this.#typeSets = this.#typeSets.count(before, upserts)
    this.#changes += names.length
    for (const member of before) {
      if (member === undefined) continue
      this.#digests.remove(memberDigest(member, this.#context))
      this.#touch(member)
    }
    for (const member of upserts) {
      this.#digests.add(memberDigest(member, this.#context))
      this.#touch(member)
    }
  }

  /** The table with all that was put; the draft is of no use afterwards. */
  *finish(generation: number, shape: TableShape): Slices<Table> {
    const [members, typeSets, changes] = [this.#members, this.#typeSets, this.#changes]
    const { nodes } = this.#context
    const contents = { factor: shape.factor, members, typeSets, nodes, changes }
    const rings = this.#rings.derive(contents, this.#types)
    const digests = yield* this.#digests.finishInSlices()
    return this.#make({ generation, shape, members, typeSets, digests, changes }, rings)
  }

  #touch({ typeSet }: Member): void {
    if (this.#seen.has(typeSet)) return
    this.#seen.add(typeSet)
    for (const type of typeSet.types) this.#types.add(type)
  }
}
