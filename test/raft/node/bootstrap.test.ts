import { describe, expect, test } from 'vitest'
import { Bootstrap, isEmptyState } from '../../../src/raft/node/identity/bootstrap.js'
import { emptyHandshakeOf, handshakeOf, storedState } from './support/handshakes.js'

/** It has listened and heard nobody. */
function forming(id = 1, voters = [1, 2, 3]): Bootstrap {
  const bootstrap = new Bootstrap(id, voters, storedState(id))
  expect(bootstrap.listened()).toMatchObject({ kind: 'wait' })
  return bootstrap
}

describe('the first start', () => {
  test('a database with an identity, a term, a log or a snapshot is not empty', () => {
    expect(isEmptyState(storedState(1))).toBe(true)
    expect(isEmptyState(storedState(1, { initialVoters: [1] }))).toBe(false)
    expect(isEmptyState(storedState(1, { clusterId: 'a' }))).toBe(false)
    const voted = storedState(1, {}, { hardState: { term: 1, vote: 2, commit: 0 } })
    expect(isEmptyState(voted)).toBe(false)
    const cut = storedState(1, {}, { compacted: { index: 4, term: 1 } })
    expect(isEmptyState(cut)).toBe(false)
    const entry = { index: 1, term: 1, kind: 'noop' as const, data: new Uint8Array() }
    expect(isEmptyState(storedState(1, {}, { entries: [entry] }))).toBe(false)
  })

  test('a replica whose database knows the cluster takes part at once', () => {
    const bootstrap = new Bootstrap(1, [1, 2, 3], storedState(1, { initialVoters: [1, 2, 3] }))
    expect(bootstrap.stage).toBe('member')
  })

  test('a cluster of one replica begins once nobody called while it listened', () => {
    const bootstrap = new Bootstrap(1, [1], storedState(1))
    expect(bootstrap.reason).toContain('listens whether there is a cluster')
    expect(bootstrap.listened()).toEqual({ kind: 'begin', voters: [1], met: [], heardOf: [] })
  })

  test('one that began alone and lost its data begins no second cluster', () => {
    const bootstrap = new Bootstrap(1, [1], storedState(1))
    bootstrap.met(handshakeOf({ replicaId: 4, initialVoters: [1] }))
    expect(bootstrap.listened()).toMatchObject({ kind: 'wait' })
    expect(bootstrap.reason).toContain('The cluster of replica 4 does not know this database')
  })

  test('those who began and lost their data begin no second cluster among themselves', () => {
    const bootstrap = new Bootstrap(1, [1, 2], storedState(1))
    const other = emptyHandshakeOf({ replicaId: 2, initialVoters: [1, 2] })
    expect(bootstrap.met(other)).toMatchObject({ kind: 'wait' })
    bootstrap.met(handshakeOf({ replicaId: 4, initialVoters: [1, 2] }))
    expect(bootstrap.listened()).toMatchObject({ kind: 'wait' })
    expect(bootstrap.met(other)).toMatchObject({ kind: 'wait' })
  })

  test('what was seen while it listened counts when it has', () => {
    const bootstrap = new Bootstrap(1, [1, 2], storedState(1))
    const other = emptyHandshakeOf({ replicaId: 2, initialVoters: [1, 2] })
    expect(bootstrap.met(other)).toMatchObject({ kind: 'wait' })
    expect(bootstrap.listened()).toMatchObject({ kind: 'begin', voters: [1, 2], met: [other] })
  })

  test('an empty replica waits until it has seen all the initial voters empty', () => {
    const bootstrap = forming()
    const second = emptyHandshakeOf({ replicaId: 2 })
    const third = emptyHandshakeOf({ replicaId: 3 })
    expect(bootstrap.met(second)).toMatchObject({ kind: 'wait' })
    expect(bootstrap.reason).toContain('waits for replica 3')
    expect(bootstrap.met(third)).toEqual({
      kind: 'begin',
      voters: [1, 2, 3],
      met: [second, third],
      heardOf: [],
    })
    expect(bootstrap.stage).toBe('forming')
    bootstrap.becameMember()
    expect(bootstrap.stage).toBe('member')
  })

  test('a voter that was seen and is gone again counts for nothing', () => {
    const bootstrap = forming()
    bootstrap.met(emptyHandshakeOf({ replicaId: 2 }))
    bootstrap.lost(2)
    expect(bootstrap.met(emptyHandshakeOf({ replicaId: 3 }))).toMatchObject({ kind: 'wait' })
    expect(bootstrap.reason).toContain('waits for replica 2')
  })

  test('an empty replica that was not told to begin a cluster counts for nothing', () => {
    const bootstrap = forming(1, [1, 2])
    const joiner = emptyHandshakeOf({ replicaId: 2, initialVoters: null })
    expect(bootstrap.met(joiner)).toMatchObject({ kind: 'wait' })
  })

  test('one member that recognises this very database is enough', () => {
    const bootstrap = forming(3)
    const knownPeers = [
      { id: 2, uuid: 'uuid-2' },
      { id: 3, uuid: 'uuid-3' },
    ]
    const member = handshakeOf({ replicaId: 1, clusterId: null, knownPeers })
    expect(bootstrap.met(member)).toEqual({
      kind: 'begin',
      voters: [1, 2, 3],
      met: [member],
      heardOf: [{ id: 2, uuid: 'uuid-2' }],
    })
  })

  test('one that was seen empty and has begun since is to be met anew, once', () => {
    const bootstrap = forming(3)
    bootstrap.met(emptyHandshakeOf({ replicaId: 1 }))
    expect(bootstrap.sawEmpty(1)).toBe(true)
    expect(bootstrap.sawEmpty(2)).toBe(false)
    bootstrap.met(handshakeOf({ replicaId: 1 }))
    expect(bootstrap.sawEmpty(1)).toBe(false)
    expect(bootstrap.reason).toContain('The cluster of replica 1 does not know this database')
  })

  test('a member that knows another database of this id does not recognise this one', () => {
    const bootstrap = forming(3)
    const knownPeers = [{ id: 3, uuid: 'the one before' }]
    expect(bootstrap.met(handshakeOf({ replicaId: 1, knownPeers }))).toMatchObject({ kind: 'wait' })
    expect(bootstrap.stage).toBe('forming')
    expect(bootstrap.reason).toContain('The cluster of replica 1 does not know this database')
  })

  test('a member of a cluster that began with other voters recognises nobody', () => {
    const bootstrap = forming(3)
    const knownPeers = [{ id: 3, uuid: 'uuid-3' }]
    for (const initialVoters of [[1, 3, 4], null]) {
      const member = handshakeOf({ replicaId: 1, knownPeers, initialVoters })
      expect(bootstrap.met(member)).toMatchObject({ kind: 'wait' })
    }
  })

  test('an empty replica beside a cluster never begins one with the empty rest', () => {
    const bootstrap = forming(1)
    bootstrap.met(handshakeOf({ replicaId: 2 }))
    expect(bootstrap.met(emptyHandshakeOf({ replicaId: 3 }))).toMatchObject({ kind: 'wait' })
  })

  test('a replica that is not among the initial voters waits to be added, and says so', () => {
    const bootstrap = forming(4)
    expect(bootstrap.stage).toBe('waiting')
    for (const id of [1, 2, 3]) {
      expect(bootstrap.met(emptyHandshakeOf({ replicaId: id }))).toMatchObject({ kind: 'wait' })
    }
    expect(bootstrap.reason).toContain('If it is new, add it')
  })
})
