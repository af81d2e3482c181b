/**
 * The type sets that a table's members use, and which of them offer a type. Two types have the
 * same hosts exactly when the same used sets hold them: such types are a group, and have one ring.
 *
 * Invariant: a set is here while a member uses it and no longer, so that the sender of a change
 * and its receiver agree on what the receiver knows.
 */
import type { Slices } from '../jobs/sliced-job.js'
import type { TypeSet } from '../wire/messages.js'
import { utf8Bytes } from '../wire/utf8-bytes.js'
import { compareText } from './code-point-order.js'
import type { Member } from './member.js'
import { SortedMap } from './sorted-map.js'

/** Cost of a look at a member, in units of a budget. */
const memberUnits = 0.05
const membersAtOnce = 1000

export interface TypeSetUse {
  readonly set: TypeSet
  /** Members that have this set. */
  readonly members: number
  /** Those of them that are not cordoned. */
  readonly active: number
}

/** Types that have the same hosts. */
export interface TypeGroup {
  /** Of the sets that hold these types and have a member that is not cordoned, rising. */
  readonly ids: readonly number[]
  readonly types: readonly string[]
}

export class TypeSets {
  /** Of the texts of all sets here, as UTF-8. */
  readonly bytes: number
  readonly #uses: SortedMap<number, TypeSetUse>
  #groupByType: ReadonlyMap<string, TypeGroup> | undefined

  private constructor(uses: SortedMap<number, TypeSetUse>, bytes: number) {
    this.#uses = uses
    this.bytes = bytes
  }

  static empty(): TypeSets {
    return new TypeSets(
      SortedMap.empty<number, TypeSetUse>((a, b) => a - b),
      0,
    )
  }

  get(id: number): TypeSet | undefined {
    return this.#uses.get(id)?.set
  }

  /** By rising id. */
  *list(): Generator<TypeSet> {
    for (const { set } of this.#uses.values()) yield set
  }

  /** The sets that the other has and this one has not, by rising id. */
  *missingFrom(other: TypeSets): Generator<TypeSet> {
    for (const { before, after } of this.#uses.differences(other.#uses, () => true)) {
      if (before === undefined && after !== undefined) yield after.set
    }
  }

  /** The group of a type; undefined when it has no host. */
  groupOf(type: string): TypeGroup | undefined {
    return this.#index().get(type)
  }

  /** Types that have a host, in no particular order, each with its group. */
  groups(): ReadonlyMap<string, TypeGroup> {
    return this.#index()
  }

  /** Types that have a host, in code point order. */
  types(): string[] {
    return [...this.#index().keys()].sort(compareText)
  }

  /** The uses after the members `before` went and the members `after` came. */
  count(before: readonly (Member | undefined)[], after: readonly (Member | undefined)[]): TypeSets {
    const changed = new Map<number, TypeSetUse>()
    const add = (member: Member | undefined, by: 1 | -1) => {
      if (member === undefined) return
      const { typeSet: set, cordoned } = member
      const use = changed.get(set.id) ?? this.#uses.get(set.id) ?? { set, members: 0, active: 0 }
      changed.set(set.id, {
        set: use.set,
        members: use.members + by,
        active: use.active + (cordoned ? 0 : by),
      })
    }
    for (const member of after) add(member, 1)
    for (const member of before) add(member, -1)
    const uses = this.#uses.edit(
      [...changed].map(([id, use]) => [id, use.members > 0 ? use : undefined]),
    )
    let { bytes } = this
    for (const [id, { set, members }] of changed) {
      if (members > 0 && !this.#uses.has(id)) bytes += typeBytes(set.types)
      if (members === 0 && this.#uses.has(id)) bytes -= typeBytes(set.types)
    }
    const counted = new TypeSets(uses, bytes)
    if (!this.#offersChange(changed)) counted.#groupByType = this.#groupByType
    return counted
  }

  /** Whether a set comes to be offered or ceases to be. */
  #offersChange(changed: ReadonlyMap<number, TypeSetUse>): boolean {
    for (const [id, use] of changed) {
      if (use.active > 0 !== (this.#uses.get(id)?.active ?? 0) > 0) return true
    }
    return false
  }

  #index(): ReadonlyMap<string, TypeGroup> {
    this.#groupByType ??= groupsOf(this.#uses.values())
    return this.#groupByType
  }
}

/** The types that some members offer, cordoned or not. */
export function* offeredTypes(members: readonly (Member | undefined)[]): Slices<Set<string>> {
  const types = new Set<string>()
  const seen = new Set<TypeSet>()
  let looks = 0
  for (const member of members) {
    looks += 1
    if (looks % membersAtOnce === 0) yield membersAtOnce * memberUnits
    if (member === undefined || seen.has(member.typeSet)) continue
    seen.add(member.typeSet)
    for (const type of member.typeSet.types) types.add(type)
  }
  return types
}

function groupsOf(uses: Iterable<TypeSetUse>): Map<string, TypeGroup> {
  const idsByType = new Map<string, number[]>()
  for (const { set, active } of uses) {
    if (active === 0) continue
    for (const type of set.types) {
      const ids = idsByType.get(type)
      if (ids === undefined) idsByType.set(type, [set.id])
      else ids.push(set.id)
    }
  }
  const byKey = new Map<string, { ids: number[]; types: string[] }>()
  const groups = new Map<string, TypeGroup>()
  for (const [type, ids] of idsByType) {
    const key = ids.join()
    const group = byKey.get(key) ?? { ids, types: [] }
    group.types.push(type)
    byKey.set(key, group)
    groups.set(type, group)
  }
  return groups
}

/** Of the texts of a set of types, as UTF-8. */
export function typeBytes(types: readonly string[]): number {
  return types.reduce((sum, type) => sum + utf8Bytes(type), 0)
}

/** Whether two sets of types, both in code point order, are the same. */
export function sameTexts(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((text, i) => text === b[i])
}
