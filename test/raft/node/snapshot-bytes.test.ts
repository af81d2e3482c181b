import { expect, test } from 'vitest'
import { BerthError } from '../../../src/errors/berth-error.js'
import { Roster } from '../../../src/raft/node/roster.js'
import { ChunkCutter, openSnapshot } from '../../../src/raft/node/snapshot-bytes.js'
import { Random } from './support/random.js'

function cutAll(roster: Roster, pieces: readonly Uint8Array[], chunkBytes: number): Uint8Array[] {
  const cutter = new ChunkCutter(roster, pieces.values(), chunkBytes)
  const chunks: Uint8Array[] = []
  while (!cutter.hasEnded) {
    const chunk = cutter.step()
    if (chunk !== null) chunks.push(chunk)
  }
  return chunks
}

const flat = (chunks: readonly Uint8Array[]) => chunks.flatMap((chunk) => [...chunk])

test('a snapshot comes back whole, whatever the pieces and the size of the chunks', () => {
  for (let seed = 1; seed <= 50; seed += 1) {
    const random = new Random(seed)
    const pieces = Array.from({ length: random.between(0, 200) }, () => {
      return Uint8Array.from({ length: random.between(0, 30) }, () => random.between(0, 255))
    })
    const chunkBytes = random.between(1, 300)
    const chunks = cutAll(new Roster(), pieces, chunkBytes)
    const sizes = chunks.map(({ length }) => length)
    expect(sizes.slice(0, -1), `seed ${seed}`).toEqual(sizes.slice(1).map(() => chunkBytes))
    const opened = openSnapshot(chunks)
    expect(flat(opened.machine), `seed ${seed}`).toEqual(flat(pieces))
    expect(opened.roster.encode()).toEqual(new Roster().encode())
  }
})

test('an empty state still makes one chunk', () => {
  expect(cutAll(new Roster(), [], 1_000)).toHaveLength(1)
})

test('a step looks at a few pieces only, so that other work goes on between them (L16)', () => {
  let looked = 0
  function* pieces(): Generator<Uint8Array> {
    for (; looked < 10_000; looked += 1) yield new Uint8Array(1)
  }
  const cutter = new ChunkCutter(new Roster(), pieces(), 1_000_000)
  expect(cutter.step()).toBeNull()
  expect(looked).toBeLessThan(100)
})

test('a snapshot that ends too early is refused', () => {
  const chunks = cutAll(new Roster(), [], 1_000)
  for (const short of [[], [chunks[0]!.subarray(0, 3)], [chunks[0]!.subarray(0, 8)]]) {
    expect(() => openSnapshot(short)).toThrow(BerthError)
  }
})
