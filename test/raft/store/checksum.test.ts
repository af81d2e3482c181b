import { expect, test } from 'vitest'
import { Checksum } from '../../../src/raft/store/checksum.js'
import { entry } from './operations.js'

/** CRC-32C bit by bit, as RFC 3720 §12.1 defines it. */
function crc32c(bytes: Uint8Array): number {
  let crc = 0xffffffff
  for (const byte of bytes) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1
  }
  return (crc ^ 0xffffffff) >>> 0
}

test('the reference of this test is CRC-32C', () => {
  expect(crc32c(Buffer.from('123456789'))).toBe(0xe3069283)
})

test('the checksum of an entry is CRC-32C over index, term, kind and data', async () => {
  const checksum = await Checksum.create()
  for (const [bytes, index] of [
    [0, 1],
    [200, 2 ** 45 + 7],
    [70_000, 3],
  ] as const) {
    const one = { ...entry(index, 2 ** 33), data: entry(1, 1, bytes).data, kind: 'noop' as const }
    const head = Buffer.alloc(24)
    head.writeBigUInt64LE(BigInt(index), 0)
    head.writeBigUInt64LE(2n ** 33n, 8)
    head.writeBigUInt64LE(2n, 16)
    expect(checksum.ofEntry(one)).toBe(crc32c(Buffer.concat([head, one.data])))
  }
})

test('an entry in another place, of another term or kind has another checksum', async () => {
  const checksum = await Checksum.create()
  const one = entry(5, 2)
  const others = [
    { ...one, index: 6 },
    { ...one, term: 3 },
    { ...one, kind: 'command' as const },
    { ...one, data: one.data.map((byte, at) => (at === 9 ? byte ^ 64 : byte)) },
  ]
  const sums = [one, ...others].map((other) => checksum.ofEntry(other))
  expect(new Set(sums).size).toBe(sums.length)
})
