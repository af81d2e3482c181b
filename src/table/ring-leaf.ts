/**
 * A leaf of a ring: all pairs (hash, host's slot) whose hashes begin with the same bits, in one
 * typed array, so that the garbage collector has nothing to look at. Never changed once it is made.
 *
 * Layout, for n pairs in ring order: n upper halves of the hashes, n lower halves, n slots, and
 * the leaf's depth, which is how many leading bits its pairs have in common.
 */
export type Leaf = Uint32Array

const twoTo32 = 0x1_0000_0000

export function emptyLeaf(depth: number): Leaf {
  return Uint32Array.of(depth)
}

/** Number of pairs. */
export function pairsIn(leaf: Leaf): number {
  return (leaf.length / 3) | 0
}

export function depthOf(leaf: Leaf): number {
  return leaf[leaf.length - 1]!
}

/**
 * Number of the first pair at or above a position that begins with the leaf's bits; the number of
 * pairs when there is none.
 */
export function lowerBound(leaf: Leaf, hi: number, lo: number): number {
  const count = pairsIn(leaf)
  // Hashes are uniform, so a proportional guess is near, and is bracketed by doubling steps. A
  // skewed leaf costs steps, not truth.
  const behindBits = (hi << depthOf(leaf)) >>> 0
  let low = Math.floor((behindBits * count) / twoTo32)
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
