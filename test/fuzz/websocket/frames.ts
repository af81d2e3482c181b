/** Frames of RFC 6455 by hand: as clients write them, in fragments, and as they must not be. */
import type { Random } from '../../simulation/kernel/random.js'
import { randomBytes } from '../generator/byte-faults.js'

interface FrameParts {
  readonly opcode: number
  readonly payload: Buffer
  readonly fin?: boolean
  /** The three reserved bits. */
  readonly reserved?: number
  readonly isMasked?: boolean
  /** Length that it claims to have. */
  readonly claimed?: number
}

const opcodes = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const
/** What a replica takes, in bytes. */
const payloadMax = 64 * 1024
/** All masks are right, this one too, and it leaves the bytes as they are. */
const mask = Buffer.alloc(4)

export function frame(parts: FrameParts): Buffer {
  const { opcode, payload, fin = true, reserved = 0, isMasked = true } = parts
  const { claimed = payload.length } = parts
  const first = (fin ? 0x80 : 0) | (reserved << 4) | opcode
  const short = claimed < 126 ? claimed : claimed < 65_536 ? 126 : 127
  const head = [first, (isMasked ? 0x80 : 0) | short]
  const long = Buffer.alloc(short === 126 ? 2 : short === 127 ? 8 : 0)
  if (short === 126) long.writeUInt16BE(claimed)
  if (short === 127) long.writeBigUInt64BE(BigInt(claimed))
  return Buffer.concat([Buffer.from(head), long, isMasked ? mask : Buffer.alloc(0), payload])
}

export function messageFrame(payload: Buffer, isBinary: boolean): Buffer {
  return frame({ opcode: isBinary ? opcodes.binary : opcodes.text, payload })
}

/** The same message in pieces, some of which may be empty, with a ping in between now and then. */
export function fragments(payload: Buffer, isBinary: boolean, random: Random): Buffer {
  const count = random.pick([2, 3, 5, 20, 60, 64, 65, 66, 200])
  const size = Math.ceil(payload.length / count)
  const pieces = Array.from({ length: count }, (_, i) => {
    const opcode = i > 0 ? opcodes.continuation : isBinary ? opcodes.binary : opcodes.text
    const piece = payload.subarray(i * size, (i + 1) * size)
    const own = frame({ opcode, payload: piece, fin: i === count - 1 })
    const ping = frame({ opcode: opcodes.ping, payload: randomBytes(random, 10) })
    return random.chance(0.02) ? Buffer.concat([ping, own]) : own
  })
  return Buffer.concat(pieces)
}

type Hostile = (payload: Buffer, random: Random) => Buffer

const text = opcodes.text
const hostile: readonly Hostile[] = [
  (payload, random) => frame({ opcode: text, payload, reserved: random.between(1, 7) }),
  (payload, random) => frame({ opcode: random.pick([3, 4, 5, 6, 7, 11, 12, 13, 14, 15]), payload }),
  (payload) => frame({ opcode: text, payload, isMasked: false }),
  (payload) => frame({ opcode: opcodes.continuation, payload }),
  (payload) =>
    Buffer.concat([
      frame({ opcode: text, payload, fin: false }),
      frame({ opcode: text, payload, fin: true }),
    ]),
  (payload, random) => {
    const opcode = random.pick([opcodes.close, opcodes.ping, opcodes.pong])
    return frame({ opcode, payload: Buffer.concat([payload, Buffer.alloc(126)]) })
  },
  (payload, random) => {
    const opcode = random.pick([opcodes.close, opcodes.ping, opcodes.pong])
    return frame({ opcode, payload: payload.subarray(0, 100), fin: false })
  },
  (_payload, random) => {
    const code = random.pick([0, 999, 1000, 1001, 1004, 1005, 1006, 1015, 2999, 3000, 4400, 65535])
    const closing = Buffer.alloc(2)
    closing.writeUInt16BE(code)
    return frame({ opcode: opcodes.close, payload: closing })
  },
  () => frame({ opcode: opcodes.close, payload: Buffer.from([0x03]) }),
  () => frame({ opcode: opcodes.close, payload: Buffer.from([0x03, 0xe8, 0xff, 0xfe]) }),
  () => frame({ opcode: text, payload: Buffer.from([0x7b, 0xff, 0xfe, 0x7d]) }),
  () => frame({ opcode: text, payload: Buffer.from([0xed, 0xa0, 0x80]) }),
  (_payload, random) => {
    const length = random.pick([payloadMax, payloadMax + 1, 2 * payloadMax])
    return frame({
      opcode: random.pick([text, opcodes.binary]),
      payload: Buffer.alloc(length, 0x20),
    })
  },
  (payload, random) => {
    const claimed = random.pick([payloadMax + 1, 2 ** 31, 2 ** 53, payload.length + 5])
    return frame({ opcode: text, payload, claimed })
  },
  (payload) => frame({ opcode: opcodes.ping, payload: payload.subarray(0, 125) }),
  (payload) => frame({ opcode: opcodes.pong, payload: payload.subarray(0, 125) }),
  () => frame({ opcode: text, payload: Buffer.alloc(0) }),
  (_payload, random) => randomBytes(random, 60),
  (payload) => frame({ opcode: text, payload }).subarray(0, 5),
]

/** A frame that ends a connection, or that is as good as none. */
export function hostileFrame(payload: Buffer, random: Random): Buffer {
  return random.pick(hostile)(payload, random)
}
