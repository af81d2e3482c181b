/**
 * Compares the state machines of leader and followers at equal index (design §4): the leader tells
 * its digest now and then, and a follower that has another one at that index has diverged, through
 * a bug or damaged memory, and must stop.
 *
 * Followers are rarely at the very index that the leader tells. So all remember their digests at
 * round indexes, and a digest from ahead is kept until its index is applied here.
 */
import type { DigestPoint } from './frame.js'
import { digestPointsMax } from './limits.js'

/** Digests are remembered at multiples of this. */
const everyIndex = 256
const rememberedMax = 16

export interface Divergence {
  readonly index: number
  readonly own: string
  readonly leaders: string
}

export class DigestWatch {
  /** Own digests at round indexes, oldest first. */
  readonly #own = new Map<number, string>()
  /** What the leader told of indexes ahead. */
  readonly #expected = new Map<number, string>()

  /** Whether the digest right after this index is asked for by `applied`. */
  wants(index: number): boolean {
    return index % everyIndex === 0 || this.#expected.has(index)
  }

  /**
   * The own digest right after `index`.
   * @returns a difference to what the leader had there; null for none
   */
  applied(index: number, digest: string): Divergence | null {
    if (index % everyIndex === 0) {
      this.#own.set(index, digest)
      forgetOldest(this.#own, rememberedMax)
    }
    const expected = this.#expected.get(index)
    for (const at of [...this.#expected.keys()]) if (at <= index) this.#expected.delete(at)
    if (expected === undefined || expected === digest) return null
    return { index, own: digest, leaders: expected }
  }

  /** What a leader tells its followers. */
  points(appliedIndex: number, digest: string): readonly DigestPoint[] {
    const last = [...this.#own].pop()
    const now = { index: appliedIndex, digest }
    if (last === undefined || last[0] === appliedIndex) return [now]
    return [{ index: last[0], digest: last[1] }, now]
  }

  /**
   * The leader's digests.
   * @returns where this replica has something else; null for nowhere
   */
  told(points: readonly DigestPoint[], appliedIndex: number, digest: string): Divergence | null {
    for (const point of points) {
      const own = point.index === appliedIndex ? digest : this.#own.get(point.index)
      if (own !== undefined && own !== point.digest) {
        return { index: point.index, own, leaders: point.digest }
      }
      if (point.index > appliedIndex) this.#expected.set(point.index, point.digest)
    }
    forgetOldest(this.#expected, digestPointsMax)
    return null
  }

  /** A snapshot took the place of the state. */
  restored(): void {
    this.#own.clear()
    this.#expected.clear()
  }
}

function forgetOldest(map: Map<number, string>, max: number): void {
  for (const index of map.keys()) {
    if (map.size <= max) return
    map.delete(index)
  }
}
