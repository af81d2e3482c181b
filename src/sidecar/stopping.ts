/**
 * Fences whose keys the host is stopping. Until it has said of each that all is stopped, its keys
 * are nobody's here, and nothing is acknowledged: what was let go of may be among what still stops.
 */
import type { FenceReason, Stop } from './effect.js'
import { hasKey } from './key-set.js'

/** Beyond so many the next fence takes everything: a host that never stops gets no more. */
export const stoppingMax = 64

export class Stopping {
  readonly #stops = new Map<number, Stop>()
  #last = 0
  /** Releases that ended meanwhile. */
  readonly #held = new Set<number>()

  get isFull(): boolean {
    return this.#stops.size >= stoppingMax
  }

  /** Whether all that was to be stopped is. */
  get isDone(): boolean {
    return this.#stops.size === 0
  }

  /** Of the last fence that is not obeyed yet; null when all that was to be stopped is. */
  get lastReason(): FenceReason | null {
    return [...this.#stops.values()].at(-1)?.reason ?? null
  }

  begin({ reason, keys, isFinal }: Pick<Stop, 'reason' | 'keys' | 'isFinal'>): Stop {
    this.#last += 1
    const stop = { kind: 'stop', fence: this.#last, reason, keys, isFinal } as const
    this.#stops.set(stop.fence, stop)
    return stop
  }

  /** Undefined when it has ended, or never was. */
  find(fence: number): Stop | undefined {
    return this.#stops.get(fence)
  }

  /** @returns false for one that was ended before */
  end(fence: number): boolean {
    return this.#stops.delete(fence)
  }

  has(type: string, id: string): boolean {
    if (this.#stops.size === 0) return false
    for (const { keys } of this.#stops.values()) if (hasKey(keys, type, id)) return true
    return false
  }

  /** Let go of meanwhile. */
  hold(release: number): void {
    this.#held.add(release)
  }

  /** What was held, once. */
  takeHeld(): readonly number[] {
    const held = [...this.#held]
    this.#held.clear()
    return held
  }
}
