/**
 * Damping of hosts that join again and again: at most so many admissions a name in a minute, the
 * next one waits. Kept by the leader alone and bounded by the names that joined in that minute.
 */
export const dampingWindowMs = 60_000

export class Damping {
  readonly #admissionsMax: () => number
  /** The name whose last admission is the oldest first. */
  readonly #admissions = new Map<string, number[]>()

  /** @param admissionsMax admissions of a name in a minute; 0 switches damping off */
  constructor(admissionsMax: () => number) {
    this.#admissionsMax = admissionsMax
  }

  admitted(namespace: string, name: string, nowMs: number): void {
    const key = `${namespace}/${name}`
    const recent = this.#recent(key, nowMs)
    recent.push(nowMs)
    this.#admissions.delete(key)
    this.#admissions.set(key, recent)
  }

  /** Until when the next admission of the name has to wait; -Infinity when it need not. */
  heldUntilMs(namespace: string, name: string, nowMs: number): number {
    const max = this.#admissionsMax()
    if (max === 0) return Number.NEGATIVE_INFINITY
    const recent = this.#recent(`${namespace}/${name}`, nowMs)
    const decisive = recent[recent.length - max]
    return decisive === undefined ? Number.NEGATIVE_INFINITY : decisive + dampingWindowMs
  }

  /** Names that are kept. */
  get size(): number {
    return this.#admissions.size
  }

  /** Forgets the names whose last admission is long ago, and looks at no others. */
  sweep(nowMs: number): void {
    for (const key of this.#admissions.keys()) {
      if (this.#recent(key, nowMs).length > 0) return
      this.#admissions.delete(key)
    }
  }

  #recent(key: string, nowMs: number): number[] {
    return (this.#admissions.get(key) ?? []).filter((atMs) => nowMs - atMs < dampingWindowMs)
  }
}
