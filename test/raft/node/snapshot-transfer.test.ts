import { describe, expect, test } from 'vitest'
import { plainConfiguration } from '../../../src/raft/core/configuration.js'
import type { InstallSnapshot } from '../../../src/raft/core/message.js'
import type { StoredSnapshot } from '../../../src/raft/node/disk/storage.js'
import type { UpkeepOperation } from '../../../src/raft/node/disk/write-queue.js'
import type { Frame } from '../../../src/raft/node/frame.js'
import { SnapshotReceiver } from '../../../src/raft/node/snapshots/snapshot-receiver.js'
import { SnapshotSender } from '../../../src/raft/node/snapshots/snapshot-sender.js'
import { Random } from './support/random.js'

const configuration = plainConfiguration([1, 2, 3])

function snapshotOf(index: number, chunks: number): StoredSnapshot {
  return { meta: { index, term: 2, configuration }, chunks, bytes: chunks * 4 }
}

function messageTo(to: number, index = 50, term = 3): InstallSnapshot {
  return { kind: 'snapshot', from: 1, to, term, snapshot: { index, term: 2, configuration } }
}

const chunkBytes = (chunk: number) => Uint8Array.of(chunk, 1, 2, 3)
const sum = (bytes: Uint8Array) => bytes.reduce((total, byte) => (total * 31 + byte) >>> 0, 7)

/** Replica 1, which sends. Frames and reads wait until a test moves them on. */
function sending() {
  const frames: { to: number; frame: Frame }[] = []
  const reads: { snapshot: StoredSnapshot; chunk: number }[] = []
  const ended: string[] = []
  let transfer = 0
  const sender = new SnapshotSender(
    {
      ...{ pace: { windowChunksMax: 3, queueTicks: 5 }, transfersMax: 2 },
      ...{ resendTicks: 5, progressTicks: 40, installTicks: 100 },
    },
    {
      send: (to, frame) => frames.push({ to, frame }),
      readChunk: (snapshot, chunk) => reads.push({ snapshot, chunk }),
      crc32c: sum,
      ended: (peer, ok, reason) => ended.push(`${peer} ${ok ? 'ok' : reason}`),
      newTransfer: () => {
        transfer += 1
        return transfer
      },
    },
  )
  sender.newest = snapshotOf(50, 8)
  const read = (tick = 0) => {
    for (const { snapshot, chunk } of reads.splice(0)) {
      sender.chunkRead(snapshot, chunk, chunkBytes(chunk), tick)
    }
  }
  return { sender, frames, reads, ended, read }
}

/** Replica 2, which receives. Writes wait until a test completes them. */
function receiving() {
  const frames: Frame[] = []
  const writes: { operation: UpkeepOperation; done: () => void }[] = []
  const received: InstallSnapshot[] = []
  /** Chunks that were written, by their numbers. */
  const disk = new Map<number, Uint8Array>()
  const receiver = new SnapshotReceiver(
    { bytesMax: 100, chunkBytesMax: 4, windowChunks: 3, silenceTicks: 60 },
    {
      send: (_to, frame) => frames.push(frame),
      write: (operation, done) => {
        if (operation.kind === 'snapshot-chunk') disk.set(operation.chunk, operation.bytes)
        if (operation.kind === 'snapshot-discard') disk.clear()
        writes.push({ operation, done })
      },
      crc32c: sum,
      received: (message) => received.push(message),
    },
  )
  const write = () => {
    for (const { done } of writes.splice(0)) done()
  }
  return { receiver, frames, writes, received, write, disk }
}

function offer(transfer: number, chunks = 2, message = messageTo(2)) {
  return { kind: 'snapshot-offer', transfer, message, chunks, bytes: chunks * 4 } as const
}

function chunkFrame(transfer: number, chunk: number) {
  const bytes = chunkBytes(chunk)
  return { kind: 'snapshot-chunk', transfer, chunk, crc32c: sum(bytes), bytes } as const
}

function progress(transfer: number, stored: number) {
  return { kind: 'snapshot-progress', transfer, stored, state: 'receiving', reason: '' } as const
}

const kindsOf = (frames: readonly Frame[]) => {
  return frames.map((frame) => {
    if (frame.kind === 'snapshot-chunk') return `chunk ${frame.chunk}`
    return frame.kind === 'snapshot-progress' ? `${frame.state} ${frame.stored}` : frame.kind
  })
}

