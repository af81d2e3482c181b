import { expect, test } from 'vitest'
import {
  encodeFrameHead,
  encodePreamble,
  FrameError,
  FrameReader,
  type FrameType,
  type WireFrame,
} from '../../../src/raft/peers/peer-socket.js'
import type { VersionRange } from '../../../src/versions/versions.js'
import { Random } from '../store/random.js'

const types: readonly FrameType[] = ['hello', 'accept', 'refuse', 'ping', 'pong', 'message']

function bytesOf(frames: readonly WireFrame[]): Buffer {
  const parts = frames.flatMap(({ type, body }) => [encodeFrameHead(type, body.length), body])
  return Buffer.concat([encodePreamble(), ...parts])
}

function readAll(chunks: readonly Buffer[], bytesMax: number): WireFrame[] {
  const reader = new FrameReader()
  const frames: WireFrame[] = []
  let versions: VersionRange | null = null
  for (const chunk of chunks) {
    reader.push(chunk)
    versions ??= reader.readPreamble()
    for (let frame = versions && reader.readFrame(bytesMax); frame; ) {
      frames.push(frame)
      frame = reader.readFrame(bytesMax)
    }
  }
  return frames
}

test('a frame is four bytes of length, one of type, and its body', () => {
  const body = Buffer.from([7, 8])
  const bytes = bytesOf([{ type: 'message', body }])
  expect([...bytes]).toEqual([...Buffer.from('BERTHP'), 1, 1, 0, 0, 0, 3, 5, 7, 8])
})

test.each([1, 2, 3, 4, 5])('frames survive any cutting of the stream: seed %i', (seed) => {
  const random = new Random(seed)
  const frames = Array.from({ length: 200 }, (): WireFrame => {
    const body = Buffer.alloc(random.chance(0.05) ? 70_000 : random.between(0, 300))
    return { type: random.pick(types), body: body.map(() => random.between(0, 255)) }
  })
  const stream = bytesOf(frames)
  const chunks: Buffer[] = []
  for (let at = 0; at < stream.length; ) {
    const size = random.between(1, random.chance(0.3) ? 5 : 20_000)
    chunks.push(stream.subarray(at, at + size))
    at += size
  }
  const read = readAll(chunks, 1 << 20)
  expect(read.map(({ type }) => type)).toEqual(frames.map(({ type }) => type))
  for (const [at, { body }] of read.entries()) {
    expect(Buffer.compare(body, frames[at]!.body)).toBe(0)
  }
})

test('what does not begin as a peer does is an error at the first byte that differs', () => {
  const preamble = encodePreamble()
  const magicBytes = 6
  for (let at = 0; at < magicBytes; at += 1) {
    const begun = new FrameReader()
    begun.push(preamble.subarray(0, at))
    expect(begun.readPreamble()).toBe(null)
    begun.push(Buffer.from([preamble[at]! ^ 1]))
    expect(() => begun.readPreamble()).toThrow(FrameError)
  }
})

test('a frame that claims 4 GiB is an error before any of it has come', () => {
  const reader = new FrameReader()
  reader.push(Buffer.from([0xff, 0xff, 0xff, 0xff]))
  expect(() => reader.readFrame(16 << 20)).toThrow(/claims 4294967295 bytes/)
})

test('a frame of the limit passes, one byte more does not', () => {
  const body = Buffer.alloc(99)
  expect(readAll([bytesOf([{ type: 'message', body }])], 100)).toHaveLength(1)
  expect(() => readAll([bytesOf([{ type: 'message', body }])], 99)).toThrow(FrameError)
})

test('an empty frame and an unknown type are errors', () => {
  const empty = Buffer.concat([encodePreamble(), Buffer.alloc(4)])
  expect(() => readAll([empty], 100)).toThrow(/empty/)
  const unknown = Buffer.concat([encodePreamble(), Buffer.from([0, 0, 0, 1, 6])])
  expect(() => readAll([unknown], 100)).toThrow(/type 6/)
})

test('a body is a copy that keeps no larger chunk alive', () => {
  const stream = bytesOf([{ type: 'message', body: Buffer.alloc(10) }])
  const chunk = Buffer.concat([stream, Buffer.alloc(60_000)])
  const [frame] = readAll([chunk.subarray(0, stream.length)], 100)
  expect(frame!.body.buffer.byteLength).toBe(10)
})

test.each([1, 2, 3])('garbage is never anything but an error of frames: seed %i', (seed) => {
  const random = new Random(seed)
  for (let round = 0; round < 500; round += 1) {
    const bytes = Buffer.alloc(random.between(0, 64)).map(() => random.between(0, 255))
    const stream = random.chance(0.5)
      ? [encodePreamble(), Buffer.from(bytes)]
      : [Buffer.from(bytes)]
    try {
      readAll(stream, 1_000)
    } catch (error) {
      expect(error).toBeInstanceOf(FrameError)
    }
  }
})

test('a stream that comes byte by byte is not held as one piece for each byte', () => {
  const reader = new FrameReader()
  const body = Buffer.alloc(300_000, 7)
  const stream = Buffer.concat([encodeFrameHead('message', body.length), body])
  let most = 0
  for (const byte of stream) {
    reader.push(Buffer.of(byte))
    most = Math.max(most, reader.pieces)
  }
  expect(most).toBeLessThan(200)
  expect(reader.readFrame(1 << 20)).toEqual({ type: 'message', body: new Uint8Array(body) })
  const random = new Random(9)
  for (let left = body.length; left > 0; left -= 1) {
    reader.push(Buffer.alloc(random.between(1, 50)))
    most = Math.max(most, reader.pieces * (left > 290_000 ? 1 : 0))
  }
  expect(most).toBeLessThan(300)
})
