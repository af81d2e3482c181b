/** What a stored log leads to, for whoever must go on from it alone. */
import { expect, test } from 'vitest'
import { plainConfiguration } from '../../../src/raft/core/configuration.js'
import { encodeChange } from '../../../src/raft/core/configuration-codec.js'
import type { ConfigurationProposal, Entry, MemberChange } from '../../../src/raft/core/entry.js'
import type { StoredState } from '../../../src/raft/node/disk/storage.js'
import { encodeMembers, Roster } from '../../../src/raft/node/identity/roster.js'
import { othersKnown, replay } from '../../../src/raft/node/replay.js'

const nothing = new Uint8Array()

function change(...changes: MemberChange[]): ConfigurationProposal {
  const members = changes.map(({ id }) => ({ id, address: `host-${id}:1`, promote: true }))
  return { kind: 'change', transition: 'auto', changes, context: encodeMembers(members) }
}

/** Entries from 1 on, in term 1: a proposal is a configuration entry, a text a command. */
function logOf(...contents: readonly (ConfigurationProposal | string)[]): Entry[] {
  return contents.map((content, at) => ({
    index: at + 1,
    term: 1,
    ...(typeof content === 'string'
      ? { kind: 'command', data: new TextEncoder().encode(content) }
      : { kind: 'configuration', data: encodeChange(content) }),
  }))
}

function storedOf(entries: readonly Entry[], more: Partial<StoredState> = {}): StoredState {
  return {
    identity: {
      ...{ uuid: 'u', incarnation: 1, replicaId: 1, clusterId: 'c', initialVoters: [1, 2, 3] },
      ...{ latched: null, peers: [] },
    },
    hardState: { term: 1, vote: 0, commit: 1 },
    ...{ snapshot: null, compacted: { index: 0, term: 0 }, entries, projected: 0 },
    ...more,
  }
}

/** What a state machine was given. */
function machine() {
  const given: string[] = []
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes)
  return {
    given,
    restore: (chunks: readonly Uint8Array[]) => void given.push(`restored ${chunks.map(text)}`),
    apply: ({ index, kind, data }: Entry) =>
      void given.push(kind === 'command' ? text(data) : `${kind} ${index}`),
  }
}

test('the whole log is applied, what is not known to be committed too', () => {
  const { given, ...port } = machine()
  const entries = logOf('a', change({ kind: 'voter', id: 4 }), 'b')
  const { index, term, configuration } = replay(storedOf(entries), [], port)
  expect(given).toEqual(['a', 'configuration 2', 'b'])
  expect([index, term]).toEqual([3, 1])
  expect(configuration.voters).toEqual([1, 2, 3, 4])
})

test('it begins with the snapshot; what that has already is not applied again', () => {
  const { given, ...port } = machine()
  const snapshot = {
    meta: { index: 2, term: 1, configuration: plainConfiguration([1, 2]) },
    ...{ chunks: 2, bytes: 1 },
  }
  const entries = logOf('a', 'b', change({ kind: 'remove', id: 2 }), 'c')
  const chunks = [new Roster().encode(), new TextEncoder().encode('state')]
  const { index, configuration, roster } = replay(storedOf(entries, { snapshot }), chunks, port)
  expect(given).toEqual(['restored state', 'configuration 3', 'c'])
  expect([index, configuration.voters]).toEqual([4, [1]])
  expect(roster.removed()).toEqual([2])
})

test('a log that ends with its snapshot leads to that', () => {
  const meta = { index: 7, term: 3, configuration: plainConfiguration([1]) }
  const stored = storedOf([], { snapshot: { meta, chunks: 1, bytes: 1 } })
  expect(replay(stored, [new Roster().encode()], machine())).toMatchObject({ index: 7, term: 3 })
})

test('a membership change that cannot be is named', () => {
  const broken: Entry = { index: 1, term: 1, kind: 'configuration', data: nothing }
  const impossible = logOf({ kind: 'leave', context: nothing })
  for (const entries of [[broken], impossible]) {
    expect(() => replay(storedOf(entries), [], machine())).toThrow(
      expect.objectContaining({
        code: 'storage_damaged',
        message: expect.stringMatching(/membership change of entry 1/),
      }) as Error,
    )
  }
})

test('all ids count as used: of members, of removed ones, and of those that were only heard of', () => {
  const entries = logOf(change({ kind: 'learner', id: 5 }), change({ kind: 'remove', id: 3 }))
  const stored = storedOf(entries)
  const peer = { id: 9, uuid: 'v', incarnation: 1, term: 1, index: 0 }
  const known = { ...stored, identity: { ...stored.identity, peers: [peer] } }
  const replayed = replay(known, [], machine())
  expect(othersKnown(1, known, replayed)).toEqual([2, 3, 5, 9])

  const alone = replayed.roster.alone(1, othersKnown(1, known, replayed), 100)
  expect([alone.removed(), alone.members()]).toEqual([[2, 3, 5, 9], []])
  // The first removal stays the one that counts.
  expect([alone.removedAt(3), alone.removedAt(2)]).toEqual([2, 100])
  expect(Roster.decode(alone.encode()).encode()).toEqual(alone.encode())
})

test('the one that is left is no removed one, and says itself where it is reached', () => {
  const entries = logOf(change({ kind: 'voter', id: 4 }), change({ kind: 'remove', id: 4 }))
  const added = replay(storedOf(entries.slice(0, 1)), [], machine()).roster.alone(4, [1], 9)
  expect([added.members(), added.removed()]).toEqual([[], [1]])
  const removed = replay(storedOf(entries), [], machine()).roster.alone(4, [1], 9)
  expect([removed.isRemoved(4), removed.removed()]).toEqual([false, [1]])
})
