/**
 * A set of 32-byte digests, and one digest over all of it that is collision-resistant: whoever
 * finds two sets with the same digest has found two inputs of BLAKE2b-256 with the same result.
 * (A sum of digests is not: a set with a given sum can be searched for in seconds.)
 *
 * The digests lie in 256 buckets by their first byte, each bucket sorted. The digest of the set is
 * BLAKE2b-256 over the BLAKE2b-256 of each bucket, so a change costs the buckets that it touches,
 * and the result depends on the contents alone. An immutable value: a draft makes the next one.
 */
import { finish, type Slices } from '../jobs/sliced-job.js'
import type { Hasher } from './hasher.js'

/** Bytes of one digest. */
export const digestBytes = 32
const bucketCount = 256

/** Costs, in units of a budget. */
const hashUnits = 1
const hashedByteUnits = 0.004
const changeUnits = 0.5
const mergedByteUnits = 0.001

interface Bucket {
  /** The digests one behind the other, in byte order. */
  readonly bytes: Uint8Array
  /** Of `bytes`; made when it is asked for first. */
  hash: Uint8Array | null
}

export class DigestSet {
  readonly #buckets: readonly Bucket[]
  #known: Uint8Array | null = null

  constructor(buckets: readonly Bucket[]) {
    this.#buckets = buckets
  }

  static empty(): DigestSet {
    const bucket: Bucket = { bytes: new Uint8Array(), hash: null }
    return new DigestSet(new Array<Bucket>(bucketCount).fill(bucket))
  }

  /** Begins the next set. */
  change(): DigestSetDraft {
    return new DigestSetDraft(this, this.#buckets)
  }

  /** 32 bytes over the whole set. */
  digest(hasher: Hasher): Uint8Array {
    return this.#known ?? finish(this.digestInSlices(hasher))
  }

  /** The same in slices: of a set of which much changed, most buckets are hashed anew. */
  *digestInSlices(hasher: Hasher): Slices<Uint8Array> {
    if (this.#known !== null) return this.#known
    const hashes = new Uint8Array(bucketCount * digestBytes)
    for (const [i, bucket] of this.#buckets.entries()) {
      if (bucket.hash === null) {
        bucket.hash = hasher.digest256(bucket.bytes)
        yield hashUnits + bucket.bytes.length * hashedByteUnits
      }
      hashes.set(bucket.hash, i * digestBytes)
    }
    this.#known = hasher.digest256(hashes)
    return this.#known
  }
}

interface Change {
  readonly digest: Uint8Array
  /** 1 when it comes, -1 when it goes. */
  readonly by: 1 | -1
}

/** Collects what comes and goes. What comes and goes in one draft is as it was before. */
export class DigestSetDraft {
  readonly #before: DigestSet
  readonly #buckets: readonly Bucket[]
  readonly #changes = new Map<number, Change[]>()

  constructor(before: DigestSet, buckets: readonly Bucket[]) {
    this.#before = before
    this.#buckets = buckets
  }

  /** @param digest 32 bytes that are not in the set */
  add(digest: Uint8Array): void {
    this.#put({ digest, by: 1 })
  }

  /** @param digest 32 bytes that are in the set */
  remove(digest: Uint8Array): void {
    this.#put({ digest, by: -1 })
  }

  /** @throws Error when a digest was added that is there, or one removed that is not: a bug */
  finish(): DigestSet {
    return finish(this.finishInSlices())
  }

  /** The same in slices, a bucket each. */
  *finishInSlices(): Slices<DigestSet> {
    const buckets = [...this.#buckets]
    let isChanged = false
    for (const [index, changes] of this.#changes) {
      const bytes = merge(buckets[index]!.bytes, netChanges(changes))
      if (bytes !== null) {
        buckets[index] = { bytes, hash: null }
        isChanged = true
      }
      yield changes.length * changeUnits + buckets[index]!.bytes.length * mergedByteUnits
    }
    return isChanged ? new DigestSet(buckets) : this.#before
  }

  #put(change: Change): void {
    const index = change.digest[0]!
    const changes = this.#changes.get(index)
    if (changes === undefined) this.#changes.set(index, [change])
    else changes.push(change)
  }
}

/** In byte order, without those that cancel each other out. */
function netChanges(changes: readonly Change[]): Change[] {
  const net: Change[] = []
  for (const change of changes.toSorted((a, b) => compareDigests(a.digest, 0, b.digest))) {
    const last = net.at(-1)
    if (last === undefined || compareDigests(last.digest, 0, change.digest) !== 0) {
      net.push(change)
    } else if (last.by === change.by) throw new Error('a digest changes twice in one way')
    else net.pop()
  }
  return net
}

/** The bytes of a bucket after changes in byte order; null when there are none. */
function merge(before: Uint8Array, changes: readonly Change[]): Uint8Array | null {
  if (changes.length === 0) return null
  const count = changes.reduce((sum, { by }) => sum + by, before.length / digestBytes)
  if (count < 0) throw new Error('a digest goes that is not there')
  const after = new Uint8Array(count * digestBytes)
  let from = 0
  let to = 0
  const keep = (until: number) => {
    after.set(before.subarray(from, until), to)
    to += until - from
    from = until
  }
  for (const { digest, by } of changes) {
    let at = from
    while (at < before.length && compareDigests(before, at, digest) < 0) at += digestBytes
    const isThere = at < before.length && compareDigests(before, at, digest) === 0
    if (isThere && by === 1) throw new Error('a digest comes that is there')
    if (!isThere && by === -1) throw new Error('a digest goes that is not there')
    keep(at)
    if (isThere) from += digestBytes
    else {
      after.set(digest, to)
      to += digestBytes
    }
  }
  keep(before.length)
  return after
}

/** Byte order of the digest at `at` in `bytes` and another one. */
function compareDigests(bytes: Uint8Array, at: number, digest: Uint8Array): number {
  for (let i = 0; i < digestBytes; i += 1) {
    const order = bytes[at + i]! - digest[i]!
    if (order !== 0) return order
  }
  return 0
}
