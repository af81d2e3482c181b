/**
 * A leaf of a ring: all pairs (hash, host's slot) whose hashes begin with the same bits, in one
 * typed array, so that the garbage collector has nothing to look at. Never changed once it is made.
 *
 * Layout, for n pairs in ring order: n upper halves of the hashes, n lower ones, n slots. Its depth
 * (how many leading bits they have in common) stands in the directory: a look-up needs it first,
 * and would have to fetch another line of memory for it here.
 */
export type Leaf = Uint32Array

/** All positions that begin with a leaf's bits are one. */
const unit = 2 ** -32

/** Number of pairs. */
export function pairsIn(leaf: Leaf): number {
  return (leaf.length / 3) | 0
}

/**
 * Number of the first pair at or above a position that begins with the leaf's bits; the number of
 * pairs when there is none.
 */
export function lowerBound(leaf: Leaf, depth: number, hi: number, lo: number): number {
  const count = pairsIn(leaf)
  if (count === 0) return 0
  // Hashes are uniform: a guess by proportion, mended by proportion once, is at most a few pairs
  // away, and is bracketed by doubling steps. A skewed leaf costs steps, not truth.
  const perUnit = count * unit
  const behind = (hi << depth) >>> 0
  let low = Math.floor(behind * perUnit)
  low += Math.trunc((behind - ((leaf[low]! << depth) >>> 0)) * perUnit)
  low = low < 0 ? 0 : low >= count ? count - 1 : low
  let high = low
  for (let step = 1; low > 0 && !isBelow(leaf, count, low - 1, hi, lo); step *= 2) {
    high = low
    low = low > step ? low - step : 0
  }
  for (let step = 1; high < count && isBelow(leaf, count, high, hi, lo); step *= 2) {
    low = high + 1
    high = high + step < count ? high + step : count
  }
  while (low < high) {
    const middle = (low + high) >>> 1
    if (isBelow(leaf, count, middle, hi, lo)) low = middle + 1
    else high = middle
  }
  return low
}

function isBelow(leaf: Leaf, count: number, at: number, hi: number, lo: number): boolean {
  const itsHi = leaf[at]!
  return itsHi < hi || (itsHi === hi && leaf[count + at]! < lo)
}
