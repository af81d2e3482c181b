/** A snapshot that is durable before the state machine has taken it over. */
import { expect, test } from 'vitest'
import { plainConfiguration } from '../../../src/raft/core/index.js'
import { append, bench, entriesOf, only } from '../support/bench.js'

const configuration = plainConfiguration([1, 2, 3])

/** Replica 1 with a snapshot of (5, 2) on its disk, and a state machine that is behind. */
function installed() {
  const one = bench({ term: 2 })
  one.raft.step({
    ...{ kind: 'snapshot', from: 2, to: 1, term: 2 },
    snapshot: { index: 5, term: 2, configuration },
  })
  one.hold()
  const record = one.replica.appends.shift()!
  one.raft.installed(record.token)
  return one
}

test('it is acknowledged, and so is what follows, but nothing is handed out before the state', () => {
  const one = installed()
  expect(one.hold()).toMatchObject([{ kind: 'append-accepted', index: 5 }])
  one.raft.step(append(2, 2, { prevIndex: 5, prevTerm: 2, entries: entriesOf([2], 6), commit: 6 }))
  one.hold()
  one.raft.appended(one.replica.appends.shift()!.token)
  expect(only(one.hold(), 'append-accepted')).toMatchObject([{ index: 6 }])
  expect([one.raft.appliedIndex, one.replica.unapplied]).toEqual([0, []])
  one.raft.restored(5)
  one.hold()
  expect(one.raft.appliedIndex).toBe(5)
  expect(one.replica.unapplied.map(({ index }) => index)).toEqual([6])
})

test('meanwhile it does not campaign, and names no snapshot', () => {
  const one = installed()
  expect(one.raft.campaign()).toBe('not_promotable')
  expect(one.raft.nameSnapshot()).toBeNull()
  one.raft.restored(5)
  expect(one.raft.nameSnapshot()).toMatchObject({ index: 5, term: 2 })
  expect(one.raft.campaign()).toBeNull()
})

test('a newer one takes its place, whichever the state machine has by then', () => {
  for (const isFirstRestored of [true, false]) {
    const one = installed()
    one.raft.step({
      ...{ kind: 'snapshot', from: 2, to: 1, term: 2 },
      snapshot: { index: 9, term: 2, configuration },
    })
    one.hold()
    if (isFirstRestored) one.raft.restored(5)
    expect([one.raft.appliedIndex, one.raft.campaign()]).toEqual([
      isFirstRestored ? 5 : 0,
      'not_promotable',
    ])
    one.raft.installed(one.replica.appends.shift()!.token)
    one.raft.restored(9)
    expect([one.raft.appliedIndex, one.raft.campaign()]).toEqual([9, null])
  }
})

test('what was never installed cannot have been restored', () => {
  expect(() => installed().raft.restored(6)).toThrow('never installed')
})
