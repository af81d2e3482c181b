/** Randomised tests: a seeded generator, and a loop that names the seed that failed. */

/** Numbers that follow from a seed (mulberry32). */
export class Random {
  private state: number

  constructor(seed: number) {
    this.state = seed >>> 0
  }

  /** A uint32. */
  uint32(): number {
    this.state = (this.state + 0x6d2b79f5) >>> 0
    let mixed = this.state
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return (mixed ^ (mixed >>> 14)) >>> 0
  }

  /** 0 to `end`, without. */
  below(end: number): number {
    return this.uint32() % end
  }

  /** Whether an event of this probability happens. */
  chance(probability: number): boolean {
    return this.uint32() < probability * 2 ** 32
  }

  pick<T>(values: readonly T[]): T {
    return values[this.below(values.length)] as T
  }

  shuffle<T>(values: readonly T[]): T[] {
    const shuffled = [...values]
    for (let i = shuffled.length - 1; i > 0; i -= 1) {
      const j = this.below(i + 1)
      const kept = shuffled[i] as T
      shuffled[i] = shuffled[j] as T
      shuffled[j] = kept
    }
    return shuffled
  }
}

/**
 * Runs a property under many seeds. `BERTH_SEED=n` runs only that one.
 *
 * @throws the property's error, with the seed before its message
 */
export function forSeeds(count: number, property: (random: Random, seed: number) => void): void {
  const only = process.env.BERTH_SEED
  const seeds = only === undefined ? Array.from({ length: count }, (_, i) => i + 1) : [Number(only)]
  for (const seed of seeds) {
    try {
      property(new Random(seed), seed)
    } catch (error) {
      if (error instanceof Error)
        error.message = `seed ${seed} (BERTH_SEED=${seed}): ${error.message}`
      throw error
    }
  }
}
