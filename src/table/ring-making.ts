/**
 * Makes rings for groups of types, in slices: each from what an earlier table had, by what differs
 * in the members since, or from nothing. All rings that begin with the same table are made in one
 * pass over what differs, in which each host is hashed once, however many rings it stands on.
 */
import { finish, type Slices } from '../jobs/sliced-job.js'
import type { Member } from './member.js'
import type { Ring } from './ring.js'
import { RingDraft } from './ring-draft.js'
import type { SortedMap } from './sorted-map.js'
import type { TypeGroup, TypeSets } from './type-sets.js'
import type { VirtualNodes } from './virtual-nodes.js'

/** What a table's rings are made of. */
export interface RingContents {
  readonly factor: number
  readonly members: SortedMap<string, Member>
  readonly typeSets: TypeSets
  readonly nodes: VirtualNodes
  /** Members that changed, on the way from the first table to this one. */
  readonly changes: number
}

/** A ring that is right for the contents that it is of. */
export interface RingBase {
  readonly ring: Ring<Member>
  readonly of: RingContents
  /** Ids of the type sets whose members are its hosts. */
  readonly ids: readonly number[]
}

/** The ring of a group that is to be made. */
export interface RingOrder {
  readonly group: TypeGroup
  /** Its members may be those of another table or none; its factor is the same. */
  readonly base: RingBase
}

/** Costs, in units of a budget. */
const lookedAtUnits = 25
const foundUnits = 6
const touchedUnits = 10
const hashUnits = 2.5
const notedUnits = 0.08

/**
 * Makes the rings of some groups.
 * @param made is given each ring when it is done
 */
export function* makeRings(
  contents: RingContents,
  orders: readonly RingOrder[],
  made: (group: TypeGroup, ring: Ring<Member>) => void,
): Slices<void> {
  const byOrigin = new Map<SortedMap<string, Member>, RingOrder[]>()
  for (const order of orders) {
    const { members } = order.base.of
    const list = byOrigin.get(members)
    if (list === undefined) byOrigin.set(members, [order])
    else list.push(order)
  }
  for (const [origin, list] of byOrigin) {
    const works = list.map((order) => new RingWork(order))
    yield* bringUp(origin, contents, works)
    for (const work of works) made(work.group, yield* work.finish())
  }
}

/** The ring of a group, at once. */
export function makeRing(contents: RingContents, order: RingOrder): Ring<Member> {
  let ring = order.base.ring
  finish(
    makeRings(contents, [order], (_, made) => {
      ring = made
    }),
  )
  return ring
}

/** Takes what differs from the origin to the contents into all the rings that begin with it. */
function* bringUp(
  origin: SortedMap<string, Member>,
  { factor, members, nodes }: RingContents,
  works: readonly RingWork[],
): Slices<void> {
  const were = byTypeSet(works, ({ idsBefore }) => idsBefore)
  const are = byTypeSet(works, ({ group }) => group.ids)
  // Of many hosts each is needed once; of a few the nodes will be asked for again.
  const isBulk = origin.size === 0
  for (const difference of origin.differencesInSlices(members, isSameObject)) {
    if (difference === null) {
      yield lookedAtUnits
      continue
    }
    const { key: name, before, after } = difference
    const left = worksOf(were, before)
    const joined = worksOf(are, after)
    const stays = left.length === joined.length && left.every((work) => joined.includes(work))
    if (stays && left.length === 0) continue
    // Where a host only is another one, its first node finds it.
    const count = stays ? 1 : factor
    const list = isBulk || stays ? nodes.once(name, count) : nodes.of(name, count)
    for (const work of joined) work.put(after!, list, left.includes(work))
    for (const work of left) if (!joined.includes(work)) work.draft().remove(name, list)
    const touched = left.length + joined.length
    yield foundUnits + touched * touchedUnits + count * (hashUnits + notedUnits * touched)
    for (const work of joined) if (work.isFull) yield* work.draft().merge()
    for (const work of left) if (work.isFull) yield* work.draft().merge()
  }
}

/** One ring on its way. */
class RingWork {
  readonly group: TypeGroup
  readonly idsBefore: readonly number[]
  readonly #before: Ring<Member>
  #draft: RingDraft<Member> | null = null

  constructor({ group, base }: RingOrder) {
    this.group = group
    this.idsBefore = base.ids
    this.#before = base.ring
  }

  /** Made when it is needed first: a ring that nothing touches is not copied. */
  draft(): RingDraft<Member> {
    this.#draft ??= new RingDraft(this.#before)
    return this.#draft
  }

  put(member: Member, nodes: Uint32Array, isThere: boolean): void {
    if (isThere) this.draft().replace(member, nodes)
    else this.draft().add(member, nodes)
  }

  get isFull(): boolean {
    return this.#draft?.isFull === true
  }

  *finish(): Slices<Ring<Member>> {
    return this.#draft === null ? this.#before : yield* this.#draft.finish()
  }
}

/** The hosts of a ring are the members of its table themselves, and no copies of them. */
function isSameObject(): boolean {
  return false
}

const none: readonly RingWork[] = []

function byTypeSet(
  works: readonly RingWork[],
  idsOf: (work: RingWork) => readonly number[],
): ReadonlyMap<number, readonly RingWork[]> {
  const byId = new Map<number, RingWork[]>()
  for (const work of works) {
    for (const id of idsOf(work)) {
      const list = byId.get(id)
      if (list === undefined) byId.set(id, [work])
      else list.push(work)
    }
  }
  return byId
}

/** The rings on which a member stands. */
function worksOf(
  byId: ReadonlyMap<number, readonly RingWork[]>,
  member: Member | undefined,
): readonly RingWork[] {
  if (member === undefined || member.cordoned) return none
  return byId.get(member.typeSet.id) ?? none
}
