/**
 * Chance from a seed (sfc32): the same seed gives the same numbers. Every part of a simulation has
 * a stream of its own, forked by name, so that a fault which is left out shifts no other part's
 * luck: that is what makes shrinking work.
 */
const uint32Range = 4_294_967_296

export class Random {
  #a: number
  #b: number
  #c: number
  #counter = 1

  constructor(seed: number) {
    const high = Math.floor(seed / uint32Range)
    this.#a = mix(seed >>> 0)
    this.#b = mix(high ^ 0x9e3779b9)
    this.#c = mix(this.#a ^ Math.imul(this.#b, 0x85ebca6b))
    for (let i = 0; i < 12; i += 1) this.uint32()
  }

  /** A stream that depends on the seed of this one and the name, and on nothing drawn so far. */
  static of(seed: number, name: string): Random {
    let hash = 0x811c9dc5
    for (let i = 0; i < name.length; i += 1) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193)
    return new Random(mix(hash) * (1 << 20) + (mix(seed ^ mix(hash)) >>> 12) + seed * 4_096)
  }

  uint32(): number {
    const sum = (this.#a + this.#b + this.#counter) | 0
    this.#counter = (this.#counter + 1) | 0
    this.#a = this.#b ^ (this.#b >>> 9)
    this.#b = (this.#c + (this.#c << 3)) | 0
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + sum
    return sum >>> 0
  }

  /** From 0 (included) to 1 (excluded). */
  next(): number {
    return this.uint32() / uint32Range
  }

  /** A whole number from 0 to below `bound`, which may be up to 2^53. */
  below(bound: number): number {
    if (bound <= uint32Range) return Math.floor(this.next() * bound)
    return (this.uint32() * 0x200000 + (this.uint32() >>> 11)) % bound
  }

  /** A whole number, both ends included. */
  between(from: number, to: number): number {
    return from + this.below(to - from + 1)
  }

  /** Draws even where the answer is known, so that intensities do not shift what follows. */
  chance(probability: number): boolean {
    return this.next() < probability
  }

  pick<T>(values: readonly T[]): T {
    return values[this.below(values.length)]!
  }

  /** With this mean, mostly less, now and then much more. */
  exponential(mean: number): number {
    return -mean * Math.log(1 - this.next())
  }

  shuffled<T>(values: readonly T[]): T[] {
    const mixed = [...values]
    for (let i = mixed.length - 1; i > 0; i -= 1) {
      const j = this.below(i + 1)
      const other = mixed[j]!
      mixed[j] = mixed[i]!
      mixed[i] = other
    }
    return mixed
  }
}

/** Spreads neighbouring seeds over all 32 bits (murmur3's last step). */
function mix(value: number): number {
  let mixed = value >>> 0
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
  return (mixed ^ (mixed >>> 16)) >>> 0
}
