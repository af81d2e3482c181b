import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { createHasher } from '../../src/hash/hasher.js'
import { forSeeds, type Random } from '../table/seeds.js'

const hasher = await createHasher()

const position = new Uint32Array(2)

function hash(text: string): bigint {
  hasher.hash64(text, position)
  return (BigInt(position[0]!) << 32n) | BigInt(position[1]!)
}

/** The same by Node's OpenSSL. */
function reference(text: string): bigint {
  return createHash('blake2b512').update(text, 'utf8').digest().readBigUInt64LE(0)
}

function anyText(random: Random, lengthMax: number): string {
  const highest = random.pick([0x80, 0x800, 0xd800, 0x110000])
  let text = ''
  for (let left = random.below(lengthMax); left > 0; left -= 1) {
    const point = random.below(highest)
    text += String.fromCodePoint(point >= 0xd800 && point < 0xe000 ? 0xfffd : point)
  }
  return text
}

describe('positions on the ring', () => {
  test('the hashes are those that the design gives', () => {
    expect([0, 1, 2, 3, 4].map((i) => hash(`192.168.1.83:60992${i}`))).toEqual([
      11414427053803968138n,
      6110756290993384529n,
      13876541546109691082n,
      12165331075625862737n,
      9528020266818944582n,
    ])
    expect(hash('actor-1')).toBe(10015260465285814958n)
  })

  test('any text hashes as another implementation of BLAKE2b-512 says', () => {
    forSeeds(300, (random) => {
      const text = anyText(random, 60)
      expect(hash(text)).toBe(reference(text))
    })
  })

  test('texts at and beyond the size of the scratch memory hash alike', () => {
    for (const length of [0, 1, 511, 512, 513, 1023, 20_000]) {
      for (const unit of ['a', 'é', '語', '😀']) {
        const text = unit.repeat(length)
        expect(hash(text), `${length} × ${unit}`).toBe(reference(text))
      }
    }
  })

  test('a numbered text hashes as the text with the decimal number behind it', () => {
    for (const text of ['10.0.0.1:5000', 'hôte:1', '']) {
      const positions = new Uint32Array(2 * 1234)
      hasher.hashNumbered(text, 1234, positions)
      for (const number of [0, 9, 10, 11, 99, 100, 101, 999, 1000, 1233]) {
        hasher.hash64(`${text}${number}`, position)
        const found = positions.slice(number * 2, number * 2 + 2)
        expect(found, `${text} ${number}`).toEqual(position)
      }
    }
  })
})

describe('digests', () => {
  test('BLAKE2b-256 gives the known digests', () => {
    const hex = (bytes: Uint8Array) => Buffer.from(hasher.digest256(bytes)).toString('hex')
    expect(hex(new Uint8Array(0))).toBe(
      '0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8',
    )
    expect(hex(new TextEncoder().encode('abc'))).toBe(
      'bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319',
    )
    const long = Uint8Array.from({ length: 1280 }, (_, i) => i % 256)
    expect(hex(long)).toBe('82628cbfc9689e234b0923a531f4578fe2e7138a03e2f81ed6cde97517336650')
  })

  test('a digest stays what it was when the next one is taken', () => {
    const first = hasher.digest256(Uint8Array.of(1))
    const copy = first.slice()
    hasher.digest256(Uint8Array.of(2))
    expect(first).toEqual(copy)
  })

  test('CRC-32C gives the check value of its definition', () => {
    expect(hasher.crc32c(new TextEncoder().encode('123456789'))).toBe(0xe3069283)
    expect(hasher.crc32c(new Uint8Array(0))).toBe(0)
  })
})
