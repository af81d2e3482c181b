/**
 * Ring pairs that come and go, noted in any order in growing columns, without an object for each;
 * then put into ring order: by hash, and where hashes are equal by the host's name.
 */
import type { Slices } from '../jobs/sliced-job.js'
import { compareText } from './code-point-order.js'

const capacityFirst = 256
/** Pairs are dealt into at most so many buckets by their leading bits, as a power of two. */
const bucketBitsMax = 17

/** Costs, in units of a budget. */
const pairUnits = 0.3
const pairsAtOnce = 1000

/** Hash and slot of a pair in parallel columns. */
export class PairColumns {
  count = 0
  hi = new Uint32Array(capacityFirst)
  lo = new Uint32Array(capacityFirst)
  slot = new Uint32Array(capacityFirst)

  push(hi: number, lo: number, slot: number): void {
    if (this.count === this.hi.length) this.#grow()
    const at = this.count
    this.hi[at] = hi
    this.lo[at] = lo
    this.slot[at] = slot
    this.count = at + 1
  }

  #grow(): void {
    this.hi = twice(this.hi)
    this.lo = twice(this.lo)
    this.slot = twice(this.slot)
  }
}

export class NotedPairs {
  readonly #nameOf: (slot: number) => string
  /** In place of the slot stands twice its number, plus 1 when the pair goes. */
  #pairs = new PairColumns()

  /** @param nameOf the host of a slot, also of one whose host goes */
  constructor(nameOf: (slot: number) => string) {
    this.#nameOf = nameOf
  }

  get count(): number {
    return this.#pairs.count
  }

  come(hi: number, lo: number, slot: number): void {
    this.#pairs.push(hi, lo, slot * 2)
  }

  go(hi: number, lo: number, slot: number): void {
    this.#pairs.push(hi, lo, slot * 2 + 1)
  }

  hi(pair: number): number {
    return this.#pairs.hi[pair]!
  }

  lo(pair: number): number {
    return this.#pairs.lo[pair]!
  }

  slot(pair: number): number {
    return this.#pairs.slot[pair]! >>> 1
  }

  goes(pair: number): boolean {
    return (this.#pairs.slot[pair]! & 1) === 1
  }

  /** Whether a noted pair is that of these values, and goes. */
  takesAway(pair: number, hi: number, lo: number, slot: number): boolean {
    const { hi: his, lo: los } = this.#pairs
    return his[pair] === hi && los[pair] === lo && this.#pairs.slot[pair] === slot * 2 + 1
  }

  /** Whether a noted pair stands before the pair of these values. */
  isBefore(pair: number, hi: number, lo: number, slot: number): boolean {
    const { hi: his, lo: los } = this.#pairs
    if (his[pair] !== hi) return his[pair]! < hi
    if (los[pair] !== lo) return los[pair]! < lo
    const its = this.slot(pair)
    return its !== slot && compareText(this.#nameOf(its), this.#nameOf(slot)) < 0
  }

  clear(): void {
    this.#pairs = new PairColumns()
  }

  /** The numbers of all pairs in ring order. Hashes are uniform: linear time. */
  *inOrder(): Slices<Uint32Array> {
    const { count, hi } = this.#pairs
    const bits = Math.min(bucketBitsMax, Math.max(1, 32 - Math.clz32(count)))
    const ends = new Uint32Array(2 ** bits)
    const shift = 32 - bits
    for (let pair = 0; pair < count; pair += 1) {
      ends[hi[pair]! >>> shift]! += 1
      if (pair % pairsAtOnce === pairsAtOnce - 1) yield pairsAtOnce * pairUnits
    }
    for (let bucket = 1; bucket < ends.length; bucket += 1) ends[bucket]! += ends[bucket - 1]!
    const order = new Uint32Array(count)
    for (let pair = 0; pair < count; pair += 1) {
      const bucket = hi[pair]! >>> shift
      ends[bucket]! -= 1
      order[ends[bucket]!] = pair
      if (pair % pairsAtOnce === pairsAtOnce - 1) yield pairsAtOnce * pairUnits
    }
    // Now each bucket begins where its end stood.
    for (let bucket = 0, done = 0; bucket < ends.length; bucket += 1) {
      const end = ends[bucket + 1] ?? count
      this.#sort(order, ends[bucket]!, end)
      if (end - done < pairsAtOnce) continue
      yield (end - done) * pairUnits
      done = end
    }
    return order
  }

  /** Shell's sort: what is here is few, or else of few hashes. */
  #sort(order: Uint32Array, from: number, to: number): void {
    for (const gap of shellGaps) {
      for (let i = from + gap; i < to; i += 1) {
        const pair = order[i]!
        let at = i
        for (; at - gap >= from; at -= gap) {
          const other = order[at - gap]!
          if (!this.isBefore(pair, this.hi(other), this.lo(other), this.slot(other))) break
          order[at] = other
        }
        order[at] = pair
      }
    }
  }
}

const shellGaps: readonly number[] = [1750, 701, 301, 132, 57, 23, 10, 4, 1]

function twice(column: Uint32Array): Uint32Array<ArrayBuffer> {
  const longer = new Uint32Array(column.length * 2)
  longer.set(column)
  return longer
}
