/** Whoever connects may call himself what he likes: nothing of that is kept without end. */
import { expect, test } from 'vitest'
import { membersMax } from '../../src/raft/core/configuration.js'
import { MetPeers, strangersMax } from '../../src/replica/met-peers.js'
import { ShownReplicas, shownReplicasMax } from '../../src/replica/shown-replicas.js'
import { handshakeOf } from '../raft/node/support/handshakes.js'

const shown = {
  ...{ role: 'follower', term: 1, commit: 1, applied: 1, digest: 'd'.repeat(32), stopped: null },
  postgres: { writable: true, version: null, commitMs: null },
}

test('of peers that were let in and of strangers no more than so many are kept', () => {
  const met = new MetPeers()
  met.note(1, handshakeOf({ replicaId: 1 }), true)
  for (let id = 1_000; id < 100_000; id += 1) met.note(id, handshakeOf({ replicaId: id }), false)
  expect(met.size).toBe(1 + strangersMax)
  expect(met.get(1)).toEqual(handshakeOf({ replicaId: 1 }))
  expect(met.get(99_999)).toEqual(handshakeOf({ replicaId: 99_999 }))
  expect(met.get(1_000)).toBeUndefined()
  for (let id = 2; id < 10_000; id += 1) met.note(id, handshakeOf({ replicaId: id }), true)
  expect(met.size).toBe(membersMax + strangersMax)
})

test('one that is refused after it was let in is known by what it showed last', () => {
  const met = new MetPeers()
  met.note(1, handshakeOf({ replicaId: 1 }), true)
  const later = { ...handshakeOf({ replicaId: 1 }), incarnation: 99 }
  met.note(1, later, false)
  expect(met.get(1)).toEqual(later)
  expect(met.size).toBe(1)
})

test('what strangers show of themselves drives out no member', () => {
  const known = new ShownReplicas()
  const members = Array.from({ length: membersMax }, (_, i) => i + 1)
  for (const id of members) known.note(id, shown, 0, members)
  for (let id = 1_000; id < 10_000; id += 1) known.note(id, shown, 1, members)
  expect([...known].length).toBe(shownReplicasMax)
  for (const id of members) expect(known.get(id)).toEqual({ of: shown, atMs: 0 })
})
