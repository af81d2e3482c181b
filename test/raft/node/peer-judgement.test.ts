import { describe, expect, test } from 'vitest'
import type { Handshake } from '../../../src/raft/node/identity/handshake.js'
import { PeerBook } from '../../../src/raft/node/identity/peer-book.js'
import {
  type Judge,
  judgeHello,
  judgePeer,
  type PeerVerdict,
} from '../../../src/raft/node/identity/peer-judgement.js'
import { emptyHandshakeOf, handshakeOf } from './support/handshakes.js'

const at = (term: number, lastIndex: number) => ({ term, lastIndex })
const accept: PeerVerdict = { kind: 'accept' }

function judge(peer: Handshake, given: Partial<Judge> = {}): PeerVerdict {
  const self: Judge = {
    id: 1,
    clusterName: 'test',
    clusterId: 'cluster-a',
    isEmpty: false,
    initialVoters: [1, 2, 3],
    isMember: true,
    record: undefined,
    runMet: undefined,
    removal: 'none',
  }
  return judgePeer({ ...self, ...given }, peer)
}

/** What a replica that was never restarted has noted of peer 2 by and by. */
function noted(fill: (book: PeerBook) => void = () => {}): PeerBook {
  const book = new PeerBook([])
  book.showed(handshakeOf({ incarnation: 5 }))
  fill(book)
  return book
}

function code(verdict: PeerVerdict): string {
  return verdict.kind === 'accept' ? 'accept' : verdict.code
}

describe('who is meant', () => {
  const self: Judge = {
    ...{ id: 1, clusterName: 'test', clusterId: 'cluster-a', isEmpty: false },
    ...{ initialVoters: [1, 2, 3], isMember: true, record: undefined, runMet: undefined },
    removal: 'none',
  }
  const said = (to: number, dialled: number | null, given: Partial<Handshake> = {}) =>
    judgeHello(self, { to, shown: handshakeOf(given) }, dialled)

  test('a caller that means this replica, and the one that was called, are let in', () => {
    expect(said(1, null)).toEqual(accept)
    expect(said(1, 2)).toEqual(accept)
  })

  test('who means another replica, or is another than was called, is refused', () => {
    const detail = 'This is replica 1 for 2, it is 2 for 3.'
    expect(said(3, null)).toMatchObject({ code: 'another_replica', detail, told: detail })
    expect(said(1, 3)).toMatchObject({ code: 'another_replica', confides: true })
    expect(said(3, null, { clusterId: null, initialVoters: null })).toMatchObject({
      ...{ code: 'another_replica', told: 'Another replica is meant.', confides: false },
    })
  })

  test('of another cluster is said first, for that is what leads astray', () => {
    expect(said(3, null, { clusterName: 'other' })).toMatchObject({ code: 'foreign_cluster' })
    expect(said(1, 3, { clusterId: 'cluster-b' })).toMatchObject({ code: 'foreign_cluster' })
  })
})

