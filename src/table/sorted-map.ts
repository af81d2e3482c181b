/**
 * An immutable map in the order of its keys. An edit gives a new map that shares all untouched
 * leaves with the old one: O(leaf + entries / leaf) for one change, a merge for many. So an old
 * table, a consistent snapshot and the newest state are one pointer each, and the difference of
 * two maps skips what they share.
 *
 * Invariants: no leaf is empty or longer than `leafEntriesMax`; keys rise within and across
 * leaves; nothing that a map was given is ever changed again.
 */

/** Leaves hold at most this many entries; longer ones are split. */
const leafEntriesMax = 128
/** A touched leaf shorter than this joins its neighbour when both fit into one. */
const leafEntriesMin = 32

interface Leaf<K, V> {
  readonly keys: readonly K[]
  readonly values: readonly V[]
}

/** A key with its new value; `undefined` removes the key. */
export type Edit<K, V> = readonly [key: K, value: V | undefined]

export interface Difference<K, V> {
  readonly key: K
  readonly before: V | undefined
  readonly after: V | undefined
}

export class SortedMap<K, V> {
  readonly size: number
  readonly #compare: (a: K, b: K) => number
  readonly #leaves: readonly Leaf<K, V>[]

  private constructor(
    compare: (a: K, b: K) => number,
    leaves: readonly Leaf<K, V>[],
    size: number,
  ) {
    this.#compare = compare
    this.#leaves = leaves
    this.size = size
  }

  static empty<K, V>(compare: (a: K, b: K) => number): SortedMap<K, V> {
    return new SortedMap<K, V>(compare, [], 0)
  }

  /** Number of leaves: how dense the map is. */
  get leafCount(): number {
    return this.#leaves.length
  }

