/** How much the bodies take that are held for calls of this process, all together. */
import { BerthError } from '../../errors/berth-error.js'

/** In bytes: a few thousand of the longest. */
export const heldBytesInAllMaxDefault = 256 * 1_024 * 1_024

export class HeldBytes {
  readonly #max: number
  #size = 0

  /** @param max in bytes, from 0 */
  constructor(max = heldBytesInAllMaxDefault) {
    this.#max = max
  }

  get size(): number {
    return this.#size
  }

  /** @returns whether there is room for so many more; then they are counted until `give` */
  take(bytes: number): boolean {
    if (this.#size + bytes > this.#max) return false
    this.#size += bytes
    return true
  }

  give(bytes: number): void {
    this.#size -= bytes
  }

  /** What is said where there is no room. */
  get refusal(): BerthError {
    const detail = `The bodies of calls that are under way here take ${this.#max} bytes already.`
    return new BerthError('too_many_calls', detail)
  }
}
