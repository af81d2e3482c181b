/** Faults in bytes, whatever they mean: flipped, cut, repeated, moved, and lengths that lie. */
import type { Random } from '../../simulation/kernel/random.js'

type Bytes = Uint8Array<ArrayBufferLike>
type Fault = (bytes: Buffer, random: Random) => Buffer

/** Bytes at which a format begins something, or ends. */
const tellingBytes = [
  ...[0x00, 0x01, 0x0a, 0x0d, 0x20, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1],
  ...[0xc4, 0xc7, 0xc9, 0xcb, 0xcf, 0xd3, 0xd4, 0xd6, 0xd8, 0xd9, 0xdb, 0xdc, 0xdd, 0xde, 0xdf],
  ...[0xe0, 0xfe, 0xff],
]
const bytesMax = 1 << 20

const place = (bytes: Buffer, random: Random) => random.below(Math.max(1, bytes.length))

/** The beginning says what the rest is: most faults go there. */
const earlyPlace = (bytes: Buffer, random: Random) =>
  random.below(Math.max(1, Math.min(bytes.length, random.chance(0.5) ? 16 : bytes.length)))

function changed(bytes: Buffer, at: number, byte: number): Buffer {
  const copy = Buffer.from(bytes)
  if (at < copy.length) copy[at] = byte
  return copy
}

function inserted(bytes: Buffer, at: number, more: Bytes): Buffer {
  return Buffer.concat([bytes.subarray(0, at), more, bytes.subarray(at)])
}

const faults: readonly Fault[] = [
  (bytes, random) => {
    const at = earlyPlace(bytes, random)
    return changed(bytes, at, (bytes[at] ?? 0) ^ (1 << random.below(8)))
  },
  (bytes, random) => changed(bytes, earlyPlace(bytes, random), random.pick(tellingBytes)),
  (bytes, random) => changed(bytes, place(bytes, random), random.below(256)),
  (bytes, random) => bytes.subarray(0, place(bytes, random)),
  (bytes, random) => bytes.subarray(place(bytes, random)),
  (bytes, random) => {
    const at = place(bytes, random)
    const length = random.between(1, 16)
    return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + length)])
  },
  (bytes, random) => {
    const at = place(bytes, random)
    const piece = bytes.subarray(at, at + random.between(1, 64))
    return inserted(bytes, at, Buffer.concat(Array(random.between(1, 40)).fill(piece)))
  },
  (bytes, random) => inserted(bytes, place(bytes, random), randomBytes(random, 32)),
  (bytes, random) => Buffer.concat([bytes, randomBytes(random, 16)]),
  (bytes, random) => withNumber(bytes, random, 2),
  (bytes, random) => withNumber(bytes, random, 4),
]

/** A number over some bytes, as lengths are written: more than there is, or less. */
function withNumber(bytes: Buffer, random: Random, width: 2 | 4): Buffer {
  const copy = Buffer.from(bytes)
  if (copy.length < width) return copy
  const at = random.below(Math.min(copy.length - width + 1, random.chance(0.5) ? 8 : copy.length))
  const most = 2 ** (8 * width) - 1
  const value = random.pick([0, 1, copy.length, copy.length + 1, 0x7fff, 0x7fff_ffff, most])
  copy.writeUIntBE(Math.min(most, value), at, width)
  return copy
}

export function randomBytes(random: Random, most: number): Buffer {
  return Buffer.from(Array.from({ length: random.between(0, most) }, () => random.below(256)))
}

/** @param more other bytes of the same kind, of which a piece may come in */
export function withByteFaults(bytes: Bytes, random: Random, more: readonly Bytes[] = []): Buffer {
  let faulty: Buffer = Buffer.from(bytes)
  const times = random.pick([1, 1, 1, 2, 4, 12])
  for (let i = 0; i < times; i += 1) {
    if (more.length > 0 && random.chance(0.15)) faulty = spliced(faulty, random.pick(more), random)
    else faulty = random.pick(faults)(faulty, random)
  }
  return faulty.subarray(0, bytesMax)
}

function spliced(bytes: Buffer, other: Bytes, random: Random): Buffer {
  const from = random.below(other.length + 1)
  return Buffer.concat([bytes.subarray(0, place(bytes, random)), other.subarray(from)])
}
