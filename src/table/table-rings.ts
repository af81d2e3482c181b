/**
 * The rings of one table. Types with the same hosts share one ring. A ring is made when it is asked
 * for, or with all others by `warm`: from that of an earlier table by what changed since, or as it
 * is when nothing on it changed; only without one is a ring built from nothing.
 *
 * This is a memory of what follows from the table: it never shows in the table's value.
 * Invariants: a type is in `right` (its ring is of this table) or in `stale` (its ring is of an
 * earlier or another one) or in neither; what is stale is of one of `origins`.
 */
import type { Slices } from '../jobs/sliced-job.js'
import { compareText } from './code-point-order.js'
import type { Member } from './member.js'
import { Ring } from './ring.js'
import {
  makeRing,
  makeRings,
  type RingBase,
  type RingContents,
  type RingOrder,
} from './ring-making.js'
import { SortedMap } from './sorted-map.js'
import { type TypeGroup, TypeSets } from './type-sets.js'

/** Tables whose rings are kept to begin with; those of older ones are built from nothing. */
const originsMax = 32
/** A ring that was right for an earlier table and is so still is taken to be of that one. */
const originChangesMax = 1024
/** An earlier ring is worth a merge while at most so many members changed since, or half of all. */
const staleChangesMin = 64

/** Cost of looking at a type, in units of a budget. */
const typeUnits = 0.5

/** A ring that is right, and since when: by the changes up to the table that it was made for. */
interface RightRing {
  readonly ring: Ring<Member>
  readonly since: number
}

type Rings = SortedMap<string, RightRing>
type Bases = SortedMap<string, RingBase>

const noRings: Rings = SortedMap.empty(compareText)
const noBases: Bases = SortedMap.empty(compareText)

interface Kept {
  readonly right: Rings
  readonly stale: Bases
  readonly origins: readonly RingContents[]
  readonly lastOrigin: RingContents | null
}

const nothing: Kept = { right: noRings, stale: noBases, origins: [], lastOrigin: null }

export class TableRings {
  readonly #contents: RingContents
  /** By type. */
  #right: Rings
  /** By type. */
  #stale: Bases
  /** The oldest first. */
  #origins: readonly RingContents[]
  /** The newest of them that this table descends from. */
  #lastOrigin: RingContents | null
  /** What of `right` was asked for by a lookup. */
  readonly #lookedUp = new Map<string, Ring<Member>>()

  private constructor(contents: RingContents, { right, stale, origins, lastOrigin }: Kept) {
    this.#contents = contents
    this.#right = right
    this.#stale = stale
    this.#origins = origins
    this.#lastOrigin = lastOrigin
  }

  static empty(contents: RingContents): TableRings {
    return new TableRings(contents, nothing)
  }

  /** Whether all rings are made. */
  get areWarm(): boolean {
    return this.#right.size === this.#contents.typeSets.groups().size
  }

