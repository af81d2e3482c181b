/** What `decode` lets in, what it refuses, and that neither costs more than the bytes are long. */
import { Packr, pack } from 'msgpackr'
import { describe, expect, test } from 'vitest'
import { BerthError } from '../../src/errors/berth-error.js'
import { decode, encode } from '../../src/wire/msgpack.js'
import { depthMax, scanMsgpack } from '../../src/wire/msgpack-scan.js'
import { bigintKey, doublingGraph, errorExtension } from '../support/hostile-msgpack.js'

/** The value, or why there is none. */
function outcomeOf(bytes: Uint8Array, valuesMax?: number): unknown {
  try {
    return { value: decode(bytes, valuesMax) }
  } catch (error) {
    expect(error).toBeInstanceOf(BerthError)
    expect((error as BerthError).code).toBe('invalid_message')
    return (error as BerthError).message.replace(
      /^The bytes are no plain MessagePack value: (.*)\.$/,
      '$1',
    )
  }
}

const of = (...bytes: number[]) => Uint8Array.from(bytes)
const joined = (...parts: (Uint8Array | readonly number[])[]) =>
  Uint8Array.from(parts.flatMap((part) => [...part]))
const text = (utf8: readonly number[]) => of(0xd9, utf8.length, ...utf8)

describe('what is plain', () => {
  const values: readonly unknown[] = [
    ...[null, true, false, 0, 1, 127, 128, 255, 256, 65_535, 65_536, 2 ** 32 - 1, 2 ** 32],
    ...[-1, -32, -33, -128, -129, -32_768, -32_769, -(2 ** 31), -(2 ** 31) - 1],
    ...[Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER, 0.5, 1e300, Number.POSITIVE_INFINITY],
    ...['', 'a', 'ä', '\u{10ffff}', '\ufffd', 'x'.repeat(31), 'x'.repeat(32), 'x'.repeat(70_000)],
    ...[[], {}, [[], {}], Array.from({ length: 16 }, (_, i) => i), Array(70_000).fill(1)],
    Object.fromEntries(Array.from({ length: 70_000 }, (_, i) => [`k${i}`, i])),
    { a: { b: [1, 'two', null] }, constructor: 1, toString: 2, '': 3 },
  ]

  test('comes out as it went in', () => {
    for (const value of values) expect(outcomeOf(encode(value))).toEqual({ value })
  })

  test.for([0, 1, 255, 256, 70_000])('%i bytes of binary come out as they went in', (length) => {
    const bytes = new Uint8Array(length).fill(0xc1)
    const { value } = outcomeOf(encode({ bytes })) as { value: { bytes: Uint8Array } }
    expect([...value.bytes]).toEqual([...bytes])
  })

  test('may be 64-bit integers of other languages, within 2^53 - 1: they are numbers', () => {
    const cases: [number[], number][] = [
      [[0xcf, 0, 0, 0, 0, 0, 0, 0, 5], 5],
      [[0xcf, 0, 0x1f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], Number.MAX_SAFE_INTEGER],
      [[0xd3, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfb], -5],
      [[0xd3, 0x00, 0x1f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], Number.MAX_SAFE_INTEGER],
      [[0xd3, 0xff, 0xe0, 0, 0, 0, 0, 0, 1], Number.MIN_SAFE_INTEGER],
    ]
    for (const [bytes, value] of cases) expect(outcomeOf(of(...bytes))).toEqual({ value })
  })

  test('may be longer than it need be: other encoders write so', () => {
    expect(outcomeOf(of(0xdb, 0, 0, 0, 1, 0x61))).toEqual({ value: 'a' })
    expect(outcomeOf(of(0xdd, 0, 0, 0, 1, 0xcc, 7))).toEqual({ value: [7] })
    expect(outcomeOf(of(0xdf, 0, 0, 0, 1, 0xd9, 1, 0x61, 0xd1, 0, 7))).toEqual({ value: { a: 7 } })
  })

  test('has the last of equal keys, as in JSON', () => {
    expect(outcomeOf(of(0x82, 0xa1, 0x61, 1, 0xa1, 0x61, 2))).toEqual({ value: { a: 2 } })
  })
})

