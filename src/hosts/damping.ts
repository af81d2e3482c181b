/**
 * Damping of hosts that join again and again: at most so many admissions a name in a minute, the
 * next one waits. And of stragglers, whose cycle (a round that waits for its deadline, a fence, a
 * hello) takes longer than such a minute: one that is removed again waits longer each time. Kept by
 * the leader alone, and bounded by the names that joined or straggled in that time.
 */
export const dampingWindowMs = 60_000
/** A straggler is forgotten when it was none for so long. */
export const stragglerMemoryMs = 3_600_000
/** How long the second removal as a straggler holds a name; each further one twice as long. */
export const stragglerHoldMs = 10_000
/** No straggler is held longer. */
export const stragglerHoldMsMax = 600_000
/** At one more the name that straggled the longest ago is forgotten. */
export const stragglersMax = 65_536

/** Why a name is held, and until when. */
export interface Held {
  readonly untilMs: number
  /** How often it straggled; 0 when it is held for its admissions. */
  readonly straggled: number
}

interface Straggler {
  readonly times: number
  readonly lastMs: number
}

export class Damping {
  readonly #admissionsMax: () => number
  /** The name whose last admission is the oldest first. */
  readonly #admissions = new Map<string, number[]>()
  /** The one that straggled the longest ago first. */
  readonly #stragglers = new Map<string, Straggler>()

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

  /** It was removed because it did not let go in time. */
  straggled(namespace: string, name: string, nowMs: number): void {
    const key = `${namespace}/${name}`
    const times = (this.#stragglers.get(key)?.times ?? 0) + 1
    this.#stragglers.delete(key)
    this.#stragglers.set(key, { times, lastMs: nowMs })
    const [oldest] = this.#stragglers.keys()
    if (this.#stragglers.size > stragglersMax) this.#stragglers.delete(oldest!)
  }

  /** Until when the next admission of the name has to wait; null when it need not. */
  held(namespace: string, name: string, nowMs: number): Held | null {
    const max = this.#admissionsMax()
    if (max === 0) return null
    const key = `${namespace}/${name}`
    const recent = this.#recent(key, nowMs)
    const decisive = recent[recent.length - max]
    const { times, lastMs } = this.#stragglers.get(key) ?? { times: 0, lastMs: 0 }
    const joined = decisive === undefined ? nowMs : decisive + dampingWindowMs
    const straggled = times < 2 ? nowMs : lastMs + holdMs(times)
    if (Math.max(joined, straggled) <= nowMs) return null
    if (straggled > joined) return { untilMs: straggled, straggled: times }
    return { untilMs: joined, straggled: 0 }
  }

  /** Names that are kept. */
  get size(): number {
    return this.#admissions.size + this.#stragglers.size
  }

  /** Forgets the names of which all is long ago, and looks at no others. */
  sweep(nowMs: number): void {
    this.#sweepStragglers(nowMs)
    for (const key of this.#admissions.keys()) {
      if (this.#recent(key, nowMs).length > 0) return
      this.#admissions.delete(key)
    }
  }

  #sweepStragglers(nowMs: number): void {
    for (const [key, { lastMs }] of this.#stragglers) {
      if (nowMs - lastMs < stragglerMemoryMs) return
      this.#stragglers.delete(key)
    }
  }

  #recent(key: string, nowMs: number): number[] {
    return (this.#admissions.get(key) ?? []).filter((atMs) => nowMs - atMs < dampingWindowMs)
  }
}

function holdMs(times: number): number {
  return Math.min(stragglerHoldMs * 2 ** (times - 2), stragglerHoldMsMax)
}
