import { expect, test } from 'vitest'
import { Budget } from '../../../src/jobs/job.js'
import type { Entry } from '../../../src/raft/core/entry.js'
import { plainConfiguration, Raft } from '../../../src/raft/core/index.js'
import { Applier } from '../../../src/raft/node/applier.js'

/** An applier with committed entries of so many bytes each, and what it has applied. */
function applying(sizes: readonly number[]) {
  const entries = sizes.map((bytes, at): Entry => {
    return { index: at + 1, term: 1, kind: 'command', data: new Uint8Array(bytes) }
  })
  const core = new Raft(
    { id: 1, session: 1, random: () => 0 },
    {
      hardState: { term: 1, vote: 1, commit: entries.length },
      entries,
      compacted: { index: 0, term: 0 },
      snapshot: null,
      applied: 0,
      configuration: plainConfiguration([1]),
    },
  )
  const seen: number[] = []
  const machine = {
    apply: ({ index }: Entry) => seen.push(index),
    digest: '',
    snapshot: () => [][Symbol.iterator](),
    restoring: () => {
      throw new Error('nothing is restored here')
    },
  }
  const applier = new Applier(machine, { applied: () => {}, membersChanged: () => {} })
  applier.add(core.takeOutput().committed)
  return { core, applier, seen }
}

test('a long backlog is applied a slice at a time (L16)', () => {
  const { core, applier, seen } = applying(new Array(10).fill(0))
  applier.slice(core, new Budget(151))
  expect([seen, applier.waiting]).toEqual([[1, 2, 3, 4], 6])
  applier.slice(core, new Budget(151))
  applier.slice(core, new Budget(151))
  expect([seen.length, applier.waiting, core.appliedIndex]).toEqual([10, 0, 10])
})

test('a large entry takes the slice of many small ones', () => {
  const { core, applier, seen } = applying([0, 0, 80_000, 0, 0])
  applier.slice(core, new Budget(2_000))
  expect(seen).toEqual([1, 2, 3])
  applier.slice(core, new Budget(2_000))
  expect(seen).toEqual([1, 2, 3, 4, 5])
})

test('one entry at least is applied, however little is left', () => {
  const { core, applier, seen } = applying([80_000, 80_000])
  const budget = new Budget(0)
  applier.slice(core, budget)
  applier.slice(core, budget)
  expect(seen).toEqual([1, 2])
})
