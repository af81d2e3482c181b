import { expect, test } from 'vitest'
import { plainConfiguration } from '../../../src/raft/core/configuration.js'
import type { StoredSnapshot } from '../../../src/raft/node/disk/storage.js'
import type { UpkeepOperation } from '../../../src/raft/node/disk/write-queue.js'
import { Roster } from '../../../src/raft/node/identity/roster.js'
import { openSnapshot } from '../../../src/raft/node/replay.js'
import { SnapshotMaker } from '../../../src/raft/node/snapshots/snapshot-maker.js'

const meta = { index: 20, term: 3, configuration: plainConfiguration([1, 2, 3]) }

const chunkBytesMax = 1_000

/** A maker whose writes are completed by hand. */
function making(thresholds = { entries: 10, intervalMs: 1_000, bytes: 500 }) {
  const writes: { operation: UpkeepOperation; done: () => void }[] = []
  const made: StoredSnapshot[] = []
  const maker = new SnapshotMaker(
    thresholds,
    chunkBytesMax,
    { index: 0, nowMs: 0 },
    {
      write: (operation, done) => writes.push({ operation, done }),
      made: (snapshot) => made.push(snapshot),
    },
  )
  const begin = (...pieces: Uint8Array[]) => {
    maker.begin(meta, new Roster(), pieces.values(), 0)
  }
  return { maker, writes, made, begin }
}

test('a snapshot is due by entries, by bytes, or by time if anything was applied', () => {
  const { maker } = making()
  expect(maker.isDue(9, 500, false)).toBe(false)
  expect(maker.isDue(10, 500, false)).toBe(true)
  expect(maker.isDue(0, 5_000, false)).toBe(false)
  expect(maker.isDue(1, 999, false)).toBe(false)
  expect(maker.isDue(1, 1_000, false)).toBe(true)
  expect(maker.isDue(1, 500, true), 'the log takes too much memory').toBe(true)
  expect(maker.isDue(0, 500, true), 'nothing would be in it that was not before').toBe(false)
  maker.applied(499)
  expect(maker.isDue(1, 0, false)).toBe(false)
  maker.applied(1)
  expect(maker.isDue(1, 0, false)).toBe(true)
})

test('a snapshot is written chunk by chunk, each after the one before is durable', () => {
  const { maker, writes, made, begin } = making()
  const pieces = [Uint8Array.of(1, 2), new Uint8Array(), Uint8Array.of(3)]
  begin(...pieces)
  const chunks: Uint8Array[] = []
  for (let step = 0; step < 20 && maker.making !== null; step += 1) {
    expect(writes.length).toBeLessThanOrEqual(1)
    const { operation, done } = writes.pop() ?? {}
    if (operation?.kind === 'snapshot-chunk') chunks.push(operation.bytes)
    if (done !== undefined) expect(maker.hasWork).toBe(false)
    done?.()
    maker.step()
    maker.step()
  }
  const bytes = chunks.reduce((sum, { length }) => sum + length, 0)
  expect(made).toEqual([{ meta, chunks: 3, bytes }])
  const opened = openSnapshot(chunks)
  expect(opened.machine).toEqual([pieces[0], pieces[2]])
  expect(opened.roster.encode()).toEqual(new Roster().encode())
  expect(maker.isDue(21, 0, false)).toBe(false)
})

test('a machine without any state makes a snapshot all the same', () => {
  const { maker, writes, made, begin } = making()
  begin()
  writes.pop()?.done()
  maker.step()
  writes.pop()?.done()
  expect(made).toMatchObject([{ chunks: 1 }])
})

test('a snapshot without chunks is refused', () => {
  expect(() => openSnapshot([])).toThrow('no chunk')
})

test('a snapshot that an installed one overtakes is dropped', () => {
  const { maker, writes, made, begin } = making()
  begin(new Uint8Array(150))
  maker.abort(30, 7)
  writes[0]!.done()
  expect(writes[1]?.operation).toEqual({ kind: 'snapshot-discard', index: 20, term: 3 })
  expect(maker.making).toBeNull()
  expect(made).toEqual([])
  expect(maker.isDue(39, 0, false)).toBe(false)
  expect(maker.isDue(40, 0, false)).toBe(true)
})

test('while one is made no other is due', () => {
  const { maker, begin } = making()
  begin(new Uint8Array(10))
  expect(maker.isDue(1_000, 1_000_000, false)).toBe(false)
})

test('a piece that no receiver takes ends the replica, and is never sent for ever', () => {
  const { maker, writes, begin } = making()
  begin(new Uint8Array(chunkBytesMax), new Uint8Array(chunkBytesMax + 1))
  writes.pop()!.done()
  maker.step()
  writes.pop()!.done()
  expect(() => maker.step()).toThrow(/no peer takes/)
})
