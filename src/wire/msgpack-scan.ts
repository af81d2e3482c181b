/**
 * Looks over bytes that are to be MessagePack before anything is made of them, and lets through one
 * value of the plain kind alone: nil, booleans, numbers, text, bytes, arrays, and maps whose keys
 * are text. Extensions can name one another, so that a decoder makes of a few hundred bytes a graph
 * that no machine can walk; none gets in here.
 *
 * Invariants:
 * - Each byte is read at most twice, and nothing is made of any: the cost is linear in the bytes,
 *   whatever they say.
 * - What passes has at most `valuesMax` values, nested at most `depthMax` deep, and no more values
 *   than bytes: so large is what is decoded from it.
 * - What passes decodes to numbers, never to bigints, and to text that is well-formed Unicode.
 *
 * Repeated keys of one map pass: telling them apart takes a set for each map. The last one counts,
 * as in JSON, and all checks look at the decoded value, so nobody sees the others.
 */
import { BerthError } from '../errors/berth-error.js'

/** Arrays and maps within one another. Messages of ours have up to nine. */
export const depthMax = 32

/** What follows nil, booleans, floats and integers of up to 32 bits, in bytes. */
const fixedBytes: ReadonlyMap<number, number> = new Map([
  ...([
    [0xc0, 0],
    [0xc2, 0],
    [0xc3, 0],
  ] as const),
  ...([
    [0xca, 4],
    [0xcb, 8],
  ] as const),
  ...([
    [0xcc, 1],
    [0xcd, 2],
    [0xce, 4],
  ] as const),
  ...([
    [0xd0, 1],
    [0xd1, 2],
    [0xd2, 4],
  ] as const),
])

/** High half of the first 64-bit integer that is not safe: 2^53. */
const unsafeHigh = 0x200000

/**
 * @param valuesMax most values, those in arrays and maps and the keys of maps counted
 * @throws BerthError `invalid_message` for everything else than one plain value
 */
export function scanMsgpack(bytes: Uint8Array, valuesMax: number): void {
  new Scan(bytes, valuesMax).run()
}

class Scan {
  readonly #bytes: Uint8Array
  readonly #valuesMax: number
  #at = 0
  /** Of each level the values that are still to come; of a map also its keys. */
  readonly #left = [1]
  readonly #isMap = [false]
  /** Index of the innermost level. The outermost is the message itself. */
  #level = 0

  constructor(bytes: Uint8Array, valuesMax: number) {
    this.#bytes = bytes
    this.#valuesMax = valuesMax
  }

  run(): void {
    for (let values = 1; this.#hasNext(); values += 1) {
      if (values > this.#valuesMax) throw refused(`it has more than ${this.#valuesMax} values`)
      const left = this.#left[this.#level]!
      this.#left[this.#level] = left - 1
      const isKey = this.#isMap[this.#level]! && left % 2 === 0
      this.#value(this.#number(1), isKey)
    }
    const surplus = this.#bytes.length - this.#at
    if (surplus > 0) throw refused(`${surplus} bytes follow its end`)
  }

  /** Leaves the levels that are complete; false when the whole message is. */
  #hasNext(): boolean {
    while (this.#left[this.#level] === 0) {
      if (this.#level === 0) return false
      this.#level -= 1
    }
    return true
  }

  #value(token: number, isKey: boolean): void {
    if (token >= 0xa0 && token < 0xc0) this.#text(token - 0xa0, isKey)
    else if (token >= 0xd9 && token < 0xdc) this.#text(this.#number(1 << (token - 0xd9)), isKey)
    else if (isKey) throw refused('a key of a map is no text')
    else if (token < 0x80 || token >= 0xe0) return
    else if (token < 0x90) this.#enter(token - 0x80, true)
    else if (token < 0xa0) this.#enter(token - 0x90, false)
    else this.#longValue(token)
  }

  #longValue(token: number): void {
    const fixed = fixedBytes.get(token)
    if (fixed !== undefined) this.#skip(fixed)
    else if (token >= 0xc4 && token < 0xc7) this.#skip(this.#number(1 << (token - 0xc4)))
    else if (token === 0xcf || token === 0xd3) this.#wideInteger(token === 0xd3)
    else if (token >= 0xdc) this.#enter(this.#number(token % 2 === 0 ? 2 : 4), token >= 0xde)
    else throw refused(token === 0xc1 ? '0xc1 begins no value' : 'it has an extension type')
  }

  #enter(length: number, isMap: boolean): void {
    const values = isMap ? 2 * length : length
    // Each takes a byte at least.
    if (values > this.#bytes.length - this.#at) throw truncated()
    this.#level += 1
    if (this.#level > depthMax) throw refused(`it is nested more than ${depthMax} deep`)
    this.#left[this.#level] = values
    this.#isMap[this.#level] = isMap
  }

  #wideInteger(isSigned: boolean): void {
    const high = isSigned ? this.#number(4) | 0 : this.#number(4)
    const low = this.#number(4)
    const isSafe = high < unsafeHigh && (high > -unsafeHigh || (high === -unsafeHigh && low > 0))
    if (!isSafe) throw refused('it has an integer beyond 2^53 - 1')
  }

  #text(length: number, isKey: boolean): void {
    const start = this.#at
    this.#skip(length)
    if (!isUtf8(this.#bytes, start, this.#at)) throw refused('it has a text that is not UTF-8')
    // An object would take its value for a prototype and not for a field.
    if (isKey && this.#is(prototypeKey, start, length)) throw refused('it has a key "__proto__"')
  }

  #is(text: Uint8Array, start: number, length: number): boolean {
    return length === text.length && text.every((byte, i) => this.#bytes[start + i] === byte)
  }

  /** The next bytes as a number, big-endian. */
  #number(bytes: number): number {
    const start = this.#at
    this.#skip(bytes)
    let value = 0
    for (let i = start; i < this.#at; i += 1) value = value * 256 + this.#bytes[i]!
    return value
  }

  #skip(bytes: number): void {
    if (bytes > this.#bytes.length - this.#at) throw truncated()
    this.#at += bytes
  }
}

/** Whether bytes are well-formed UTF-8 (Unicode, table 3-7): no overlong forms, no surrogates. */
function isUtf8(bytes: Uint8Array, start: number, end: number): boolean {
  for (let i = start; i < end; i += 1) {
    const first = bytes[i]!
    if (first < 0x80) continue
    if (first < 0xc2 || first > 0xf4) return false
    const more = first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3
    if (more > end - i - 1) return false
    const second = bytes[i + 1]!
    if (second < lowestSecond(first) || second > highestSecond(first)) return false
    for (let j = i + 2; j <= i + more; j += 1) if ((bytes[j]! & 0xc0) !== 0x80) return false
    i += more
  }
  return true
}

function lowestSecond(first: number): number {
  return first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80
}

function highestSecond(first: number): number {
  return first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf
}

const prototypeKey = new TextEncoder().encode('__proto__')

function truncated(): BerthError {
  return refused('it ends too early')
}

function refused(reason: string): BerthError {
  return new BerthError('invalid_message', `The bytes are no plain MessagePack value: ${reason}.`)
}
