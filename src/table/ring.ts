/**
 * The consistent-hash ring of one set of hosts, as an immutable value in typed arrays: all (hash,
 * host) pairs, ordered by hash and, where hashes are equal, by the host's name. The owner of a
 * position is the first pair at or above it, wrapping to the first of all (design §4).
 *
 * Pairs that stand behind another one of the same hash are shadowed: they own nothing, but they
 * are kept, since they come to light when the host before them leaves. So a merged ring equals a
 * rebuilt one.
 *
 * Invariants: a host has exactly `factor` pairs; a slot number stands for the same host in all
 * pairs; free slots are holes in `hosts`.
 */
import { compareText } from './code-point-order.js'
import type { VirtualNodes } from './virtual-nodes.js'

export interface RingHost {
  readonly name: string
}

export interface RingChange<H extends RingHost> {
  /** Hosts that are not on the ring. */
  readonly joins: readonly H[]
  /** Names of hosts on the ring. */
  readonly leaves: readonly string[]
  /** Hosts on the ring, by name, whose other properties changed: the positions stay. */
  readonly replaced: readonly H[]
}

/** Ring positions as parallel columns: upper and lower half of the hash, and the host's slot. */
interface Pairs {
  readonly hi: Uint32Array
  readonly lo: Uint32Array
  readonly slot: Uint32Array
}

const twoTo32 = 0x1_0000_0000
/** Steps by proportion before the search goes on by halving; two suffice up to 10^7 pairs. */
const proportionalSteps = 2

export class Ring<H extends RingHost> {
  readonly factor: number
  private readonly pairs: Pairs
  private readonly hosts: readonly (H | undefined)[]

  private constructor(factor: number, pairs: Pairs, hosts: readonly (H | undefined)[]) {
    this.factor = factor
    this.pairs = pairs
    this.hosts = hosts
  }

  /** @param factor virtual nodes per host */
  static empty<H extends RingHost>(factor: number): Ring<H> {
    return new Ring<H>(factor, columns(0), [])
  }

  /** Number of pairs, shadowed ones counted. */
  get size(): number {
    return this.pairs.hi.length
  }

  get hostCount(): number {
    return this.size / this.factor
  }

  /** The host that owns a position; undefined on an empty ring. */
  ownerAt(hi: number, lo: number): H | undefined {
    const { slot } = this.pairs
    const at = this.lowerBound(hi, lo)
    return this.hosts[slot[at === slot.length ? 0 : at]!]
  }

  /** Number of the first pair at or above a position; `size` when there is none. */
  lowerBound(hi: number, lo: number): number {
    const his = this.pairs.hi
    const los = this.pairs.lo
    const size = his.length
    if (size === 0) return 0
    const perUnit = size / twoTo32
    let guess = Math.floor(hi * perUnit)
    for (let step = 0; step < proportionalSteps; step += 1) {
      guess += Math.trunc((hi - his[guess]!) * perUnit)
      guess = guess < 0 ? 0 : guess >= size ? size - 1 : guess
    }
    // The guess brackets the place by doubling steps; so a skewed ring costs steps, not truth.
    let low = guess
    let high = guess
    for (let step = 1; low > 0 && !below(his, los, low - 1, hi, lo); step *= 2) {
      high = low
      low = low > step ? low - step : 0
    }
    for (let step = 1; high < size && below(his, los, high, hi, lo); step *= 2) {
      low = high + 1
      high = high + step < size ? high + step : size
    }
    while (low < high) {
      const middle = (low + high) >>> 1
      if (below(his, los, middle, hi, lo)) low = middle + 1
      else high = middle
    }
    return low
  }

  hostOf(pair: number): H {
    return this.hosts[this.pairs.slot[pair]!]!
  }

  hiOf(pair: number): number {
    return this.pairs.hi[pair]!
  }

  loOf(pair: number): number {
    return this.pairs.lo[pair]!
  }

  /** Whether the pair stands behind another one of the same hash and so owns nothing. */
  isShadowed(pair: number): boolean {
    const { hi, lo } = this.pairs
    return pair > 0 && hi[pair] === hi[pair - 1] && lo[pair] === lo[pair - 1]
  }

  /** The hosts on the ring, in no particular order. */
  *hostList(): Generator<H> {
    for (const host of this.hosts) if (host !== undefined) yield host
  }

  /**
   * The pair of this position and name; -1 when there is none. With one of a host's virtual nodes
   * it tells whether the host is on the ring.
   */
  find(hi: number, lo: number, name: string): number {
    const { size } = this
    for (let at = this.lowerBound(hi, lo); at < size; at += 1) {
      if (this.hiOf(at) !== hi || this.loOf(at) !== lo) return -1
      if (this.hostOf(at).name === name) return at
    }
    return -1
  }

  /** The host of this name, if it is on the ring. */
  hostNamed(name: string, nodes: VirtualNodes): H | undefined {
    const [hi, lo] = nodes.of(name, this.factor)
    const pair = this.find(hi!, lo!, name)
    return pair < 0 ? undefined : this.hostOf(pair)
  }

