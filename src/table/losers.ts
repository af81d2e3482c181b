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
 * much of the ring did, both rings are walked side by side instead.
 */
import { compareText } from './code-point-order.js'
import type { Member } from './member.js'
import type { Ring } from './ring.js'
import type { Table } from './table.js'
import { namesThatDiffer } from './table-change.js'

/** One admission of a host. */
export interface Admission {
  readonly name: string
  readonly epoch: number
}

/** Beyond this share of changed hosts on a ring a walk is cheaper than searches. */
const walkShare = 1 / 8

/** Every (name, epoch) of `from` that loses at least one key of some type, by name. */
export function losers(from: Table, to: Table): Admission[] {
  const changed = namesThatDiffer(from, to)
  const found = new Map<string, Admission>()
  const lose: Lose = ({ name, epoch }) => found.set(name, { name, epoch })
  for (const { type, before, after } of ringPairs(from, to, changed)) {
    const many = changed.length > before.hostCount * walkShare
    if (after === undefined || many || from.factor !== to.factor) {
      walk(before, after, lose)
      continue
    }
    for (const name of changed) {
      const hostBefore = from.hostOf(type, name)
      const hostAfter = to.hostOf(type, name)
      const nodes = from.context.nodes.of(name, from.factor)
      if (hostBefore !== undefined && hostBefore.epoch !== hostAfter?.epoch) {
        if (ownsAny(before, name, nodes)) lose(hostBefore)
      } else if (hostBefore === undefined && hostAfter !== undefined) {
        takeFrom(before, after, name, nodes, lose)
      }
    }
  }
  return [...found.values()].toSorted((a, b) => compareText(a.name, b.name))
}

/** Whether an actor's owner, as an admission, differs between two tables. */
export function moves(from: Table, to: Table, type: string, id: string): boolean {
  const before = from.owner(type, id)
  const after = to.owner(type, id)
  return before?.name !== after?.name || before?.epoch !== after?.epoch
}

type Lose = (member: Member) => void

interface RingPair {
  /** One of the types that have these two rings. */
  readonly type: string
  readonly before: Ring<Member>
  readonly after: Ring<Member> | undefined
}

/** The pairs of different rings that the types of `from` have, each pair once. */
function ringPairs(from: Table, to: Table, changed: readonly string[]): RingPair[] {
  const rings = from.types().map((type) => ({ type, before: from.ring(type)! }))
  to.mergeRingsOf(from, changed)
  const seen = new Map<Ring<Member>, Set<Ring<Member> | undefined>>()
  const pairs: RingPair[] = []
  for (const { type, before } of rings) {
    const after = to.ring(type)
    const partners = seen.get(before) ?? new Set()
    if (before === after || partners.has(after)) continue
    seen.set(before, partners.add(after))
    pairs.push({ type, before, after })
  }
  return pairs
}

/** Whether a host of the ring owns at least one position: not all of its pairs are shadowed. */
function ownsAny(ring: Ring<Member>, name: string, nodes: Uint32Array): boolean {
  for (let i = 0; i < nodes.length; i += 2) {
    const pair = ring.find(nodes[i]!, nodes[i + 1]!, name)
    if (pair >= 0 && !ring.isShadowed(pair)) return true
  }
  return false
}

/** Whom a host that came takes keys from. */
function takeFrom(
  before: Ring<Member>,
  after: Ring<Member>,
  name: string,
  nodes: Uint32Array,
  lose: Lose,
): void {
  for (let i = 0; i < nodes.length; i += 2) {
    const [hi, lo] = [nodes[i]!, nodes[i + 1]!]
    if (after.isShadowed(after.find(hi, lo, name))) continue
    const owner = before.ownerAt(hi, lo)
    if (owner !== undefined) lose(owner)
  }
}

/** Compares the owners of all ranges of both rings, in ring order. */
function walk(before: Ring<Member>, after: Ring<Member> | undefined, lose: Lose): void {
  let b = 0
  let a = 0
  const afterSize = after?.size ?? 0
  while (b < before.size || a < afterSize) {
    // The next range ends at the lower of the two next pairs; behind the last pair comes the first.
    const ownerBefore = before.hostOf(b < before.size ? b : 0)
    const ownerAfter = after?.hostOf(a < afterSize ? a : 0)
    if (ownerBefore.name !== ownerAfter?.name || ownerBefore.epoch !== ownerAfter.epoch) {
      lose(ownerBefore)
    }
    const order = comparePairs(before, b, after, a)
    if (order <= 0) b = pastEqual(before, b)
    if (order >= 0 && after !== undefined) a = pastEqual(after, a)
  }
}

/** Order of a pair of one ring and a pair of another; what is past the end comes last. */
function comparePairs(
  before: Ring<Member>,
  b: number,
  after: Ring<Member> | undefined,
  a: number,
): number {
  if (after === undefined || a >= after.size) return -1
  if (b >= before.size) return 1
  return before.hiOf(b) - after.hiOf(a) || before.loOf(b) - after.loOf(a)
}

/** The first pair behind all those of the same hash. */
function pastEqual(ring: Ring<Member>, pair: number): number {
  let next = pair + 1
  while (next < ring.size && ring.isShadowed(next)) next += 1
  return next
}