describe('sending a snapshot', () => {
  test('chunks go ahead of what the peer has stored, more of them where that is soon', () => {
    const { sender, frames, read } = sending()
    sender.begin(messageTo(2), 0)
    read()
    expect(kindsOf(frames.map(({ frame }) => frame))).toEqual(['snapshot-offer'])
    const sentAfter = (stored: number, tick: number) => {
      sender.progress(2, progress(1, stored), tick)
      for (let turn = 0; turn < 9; turn += 1) read(tick)
      return kindsOf(frames.splice(0).map(({ frame }) => frame)).slice(-9)
    }
    expect(sentAfter(0, 1)).toEqual(['snapshot-offer', 'chunk 0'])
    expect(sentAfter(1, 2)).toEqual(['chunk 1', 'chunk 2'])
    expect(sentAfter(2, 4)).toEqual(['chunk 3', 'chunk 4'])
    expect(sentAfter(3, 6)).toEqual(['chunk 5'])
    // These stood in a queue.
    expect(sentAfter(4, 20)).toEqual([])
    expect(sentAfter(5, 21)).toEqual([])
    expect(sentAfter(6, 30)).toEqual(['chunk 6'])
  })

  test('after a silence it is asked what has come, and what has not is sent again', () => {
    const { sender, frames, read } = sending()
    sender.begin(messageTo(2), 0)
    sender.tick(5)
    expect(frames.map(({ frame }) => frame.kind)).toEqual(['snapshot-offer', 'snapshot-offer'])
    sender.progress(2, progress(1, 0), 6)
    for (let turn = 0; turn < 9; turn += 1) read(6)
    sender.progress(2, progress(1, 1), 7)
    for (let turn = 0; turn < 9; turn += 1) read(7)
    frames.splice(0)
    sender.tick(11)
    expect(frames).toEqual([])
    sender.tick(12)
    read(12)
    expect(frames.splice(0)).toMatchObject([{ frame: { kind: 'snapshot-offer', sent: 3 } }])
    sender.progress(2, progress(1, 1), 13)
    for (let turn = 0; turn < 9; turn += 1) read(13)
    expect(frames).toEqual([])
    sender.progress(2, { ...progress(1, 1), missingFrom: 2 }, 14)
    for (let turn = 0; turn < 9; turn += 1) read(14)
    expect(kindsOf(frames.map(({ frame }) => frame))).toEqual(['chunk 2'])
  })

  test('a peer without progress ends its transfer, and the core hears of it (L11)', () => {
    const { sender, ended } = sending()
    sender.begin(messageTo(2), 0)
    sender.progress(2, progress(1, 0), 10)
    sender.progress(2, progress(1, 0), 30)
    sender.tick(49)
    expect(ended).toEqual([])
    sender.tick(50)
    expect(ended).toEqual(['2 the peer makes no progress'])
    expect(sender.oldestInUse).toBeNull()
  })

  test('a peer that has stored everything is given time to take the state over', () => {
    const { sender, ended } = sending()
    sender.begin(messageTo(2), 0)
    sender.progress(2, progress(1, 8), 10)
    sender.tick(60)
    expect(ended).toEqual([])
    sender.progress(2, { ...progress(1, 8), state: 'installed' }, 90)
    expect(ended).toEqual(['2 ok'])
  })

  test('a peer that was restarted says so, and the transfer ends at once', () => {
    const { sender, ended } = sending()
    sender.begin(messageTo(2), 0)
    const refused = { ...progress(1, 0), state: 'refused', reason: 'unknown transfer' } as const
    sender.progress(2, { ...refused, transfer: 99 }, 1)
    expect(ended).toEqual([])
    sender.progress(2, refused, 1)
    expect(ended).toEqual(['2 unknown transfer'])
  })

  test('a chunk that cannot be read ends the transfers that need it', () => {
    const { sender, ended, reads } = sending()
    for (const peer of [2, 3]) {
      sender.begin(messageTo(peer), 0)
      sender.progress(peer, progress(peer - 1, 0), 0)
    }
    expect(reads).toHaveLength(1)
    sender.chunkFailed(reads[0]!.snapshot, 0, 'damaged', 1)
    expect(ended).toEqual(['2 damaged', '3 damaged'])
  })

  test('a snapshot that is being sent is in use until its transfer ends (L14)', () => {
    const { sender } = sending()
    sender.begin(messageTo(2), 0)
    sender.newest = snapshotOf(90, 2)
    sender.begin(messageTo(3), 0)
    expect(sender.oldestInUse?.meta.index).toBe(50)
    sender.progress(2, { ...progress(1, 8), state: 'installed' }, 1)
    expect(sender.oldestInUse?.meta.index).toBe(90)
  })

  test('further peers wait for their turn', () => {
    const { sender, frames, ended } = sending()
    for (const peer of [2, 3, 4]) sender.begin(messageTo(peer), 0)
    expect(frames.map(({ to }) => to)).toEqual([2, 3])
    sender.progress(3, { ...progress(2, 8), state: 'installed' }, 1)
    expect(frames.map(({ to }) => to)).toEqual([2, 3, 4])
    expect(ended).toEqual(['3 ok'])
  })

  test('a core that asks twice gets one transfer', () => {
    const { sender, frames } = sending()
    sender.begin(messageTo(2), 0)
    sender.begin(messageTo(2), 9)
    expect(frames).toHaveLength(1)
  })

  test('who leads no more sends no more, and reports nothing', () => {
    const { sender, ended, frames } = sending()
    sender.begin(messageTo(2), 0)
    sender.forgetAll()
    sender.tick(100)
    sender.progress(2, progress(1, 0), 100)
    expect(ended).toEqual([])
    expect(frames).toHaveLength(1)
  })
})

