import { expect, test } from 'vitest'
import { IdentityKeeper } from '../../../src/raft/node/identity/identity-keeper.js'
import { completeNodeSettings } from '../../../src/raft/node/node-options.js'
import { emptyHandshakeOf, handshakeOf, storedState } from './support/handshakes.js'

/** Replica 1, empty, that begins with 2 and 3. */
function formingKeeper(): IdentityKeeper {
  const options = { id: 1, clusterName: 'test', initialVoters: [1, 2, 3] }
  return new IdentityKeeper(completeNodeSettings(options), storedState(1), 77, () => true)
}

test('a peer that connects while the beginning is being written is noted with its incarnation', () => {
  const keeper = formingKeeper()
  const knownPeers = [
    { id: 1, uuid: 'uuid-1' },
    { id: 2, uuid: 'uuid-2' },
  ]
  const meeting = keeper.met(handshakeOf({ replicaId: 3, knownPeers, incarnation: 4 }))
  if (meeting.kind !== 'begin') throw new Error(meeting.reason)
  keeper.begin(meeting)
  keeper.met(handshakeOf({ replicaId: 2, incarnation: 6 }))
  keeper.begun()
  keeper.book.acknowledged(2, 1, 9)
  expect(keeper.book.get(2)).toMatchObject({ incarnation: 6, term: 1, index: 9 })
})

test('a peer that was met before a leader gave its log is noted too', () => {
  const keeper = formingKeeper()
  keeper.met(handshakeOf({ replicaId: 2, incarnation: 6 }))
  keeper.durable({ term: 1, vote: 0, commit: 0 }, 3)
  expect(keeper.book.get(2)).toMatchObject({ uuid: 'uuid-2', incarnation: 6 })
})

test('an empty peer that is gone again before the cluster begins may come back as another', () => {
  const keeper = formingKeeper()
  keeper.met(emptyHandshakeOf({ replicaId: 2 }))
  keeper.lost(2)
  keeper.durable({ term: 1, vote: 0, commit: 0 }, 3)
  expect(keeper.book.get(2)).toBeUndefined()
})

/** Replica 1 of a cluster of three that has begun. */
function createKeeper(): IdentityKeeper {
  const settings = completeNodeSettings({ id: 1, clusterName: 'test', initialVoters: [1, 2, 3] })
  const identity = { replicaId: 1, clusterId: 'cluster-a', initialVoters: [1, 2, 3] }
  return new IdentityKeeper(settings, storedState(1, identity), 7, () => true)
}

const first = handshakeOf({ run: 100, incarnation: 1 })
const second = handshakeOf({ run: 200, incarnation: 2 })

test('a run of a peer is listened to from when it was met, and no other one', () => {
  const keeper = createKeeper()
  expect(keeper.judge(first, 'none')).toEqual({ kind: 'accept' })
  expect(keeper.hasMet(2, first.run)).toBe(false)
  keeper.met(first)
  expect(keeper.hasMet(2, first.run)).toBe(true)
  // It was restarted, and its own connection is the first to stand again.
  expect(keeper.judge(second, 'none')).toEqual({ kind: 'accept' })
  expect(keeper.hasMet(2, second.run)).toBe(false)
  keeper.met(second)
  expect(keeper.hasMet(2, second.run)).toBe(true)
  expect(keeper.hasMet(2, first.run), 'what is left of the run before').toBe(false)
})

test('whoever shows a higher incarnation of a peer does not silence the one that was met', () => {
  const keeper = createKeeper()
  keeper.met(first)
  keeper.judge(handshakeOf({ run: 999, incarnation: Number.MAX_SAFE_INTEGER }), 'none')
  expect(keeper.hasMet(2, first.run)).toBe(true)
  expect(keeper.book.get(2)).toMatchObject({ incarnation: 1 })
})

test('of strangers nothing is noted, and they take the place of no member', () => {
  const settings = completeNodeSettings({ id: 1, clusterName: 'test', initialVoters: [1, 2, 3] })
  const identity = { replicaId: 1, clusterId: 'cluster-a', initialVoters: [1, 2, 3] }
  const members = new Set([1, 2])
  const isMember = (id: number) => members.has(id)
  const keeper = new IdentityKeeper(settings, storedState(1, identity), 7, isMember)
  keeper.met(first)
  for (let id = 100; id < 1_100; id += 1) keeper.met(handshakeOf({ replicaId: id, run: id }))
  expect(keeper.book.records().map(({ id }) => id)).toEqual([2])
  expect(keeper.hasMet(2, first.run)).toBe(true)
  expect(keeper.hasMet(1_099, 1_099)).toBe(true)
  expect(keeper.hasMet(100, 100), 'but for the last of them they are forgotten').toBe(false)
  // Two of them are added: one that is known, and one that has been forgotten.
  for (const id of [1_099, 100]) members.add(id)
  expect(keeper.configured([...members])).toEqual([100])
  expect(keeper.book.records().map(({ id }) => id)).toEqual([2, 1_099])
})

test('a peer that was met before the cluster began is noted with its run', () => {
  const settings = completeNodeSettings({ id: 1, clusterName: 'test', initialVoters: [1, 2, 3] })
  const keeper = new IdentityKeeper(settings, storedState(1), 7, () => true)
  keeper.met(emptyHandshakeOf({ replicaId: 3, run: 300, incarnation: 4 }))
  // A member recognises this replica, and knows replica 3 by hearsay.
  const knownPeers = [1, 3].map((id) => ({ id, uuid: `uuid-${id}` }))
  const meeting = keeper.met(handshakeOf({ incarnation: 2, knownPeers }))
  if (meeting.kind !== 'begin') throw new Error('the cluster does not begin')
  keeper.begin(meeting)
  keeper.begun()
  expect(keeper.book.get(2)).toMatchObject({ incarnation: 2 })
  expect(keeper.book.get(3)).toMatchObject({ uuid: 'uuid-3', incarnation: 4 })
})

test('a term beyond all reach is not held against whoever is said to have it', () => {
  const keeper = createKeeper()
  keeper.met(first)
  keeper.book.acknowledged(2, 3, 40)
  const far = Number.MAX_SAFE_INTEGER
  keeper.book.acknowledged(2, far, 1)
  keeper.book.promised(2, far)
  keeper.met(handshakeOf({ run: 100, incarnation: 1, durable: { term: far, lastIndex: 1 } }))
  expect(keeper.book.get(2)).toMatchObject({ term: 3, index: 40 })
  keeper.met(handshakeOf({ replicaId: 3, durable: { term: far, lastIndex: 1 } }))
  expect(keeper.book.get(3)).toMatchObject({ term: 0 })
})