describe('who belongs here', () => {
  test('a peer of another cluster name or cluster id is refused', () => {
    expect(code(judge(handshakeOf({ clusterName: 'other' })))).toBe('foreign_cluster')
    expect(code(judge(handshakeOf({ clusterId: 'cluster-b' })))).toBe('foreign_cluster')
  })

  test('a peer that has not learned the cluster id yet is let in', () => {
    expect(judge(handshakeOf({ clusterId: null }))).toEqual(accept)
    expect(judge(handshakeOf(), { clusterId: null })).toEqual(accept)
  })

  test('a peer with the own id is refused', () => {
    expect(code(judge(handshakeOf({ replicaId: 1 })))).toBe('replica_id_taken')
  })

  test('nobody is let in who shows neither the cluster nor a database on record', () => {
    const stranger = emptyHandshakeOf({ replicaId: 9, initialVoters: null })
    expect(judge(stranger, { isMember: false })).toMatchObject({
      ...{ kind: 'refuse', code: 'unavailable', confides: false },
      told: 'It is no member here yet. If it is new, add it.',
    })
    expect(judge(handshakeOf({ replicaId: 9 }), { isMember: false })).toEqual(accept)
    expect(judge(stranger, { isMember: true }), 'it was just added').toEqual(accept)
    const begun = { isMember: false, clusterId: null }
    expect(judge(stranger, begun), 'there is no cluster to protect yet').toEqual(accept)
    const forming = emptyHandshakeOf({ incarnation: 6 })
    expect(judge(forming, { isMember: false, record: noted().get(2) })).toEqual(accept)
  })

  test('only who shows the cluster is told why: all others hear the same of everybody', () => {
    const record = noted().get(2)
    const faults: [Partial<Handshake>, Partial<Judge>][] = [
      [{ clusterName: 'other' }, {}],
      [{ replicaId: 1 }, {}],
      [{ initialVoters: [4711] }, {}],
      [{ uuid: 'another' }, { record }],
      [
        { run: 101, incarnation: 4 },
        { record, runMet: 100 },
      ],
      [{}, { removal: 'settled' }],
      [{}, { removal: 'unsettled' }],
      [{}, { removal: 'unknown' }],
    ]
    for (const [shown, given] of faults) {
      const known = judge(handshakeOf(shown), given)
      if (known.kind === 'accept') throw new Error(JSON.stringify(shown))
      expect(known).toMatchObject({ confides: true, told: known.detail })
      const unknown = judge(handshakeOf({ ...shown, clusterId: null }), given)
      expect(unknown).toMatchObject({ code: known.code, confides: false, detail: known.detail })
      expect((unknown as { told: string }).told).not.toMatch(/\d|uuid|cluster-a|another$/)
    }
    expect(judge(handshakeOf({ clusterId: 'cluster-b' }))).toMatchObject({ confides: false })
  })

  test('a replica of a cluster that began with others is foreign, whatever its name', () => {
    const peer = handshakeOf({ replicaId: 5, clusterId: null, initialVoters: [4, 5, 6] })
    expect(code(judge(peer))).toBe('foreign_cluster')
  })

  test('empty replicas that were told different voters refuse one another', () => {
    const verdict = judge(emptyHandshakeOf({ initialVoters: [1, 2] }), { isEmpty: true })
    expect(verdict).toMatchObject({ code: 'invalid_config' })
    expect(verdict).toHaveProperty('detail', expect.stringContaining('Give all of them the same'))
    const reordered = emptyHandshakeOf({ initialVoters: [3, 2, 1] })
    expect(judge(reordered, { isEmpty: true })).toEqual(accept)
  })

  test('an empty replica that is to be added later is let in, to wait', () => {
    const joiner = emptyHandshakeOf({ replicaId: 4, initialVoters: null })
    expect(judge(joiner)).toEqual(accept)
    expect(judge(emptyHandshakeOf({ replicaId: 4, initialVoters: [1, 2, 3, 4] }))).toEqual(accept)
  })

  test('a removed replica is told so', () => {
    expect(code(judge(handshakeOf(), { removal: 'settled' }))).toBe('removed')
  })
})