describe('receiving a snapshot', () => {
  test('chunks are acknowledged once they are on the disk, and then the core is told', () => {
    const { receiver, frames, writes, received, disk } = receiving()
    receiver.offered(1, offer(7), 0)
    receiver.chunk(1, chunkFrame(7, 0), 0)
    receiver.chunk(1, chunkFrame(7, 1), 0)
    expect(kindsOf(frames)).toEqual(['receiving 0'])
    writes[0]!.done()
    expect(kindsOf(frames)).toEqual(['receiving 0', 'receiving 1'])
    expect(received).toEqual([])
    writes[1]!.done()
    expect(received).toEqual([messageTo(2)])
    receiver.taken()
    expect([...disk.values()]).toEqual([chunkBytes(0), chunkBytes(1)])
    receiver.installed()
    expect(kindsOf(frames).at(-1)).toBe('installed 2')
  })

  test('chunks out of order or repeated do no harm', () => {
    const { receiver, frames, writes } = receiving()
    receiver.offered(1, offer(7, 3), 0)
    receiver.chunk(1, chunkFrame(7, 1), 0)
    expect(writes).toHaveLength(0)
    receiver.chunk(1, chunkFrame(7, 0), 0)
    receiver.chunk(1, chunkFrame(7, 0), 0)
    expect(writes).toHaveLength(1)
    expect(kindsOf(frames)).toEqual(['receiving 0', 'receiving 0'])
  })

  test('an offer that comes again is answered by what was sent before it and did not come', () => {
    const { receiver, frames } = receiving()
    receiver.offered(1, offer(7, 5), 0)
    receiver.chunk(1, chunkFrame(7, 0), 0)
    receiver.chunk(1, chunkFrame(7, 2), 0)
    receiver.offered(1, { ...offer(7, 5), sent: 1 }, 1)
    expect(frames.at(-1)).not.toHaveProperty('missingFrom')
    receiver.offered(1, { ...offer(7, 5), sent: 3 }, 1)
    expect(frames.at(-1)).toMatchObject({ stored: 0, missingFrom: 1 })
  })

  test('a damaged chunk, a wrong size and too many bytes are refused, and the rest is dropped', () => {
    const wrong = [
      { ...chunkFrame(7, 1), crc32c: 1 },
      { ...chunkFrame(7, 1), bytes: new Uint8Array(5), crc32c: sum(new Uint8Array(5)) },
      { ...chunkFrame(7, 1), bytes: new Uint8Array(0), crc32c: sum(new Uint8Array(0)) },
      { ...chunkFrame(7, 1), bytes: new Uint8Array(3), crc32c: sum(new Uint8Array(3)) },
    ]
    for (const frame of wrong) {
      const { receiver, frames, writes, received } = receiving()
      receiver.offered(1, offer(7), 0)
      receiver.chunk(1, chunkFrame(7, 0), 0)
      receiver.chunk(1, frame, 0)
      expect(kindsOf(frames).at(-1)).toBe('refused 0')
      expect(writes.map(({ operation }) => operation.kind)).toEqual([
        ...['snapshot-chunk', 'snapshot-discard'],
      ])
      for (const { done } of writes) done()
      expect(received).toEqual([])
    }
  })

  test('a snapshot that is too large is refused before it is sent', () => {
    const { receiver, frames } = receiving()
    receiver.offered(1, offer(7, 26), 0)
    expect(frames).toMatchObject([{ state: 'refused', reason: expect.stringContaining('104') }])
  })

  test('the next leader begins anew, and the former one is outdone', () => {
    const { receiver, frames, writes } = receiving()
    receiver.offered(1, offer(7, 2, messageTo(2, 50, 3)), 0)
    receiver.chunk(1, chunkFrame(7, 0), 0)
    receiver.offered(3, { ...offer(1, 2, messageTo(2, 60, 4)), chunks: 2 }, 1)
    expect(writes.at(-1)?.operation).toEqual({ kind: 'snapshot-discard', index: 50, term: 2 })
    receiver.offered(1, offer(8, 2, messageTo(2, 50, 3)), 2)
    expect(receiver.status).toEqual({ from: 3, index: 60, stored: 0 })
    receiver.chunk(1, chunkFrame(7, 1), 2)
    expect(frames.at(-1)).toMatchObject({ state: 'refused', reason: 'unknown transfer' })
  })

  test('what the core took is kept until it is installed, whatever else is offered', () => {
    const { receiver, write } = receiving()
    receiver.offered(1, offer(7, 1), 0)
    receiver.chunk(1, chunkFrame(7, 0), 0)
    write()
    receiver.taken()
    receiver.offered(3, offer(9, 1, messageTo(2, 70, 9)), 1)
    receiver.drop()
    receiver.tick(1_000)
    expect(receiver.toInstall(50)).toEqual(snapshotOf(50, 1))
  })

  test('a core that has everything already says installed, one with another leader refuses', () => {
    for (const hasAll of [true, false]) {
      const { receiver, frames, writes, write } = receiving()
      receiver.offered(1, offer(7, 1), 0)
      receiver.chunk(1, chunkFrame(7, 0), 0)
      write()
      receiver.notTaken(hasAll)
      expect(kindsOf(frames).at(-1)).toBe(hasAll ? 'installed 1' : 'refused 1')
      expect(writes.at(-1)?.operation.kind).toBe('snapshot-discard')
    }
  })

  test('what the replica has reached by itself is dropped before it makes one of that name', () => {
    const { receiver, frames, writes } = receiving()
    receiver.offered(1, offer(7), 0)
    receiver.chunk(1, chunkFrame(7, 0), 0)
    receiver.overtaken(49)
    expect(receiver.status).not.toBeNull()
    receiver.overtaken(50)
    expect(receiver.status).toBeNull()
    expect(kindsOf(frames).at(-1)).toBe('installed 0')
    expect(writes.at(-1)?.operation).toEqual({ kind: 'snapshot-discard', index: 50, term: 2 })
  })

  test('a sender that falls silent is forgotten', () => {
    const { receiver } = receiving()
    receiver.offered(1, offer(7), 0)
    receiver.tick(59)
    expect(receiver.status).not.toBeNull()
    receiver.tick(60)
    expect(receiver.status).toBeNull()
  })
})