describe('what is refused', () => {
  /** Every extension: six forms, all 256 types, with the payload that its length asks for. */
  test('an extension, whatever its form and its type', () => {
    const forms: [number[], number][] = [
      [[0xd4], 1],
      [[0xd5], 2],
      [[0xd6], 4],
      [[0xd7], 8],
      [[0xd8], 16],
      [[0xc7, 3], 3],
      [[0xc8, 0, 3], 3],
      [[0xc9, 0, 0, 0, 3], 3],
    ]
    for (const [head, length] of forms) {
      for (let type = 0; type < 256; type += 1) {
        const extension = joined(head, [type], Array(length).fill(0), [0xc0])
        for (const within of [[], [0x91], [0x81, 0xa1, 0x61]]) {
          expect(outcomeOf(joined(within, extension))).toBe('it has an extension type')
        }
      }
    }
  })

  test.for([
    ['a graph of references', doublingGraph(10), /an extension type/],
    ['a graph of references and a byte behind it', doublingGraph(10, [0]), /an extension type/],
    ['a bigint', joined([0xc7, 9, 0x42], Array(9).fill(1)), /an extension type/],
    ['a bigint for a key', bigintKey(1_000), /a key of a map is no text/],
    ['an error', errorExtension('x'), /an extension type/],
    ['a timestamp', pack(new Date(0)), /an extension type/],
    ['a set', new Packr({ moreTypes: true }).pack(new Set([1])), /an extension type/],
    ['records', new Packr({ useRecords: true }).pack({ a: 1 }), /an extension type/],
    ['the byte that begins no value', of(0xc1), /0xc1/],
    ['the same inside', of(0x92, 0x01, 0xc1), /0xc1/],
    ['nothing', of(), /ends too early/],
    ['a byte too many', of(0x01, 0x01), /1 bytes follow its end/],
    ['two values', joined(encode({ a: 1 }), encode({ a: 1 })), /4 bytes follow its end/],
    ['a key that is a number', of(0x81, 0x01, 0x01), /a key of a map is no text/],
    ['a key that is a map', of(0x81, 0x80, 0x01), /a key of a map is no text/],
    ['a key that is nil', of(0x81, 0xc0, 0x01), /a key of a map is no text/],
    ['a second key that is binary', of(0x82, 0xa0, 1, 0xc4, 0, 1), /a key of a map is no text/],
    ['the key __proto__', joined([0x81, 0xa9], Buffer.from('__proto__'), [0x80]), /__proto__/],
    ['2^53', of(0xcf, 0, 0x20, 0, 0, 0, 0, 0, 0), /beyond 2\^53/],
    ['2^64 - 1', of(0xcf, ...Array(8).fill(0xff)), /beyond 2\^53/],
    ['2^63 - 1', of(0xd3, 0x7f, ...Array(7).fill(0xff)), /beyond 2\^53/],
    ['-2^53', of(0xd3, 0xff, 0xe0, 0, 0, 0, 0, 0, 0), /beyond 2\^53/],
    ['-2^63', of(0xd3, 0x80, ...Array(7).fill(0)), /beyond 2\^53/],
  ] as const)('%s', ([, bytes, why]) => {
    expect(outcomeOf(bytes)).toMatch(why)
  })

  test('whatever is cut off, at whatever place', () => {
    const whole = encode({ a: [1, 'ä', 2 ** 20, 0.5, null, 'x'.repeat(40)], b: of(1, 2), c: 300 })
    for (let length = 0; length < whole.length; length += 1) {
      expect(outcomeOf(whole.subarray(0, length))).toMatch(/ends too early|not UTF-8/)
    }
  })

  test.for([0xdc, 0xdd, 0xde, 0xdf, 0xd9, 0xda, 0xdb, 0xc4, 0xc5, 0xc6])(
    'a length of 0x%s that no bytes follow',
    (token) => {
      expect(outcomeOf(of(token, 0xff, 0xff, 0xff, 0xff, 0x00))).toBe('it ends too early')
    },
  )

  test.for([
    ['a lone surrogate', [0xed, 0xa0, 0x80]],
    ['a pair of surrogates', [0xed, 0xa0, 0x80, 0xed, 0xb0, 0x80]],
    ['a byte that goes on with nothing', [0x80]],
    ['a character that is cut off', [0xc3]],
    ['a character that another begins in', [0xe2, 0x41, 0x41]],
    ['an overlong slash of two bytes', [0xc0, 0xaf]],
    ['an overlong slash of three bytes', [0xe0, 0x80, 0xaf]],
    ['an overlong slash of four bytes', [0xf0, 0x80, 0x80, 0xaf]],
    ['a character above U+10FFFF', [0xf4, 0x90, 0x80, 0x80]],
    ['a byte of no character', [0xff]],
  ] as const)('text of %s', ([, utf8]) => {
    expect(outcomeOf(text(utf8))).toBe('it has a text that is not UTF-8')
    expect(outcomeOf(joined([0x81], text([0x61, ...utf8]), [1]))).toMatch(/not UTF-8/)
  })

  test('the same text as the decoder of the platform refuses, and no other', () => {
    const strict = new TextDecoder('utf-8', { fatal: true })
    const takes = (read: () => unknown) => {
      try {
        read()
        return true
      } catch {
        return false
      }
    }
    const edges = [0x00, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf]
    edges.push(...[0xe0, 0xe1, 0xec, 0xed, 0xee, 0xef, 0xf0, 0xf1, 0xf3, 0xf4, 0xf5, 0xff])
    let taken = 0
    for (const a of edges) {
      for (const b of edges) {
        for (const c of [0x41, 0x7f, 0x80, 0xbf, 0xc2]) {
          for (const d of [0x41, 0x80, 0xbf, 0xc0]) {
            const utf8 = of(a, b, c, d)
            const isText = takes(() => strict.decode(utf8))
            if (isText) taken += 1
            if (isText !== takes(() => decode(text([...utf8])))) {
              expect.fail(`[${[...utf8].map((byte) => byte.toString(16))}] is judged differently`)
            }
          }
        }
      }
    }
    expect(taken).toBeGreaterThan(100)
  })
})

