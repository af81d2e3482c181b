/**
 * How many know each feature level as their newest, of those who are members of a namespace or have
 * still to let go. Kept beside the state, from which it follows, so that nobody has to look at each
 * of them.
 */
import { SortedMap } from '../table/sorted-map.js'

/** By level, rising; levels that nobody has are not there. */
export type HostsByLevel = SortedMap<number, number>

export const noHosts: HostsByLevel = SortedMap.empty<number, number>((a, b) => a - b)

/** Collects who comes and goes. */
export class LevelCounts {
  readonly #changes = new Map<number, number>()

  /** @param count below 0 where they go */
  add(level: number, count: number): void {
    this.#changes.set(level, (this.#changes.get(level) ?? 0) + count)
  }

  appliedTo(before: HostsByLevel): HostsByLevel {
    return before.edit(
      Array.from(this.#changes, ([level, change]) => {
        const count = (before.get(level) ?? 0) + change
        if (count < 0) throw new Error(`fewer than none know level ${level}`)
        return [level, count === 0 ? undefined : count] as const
      }),
    )
  }
}
