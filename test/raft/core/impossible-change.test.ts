/** A change of the configuration that no leader which keeps to the rules can have written. */
import { expect, test } from 'vitest'
import { encodeChange } from '../../../src/raft/core/configuration-codec.js'
import type { ConfigurationChange, Entry } from '../../../src/raft/core/index.js'
import { append, bench, entriesOf, only } from '../support/bench.js'

const context = new Uint8Array()
const leave = { kind: 'leave', context } as const
const joint = {
  ...{ kind: 'change', context, transition: 'explicit' },
  changes: [
    { kind: 'voter', id: 4 },
    { kind: 'remove', id: 3 },
  ],
} as const satisfies ConfigurationChange

function changeAt(index: number, change: ConfigurationChange): Entry {
  return { index, term: 2, kind: 'configuration', data: encodeChange(change) }
}

function follower() {
  const one = bench({ term: 2 })
  const take = (entries: readonly Entry[], prevIndex = 0, commit = 0) => {
    const message = append(2, 2, { prevIndex, prevTerm: prevIndex && 2, entries, commit })
    return only(one.step(message), 'append-accepted').map(({ index }) => index)
  }
  return { one, take }
}

test('the entries before it are taken, it is not, nor what follows', () => {
  const { one, take } = follower()
  expect(take([...entriesOf([2, 2]), changeAt(3, leave), ...entriesOf([2], 4)])).toEqual([2])
  expect(one.raft.status().lastIndex).toBe(2)
})

test('what is first of an append is as if it were lost', () => {
  const { one, take } = follower()
  expect(take([changeAt(1, leave)])).toEqual([])
  expect(one.raft.status().lastIndex).toBe(0)
})

test('bytes that say no change are no change', () => {
  const { one, take } = follower()
  const entry = { index: 1, term: 2, kind: 'configuration', data: new Uint8Array([255]) } as const
  expect(take([entry])).toEqual([])
  expect(one.raft.status().lastIndex).toBe(0)
})

test('it is judged by the changes before it, in the log or in the same append', () => {
  expect(follower().take([changeAt(1, joint), changeAt(2, leave)])).toEqual([2])
  const { one, take } = follower()
  expect(take([changeAt(1, joint)])).toEqual([1])
  expect(take([changeAt(2, leave), changeAt(3, leave)], 1, 1)).toEqual([2])
  expect(one.raft.status().lastIndex).toBe(2)
})