describe('who has lost data', () => {
  test('another database under a known id has lost its identity', () => {
    const record = noted().get(2)
    const wiped = emptyHandshakeOf({ uuid: 'new', run: 101 })
    expect(code(judge(wiped, { record, runMet: 100 }))).toBe('identity_lost')
  })

  test('a run with a lower incarnation was restored or is an older process', () => {
    const peer = handshakeOf({ run: 101, incarnation: 4 })
    expect(code(judge(peer, { record: noted().get(2), runMet: 100 }))).toBe('identity_lost')
  })

  test('another run with the same incarnation was restored or runs twice', () => {
    const peer = handshakeOf({ run: 101, incarnation: 5 })
    expect(code(judge(peer, { record: noted().get(2), runMet: 100 }))).toBe('identity_lost')
  })

  test('a restart shows all that was promised and is let in', () => {
    const record = noted((book) => book.acknowledged(2, 3, 40)).get(2)
    for (const started of [at(3, 40), at(3, 55), at(4, 10)]) {
      const peer = handshakeOf({ run: 101, incarnation: 6, started, durable: started })
      expect(judge(peer, { record, runMet: 100 })).toEqual(accept)
    }
  })

  test('a log that ends below what was acknowledged in the same term has lost data', () => {
    const record = noted((book) => book.acknowledged(2, 3, 40)).get(2)
    const started = at(3, 39)
    const peer = handshakeOf({ run: 101, incarnation: 6, started, durable: at(3, 60) })
    expect(code(judge(peer, { record, runMet: 100 }))).toBe('identity_lost')
  })

  test('a term below one in which a vote was given has lost data', () => {
    const record = noted((book) => book.promised(2, 4)).get(2)
    const peer = handshakeOf({ run: 101, incarnation: 6, started: at(3, 90), durable: at(5, 90) })
    expect(code(judge(peer, { record, runMet: 100 }))).toBe('identity_lost')
  })

  test('an uncommitted tail that a newer leader cut off is no loss', () => {
    const record = noted((book) => {
      book.acknowledged(2, 3, 40)
      book.acknowledged(2, 4, 12)
    }).get(2)
    const peer = handshakeOf({ run: 101, incarnation: 6, started: at(4, 12), durable: at(4, 12) })
    expect(judge(peer, { record, runMet: 100 })).toEqual(accept)
  })

  test('the end of a log that was only shown may be cut off in the same term', () => {
    const book = noted()
    book.showed(handshakeOf({ incarnation: 5, durable: at(7, 100) }))
    const peer = handshakeOf({ run: 101, incarnation: 6, started: at(7, 60), durable: at(7, 60) })
    expect(judge(peer, { record: book.get(2), runMet: 100 })).toEqual(accept)
  })

  test('a handshake that was overtaken by acknowledgements of its own run is let in', () => {
    const record = noted((book) => book.acknowledged(2, 3, 40)).get(2)
    const late = handshakeOf({ incarnation: 5, durable: at(3, 10) })
    expect(judge(late, { record, runMet: 100 })).toEqual(accept)
  })

  test('after its own restart a judge compares a run that goes on with what it shows now', () => {
    const record = noted((book) => book.acknowledged(2, 3, 40)).get(2)
    const goesOn = handshakeOf({ incarnation: 5, started: at(0, 0), durable: at(3, 40) })
    expect(judge(goesOn, { record })).toEqual(accept)
    const restored = handshakeOf({ incarnation: 5, started: at(0, 0), durable: at(3, 39) })
    expect(code(judge(restored, { record }))).toBe('identity_lost')
  })

  test('an empty replica that was seen forming comes back empty and is let in', () => {
    const book = new PeerBook([])
    book.showed(emptyHandshakeOf({ incarnation: 1 }))
    const peer = emptyHandshakeOf({ run: 101, incarnation: 2 })
    expect(judge(peer, { record: book.get(2), runMet: 100 })).toEqual(accept)
  })
})

describe('what is noted of a peer', () => {
  test('another database is to be written at once, progress along with other writes', () => {
    const book = new PeerBook([])
    expect(book.unsaved).toBe('nothing')
    book.showed(handshakeOf())
    expect(book.unsaved).toBe('now')
    book.acknowledged(2, 3, 5)
    expect(book.takeUnsaved()).toEqual([
      { id: 2, uuid: 'uuid-2', incarnation: 1, term: 3, index: 5 },
    ])
    book.acknowledged(2, 3, 5)
    expect(book.unsaved).toBe('nothing')
    book.acknowledged(2, 3, 6)
    expect(book.unsaved).toBe('soon')
  })

  test('what was noted never falls, term first', () => {
    const book = noted((book) => book.acknowledged(2, 3, 40))
    book.acknowledged(2, 3, 39)
    book.acknowledged(2, 2, 90)
    book.promised(2, 2)
    expect(book.get(2)).toMatchObject({ term: 3, index: 40 })
    book.promised(2, 4)
    expect(book.get(2)).toMatchObject({ term: 4, index: 0 })
  })

  test('what others say of a peer does not change what it showed itself', () => {
    const book = noted()
    book.heardOf(2, 'another')
    book.heardOf(3, 'uuid-3')
    expect(book.get(2)).toMatchObject({ uuid: 'uuid-2' })
    expect(book.get(3)).toMatchObject({ uuid: 'uuid-3', incarnation: 0 })
  })

  test('of a peer that was only heard of no promise is noted, for its run is not known', () => {
    const book = new PeerBook([])
    book.heardOf(2, 'uuid-2')
    book.promised(2, 1)
    book.acknowledged(2, 1, 7)
    const goesOn = handshakeOf({ incarnation: 5, started: at(0, 0), durable: at(1, 7) })
    expect(judge(goesOn, { record: book.get(2) })).toEqual(accept)
  })

  test('nothing is noted of a peer that was never let in', () => {
    const book = new PeerBook([])
    book.acknowledged(9, 1, 1)
    book.promised(9, 1)
    expect(book.records()).toEqual([])
  })
})