  /** The ring of a type; undefined when it has no host. Made at once where it is not there. */
  of(type: string): Ring<Member> | undefined {
    const known = this.#lookedUp.get(type)
    if (known !== undefined) return known
    let ring = this.#right.get(type)?.ring
    if (ring === undefined) {
      const group = this.#contents.typeSets.groupOf(type)
      // A type without hosts is not remembered: callers may ask for any number of unknown ones.
      if (group === undefined) return undefined
      const sister = this.#sisterOf(group)
      ring = sister ?? makeRing(this.#contents, this.#order(group))
      this.#take(group, ring)
    }
    this.#lookedUp.set(type, ring)
    return ring
  }

  /** Makes all rings that are not there, or those of some types. */
  *warm(types?: Iterable<string>): Slices<void> {
    const groups = this.#contents.typeSets.groups()
    const wanted = new Set<TypeGroup>()
    for (const type of types ?? groups.keys()) {
      const group = groups.get(type)
      if (group !== undefined && !this.#right.has(type)) wanted.add(group)
      yield typeUnits
    }
    const orders: RingOrder[] = []
    for (const group of wanted) {
      const sister = this.#sisterOf(group)
      if (sister === undefined) orders.push(this.#order(group))
      else this.#take(group, sister)
      yield typeUnits * group.types.length
    }
    yield* makeRings(this.#contents, orders, (group, ring) => {
      // A lookup may have needed it in the meantime, and made it at once.
      if (!this.#right.has(group.types[0]!)) this.#take(group, ring)
    })
  }

  /** The rings of the table after a change. @param touched types of the members that changed */
  derive(contents: RingContents, touched: Iterable<string>): TableRings {
    const before = this.#contents
    if (contents.factor !== before.factor) return TableRings.empty(contents)
    if (this.#right.size === 0 && this.#stale.size === 0) return TableRings.empty(contents)
    const left: [string, RingBase][] = []
    let lastOrigin = this.#lastOrigin
    for (const type of touched) {
      const known = this.#right.get(type)
      if (known === undefined) continue
      if (!isRightFor(known, lastOrigin, before)) lastOrigin = before
      left.push([type, baseOf(type, known.ring, lastOrigin!)])
    }
    const isNew = lastOrigin !== null && lastOrigin !== this.#lastOrigin
    const derived = new TableRings(contents, {
      right: this.#right.edit(left.map(([type]) => [type, undefined])),
      stale: this.#stale.edit(left),
      origins: isNew ? [...this.#origins, lastOrigin!] : this.#origins,
      lastOrigin,
    })
    derived.#forgetOld()
    return derived
  }

  /** Takes the rings of another table to begin with, where this one has nothing. */
  offer(other: TableRings): void {
    const { factor, changes } = this.#contents
    const theirs = other.#contents
    if (factor !== theirs.factor) return
    // What an origin is too old for is counted from here on.
    const own = new Map([theirs, ...other.#origins].map((of) => [of, { ...of, changes }]))
    const offered: [string, RingBase][] = []
    const take = (type: string, base: RingBase) => {
      if (this.#right.has(type) || this.#stale.has(type)) return
      offered.push([type, { ...base, of: own.get(base.of)! }])
    }
    for (const [type, base] of other.#stale.entries()) take(type, base)
    for (const [type, { ring }] of other.#right.entries()) take(type, baseOf(type, ring, theirs))
    if (offered.length === 0) return
    this.#stale = this.#stale.edit(offered)
    this.#origins = [...this.#origins, ...own.values()]
    this.#forgetOld()
  }

  /** The ring of another type of the group, if it is there. */
  #sisterOf({ types }: TypeGroup): Ring<Member> | undefined {
    for (const type of types) {
      const known = this.#right.get(type)
      if (known !== undefined) return known.ring
    }
    return undefined
  }

  #order(group: TypeGroup): RingOrder {
    for (const type of group.types) {
      const base = this.#stale.get(type)
      if (base !== undefined) return { group, base }
    }
    const { factor } = this.#contents
    const of = { ...this.#contents, members: noMembers, typeSets: TypeSets.empty() }
    return { group, base: { ring: Ring.empty<Member>(factor), of, ids: [] } }
  }

  /** Gives the ring to all types of the group. */
  #take({ types }: TypeGroup, ring: Ring<Member>): void {
    const right = { ring, since: this.#contents.changes }
    this.#right = this.#right.edit(types.map((type) => [type, right]))
    if (this.#stale.size === 0) return
    this.#stale = this.#stale.edit(types.map((type) => [type, undefined]))
    if (this.#stale.size > 0) return
    this.#origins = []
    this.#lastOrigin = null
  }

  /** Forgets what is stale beyond use. What is kept differs from this table by half at most. */
  #forgetOld(): void {
    const { changes, members } = this.#contents
    const changesMax = Math.max(staleChangesMin, members.size / 2)
    let kept = this.#origins.filter((origin) => changes - origin.changes <= changesMax)
    if (kept.length > originsMax) {
      const used = new Set(Array.from(this.#stale.values(), ({ of }) => of))
      kept = kept.filter((origin) => used.has(origin)).slice(-originsMax)
    }
    if (kept.length === this.#origins.length) return
    this.#origins = kept
    if (this.#lastOrigin !== null && !kept.includes(this.#lastOrigin)) this.#lastOrigin = null
    const gone = [...this.#stale.entries()].filter(([, { of }]) => !kept.includes(of))
    this.#stale = this.#stale.edit(gone.map(([type]) => [type, undefined]))
  }
}

const noMembers: SortedMap<string, Member> = SortedMap.empty(compareText)

/** Whether a ring that is right now was so for an origin already, not long ago. */
function isRightFor({ since }: RightRing, origin: RingContents | null, now: RingContents): boolean {
  if (origin === null || since > origin.changes) return false
  return now.changes - origin.changes <= originChangesMax
}

function baseOf(type: string, ring: Ring<Member>, of: RingContents): RingBase {
  return { ring, of, ids: of.typeSets.groupOf(type)!.ids }
}
