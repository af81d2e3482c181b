/**
 * Who loses keys from one table to the next. A round waits for exactly these (design §6, rule 3):
 * too few would give a key two owners, too many would make rounds wait for bystanders.
 *
 * A range of keys ends at a pair that is not shadowed and begins behind the one before it. From one
 * ring to another a range changes its owner only if a host left, came, or was admitted anew:
 *   - who left or has another epoch loses all that it had;
 *   - who came takes, with each pair that is not shadowed, from whoever owned that position;
 *   - nobody else is touched.
 * So the cost is that of the changed hosts' pairs, not of the rings. When the factor changed or
 * much of a ring did, both rings are walked side by side instead.
 */
import { finish, SlicedJob, type Slices } from '../jobs/sliced-job.js'
import { compareText } from './code-point-order.js'
import type { Member } from './member.js'
import type { Ring, RingCursor } from './ring.js'
import type { Difference } from './sorted-map.js'
import type { Table } from './table.js'
import { type Position, positionOf } from './table-context.js'
import { offeredTypes, type TypeGroup } from './type-sets.js'

/** One admission of a host. */
export interface Admission {
  readonly name: string
  readonly epoch: number
}

/** The epoch of each host that loses a key, by its name. */
export type Losers = ReadonlyMap<string, number>

/** Beyond this share of changed hosts on a ring a walk is cheaper than searches. */
const walkShare = 1 / 8

/** Costs, in units of a budget. */
const lookedAtUnits = 25
const lookUnits = 0.8
const hashUnits = 2.5
const rangeUnits = 1
const rangesAtOnce = 500

/** Finds who loses keys, in slices. The rings that it needs are made first, where they are not. */
export class LosersJob extends SlicedJob<Losers> {
  constructor(from: Table, to: Table) {
    super(findLosers(from, to))
  }
}

/** Every (name, epoch) of `from` that loses at least one key of some type, by name. At once. */
export function losers(from: Table, to: Table): Admission[] {
  return Array.from(finish(findLosers(from, to)), ([name, epoch]) => ({ name, epoch })).sort(
    (a, b) => compareText(a.name, b.name),
  )
}

/** Whether an actor's owner, as an admission, differs between two tables. */
export function moves(from: Table, to: Table, type: string, id: string): boolean {
  return movesAt(from, to, type, positionOf(from.context, id))
}

/** The same for an actor that was hashed already. */
export function movesAt(from: Table, to: Table, type: string, at: Position): boolean {
  const before = from.ownerAt(type, at)
  const after = to.ownerAt(type, at)
  return before?.name !== after?.name || before?.epoch !== after?.epoch
}

type Lost = Map<string, number>
type Change = Difference<string, Member>

function* findLosers(from: Table, to: Table): Slices<Losers> {
  const changes: Change[] = []
  for (const change of from.memberDifferencesInSlices(to)) {
    if (change === null) yield lookedAtUnits
    else changes.push(change)
  }
  const lost: Lost = new Map()
  const pairs = yield* ringPairs(from, to, changes)
  yield* distribute(changes, pairs)
  for (const pair of pairs) {
    const { before, after, changes: own } = pair
    const many = own.length > before.hostCount * walkShare
    if (after === undefined || many || from.factor !== to.factor) yield* walk(before, after, lost)
    else for (const change of own) yield search(pair, change, from, lost)
  }
  return lost
}

/** The rings of some types before and after. */
interface RingPair {
  readonly before: Ring<Member>
  readonly after: Ring<Member> | undefined
  readonly groupBefore: TypeGroup | undefined
  readonly groupAfter: TypeGroup | undefined
  /** Of hosts that stand on one of the two rings or on both; others are not there. */
  readonly changes: Change[]
}

/** Gives each change to the rings on which its host stands. */
function* distribute(changes: readonly Change[], pairs: readonly RingPair[]): Slices<void> {
  const were = byTypeSet(pairs, ({ groupBefore }) => groupBefore)
  const are = byTypeSet(pairs, ({ groupAfter }) => groupAfter)
  for (const { key, before, after } of changes) {
    const left = pairsOf(were, before)
    const joined = pairsOf(are, after)
    for (const pair of left) {
      pair.changes.push({ key, before, after: joined.has(pair) ? after : undefined })
    }
    for (const pair of joined) {
      if (!left.has(pair)) pair.changes.push({ key, before: undefined, after })
    }
    yield lookUnits * (1 + left.size + joined.size)
  }
}

type PairsById = ReadonlyMap<number, ReadonlySet<RingPair>>
const none: ReadonlySet<RingPair> = new Set()

