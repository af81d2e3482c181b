/**
 * The consistent-hash ring of one set of hosts, as an immutable value: all (hash, host) pairs,
 * ordered by hash and, where hashes are equal, by the host's name. The owner of a position is the
 * first pair at or above it, wrapping to the first of all (design §4).
 *
 * The pairs lie in leaves, found by the leading bits of the hash in a directory (extendible
 * hashing: Fagin, Nievergelt, Pippenger, Strong 1979). `RingDraft` makes the next ring, which
 * shares all leaves that nobody touched.
 *
 * Pairs that stand behind another one of the same hash are shadowed: they own nothing, but they
 * are kept, since they come to light when the host before them leaves. So a merged ring equals a
 * rebuilt one.
 *
 * Invariants: a host has exactly `factor` pairs; a slot number stands for the same host in all
 * pairs; free slots are holes in the list of hosts; the directory has 2^bits entries, and a leaf of
 * depth d stands in 2^(bits - d) of them, side by side.
 */
import { PagedList } from './paged-list.js'
import { type Leaf, lowerBound, pairsIn } from './ring-leaf.js'

export interface RingHost {
  readonly name: string
}

/** What a ring is made of; for `RingDraft` alone. */
export interface RingParts<H extends RingHost> {
  /** Virtual nodes per host. */
  readonly factor: number
  /** Number of pairs, shadowed ones counted. */
  readonly size: number
  /** Of a hash, by which its leaf is found: 1 to 31. */
  readonly bits: number
  readonly directory: PagedList<Leaf>
  /** Of the leaf of each entry. */
  readonly depths: Uint8Array
  /** By slot. */
  readonly hosts: PagedList<H | undefined>
}

export class Ring<H extends RingHost> {
  readonly parts: RingParts<H>
  readonly #directory: PagedList<Leaf>
  readonly #depths: Uint8Array
  readonly #hosts: PagedList<H | undefined>
  readonly #shift: number

  constructor(parts: RingParts<H>) {
    this.parts = parts
    this.#directory = parts.directory
    this.#depths = parts.depths
    this.#hosts = parts.hosts
    this.#shift = 32 - parts.bits
  }

  /** @param factor virtual nodes per host */
  static empty<H extends RingHost>(factor: number): Ring<H> {
    const leaf = new Uint32Array()
    const [directory, depths] = [PagedList.of([leaf, leaf]), new Uint8Array(2)]
    const hosts = PagedList.of<H | undefined>([])
    return new Ring<H>({ factor, size: 0, bits: 1, directory, depths, hosts })
  }

  /** Virtual nodes per host. */
  get factor(): number {
    return this.parts.factor
  }

  /** Number of pairs, shadowed ones counted. */
  get size(): number {
    return this.parts.size
  }

  get hostCount(): number {
    return this.size / this.factor
  }

