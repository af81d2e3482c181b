/**
 * Writes the leaves of a ring anew into which noted pairs fall, each once, and puts them into the
 * directory; all others stay. A leaf that gets too long is split by its next bit, and where no two
 * entries share it, the directory is doubled.
 */
import type { Slices } from '../jobs/sliced-job.js'
import { type NotedPairs, PairColumns } from './noted-pairs.js'
import { PagedList, type PagedListDraft } from './paged-list.js'
import type { RingHost, RingParts } from './ring.js'
import { type Leaf, pairsIn } from './ring-leaf.js'

/** A leaf that is written with more pairs is split, while the directory may grow. */
export const leafPairsMax = 256
/** More pairs for each entry of the directory, and it is doubled before leaves are written. */
const pairsPerEntryMax = 192
/** The directory is never doubled to fewer pairs for each entry: skewed hashes make long leaves. */
export const pairsPerEntryMin = 32
const bitsMax = 24
/**
 * From so many pairs on a write takes memory for its leaves by the slab, of so many bytes: to the
 * collector each piece of memory costs the same, whatever its length. A slab stays while one of its
 * leaves does; later changes write leaves of their own, so a ring takes twice its size at most.
 */
const slabPairsMin = 16_384
const slabBytes = 1024 * 1024

/** Costs, in units of a budget. */
const leafUnits = 6
const pairUnits = 0.08
const sliceUnits = 300

export class LeafWriter {
  #directory: PagedListDraft<Leaf>
  /** Of the leaf of each entry. */
  #depths: Uint8Array
  #bits: number
  readonly #pairsMax: number
  /** Of the leaf that is written. */
  readonly #pairs = new PairColumns()
  /** First entries of leaves that are too long, but have no second. */
  #long: number[] = []
  #slab: ArrayBuffer | null = null
  #slabUsed = 0

  /** @param size number of pairs that the ring will have */
  constructor(directory: PagedList<Leaf>, depths: Uint8Array, bits: number, size: number) {
    this.#directory = directory.edit()
    this.#depths = depths.slice()
    this.#bits = bits
    this.#pairsMax = size
    while (size > this.#directory.length * pairsPerEntryMax && this.#bits < bitsMax) this.#double()
  }

  /** The directory with all that was written; the writer is of no use afterwards. */
  finish(): Pick<RingParts<RingHost>, 'bits' | 'directory' | 'depths'> {
    const [bits, depths] = [this.#bits, this.#depths]
    return { bits, directory: this.#directory.finish(), depths }
  }

  /** @param order numbers of the noted pairs in ring order */
  *write(noted: NotedPairs, order: Uint32Array): Slices<void> {
    if (order.length >= slabPairsMin) this.#takeSlab()
    let units = 0
    for (let from = 0; from < order.length; ) {
      const shift = 32 - this.#bits
      const entry = noted.hi(order[from]!) >>> shift
      const leaf = this.#directory.get(entry)
      const depth = this.#depths[entry]!
      const entries = 2 ** (this.#bits - depth)
      const first = entry - (entry % entries)
      let to = from + 1
      while (to < order.length && noted.hi(order[to]!) >>> shift < first + entries) to += 1
      this.#merge(leaf, noted, order, from, to)
      this.#place(first, depth, 0, this.#pairs.count)
      from = to
      units += leafUnits + this.#pairs.count * pairUnits
      if (units < sliceUnits) continue
      yield units
      units = 0
    }
    yield* this.#splitLong(noted)
  }

  *#splitLong(noted: NotedPairs): Slices<void> {
    while (this.#long.length > 0 && this.#mayGrow()) {
      const long = this.#long
      this.#long = []
      this.#double()
      for (const entry of long) {
        const leaf = this.#directory.get(entry * 2)
        this.#merge(leaf, noted, noOrder, 0, 0)
        this.#place(entry * 2, this.#depths[entry * 2]!, 0, this.#pairs.count)
        yield leafUnits + this.#pairs.count * pairUnits
      }
    }
    this.#long = []
  }

  #mayGrow(): boolean {
    const pairsNeeded = this.#directory.length * 2 * pairsPerEntryMin
    return this.#bits < bitsMax && this.#pairsMax >= pairsNeeded
  }

  #double(): void {
    const doubled: Leaf[] = []
    const depths = new Uint8Array(this.#directory.length * 2)
    for (let entry = 0; entry < this.#directory.length; entry += 1) {
      const leaf = this.#directory.get(entry)
      doubled.push(leaf, leaf)
      depths.fill(this.#depths[entry]!, entry * 2, entry * 2 + 2)
    }
    this.#depths = depths
    this.#directory = PagedList.of(doubled).edit()
    this.#bits += 1
  }

  /** Puts together the pairs of a leaf and noted pairs that come, without those that go. */
  #merge(leaf: Leaf, noted: NotedPairs, order: Uint32Array, from: number, to: number): void {
    const pairs = this.#pairs
    pairs.count = 0
    const count = pairsIn(leaf)
    let next = from
    for (let at = 0; at < count; at += 1) {
      const hi = leaf[at]!
      const lo = leaf[count + at]!
      const slot = leaf[2 * count + at]!
      while (next < to && noted.isBefore(order[next]!, hi, lo, slot)) {
        this.#come(noted, order[next]!)
        next += 1
      }
      if (next < to && noted.takesAway(order[next]!, hi, lo, slot)) next += 1
      else pairs.push(hi, lo, slot)
    }
    for (; next < to; next += 1) this.#come(noted, order[next]!)
  }

  #come(noted: NotedPairs, pair: number): void {
    if (noted.goes(pair)) throw new Error('a pair goes that is not on the ring')
    this.#pairs.push(noted.hi(pair), noted.lo(pair), noted.slot(pair))
  }

  /** Makes leaves of some of the pairs. */
  #place(entry: number, depth: number, from: number, to: number): void {
    const entries = 2 ** (this.#bits - depth)
    if (to - from > leafPairsMax) {
      if (entries > 1) {
        const upper = entry + entries / 2
        const middle = this.#firstAtOrAbove((upper << (32 - this.#bits)) >>> 0, from, to)
        this.#place(entry, depth + 1, from, middle)
        this.#place(upper, depth + 1, middle, to)
        return
      }
      this.#long.push(entry)
    }
    const leaf = this.#leafOf(from, to)
    for (let at = entry; at < entry + entries; at += 1) this.#directory.set(at, leaf)
    this.#depths.fill(depth, entry, entry + entries)
  }

  #leafOf(from: number, to: number): Leaf {
    const { hi, lo, slot } = this.#pairs
    const count = to - from
    const leaf = this.#memory(3 * count)
    for (let at = 0; at < count; at += 1) {
      leaf[at] = hi[from + at]!
      leaf[count + at] = lo[from + at]!
      leaf[2 * count + at] = slot[from + at]!
    }
    return leaf
  }

  #memory(words: number): Leaf {
    const bytes = words * Uint32Array.BYTES_PER_ELEMENT
    if (this.#slab === null || bytes > slabBytes) return new Uint32Array(words)
    if (this.#slabUsed + bytes > slabBytes) this.#takeSlab()
    const leaf = new Uint32Array(this.#slab, this.#slabUsed, words)
    this.#slabUsed += bytes
    return leaf
  }

  #takeSlab(): void {
    this.#slab = new ArrayBuffer(slabBytes)
    this.#slabUsed = 0
  }

  #firstAtOrAbove(hi: number, from: number, to: number): number {
    let low = from
    let high = to
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#pairs.hi[middle]! < hi) low = middle + 1
      else high = middle
    }
    return low
  }
}

const noOrder = new Uint32Array()
