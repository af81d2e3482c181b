/**
 * A sum of 128-bit digests modulo 2^128. Adding and subtracting commute, so the sum over a set
 * follows its changes at the cost of the change and never depends on their order.
 */
const twoTo32 = 0x1_0000_0000

export class Sum128 {
  /** Four uint32, the lowest first. */
  private readonly words = new Uint32Array(4)

  copy(): Sum128 {
    const sum = new Sum128()
    sum.words.set(this.words)
    return sum
  }

  /** @param digest 16 bytes, read as a little-endian uint128 */
  add(digest: Uint8Array): void {
    let carry = 0
    for (let i = 0; i < 4; i += 1) {
      const total = this.words[i]! + wordAt(digest, i) + carry
      this.words[i] = total
      carry = total >= twoTo32 ? 1 : 0
    }
  }

  /** @param digest 16 bytes that were added before */
  subtract(digest: Uint8Array): void {
    let borrow = 0
    for (let i = 0; i < 4; i += 1) {
      const total = this.words[i]! - wordAt(digest, i) - borrow
      this.words[i] = total
      borrow = total < 0 ? 1 : 0
    }
  }

  equals(other: Sum128): boolean {
    return this.words.every((word, i) => word === other.words[i])
  }

  /** The sum as 16 bytes, little-endian. */
  bytes(): Uint8Array {
    const bytes = new Uint8Array(16)
    const view = new DataView(bytes.buffer)
    for (let i = 0; i < 4; i += 1) view.setUint32(i * 4, this.words[i]!, true)
    return bytes
  }
}

function wordAt(digest: Uint8Array, word: number): number {
  const i = word * 4
  const upper = (digest[i + 3]! << 24) | (digest[i + 2]! << 16)
  return (upper | (digest[i + 1]! << 8) | digest[i]!) >>> 0
}
