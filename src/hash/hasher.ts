/**
 * The hashes of Berth: BLAKE2b for the ring and the digests, CRC-32C for stored bytes. Made
 * asynchronously once (WebAssembly is compiled), synchronous afterwards; pure code receives a
 * Hasher as an argument and never makes one. Not re-entrant and not shared between threads.
 *
 * Scheme `blake2b512-le64`: the first 8 bytes of BLAKE2b-512 of the UTF-8 text, read as a
 * little-endian uint64 and given as two uint32, so that no BigInt is made. (BLAKE2b-64 would be
 * another function: the length of the digest goes into its parameters, RFC 7693 §2.5.)
 */
import { createBLAKE2b, createCRC32, type IHasher } from 'hash-wasm'

export interface Hasher {
  /** Position of a text on the ring: `into[0]` gets the upper, `into[1]` the lower 32 bits. */
  hash64(text: string, into: Uint32Array): void
  /**
   * Positions of the text followed by each decimal number from 0 up to `count`, without: two
   * elements of `into` each, upper half first.
   */
  hashNumbered(text: string, count: number, into: Uint32Array): void
  /** BLAKE2b-256, 32 bytes. */
  digest256(bytes: Uint8Array): Uint8Array
  /** CRC-32C (Castagnoli) as uint32. */
  crc32c(bytes: Uint8Array): number
}

/** Texts up to this many UTF-16 units are encoded without an allocation of our own. */
const shortTextUnits = 512
/** A UTF-16 unit is at most three bytes of UTF-8. */
const bytesPerUnitMax = 3
/** Decimal digits of the highest number that is put behind a text. */
const digitsMax = 10
/** CRC-32C in the reversed form that hash-wasm takes. */
const castagnoli = 0x82f63b78

/** @throws Error when the runtime has no WebAssembly */
export async function createHasher(): Promise<Hasher> {
  const [blake512, blake256, crc] = await Promise.all([
    createBLAKE2b(512),
    createBLAKE2b(256),
    createCRC32(castagnoli),
  ])
  return new WasmHasher(blake512, blake256, crc)
}

class WasmHasher implements Hasher {
  readonly #encoder = new TextEncoder()
  readonly #scratch = new Uint8Array(shortTextUnits * bytesPerUnitMax)
  /** `views[n]` is the first n bytes of the scratch: a view made once costs less than each time. */
  readonly #views: readonly Uint8Array[]
  readonly #blake512: IHasher
  readonly #blake256: IHasher
  readonly #crc: IHasher

  constructor(blake512: IHasher, blake256: IHasher, crc: IHasher) {
    this.#blake512 = blake512
    this.#blake256 = blake256
    this.#crc = crc
    const scratch = this.#scratch
    this.#views = Array.from({ length: scratch.length + 1 }, (_, n) => scratch.subarray(0, n))
  }

  hash64(text: string, into: Uint32Array): void {
    this.#position(this.#utf8(text), into, 0)
  }

  hashNumbered(text: string, count: number, into: Uint32Array): void {
    if (text.length > shortTextUnits - digitsMax) throw new Error(`a text of ${text.length} units`)
    const [scratch, views] = [this.#scratch, this.#views]
    const textBytes = this.#utf8(text).length
    let digits = 1
    let nextPower = 10
    for (let number = 0; number < count; number += 1) {
      if (number === nextPower) {
        digits += 1
        nextPower *= 10
      }
      let rest = number
      for (let at = textBytes + digits - 1; at >= textBytes; at -= 1) {
        scratch[at] = 0x30 + (rest % 10)
        rest = Math.floor(rest / 10)
      }
      this.#position(views[textBytes + digits]!, into, number * 2)
    }
  }

  digest256(bytes: Uint8Array): Uint8Array {
    return this.#blake256.init().update(bytes).digest('binary')
  }

  crc32c(bytes: Uint8Array): number {
    const sum = this.#crc.init().update(bytes).digest('binary')
    return ((sum[0]! << 24) | (sum[1]! << 16) | (sum[2]! << 8) | sum[3]!) >>> 0
  }

  #position(bytes: Uint8Array, into: Uint32Array, at: number): void {
    const hash = this.#blake512.init().update(bytes).digest('binary')
    into[at] = hash[4]! | (hash[5]! << 8) | (hash[6]! << 16) | (hash[7]! << 24)
    into[at + 1] = hash[0]! | (hash[1]! << 8) | (hash[2]! << 16) | (hash[3]! << 24)
  }

  /** UTF-8 of a text; valid until the next call. Lone surrogates become U+FFFD. */
  #utf8(text: string): Uint8Array {
    const units = text.length
    if (units > shortTextUnits) return this.#encoder.encode(text)
    const scratch = this.#scratch
    for (let i = 0; i < units; i += 1) {
      const unit = text.charCodeAt(i)
      if (unit > 0x7f) return this.#views[this.#encoder.encodeInto(text, scratch).written]!
      scratch[i] = unit
    }
    return this.#views[units]!
  }
}
