/**
 * Which keys of this host move away from one table to the next, found along the positions of its
 * own virtual nodes: a job of one step for each pair of rings, whatever the size of these.
 *
 * A range of keys that the host owns ends at one of its pairs that is not shadowed and begins
 * behind the pair before it. It keeps the range if all pairs of the new ring within are its own,
 * and so is whoever owns the end of it.
 */
import type { Budget, Job } from '../jobs/job.js'
import type { Member } from '../table/member.js'
import type { Ring, RingCursor } from '../table/ring.js'
import type { Table } from '../table/table.js'
import type { KeySet, Self } from './key-set.js'

/** Of both halves of a position. */
const highest = 0xffff_ffff

export class MovedKeysSearch implements Job {
  readonly #self: Self
  readonly #from: Table
  readonly #to: Table
  readonly #types: readonly string[]
  /** Pairs of rings that were looked at: types share them. */
  readonly #seen = new Map<Ring<Member>, Set<Ring<Member> | undefined>>()
  #next = 0
  #loses = false

  constructor(self: Self, from: Table, to: Table) {
    this.#self = self
    this.#from = from
    this.#to = to
    const member = from.member(self.name)
    const isOn = member !== undefined && member.epoch === self.epoch && !member.cordoned
    this.#types = isOn ? member.typeSet.types : []
  }

  /** Once it is done: keys that are owned in one table and not in the other; null for none. */
  get keys(): KeySet | null {
    if (!this.#loses) return null
    const [self, from, to] = [this.#self, this.#from, this.#to]
    return { kind: 'moved', types: this.#types, self, from, to }
  }

  step(budget: Budget): boolean {
    while (!this.#isDone) {
      this.#look(this.#types[this.#next]!)
      this.#next += 1
      // A search in both rings for each of its positions.
      budget.spend(this.#from.factor)
      if (budget.isSpent) break
    }
    return this.#isDone
  }

  get #isDone(): boolean {
    return this.#loses || this.#next >= this.#types.length
  }

  #look(type: string): void {
    const before = this.#from.ring(type)
    const after = this.#to.ring(type)
    if (before === undefined || before === after) return
    const seen = this.#seen.get(before) ?? new Set()
    if (seen.has(after)) return
    this.#seen.set(before, seen.add(after))
    const { factor, context } = this.#from
    this.#loses = losesAny(this.#self, before, after, context.nodes.of(this.#self.name, factor))
  }
}

/** @param nodes positions of the host on the ring before, as VirtualNodes gives them */
function losesAny(
  self: Self,
  before: Ring<Member>,
  after: Ring<Member> | undefined,
  nodes: Uint32Array,
): boolean {
  for (let i = 0; i < nodes.length; i += 2) {
    const [hi, lo] = [nodes[i]!, nodes[i + 1]!]
    const pair = before.cursor(hi, lo)
    const isThere = !pair.isAtEnd && pair.hi === hi && pair.lo === lo
    // The first pair of a hash is not shadowed.
    if (!isThere || pair.host.name !== self.name) continue
    if (after === undefined || !keepsRange(self, before, after, hi, lo)) return true
  }
  return false
}

/** Whether the range that ends at this position is the host's on both rings. */
function keepsRange(
  self: Self,
  before: Ring<Member>,
  after: Ring<Member>,
  hi: number,
  lo: number,
): boolean {
  if (!isSelf(self, after.ownerAt(hi, lo))) return false
  const previous = before.cursorBefore(hi, lo)
  const isRoundTheEnd = previous.hi > hi || (previous.hi === hi && previous.lo >= lo)
  const first = behind(after, previous.hi, previous.lo)
  if (!isRoundTheEnd) return first === null || allOf(self, first, hi, lo)
  const isOwnToTheEnd = first === null || allOf(self, first, highest, highest)
  return isOwnToTheEnd && allOf(self, after.cursor(), hi, lo)
}

/** At the first pair above a position; null when there can be none. */
function behind(ring: Ring<Member>, hi: number, lo: number): RingCursor<Member> | null {
  if (lo < highest) return ring.cursor(hi, lo + 1)
  return hi < highest ? ring.cursor(hi + 1, 0) : null
}

/** Whether all pairs up to a position, those that are not shadowed, are the host's. */
function allOf(self: Self, cursor: RingCursor<Member>, hi: number, lo: number): boolean {
  for (; !cursor.isAtEnd; cursor.nextHash()) {
    if (cursor.hi > hi || (cursor.hi === hi && cursor.lo > lo)) return true
    if (!isSelf(self, cursor.host)) return false
  }
  return true
}

function isSelf(self: Self, owner: Member | undefined): boolean {
  return owner?.name === self.name && owner.epoch === self.epoch
}
