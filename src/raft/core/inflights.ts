/**
 * The appends that a leader has sent to one peer and that are not acknowledged: a ring of (index of
 * the last entry, bytes), limited by count and by bytes. The limit in bytes is soft: the append
 * that reaches it still goes out.
 */
import { InvariantError } from './invariant.js'

export class Inflights {
  readonly #countMax: number
  readonly #bytesMax: number
  /** Rings; they grow to `countMax` as needed, for most peers never fill them. */
  #indexes: number[] = []
  #sizes: number[] = []
  #start = 0
  #count = 0
  #bytes = 0

  constructor(countMax: number, bytesMax: number) {
    this.#countMax = countMax
    this.#bytesMax = bytesMax
  }

  get count(): number {
    return this.#count
  }

  get bytes(): number {
    return this.#bytes
  }

  /** Whether the next append with entries must wait for an acknowledgement. */
  get isFull(): boolean {
    return this.#count >= this.#countMax || this.#bytes >= this.#bytesMax
  }

  /** An append was sent. Indexes must rise. */
  add(lastIndex: number, bytes: number): void {
    if (this.isFull) throw new InvariantError('an append was sent beyond the limit', { lastIndex })
    if (this.#count === this.#indexes.length) this.#grow()
    const place = (this.#start + this.#count) % this.#indexes.length
    this.#indexes[place] = lastIndex
    this.#sizes[place] = bytes
    this.#count += 1
    this.#bytes += bytes
  }

  /** Everything up to `index` is acknowledged. */
  freeThrough(index: number): void {
    while (this.#count > 0 && this.#indexes[this.#start]! <= index) {
      this.#bytes -= this.#sizes[this.#start]!
      this.#start = (this.#start + 1) % this.#indexes.length
      this.#count -= 1
    }
  }

  clear(): void {
    this.#start = 0
    this.#count = 0
    this.#bytes = 0
  }

  /** Doubles the rings, oldest first again. */
  #grow(): void {
    const size = Math.min(Math.max(1, this.#indexes.length * 2), this.#countMax)
    const indexes = new Array<number>(size).fill(0)
    const sizes = new Array<number>(size).fill(0)
    for (let i = 0; i < this.#count; i += 1) {
      const from = (this.#start + i) % this.#indexes.length
      indexes[i] = this.#indexes[from]!
      sizes[i] = this.#sizes[from]!
    }
    this.#indexes = indexes
    this.#sizes = sizes
    this.#start = 0
  }
}
