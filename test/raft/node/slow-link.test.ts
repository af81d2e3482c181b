/** A snapshot over links as slow as they are in the world, in ticks of 50 ms. */
import { expect, test } from 'vitest'
import { chunkBytes } from '../../../src/fsm/snapshot-format.js'
import { plainConfiguration } from '../../../src/raft/core/configuration.js'
import type { InstallSnapshot } from '../../../src/raft/core/message.js'
import type { Frame } from '../../../src/raft/node/frame.js'
import { nodeDefaults } from '../../../src/raft/node/node-options.js'
import { SnapshotReceiver } from '../../../src/raft/node/snapshots/snapshot-receiver.js'
import { SnapshotSender } from '../../../src/raft/node/snapshots/snapshot-sender.js'
import { snapshotTimes } from '../../../src/raft/node/snapshots/snapshots.js'

const { tickMs, electionTicks, heartbeatTicks } = nodeDefaults
const configuration = plainConfiguration([1, 2, 3])
const message: InstallSnapshot = {
  ...{ kind: 'snapshot', from: 1, to: 2, term: 1 },
  snapshot: { index: 50, term: 1, configuration },
}

/** In order, and no faster than a number of bits a second; what does not fit queues before it. */
class Link<T> {
  readonly #bytesPerTick: number
  readonly #delayTicks: number
  readonly #queue: { readonly what: T; left: number }[] = []
  readonly #far: { readonly what: T; readonly atTick: number }[] = []

  constructor(bitsPerSecond: number, delayMs: number) {
    this.#bytesPerTick = (bitsPerSecond / 8 / 1_000) * tickMs
    this.#delayTicks = Math.ceil(delayMs / tickMs)
  }

  send(what: T, bytes: number): void {
    this.#queue.push({ what, left: bytes })
  }

  /** What arrives at this tick. */
  tick(tick: number): T[] {
    for (let room = this.#bytesPerTick; room > 0 && this.#queue.length > 0; ) {
      const first = this.#queue[0]!
      const taken = Math.min(room, first.left)
      first.left -= taken
      room -= taken
      if (first.left > 0) break
      this.#far.push({ what: first.what, atTick: tick + this.#delayTicks })
      this.#queue.shift()
    }
    const count = this.#far.findIndex(({ atTick }) => atTick > tick)
    return this.#far.splice(0, count < 0 ? this.#far.length : count).map(({ what }) => what)
  }
}

function transfer(bitsPerSecond: number, delayMs: number, bytes: number) {
  const there = new Link<Frame | 'heartbeat'>(bitsPerSecond, delayMs)
  const back = new Link<Frame>(bitsPerSecond, delayMs)
  const seen = { chunks: 0, quietTicks: 0, ended: '', ticks: 0 }
  const snapshot = { meta: message.snapshot, chunks: Math.ceil(bytes / chunkBytes), bytes }
  const sizeOf = (chunk: number) => Math.min(chunkBytes, bytes - chunk * chunkBytes)
  const reads: number[] = []
  const times = snapshotTimes(nodeDefaults)
  const sender = new SnapshotSender(times.sending, {
    send: (_to, frame) => {
      const isChunk = frame.kind === 'snapshot-chunk'
      if (isChunk) seen.chunks += 1
      there.send(frame, 100 + (isChunk ? frame.bytes.length : 0))
    },
    readChunk: (_snapshot, chunk) => void reads.push(chunk),
    crc32c: () => 0,
    ended: (_peer, ok, reason) => {
      seen.ended = ok ? 'ok' : reason
    },
    newTransfer: () => 1,
  })
  const receiver = new SnapshotReceiver(times.receiving, {
    send: (_to, frame) => back.send(frame, 100),
    write: (_operation, done) => done(),
    crc32c: () => 0,
    received: () => {
      receiver.taken()
      receiver.installed()
    },
  })
  sender.newest = snapshot
  sender.begin(message, 0)
  let heardTick = 0
  for (let tick = 1; seen.ended === '' && tick < 20_000; tick += 1) {
    seen.ticks = tick
    if (tick % heartbeatTicks === 0) there.send('heartbeat', 100)
    for (const frame of there.tick(tick)) {
      if (frame === 'heartbeat') {
        seen.quietTicks = Math.max(seen.quietTicks, tick - heardTick)
        heardTick = tick
      } else if (frame.kind === 'snapshot-offer') receiver.offered(1, frame, tick)
      else if (frame.kind === 'snapshot-chunk') receiver.chunk(1, frame, tick)
    }
    for (const frame of back.tick(tick)) {
      if (frame.kind === 'snapshot-progress') sender.progress(2, frame, tick)
    }
    for (let chunk = reads.shift(); chunk !== undefined; chunk = reads.shift()) {
      sender.chunkRead(snapshot, chunk, new Uint8Array(sizeOf(chunk)), tick)
    }
    sender.tick(tick)
    receiver.tick(tick)
  }
  return { ...seen, wanted: snapshot.chunks, seconds: (seen.ticks * tickMs) / 1_000 }
}

const megabytes = 1_000_000

test.for([
  [2_000_000, 10, 3.3 * megabytes],
  [2_000_000, 300, 3.3 * megabytes],
  [1_000_000, 50, 1 * megabytes],
] as const)(
  'at %i bit/s and %i ms it arrives, nothing is sent twice, and no heartbeat is kept from its peer',
  ([bits, delayMs, bytes]) => {
    const { ended, chunks, wanted, quietTicks, seconds } = transfer(bits, delayMs, bytes)
    expect(ended).toBe('ok')
    expect(chunks).toBe(wanted)
    expect(quietTicks).toBeLessThan(electionTicks)
    // The link is idle while an acknowledgement is on its way, and not for longer.
    expect(seconds).toBeLessThan(((bytes * 8) / bits) * 3)
  },
)

test('over a link that is slow beyond use a transfer goes on as long as chunks come through', () => {
  const { ended, chunks, wanted } = transfer(100_000, 50, 0.5 * megabytes)
  expect(ended).toBe('ok')
  expect(chunks).toBe(wanted)
})

test('a long way is filled: many chunks are on it, as soon as it shows that it has room', () => {
  const { ended, chunks, wanted, seconds } = transfer(100_000_000, 125, 20 * megabytes)
  expect(ended).toBe('ok')
  expect(chunks).toBe(wanted)
  expect(seconds).toBeLessThan(10)
})
