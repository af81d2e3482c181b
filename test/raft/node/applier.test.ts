import { expect, test } from 'vitest'
import type { Entry } from '../../../src/raft/core/entry.js'
import { plainConfiguration, Raft } from '../../../src/raft/core/index.js'
import { Applier } from '../../../src/raft/node/applier.js'

const entryAt = (index: number): Entry => {
  return { index, term: 1, kind: 'command', data: new Uint8Array() }
}

test('a long backlog is applied a slice at a time (L16)', () => {
  const entries = Array.from({ length: 10 }, (_, at) => entryAt(at + 1))
  const core = new Raft(
    { id: 1, session: 1, random: () => 0 },
    {
      hardState: { term: 1, vote: 1, commit: 10 },
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
    restore: () => {},
  }
  const applier = new Applier(machine, 4, { applied: () => {}, membersChanged: () => {} })
  applier.add(core.takeOutput().committed)
  applier.slice(core)
  expect([seen, applier.waiting]).toEqual([[1, 2, 3, 4], 6])
  applier.slice(core)
  applier.slice(core)
  expect([seen.length, applier.waiting, core.appliedIndex]).toEqual([10, 0, 10])
})