function byTypeSet(
  pairs: readonly RingPair[],
  groupOf: (pair: RingPair) => TypeGroup | undefined,
): PairsById {
  const byId = new Map<number, Set<RingPair>>()
  for (const pair of pairs) {
    for (const id of groupOf(pair)?.ids ?? []) byId.set(id, (byId.get(id) ?? new Set()).add(pair))
  }
  return byId
}

function pairsOf(byId: PairsById, member: Member | undefined): ReadonlySet<RingPair> {
  return member === undefined || member.cordoned ? none : (byId.get(member.typeSet.id) ?? none)
}

/** The pairs of different rings that the types of `from` have, each pair once. */
function* ringPairs(from: Table, to: Table, changes: readonly Change[]): Slices<RingPair[]> {
  // A ring on which no member changed is the same, but for the factor.
  const types =
    from.factor === to.factor
      ? yield* offeredTypes(changes.flatMap(({ before, after }) => [before, after]))
      : new Set(from.typeSets.groups().keys())
  yield* from.warmRingsOf(types)
  to.takeRingsOf(from)
  yield* to.warmRingsOf(types)
  const seen = new Map<Ring<Member>, Set<Ring<Member> | undefined>>()
  const pairs: RingPair[] = []
  for (const type of types) {
    yield lookUnits
    const before = from.ring(type)
    if (before === undefined) continue
    const after = to.ring(type)
    const partners = seen.get(before) ?? new Set()
    if (before === after || partners.has(after)) continue
    seen.set(before, partners.add(after))
    const groupBefore = from.typeSets.groupOf(type)
    const groupAfter = to.typeSets.groupOf(type)
    pairs.push({ before, after, groupBefore, groupAfter, changes: [] })
  }
  return pairs
}

/** Finds who loses keys by one host that is on one of the rings or on both. @returns its cost */
function search(pair: RingPair, change: Change, from: Table, lost: Lost): number {
  const { key: name, before, after } = change
  if (before !== undefined && before.epoch === after?.epoch) return lookUnits
  const nodes = from.context.nodes.of(name, from.factor)
  if (before === undefined) takeFrom(pair.before, pair.after!, name, nodes, lost)
  else if (ownsAny(pair.before, name, nodes)) lost.set(name, before.epoch)
  return from.factor * (lookUnits + hashUnits)
}

/**
 * Whether a host of the ring owns at least one position: not all of its pairs are shadowed. Where
 * it has a pair, the owner of that position is the host of the first pair of the same hash.
 */
function ownsAny(ring: Ring<Member>, name: string, nodes: Uint32Array): boolean {
  for (let i = 0; i < nodes.length; i += 2) {
    if (ring.ownerAt(nodes[i]!, nodes[i + 1]!)?.name === name) return true
  }
  return false
}

/** Whom a host that came takes keys from. */
function takeFrom(
  before: Ring<Member>,
  after: Ring<Member>,
  name: string,
  nodes: Uint32Array,
  lost: Lost,
): void {
  for (let i = 0; i < nodes.length; i += 2) {
    const hi = nodes[i]!
    const lo = nodes[i + 1]!
    if (after.ownerAt(hi, lo)?.name !== name) continue
    const owner = before.ownerAt(hi, lo)
    if (owner !== undefined) lost.set(owner.name, owner.epoch)
  }
}

/** Compares the owners of all ranges of both rings, in ring order. */
function* walk(before: Ring<Member>, after: Ring<Member> | undefined, lost: Lost): Slices<void> {
  // Behind the last pair comes the first.
  const [firstBefore, firstAfter] = [before.ownerAt(0, 0)!, after?.ownerAt(0, 0)]
  const b = before.cursor()
  const a = after?.cursor()
  for (let ranges = 1; !b.isAtEnd || a?.isAtEnd === false; ranges += 1) {
    // The next range ends at the lower of the two next pairs.
    const ownerBefore = b.isAtEnd ? firstBefore : b.host
    const ownerAfter = a === undefined || a.isAtEnd ? firstAfter : a.host
    if (ownerBefore.name !== ownerAfter?.name || ownerBefore.epoch !== ownerAfter.epoch) {
      lost.set(ownerBefore.name, ownerBefore.epoch)
    }
    const order = comparePlaces(b, a)
    if (order <= 0) b.nextHash()
    if (order >= 0) a?.nextHash()
    if (ranges % rangesAtOnce === 0) yield rangesAtOnce * rangeUnits
  }
}

/** Order of a place on one ring and one on another; the end comes last. */
function comparePlaces(b: RingCursor<Member>, a: RingCursor<Member> | undefined): number {
  if (a === undefined || a.isAtEnd) return -1
  if (b.isAtEnd) return 1
  return b.hi - a.hi || b.lo - a.lo
}
