import { expect, test } from 'vitest'
import { IdentityKeeper } from '../../../src/raft/node/identity-keeper.js'
import { completeNodeSettings } from '../../../src/raft/node/node-options.js'
import { emptyHandshakeOf, handshakeOf, storedState } from './support/handshakes.js'

/** Replica 1, empty, that begins with 2 and 3. */
function formingKeeper(): IdentityKeeper {
  const options = { id: 1, clusterName: 'test', initialVoters: [1, 2, 3] }
  return new IdentityKeeper(completeNodeSettings(options), storedState(1), 77)
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