test('a transfer over a link that loses, repeats and reorders ends well or is reported', () => {
  for (let seed = 1; seed <= 100; seed += 1) {
    const random = new Random(seed)
    const one = sending()
    const two = receiving()
    one.sender.begin(messageTo(2), 0)
    const link: (() => void)[] = []
    const carry = (arrive: () => void) => {
      for (let copies = random.pick([0, 1, 1, 1, 1, 2]); copies > 0; copies -= 1) {
        link.splice(random.between(Math.max(0, link.length - 2), link.length), 0, arrive)
      }
    }
    let installs = 0
    for (let tick = 1; tick < 2_000 && one.ended.length === 0; tick += 1) {
      one.read(tick)
      for (const { frame } of one.frames.splice(0)) {
        if (frame.kind === 'snapshot-offer') carry(() => two.receiver.offered(1, frame, tick))
        if (frame.kind === 'snapshot-chunk') carry(() => two.receiver.chunk(1, frame, tick))
      }
      if (random.chance(0.8)) two.write()
      for (const _ of two.received.splice(0)) {
        two.receiver.taken()
        expect(two.disk.size, `seed ${seed}`).toBe(8)
        installs += 1
        two.receiver.installed()
      }
      for (const frame of two.frames.splice(0)) {
        if (frame.kind === 'snapshot-progress') carry(() => one.sender.progress(2, frame, tick))
      }
      for (const arrive of link.splice(0, random.between(0, 4))) arrive()
      one.sender.tick(tick)
    }
    expect(one.ended, `seed ${seed}`).toHaveLength(1)
    if (one.ended[0] === '2 ok') expect(installs, `seed ${seed}`).toBeGreaterThan(0)
  }
})

test('while a disk hangs, offers one after the other do not pile up in front of it', () => {
  const { receiver, writes, write } = receiving()
  for (let transfer = 1; transfer <= 50; transfer += 1) {
    receiver.offered(1, offer(transfer), 0)
    for (const chunk of [0, 1]) receiver.chunk(1, chunkFrame(transfer, chunk), 0)
  }
  expect(writes.length).toBeLessThan(6)
  write()
  receiver.offered(1, offer(51), 0)
  receiver.chunk(1, chunkFrame(51, 0), 0)
  expect(writes.at(-1)?.operation).toMatchObject({ kind: 'snapshot-chunk', chunk: 0 })
})
