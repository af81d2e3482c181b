import { describe, expect, test } from 'vitest'
import { ByteWriter, base64Url } from '../../src/hash/byte-writer.js'

const hexOf = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')

describe('the byte writer', () => {
  test('integers are little-endian, up to 2^53 - 1', () => {
    const writer = new ByteWriter().uint8(1).uint32(0x01020304).uint64(Number.MAX_SAFE_INTEGER)
    expect(hexOf(writer.written())).toBe('0104030201ffffffffffff1f00')
  })

  test('what would be written as another number is refused', () => {
    const writer = new ByteWriter()
    for (const value of [-1, 0.5, 2 ** 32, 2 ** 52 + 1, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => writer.uint32(value), String(value)).toThrow(RangeError)
    }
    for (const value of [-1, 0.5, 2 ** 64, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => writer.uint64(value), String(value)).toThrow(RangeError)
    }
    expect(
      hexOf(
        writer
          .uint32(0xffff_ffff)
          .uint64(2 ** 32)
          .written(),
      ),
    ).toBe('ffffffff0000000001000000')
  })

  test('a text is its length in UTF-8 bytes, then the bytes', () => {
    const bytes = new ByteWriter().text('aé').text('').text('😀').written()
    expect(hexOf(bytes)).toBe('0300000061c3a90000000004000000f09f9880')
  })

  test('it grows as far as needed and can be used again', () => {
    const writer = new ByteWriter()
    const long = 'é'.repeat(5000)
    expect(Buffer.from(writer.text(long).written().subarray(4)).toString()).toBe(long)
    expect(hexOf(writer.reset().uint8(255).raw(Uint8Array.of(7)).written())).toBe('ff07')
  })
})

test('base64url is that of RFC 4648, without padding, whatever the length', () => {
  for (let length = 0; length < 70; length += 1) {
    const bytes = Uint8Array.from({ length }, (_, i) => (i * 151 + length * 7) % 256)
    expect(base64Url(bytes)).toBe(Buffer.from(bytes).toString('base64url'))
  }
})
