/**
 * Compares the state machines of all replicas at equal index (design §4): each tells its digests to
 * all others, and whoever finds a majority of the voters against it has diverged, through a bug or
 * damaged memory, and must stop. Nobody's word weighs more than another's: a leader may be the one
 * that is wrong. Digests are opaque here.
 *
 * Replicas are rarely at the very same index. So all remember their digests at round indexes and at
 * those that others have told of from ahead, and tell what they remembered.
 *
 * Bounds: `ownMax` and `toldMax` digests for each of those whom the caller lets in, which are
 * members.
 */
import type { ReplicaId } from '../../core/entry.js'
import { InvariantError } from '../../core/invariant.js'
import type { JointQuorum } from '../../core/quorum.js'
import type { DigestPoint } from '../frame.js'
import { digestPointsMax, digestUnitsMax } from '../frame-limits.js'

/** Digests are remembered at multiples of this. */
const everyIndex = 64
/** Own digests that are remembered, and so how far a peer may lag to be compared at once. */
const ownMax = 64
/** Digests of one peer that are remembered. */
const toldMax = 32
/** Indexes ahead, told by others, at which the own digest will be remembered. */
const awaitedMax = 64

/** At one index somebody has another state than this replica. */
export interface DigestDifference {
  readonly index: number
  readonly own: string
  /** What others have there, as far as they have told. */
  readonly others: ReadonlyMap<ReplicaId, string>
}

/**
 * What a difference means for this replica. `minority`: most voters have one and the same other
 * state; `majority`: most have its own; `tie`: all have spoken, and no state has a majority;
 * `open`: too few have spoken.
 */
export type DigestVerdict =
  | { readonly kind: 'minority'; readonly digest: string; readonly against: readonly ReplicaId[] }
  | { readonly kind: 'majority' | 'tie' | 'open' }

export class DigestWatch {
  /** Own digests by index, oldest first. */
  readonly #own = new Map<number, string>()
  readonly #told = new Map<ReplicaId, Map<number, string>>()
  readonly #awaited = new Set<number>()
  /** Where each peer was compared last, and whether it had another state there. */
  readonly #compared = new Map<ReplicaId, { readonly index: number; readonly differs: boolean }>()
  #hasNews = false

  /** Something was remembered that the others have not been told. */
  get hasNews(): boolean {
    return this.#hasNews
  }

  /** Peers whose state is another than the own one, and the index where that was found. */
  get differing(): ReadonlyMap<ReplicaId, number> {
    const differing = [...this.#compared].filter(([, { differs }]) => differs)
    return new Map(differing.map(([peer, { index }]) => [peer, index]))
  }

  /** Whether the digest right after this index is asked for by `applied`. */
  wants(index: number): boolean {
    return index % everyIndex === 0 || this.#awaited.has(index)
  }

  /**
   * The own digest right after `index`.
   * @returns a difference to what somebody had there; null for none
   */
  applied(index: number, digest: string): DigestDifference | null {
    this.#remember(index, digest)
    for (const at of this.#awaited) if (at <= index) this.#awaited.delete(at)
    return this.#compare(index)
  }

  /**
   * What to tell all others: what was remembered last. The state as it is now is not among it,
   * or every word would ask all others for another one.
   */
  points(): readonly DigestPoint[] {
    this.#hasNews = false
    const newest = [...this.#own].slice(-digestPointsMax)
    return newest.map(([index, digest]) => ({ index, digest }))
  }

  /** The same, with the state as it is now: others will tell theirs once they have come so far. */
  pointsWithNow(appliedIndex: number, digest: string): readonly DigestPoint[] {
    this.#remember(appliedIndex, digest)
    return this.points()
  }

  /**
   * The digests of a member.
   * @param digest the own one, at `appliedIndex`
   * @returns where this replica has something else; the newest such place
   */
  told(
    from: ReplicaId,
    points: readonly DigestPoint[],
    appliedIndex: number,
    digest: () => string,
  ): DigestDifference | null {
    const told = this.#told.get(from) ?? new Map<number, string>()
    this.#told.set(from, told)
    let found: DigestDifference | null = null
    for (const point of points) {
      const { index } = point
      told.set(index, point.digest)
      if (index > appliedIndex) this.#await(index)
      if (index === appliedIndex && !this.#own.has(index)) this.#remember(index, digest())
      const difference = this.#compare(index)
      if (difference !== null && index >= (found?.index ?? 0)) found = difference
    }
    forgetOldest(told, toldMax)
    return found
  }

  /** A snapshot took the place of the state. */
  restored(): void {
    this.#own.clear()
    this.#compared.clear()
  }

  /** The peer was removed for good. */
  forget(peer: ReplicaId): void {
    this.#told.delete(peer)
    this.#compared.delete(peer)
  }

  #remember(index: number, digest: string): void {
    if (digest.length === 0 || digest.length > digestUnitsMax) {
      throw new InvariantError('a digest that no peer takes', { units: digest.length })
    }
    if (this.#own.has(index)) return
    this.#own.set(index, digest)
    forgetOldest(this.#own, ownMax)
    this.#hasNews = true
  }

  #await(index: number): void {
    this.#awaited.add(index)
    for (const at of this.#awaited) {
      if (this.#awaited.size <= awaitedMax) return
      this.#awaited.delete(at)
    }
  }

  #compare(index: number): DigestDifference | null {
    const own = this.#own.get(index)
    if (own === undefined) return null
    const others = new Map<ReplicaId, string>()
    let isDifferent = false
    for (const [peer, told] of this.#told) {
      const digest = told.get(index)
      if (digest === undefined) continue
      others.set(peer, digest)
      const differs = digest !== own
      isDifferent ||= differs
      const isNewest = index >= (this.#compared.get(peer)?.index ?? 0)
      if (isNewest) this.#compared.set(peer, { index, differs })
    }
    return isDifferent ? { index, own, others } : null
  }
}

/** @param self one of the voters, or a learner, whose digest counts for nothing */
export function judgeDifference(
  { own, others }: DigestDifference,
  quorum: JointQuorum,
  self: ReplicaId,
): DigestVerdict {
  const have = (digest: string) =>
    quorum.result((id) => {
      const said = id === self ? own : others.get(id)
      return said === undefined ? undefined : said === digest
    })
  const digests = [...new Set([own, ...others.values()])]
  const winner = digests.find((digest) => have(digest) === 'won')
  if (winner === own) return { kind: 'majority' }
  if (winner !== undefined) {
    const against = [...others].flatMap(([id, said]) => (said === winner ? [id] : []))
    return { kind: 'minority', digest: winner, against }
  }
  return { kind: digests.some((digest) => have(digest) === 'pending') ? 'open' : 'tie' }
}

function forgetOldest(map: Map<number, string>, max: number): void {
  for (const index of map.keys()) {
    if (map.size <= max) return
    map.delete(index)
  }
}
