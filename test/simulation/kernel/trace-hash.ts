/**
 * A running 64-bit hash of what happened, event by event: two runs of a seed that differ anywhere
 * end with different digits. Fast, not cryptographic.
 */
export class TraceHash {
  #high = 0x243f6a88
  #low = 0x85a308d3

  /** Numbers beyond 32 bits are folded with both halves. */
  fold(value: number): void {
    const upper = Math.floor(value / 4_294_967_296) | 0
    this.#low = Math.imul(this.#low ^ (value | 0), 0x9e3779b1)
    this.#low ^= this.#low >>> 15
    this.#high = Math.imul(this.#high ^ this.#low ^ upper, 0x85ebca77)
    this.#high ^= this.#high >>> 13
  }

  foldText(text: string): void {
    for (let i = 0; i < text.length; i += 1) this.fold(text.charCodeAt(i))
  }

  /** 16 hexadecimal digits. */
  get digits(): string {
    const hex = (half: number) => (half >>> 0).toString(16).padStart(8, '0')
    return hex(this.#high) + hex(this.#low)
  }
}
