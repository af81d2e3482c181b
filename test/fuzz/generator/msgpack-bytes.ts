/** Values as MessagePack, well and badly written. */
import { encode } from '../../../src/wire/msgpack.js'
import type { Random } from '../../simulation/kernel/random.js'
import { hostileMessages, underAName } from '../../support/hostile-msgpack.js'
import { withByteFaults } from './byte-faults.js'

const repeat = (bytes: readonly number[], times: number) => Array(times).fill(bytes).flat()
const uint32 = (value: number) => [
  value >>> 24,
  (value >> 16) & 0xff,
  (value >> 8) & 0xff,
  value & 0xff,
]

/** Each begins like a message and is none. */
const constructed: readonly Uint8Array[] = [
  ...hostileMessages.map(([, bytes]) => bytes),
  // Lists and maps that claim more than there is.
  Uint8Array.from([0xdd, ...uint32(0xffffffff)]),
  Uint8Array.from([0xdf, ...uint32(0xffffffff)]),
  Uint8Array.from([0xdf, ...uint32(0x7fffffff), 0xa1, 0x61, 0x01]),
  Uint8Array.from([0xdb, ...uint32(0xfffffff0), 0x61]),
  Uint8Array.from([0xc6, ...uint32(0xfffffff0), 0x61]),
  // Deep.
  Uint8Array.from([...repeat([0x91], 30_000), 0x01]),
  Uint8Array.from([...repeat([0x81, 0xa1, 0x61], 10_000), 0x01]),
  Uint8Array.from([...repeat([0x91], 31), 0x01]),
  // Wide: as many values as bytes.
  Uint8Array.from([0xdd, ...uint32(60_000), ...repeat([0xc0], 60_000)]),
  Uint8Array.from([0xdf, ...uint32(20_000), ...repeat([0xa1, 0x61, 0xc0], 20_000)]),
  // Keys that are none, or stand twice, or mean something else.
  Uint8Array.from([0x81, 0x01, 0x01]),
  Uint8Array.from([0x82, 0xa4, ...Buffer.from('kind'), 0x01, 0xa4, ...Buffer.from('kind'), 0x02]),
  Uint8Array.from([0x81, 0xa9, ...Buffer.from('__proto__'), 0x81, 0xa1, 0x78, 0x01]),
  // Text that is not UTF-8, floats that are none, integers beyond all.
  Uint8Array.from([0xa3, 0xed, 0xa0, 0x80]),
  Uint8Array.from([0xa2, 0xc3, 0x28]),
  Uint8Array.from([0xcb, 0x7f, 0xf8, 0, 0, 0, 0, 0, 0]),
  Uint8Array.from([0xcb, 0x7f, 0xf0, 0, 0, 0, 0, 0, 0]),
  Uint8Array.from([0xcf, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]),
  Uint8Array.from([0xd3, 0x80, 0, 0, 0, 0, 0, 0, 0]),
  // Extensions: a time, one that nobody knows, one without bytes.
  Uint8Array.from([0xd6, 0xff, 0, 0, 0, 1]),
  Uint8Array.from([0xc7, 0x00, 0x2a]),
  Uint8Array.from([0xc9, ...uint32(0xffffffff), 0x01]),
  Uint8Array.from([0xc1]),
  new Uint8Array(0),
]

/** @param more other messages of the same kind */
export function hostileMsgpack(value: unknown, random: Random, more: readonly Uint8Array[] = []) {
  const choice = random.next()
  if (choice < 0.2) return random.pick(constructed)
  const bytes = encode(value)
  if (choice < 0.25) return underAName(bytes)
  return withByteFaults(bytes, random, more)
}