  get(key: K): V | undefined {
    const leaf = this.#leaves[this.#leafOf(key)]
    if (leaf === undefined) return undefined
    const at = lowerBound(leaf.keys, key, this.#compare)
    const found = leaf.keys[at]
    return found !== undefined && this.#compare(found, key) === 0 ? leaf.values[at] : undefined
  }

  has(key: K): boolean {
    return this.get(key) !== undefined
  }

  with(key: K, value: V): SortedMap<K, V> {
    return this.edit([[key, value]])
  }

  without(key: K): SortedMap<K, V> {
    return this.has(key) ? this.edit([[key, undefined]]) : this
  }

  /** @param edits in any order, each key at most once */
  edit(edits: readonly Edit<K, V>[]): SortedMap<K, V> {
    if (edits.length === 0) return this
    const sorted = edits.toSorted(([a], [b]) => this.#compare(a, b))
    const leaves: Leaf<K, V>[] = []
    let size = this.size
    let kept = 0
    for (let from = 0; from < sorted.length; ) {
      const at = this.#leafOf(sorted[from]![0])
      const to = this.#endOfRun(sorted, from, at)
      while (kept < at) leaves.push(this.#leaves[kept++]!)
      const before = this.#leaves[at]
      const after = this.#editLeaf(before, sorted, from, to)
      size += after.keys.length - (before?.keys.length ?? 0)
      pushLeaf(leaves, after)
      kept = at + 1
      from = to
    }
    while (kept < this.#leaves.length) leaves.push(this.#leaves[kept++]!)
    return new SortedMap(this.#compare, leaves, size)
  }

  /** In the order of the keys, from the first one greater than `after` on. */
  *entries(after?: K): Generator<readonly [K, V]> {
    const first = after === undefined ? 0 : this.#leafOf(after)
    for (let i = first; i < this.#leaves.length; i += 1) {
      const { keys, values } = this.#leaves[i]!
      for (let j = 0; j < keys.length; j += 1) {
        const key = keys[j]!
        if (i === first && after !== undefined && this.#compare(key, after) <= 0) continue
        yield [key, values[j]!]
      }
    }
  }

  *keys(): Generator<K> {
    for (const leaf of this.#leaves) yield* leaf.keys
  }

  *values(): Generator<V> {
    for (const leaf of this.#leaves) yield* leaf.values
  }

  /** What differs from this map to the other, in the order of the keys. */
  *differences(other: SortedMap<K, V>, same: (a: V, b: V) => boolean): Generator<Difference<K, V>> {
    for (const found of this.differencesInSlices(other, same)) if (found !== null) yield found
  }

  /** The same; null stands between them now and then, where at most a leaf was looked at. */
  *differencesInSlices(
    other: SortedMap<K, V>,
    same: (a: V, b: V) => boolean,
  ): Generator<Difference<K, V> | null> {
    const a = new Cursor(this.#leaves)
    const b = new Cursor(other.#leaves)
    let looks = 0
    for (;;) {
      looks += 1
      if (looks % leafEntriesMax === 0) yield null
      if (a.skipShared(b)) continue
      const order = a.done ? 1 : b.done ? -1 : this.#compare(a.key, b.key)
      if (a.done && b.done) return
      if (order === 0) {
        const [before, after] = [a.value, b.value]
        if (before !== after && !same(before, after)) yield { key: a.key, before, after }
        a.next()
        b.next()
      } else if (order < 0) {
        yield { key: a.key, before: a.value, after: undefined }
        a.next()
      } else {
        yield { key: b.key, before: undefined, after: b.value }
        b.next()
      }
    }
  }

  /** Number of the leaf that holds the key, or would. */
  #leafOf(key: K): number {
    let low = 0
    let high = this.#leaves.length
    while (high - low > 1) {
      const middle = (low + high) >>> 1
      if (this.#compare(this.#leaves[middle]!.keys[0]!, key) <= 0) low = middle
      else high = middle
    }
    return low
  }

  /** The first edit at or after `from` that belongs behind leaf `at`. */
  #endOfRun(sorted: readonly Edit<K, V>[], from: number, at: number): number {
    const next = this.#leaves[at + 1]?.keys[0]
    if (next === undefined) return sorted.length
    let to = from + 1
    while (to < sorted.length && this.#compare(sorted[to]![0], next) < 0) to += 1
    return to
  }

  #editLeaf(
    leaf: Leaf<K, V> | undefined,
    sorted: readonly Edit<K, V>[],
    from: number,
    to: number,
  ): Leaf<K, V> {
    const keys: K[] = []
    const values: V[] = []
    const old = leaf ?? { keys: [], values: [] }
    let i = 0
    for (let e = from; e < to; e += 1) {
      const [key, value] = sorted[e]!
      while (i < old.keys.length && this.#compare(old.keys[i]!, key) < 0) {
        keys.push(old.keys[i]!)
        values.push(old.values[i++]!)
      }
      if (i < old.keys.length && this.#compare(old.keys[i]!, key) === 0) i += 1
      if (value !== undefined) {
        keys.push(key)
        values.push(value)
      }
    }
    for (; i < old.keys.length; i += 1) {
      keys.push(old.keys[i]!)
      values.push(old.values[i]!)
    }
    return { keys, values }
  }
}

/** A place in a map's leaves. */
class Cursor<K, V> {
  readonly #leaves: readonly Leaf<K, V>[]
  #leaf = 0
  #entry = 0

  constructor(leaves: readonly Leaf<K, V>[]) {
    this.#leaves = leaves
  }

  get done(): boolean {
    return this.#leaf >= this.#leaves.length
  }

  get key(): K {
    return this.#leaves[this.#leaf]!.keys[this.#entry]!
  }

  get value(): V {
    return this.#leaves[this.#leaf]!.values[this.#entry]!
  }

  next(): void {
    this.#entry += 1
    if (this.#entry < this.#leaves[this.#leaf]!.keys.length) return
    this.#leaf += 1
    this.#entry = 0
  }

  /** Steps both over a leaf that they share, when both stand at its start. */
  skipShared(other: Cursor<K, V>): boolean {
    if (this.done || other.done || this.#entry !== 0 || other.#entry !== 0) return false
    if (this.#leaves[this.#leaf] !== other.#leaves[other.#leaf]) return false
    this.#leaf += 1
    other.#leaf += 1
    return true
  }
}

/** Appends a touched leaf: split when it is too long, joined to the last one when it is short. */
function pushLeaf<K, V>(leaves: Leaf<K, V>[], leaf: Leaf<K, V>): void {
  const entries = leaf.keys.length
  if (entries === 0) return
  const last = leaves.at(-1)
  const joined = entries + (last?.keys.length ?? 0)
  if (last !== undefined && entries < leafEntriesMin && joined <= leafEntriesMax) {
    leaves[leaves.length - 1] = {
      keys: last.keys.concat(leaf.keys),
      values: last.values.concat(leaf.values),
    }
    return
  }
  const pieces = Math.ceil(entries / leafEntriesMax)
  const length = Math.ceil(entries / pieces)
  for (let at = 0; at < entries; at += length) {
    leaves.push({
      keys: leaf.keys.slice(at, at + length),
      values: leaf.values.slice(at, at + length),
    })
  }
}

/** Position of the first key at or above the given one. */
function lowerBound<K>(keys: readonly K[], key: K, compare: (a: K, b: K) => number): number {
  let low = 0
  let high = keys.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (compare(keys[middle]!, key) < 0) low = middle + 1
    else high = middle
  }
  return low
}