  /** The host that owns a position; undefined on an empty ring. */
  ownerAt(hi: number, lo: number): H | undefined {
    const entry = hi >>> this.#shift
    const leaf = this.#directory.get(entry)
    const at = lowerBound(leaf, this.#depths[entry]!, hi, lo)
    const count = pairsIn(leaf)
    if (at < count) return this.#hosts.get(leaf[2 * count + at]!)
    return this.#firstBehind(entry)
  }

  /** A cursor at the first pair at or above a position; at the first of all without one. */
  cursor(hi = 0, lo = 0): RingCursor<H> {
    const entry = hi >>> this.#shift
    const leaf = this.#directory.get(entry)
    return new RingCursor(this.parts, entry, lowerBound(leaf, this.#depths[entry]!, hi, lo))
  }

  /**
   * A cursor at the last pair below a position; round the start, at the last of all. The ring is
   * not empty.
   */
  cursorBefore(hi: number, lo: number): RingCursor<H> {
    const directory = this.#directory
    const entry = hi >>> this.#shift
    const own = directory.get(entry)
    const at = lowerBound(own, this.#depths[entry]!, hi, lo)
    if (at > 0) return new RingCursor(this.parts, entry, at - 1)
    for (let step = 1; step <= directory.length; step += 1) {
      const before = (entry - step + directory.length) & (directory.length - 1)
      const leaf = directory.get(before)
      // Round the whole ring, this leaf comes again: by then all its pairs are at or above.
      const isOwn = leaf === own && step < directory.length
      if (!isOwn && leaf.length > 0) return new RingCursor(this.parts, before, pairsIn(leaf) - 1)
    }
    throw new Error('an empty ring has no pair')
  }

  /** The hosts of all pairs from a position on, once round. A host comes once for each pair. */
  *hostsFrom(hi: number, lo: number): Generator<H> {
    const cursor = this.cursor(hi, lo)
    for (let left = this.size; left > 0; left -= 1) {
      if (cursor.isAtEnd) cursor.rewind()
      yield cursor.host
      cursor.next()
    }
  }

  /** The hosts on the ring, in no particular order. */
  *hostList(): Generator<H> {
    for (const host of this.#hosts.values()) if (host !== undefined) yield host
  }

  /** Each leaf once, in the order of the hashes. Rings share those in which they do not differ. */
  *leaves(): Generator<Leaf> {
    const { bits } = this.parts
    for (let entry = 0; entry < this.#directory.length; ) {
      yield this.#directory.get(entry)
      entry += 2 ** (bits - this.#depths[entry]!)
    }
  }

  /**
   * The slot of the host of this name, if it is on the ring; -1 when it is not.
   * @param nodes upper and lower half of the first of the host's virtual nodes, or of all of them
   */
  slotOf(name: string, nodes: Uint32Array): number {
    const hi = nodes[0]!
    const lo = nodes[1]!
    const entry = hi >>> this.#shift
    const leaf = this.#directory.get(entry)
    const count = pairsIn(leaf)
    for (let at = lowerBound(leaf, this.#depths[entry]!, hi, lo); at < count; at += 1) {
      if (leaf[at] !== hi || leaf[count + at] !== lo) break
      const slot = leaf[2 * count + at]!
      if (this.#hosts.get(slot)!.name === name) return slot
    }
    return -1
  }

  /** The host of the first pair behind the leaf of an entry, round the end to that leaf itself. */
  #firstBehind(entry: number): H | undefined {
    const directory = this.#directory
    const own = directory.get(entry)
    // Empty leaves are few: a ring whose directory is too large for it is made anew.
    for (let step = 1; step < directory.length; step += 1) {
      const leaf = directory.get((entry + step) & (directory.length - 1))
      if (leaf !== own && leaf.length > 0) return this.#hosts.get(leaf[2 * pairsIn(leaf)]!)
    }
    return own.length > 0 ? this.#hosts.get(own[2 * pairsIn(own)]!) : undefined
  }
}

/** A place on a ring, which goes on from pair to pair in ring order. */
export class RingCursor<H extends RingHost> {
  readonly #parts: RingParts<H>
  #entry: number
  #leaf: Leaf
  #count: number
  #at: number

  constructor(parts: RingParts<H>, entry: number, at: number) {
    this.#parts = parts
    this.#entry = entry
    this.#leaf = parts.directory.get(entry)
    this.#count = pairsIn(this.#leaf)
    this.#at = at
    this.#settle()
  }

  /** Whether it is behind the last pair; then there is no pair here. */
  get isAtEnd(): boolean {
    return this.#at >= this.#count
  }

  /** Upper half of the pair's hash. */
  get hi(): number {
    return this.#leaf[this.#at]!
  }

  /** Lower half of the pair's hash. */
  get lo(): number {
    return this.#leaf[this.#count + this.#at]!
  }

  get host(): H {
    return this.#parts.hosts.get(this.#leaf[2 * this.#count + this.#at]!)!
  }

  next(): void {
    this.#at += 1
    if (this.#at >= this.#count) this.#settle()
  }

  /** Goes behind all pairs of this hash: those behind the first are shadowed. */
  nextHash(): void {
    const { hi, lo } = this
    do this.next()
    while (!this.isAtEnd && this.hi === hi && this.lo === lo)
  }

  /** Goes to the first pair of all. */
  rewind(): void {
    this.#enter(0)
    this.#settle()
  }

  /** Goes to the first pair of the next leaf that has one, where this leaf has no further pair. */
  #settle(): void {
    const { directory } = this.#parts
    while (this.#at >= this.#count && this.#entry < directory.length - 1) {
      if (directory.get(this.#entry + 1) === this.#leaf) this.#entry += 1
      else this.#enter(this.#entry + 1)
    }
  }

  #enter(entry: number): void {
    this.#entry = entry
    this.#leaf = this.#parts.directory.get(entry)
    this.#count = pairsIn(this.#leaf)
    this.#at = 0
  }
}
