/**
 * Writes the byte layouts that digests are taken of: little-endian integers, and texts with their
 * UTF-8 length before them. One writer is used again and again, so that a digest allocates little.
 */
const firstBytes = 1024
const twoTo32 = 0x1_0000_0000
const twoTo64 = twoTo32 ** 2

export class ByteWriter {
  readonly #encoder = new TextEncoder()
  #bytes = new Uint8Array(firstBytes)
  #view = new DataView(this.#bytes.buffer)
  #length = 0

  /** Starts anew; what `written` gave before is overwritten from now on. */
  reset(): this {
    this.#length = 0
    return this
  }

  uint8(value: number): this {
    this.#reserve(1)
    this.#bytes[this.#length] = value
    this.#length += 1
    return this
  }

  /** @throws RangeError for what would be written as another number */
  uint32(value: number): this {
    if (value >>> 0 !== value) throw new RangeError(`${value} is no uint32`)
    this.#reserve(4)
    this.#view.setUint32(this.#length, value, true)
    this.#length += 4
    return this
  }

  /** @throws RangeError for what would be written as another number */
  uint64(value: number): this {
    if (!Number.isInteger(value) || value < 0 || value >= twoTo64) {
      throw new RangeError(`${value} is no uint64`)
    }
    this.#reserve(8)
    this.#view.setUint32(this.#length, value % twoTo32, true)
    this.#view.setUint32(this.#length + 4, Math.floor(value / twoTo32), true)
    this.#length += 8
    return this
  }

  raw(bytes: Uint8Array): this {
    this.#reserve(bytes.length)
    this.#bytes.set(bytes, this.#length)
    this.#length += bytes.length
    return this
  }

  /** The UTF-8 length as uint32, then the bytes. */
  text(value: string): this {
    this.#reserve(4 + value.length * 3)
    const start = this.#length + 4
    const written = this.#writeUtf8(value, start)
    this.#view.setUint32(this.#length, written, true)
    this.#length = start + written
    return this
  }

  /** What was written since `reset`; valid until the next one. */
  written(): Uint8Array {
    return this.#bytes.subarray(0, this.#length)
  }

  #writeUtf8(value: string, start: number): number {
    for (let i = 0; i < value.length; i += 1) {
      const unit = value.charCodeAt(i)
      if (unit > 0x7f) return this.#encoder.encodeInto(value, this.#bytes.subarray(start)).written
      this.#bytes[start + i] = unit
    }
    return value.length
  }

  #reserve(more: number): void {
    const needed = this.#length + more
    if (needed <= this.#bytes.length) return
    const grown = new Uint8Array(Math.max(needed, this.#bytes.length * 2))
    grown.set(this.written())
    this.#bytes = grown
    this.#view = new DataView(grown.buffer)
  }
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

/** Base64url without padding (RFC 4648 §5): 43 characters for 32 bytes. */
export function base64Url(bytes: Uint8Array): string {
  let text = ''
  for (let i = 0; i < bytes.length; i += 3) {
    const group = (bytes[i]! << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0)
    const characters = Math.min(4, bytes.length - i + 1)
    for (let at = 0; at < characters; at += 1) text += alphabet[(group >> (18 - 6 * at)) & 63]
  }
  return text
}
