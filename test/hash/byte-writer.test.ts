import { describe, expect, test } from 'vitest'
import { ByteWriter, hexOf } from '../../src/hash/byte-writer.js'
import { Sum128 } from '../../src/hash/sum128.js'
import { forSeeds } from '../table/seeds.js'

describe('the byte writer', () => {
  test('integers are little-endian, up to 2^53 - 1', () => {
    const writer = new ByteWriter().uint8(1).uint32(0x01020304).uint64(Number.MAX_SAFE_INTEGER)
    expect(hexOf(writer.written())).toBe('0104030201ffffffffffff1f00')
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

describe('the sum of digests', () => {
  const asBigint = (bytes: Uint8Array) => BigInt(`0x${hexOf(bytes.toReversed())}`)

  test('it is the sum modulo 2^128, in any order, and subtracting undoes it', () => {
    forSeeds(200, (random) => {
      const digest = () => {
        const fill = random.pick([0, 255, undefined])
        return Uint8Array.from({ length: 16 }, () => fill ?? random.below(256))
      }
      const digests = Array.from({ length: 1 + random.below(8) }, digest)
      const sum = new Sum128()
      for (const bytes of digests) sum.add(bytes)
      const expected = digests.reduce((total, bytes) => total + asBigint(bytes), 0n)
      expect(asBigint(sum.bytes())).toBe(expected % 2n ** 128n)
      const copy = sum.copy()
      for (const bytes of random.shuffle(digests)) sum.subtract(bytes)
      expect(asBigint(sum.bytes())).toBe(0n)
      expect(copy.equals(sum)).toBe(asBigint(copy.bytes()) === 0n)
      for (const bytes of random.shuffle(digests)) sum.add(bytes)
      expect(sum.equals(copy)).toBe(true)
    })
  })
})
