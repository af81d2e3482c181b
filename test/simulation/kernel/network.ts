/**
 * What lies between machines: delays, losses, and paths that are cut, one way or both. Knows
 * machines by number and nothing of what they say. Streams (`peer-links.ts`) and single packets
 * both ask it.
 */
import type { Random } from './random.js'

export interface NetworkPace {
  readonly leastUs: number
  readonly meanUs: number
  /** A packet takes up to `spikeUs` more, with this probability. */
  readonly spikeChance: number
  readonly spikeUs: number
}

export class Network {
  readonly #random: Random
  #pace: NetworkPace
  /** How many cuts lie on a path, by `from * 65536 + to`. */
  readonly #cuts = new Map<number, number>()
  /** Called for every path that is cut or mended. */
  readonly #changed: (from: number, to: number, isCut: boolean) => void

  constructor(
    random: Random,
    pace: NetworkPace,
    changed: (from: number, to: number, isCut: boolean) => void,
  ) {
    this.#random = random
    this.#pace = pace
    this.#changed = changed
  }

  /** From now on no packet takes very long. */
  calm(): void {
    this.#pace = { ...this.#pace, spikeChance: 0 }
  }

  /** How long the next packet takes. */
  delayUs(): number {
    const { leastUs, meanUs, spikeChance, spikeUs } = this.#pace
    const spike = this.#random.chance(spikeChance) ? this.#random.next() * spikeUs : 0
    return leastUs + this.#random.exponential(meanUs) + spike
  }

  isCut(from: number, to: number): boolean {
    return this.#cuts.size > 0 && this.#cuts.has(from * 65_536 + to)
  }

  /**
   * Cuts these paths.
   * @returns mends them; cuts of others stay
   */
  cut(paths: readonly (readonly [from: number, to: number])[]): () => void {
    for (const [from, to] of paths) this.#add(from, to, 1)
    let isOver = false
    return () => {
      if (isOver) return
      isOver = true
      for (const [from, to] of paths) this.#add(from, to, -1)
    }
  }

  #add(from: number, to: number, by: number): void {
    const key = from * 65_536 + to
    const before = this.#cuts.get(key) ?? 0
    const after = before + by
    if (after > 0) this.#cuts.set(key, after)
    else this.#cuts.delete(key)
    if (before > 0 !== after > 0) this.#changed(from, to, after > 0)
  }
}

/** All paths between two groups, both ways. */
export function pathsBetween(
  some: readonly number[],
  others: readonly number[],
): readonly (readonly [number, number])[] {
  return [...pathsFrom(some, others), ...pathsFrom(others, some)]
}

/** All paths from one group to another, one way. */
export function pathsFrom(
  some: readonly number[],
  others: readonly number[],
): readonly (readonly [number, number])[] {
  const paths: [number, number][] = []
  for (const from of some) for (const to of others) if (from !== to) paths.push([from, to])
  return paths
}

/**
 * Which paths a partition of a kind cuts. `bridge`: two halves that only one machine reaches both
 * of; `ring`: nobody reaches everybody, everybody reaches somebody.
 */
export function drawPartition(
  random: Random,
  machines: readonly number[],
): readonly (readonly [number, number])[] {
  const mixed = random.shuffled(machines)
  const half = random.between(1, Math.max(1, mixed.length - 1))
  const [some, others] = [mixed.slice(0, half), mixed.slice(half)]
  switch (random.below(6)) {
    case 0:
    case 1:
      return pathsBetween(some, others)
    case 2:
      return pathsBetween(mixed.slice(0, 1), mixed.slice(1))
    case 3:
      return pathsFrom(some, others)
    case 4: {
      const between = Math.max(1, Math.floor((mixed.length - 1) / 2))
      return pathsBetween(mixed.slice(1, 1 + between), mixed.slice(1 + between))
    }
    default: {
      const pair = mixed.slice(0, 2)
      return random.chance(0.5)
        ? pathsBetween(pair.slice(0, 1), pair.slice(1))
        : pathsFrom(pair.slice(0, 1), pair.slice(1))
    }
  }
}
