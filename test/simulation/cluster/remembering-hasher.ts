/** A hasher that works out the position of a text once: simulations ask for the same again. */
import type { Hasher } from '../../../src/hash/hasher.js'

/** Texts remembered; beyond them all are forgotten. */
const textsMax = 20_000

export class RememberingHasher implements Hasher {
  readonly #hasher: Hasher
  readonly #positions = new Map<string, readonly [upper: number, lower: number]>()

  constructor(hasher: Hasher) {
    this.#hasher = hasher
  }

  hash64(text: string, into: Uint32Array): void {
    const known = this.#positions.get(text)
    if (known !== undefined) {
      into[0] = known[0]
      into[1] = known[1]
      return
    }
    this.#hasher.hash64(text, into)
    if (this.#positions.size >= textsMax) this.#positions.clear()
    this.#positions.set(text, [into[0]!, into[1]!])
  }

  hashNumbered(text: string, count: number, into: Uint32Array): void {
    this.#hasher.hashNumbered(text, count, into)
  }

  digest256(bytes: Uint8Array): Uint8Array {
    return this.#hasher.digest256(bytes)
  }

  crc32c(bytes: Uint8Array): number {
    return this.#hasher.crc32c(bytes)
  }
}