describe('bounds', () => {
  test('values: as many as the caller says, and no more', () => {
    expect(outcomeOf(encode([1, 2, 3]), 4)).toEqual({ value: [1, 2, 3] })
    expect(outcomeOf(encode([1, 2, 3]), 3)).toBe('it has more than 3 values')
    // The map, its key and its value.
    expect(outcomeOf(encode({ a: 1 }), 3)).toEqual({ value: { a: 1 } })
    expect(outcomeOf(encode({ a: 1 }), 2)).toBe('it has more than 2 values')
    expect(outcomeOf(encode([[], [], []]), 3)).toBe('it has more than 3 values')
  })

  test('depth: no more than any message of ours could have', () => {
    const nested = (levels: number) => new Uint8Array(levels + 1).fill(0x91, 0, levels)
    expect(outcomeOf(nested(depthMax))).toHaveProperty('value')
    expect(outcomeOf(nested(depthMax + 1))).toBe(`it is nested more than ${depthMax} deep`)
    expect(outcomeOf(nested(1_000_000))).toBe(`it is nested more than ${depthMax} deep`)
    const maps = of(
      ...Array(depthMax + 1)
        .fill([0x81, 0xa0])
        .flat(),
      0x01,
    )
    expect(outcomeOf(maps)).toBe(`it is nested more than ${depthMax} deep`)
  })

  /** How often a byte is read while these are looked over. */
  function readsOf(bytes: Uint8Array): number {
    let reads = 0
    const counted = new Proxy(bytes, {
      get(target, name) {
        if (typeof name === 'string' && /^\d+$/.test(name)) reads += 1
        const value: unknown = Reflect.get(target, name, target)
        return value
      },
    })
    try {
      scanMsgpack(counted, 1 << 22)
    } catch (error) {
      expect(error).toBeInstanceOf(BerthError)
    }
    return reads
  }

  const bytes = 1 << 14
  const filled = (token: number) =>
    joined([0xdd, 0, 0, bytes >> 8, 0], new Uint8Array(bytes).fill(token))
  test.for([
    ['a graph of references', doublingGraph(800, [0])],
    ['a bigint for a key', bigintKey(bytes)],
    ['small integers', filled(0x01)],
    ['empty maps', filled(0x80)],
    ['empty texts', filled(0xa0)],
    ['lists in lists', new Uint8Array(bytes).fill(0x91)],
    ['lists in lists that end', joined(...Array(500).fill([0x91]), [0x01])],
    ['lists that claim all that is left', new Uint8Array(bytes).fill(0xdd)],
    ['texts that claim all that is left', new Uint8Array(bytes).fill(0xdb)],
    ['a long text', encode('x'.repeat(bytes))],
    ['a long text of long characters', encode('\u{10ffff}'.repeat(bytes / 4))],
    ['a text of broken characters', text(Array(250).fill(0xf4))],
    [
      'integers of 64 bits',
      joined([0xdc, 8, 0], ...Array(2048).fill([0xcf, 0, 0, 0, 0, 0, 0, 0, 1])),
    ],
    [
      'a large table',
      encode(Array.from({ length: 400 }, (_, i) => ({ name: `h${i}:1`, epoch: i }))),
    ],
  ] as const)('the cost is that of the bytes: %s', ([, input]) => {
    // Each is read at most twice: a key of nine bytes is also compared with one name.
    expect(readsOf(input)).toBeLessThanOrEqual(2 * input.length)
  })

  test('what passes has no more values than bytes, and no more than it was allowed', () => {
    const count = (value: unknown): number =>
      typeof value === 'object' && value !== null
        ? Object.values(value).reduce((sum: number, each) => sum + count(each), 1)
        : 1
    for (const token of [0x01, 0x80, 0x90, 0xa0, 0xc0]) {
      const { value } = outcomeOf(filled(token)) as { value: unknown }
      expect(count(value)).toBe(bytes + 1)
    }
  })
})