  /** The ring after the change: one merge, linear in the pairs, never a sort of the whole. */
  merge(change: RingChange<H>, nodes: VirtualNodes): Ring<H> {
    const { joins, leaves, replaced } = change
    const hosts = [...this.hosts]
    for (const host of replaced) hosts[this.slotNamed(host.name, nodes)] = host
    if (joins.length === 0 && leaves.length === 0) return new Ring(this.factor, this.pairs, hosts)
    const gone = new Uint8Array(hosts.length)
    for (const name of leaves) {
      const slot = this.slotNamed(name, nodes)
      hosts[slot] = undefined
      gone[slot] = 1
    }
    const slots = takeSlots(hosts, joins)
    const joined = sortedPairs(hosts, slots, this.factor, nodes)
    const size = this.size + (joins.length - leaves.length) * this.factor
    const pairs = mergePairs({ pairs: this.pairs, gone, joined, hosts, size })
    return new Ring(this.factor, pairs, hosts)
  }

  private slotNamed(name: string, nodes: VirtualNodes): number {
    const [hi, lo] = nodes.of(name, this.factor)
    const pair = this.find(hi!, lo!, name)
    if (pair < 0) throw new Error(`host ${name} is not on the ring`)
    return this.pairs.slot[pair]!
  }
}

function below(his: Uint32Array, los: Uint32Array, at: number, hi: number, lo: number): boolean {
  const itsHi = his[at]!
  return itsHi < hi || (itsHi === hi && los[at]! < lo)
}

function columns(size: number): Pairs {
  return {
    hi: new Uint32Array(size),
    lo: new Uint32Array(size),
    slot: new Uint32Array(size),
  }
}

/** Puts the hosts into free slots, then behind the last. */
function takeSlots<H extends RingHost>(hosts: (H | undefined)[], joins: readonly H[]): number[] {
  let free = 0
  return joins.map((host) => {
    while (free < hosts.length && hosts[free] !== undefined) free += 1
    hosts[free] = host
    return free
  })
}

/**
 * The pairs of some hosts in ring order, in expected linear time: hashes are uniform, so counting
 * them by their leading part leaves only neighbours to be put right by insertion.
 */
function sortedPairs<H extends RingHost>(
  hosts: readonly (H | undefined)[],
  slots: readonly number[],
  factor: number,
  nodes: VirtualNodes,
): Pairs {
  const size = slots.length * factor
  const perUnit = size / twoTo32
  const lists = slots.map((slot) => nodes.of(hosts[slot]!.name, factor))
  const starts = new Uint32Array(size + 1)
  for (const list of lists) {
    for (let i = 0; i < list.length; i += 2) starts[Math.floor(list[i]! * perUnit) + 1]! += 1
  }
  for (let i = 1; i <= size; i += 1) starts[i]! += starts[i - 1]!
  const pairs = columns(size)
  lists.forEach((list, host) => {
    for (let i = 0; i < list.length; i += 2) {
      const bucket = Math.floor(list[i]! * perUnit)
      const at = starts[bucket]!
      starts[bucket] = at + 1
      pairs.hi[at] = list[i]!
      pairs.lo[at] = list[i + 1]!
      pairs.slot[at] = slots[host]!
    }
  })
  insertionSort(pairs, hosts)
  return pairs
}

function insertionSort<H extends RingHost>(pairs: Pairs, hosts: readonly (H | undefined)[]): void {
  for (let i = 1; i < pairs.hi.length; i += 1) {
    const hi = pairs.hi[i]!
    const lo = pairs.lo[i]!
    const slot = pairs.slot[i]!
    let at = i
    while (at > 0 && !standsBefore(pairs, at - 1, hi, lo, slot, hosts)) {
      copyPair(pairs, at - 1, pairs, at)
      at -= 1
    }
    pairs.hi[at] = hi
    pairs.lo[at] = lo
    pairs.slot[at] = slot
  }
}

interface Merge<H extends RingHost> {
  readonly pairs: Pairs
  /** 1 for each old slot whose pairs are dropped. */
  readonly gone: Uint8Array
  readonly joined: Pairs
  readonly hosts: readonly (H | undefined)[]
  readonly size: number
}

function mergePairs<H extends RingHost>({ pairs, gone, joined, hosts, size }: Merge<H>): Pairs {
  const merged = columns(size)
  let at = 0
  let next = 0
  for (let i = 0; i < pairs.hi.length; i += 1) {
    const slot = pairs.slot[i]!
    if (gone[slot] === 1) continue
    const hi = pairs.hi[i]!
    const lo = pairs.lo[i]!
    while (next < joined.hi.length && standsBefore(joined, next, hi, lo, slot, hosts)) {
      copyPair(joined, next, merged, at)
      next += 1
      at += 1
    }
    merged.hi[at] = hi
    merged.lo[at] = lo
    merged.slot[at] = slot
    at += 1
  }
  for (; next < joined.hi.length; next += 1, at += 1) copyPair(joined, next, merged, at)
  if (at !== size) throw new Error(`a ring of ${size} pairs was merged to ${at}`)
  return merged
}

/** Whether a pair stands before the pair of these values. */
function standsBefore<H extends RingHost>(
  pairs: Pairs,
  at: number,
  hi: number,
  lo: number,
  slot: number,
  hosts: readonly (H | undefined)[],
): boolean {
  const itsHi = pairs.hi[at]!
  if (itsHi !== hi) return itsHi < hi
  const itsLo = pairs.lo[at]!
  if (itsLo !== lo) return itsLo < lo
  const itsSlot = pairs.slot[at]!
  return itsSlot !== slot && compareText(hosts[itsSlot]!.name, hosts[slot]!.name) < 0
}

function copyPair(from: Pairs, at: number, to: Pairs, toAt: number): void {
  to.hi[toAt] = from.hi[at]!
  to.lo[toAt] = from.lo[at]!
  to.slot[toAt] = from.slot[at]!
}
