/** No message ends elections for good: terms rise by what others say only so far, and so fast. */
import { describe, expect, test } from 'vitest'
import {
  emptyConfiguration,
  type Message,
  plainConfiguration,
  termMax,
  termRiseMax,
} from '../../../src/raft/core/index.js'
import {
  accepted,
  alive,
  append,
  type Bench,
  bench,
  entriesOf,
  heartbeat,
  only,
  refused,
  rejected,
  voteRequest,
  voteResponse,
} from '../support/bench.js'

const envelope = { from: 2, to: 1 } as const

/** A message of each kind, as if replica 2 had sent it in this term. */
function everyKind(term: number): Message[] {
  const snapshot = { index: 9, term: 1, configuration: plainConfiguration([1, 2, 3]) }
  return [
    voteRequest(2, term, { lastIndex: 99, lastTerm: term }),
    voteRequest(2, term, { pre: true, lastIndex: 99, lastTerm: term }),
    voteRequest(2, term, { transfer: true, lastIndex: 99, lastTerm: term }),
    voteResponse(2, term, { granted: false }),
    voteResponse(2, term, { pre: true, granted: false }),
    voteResponse(2, term, { pre: true }),
    append(2, term),
    accepted(2, term, 1),
    rejected(2, term, 1, { index: 0, term: 0 }),
    heartbeat(2, term),
    alive(2, term, 1),
    { kind: 'snapshot', ...envelope, term, snapshot },
    { kind: 'higher-term', ...envelope, term },
    { kind: 'timeout-now', ...envelope, term },
    { kind: 'read-index-request', ...envelope, term, session: 1, batch: 1 },
    { kind: 'read-index-response', ...envelope, term, session: 1, batch: 1, index: 1 },
  ]
}

function leader(): Bench {
  const one = bench({ preVote: true, checkQuorum: true })
  one.raft.campaign()
  one.run()
  one.step(voteResponse(2, 1, { pre: true }))
  one.step(voteResponse(2, 1))
  one.level([2, 3])
  expect(one.raft.role).toBe('leader')
  return one
}

/** Follows nobody, in this term. */
function follower(term: number): Bench {
  const one = bench({ terms: [1], term, commit: 1 })
  one.run()
  return one
}

test('a message of the last term there is changes nothing, whatever its kind and its receiver', () => {
  const last = Number.MAX_SAFE_INTEGER
  for (const term of [last, termMax + 1, termMax, termRiseMax + 2]) {
    for (const message of everyKind(term)) {
      for (const one of [leader(), follower(1)]) {
        const { farTerms: _, ...before } = one.raft.status()
        expect(one.step(message)).toEqual([])
        const { farTerms, ...after } = one.raft.status()
        expect(after, message.kind).toEqual(before)
        expect(farTerms).toBe(1)
      }
    }
  }
})

test('such a message leaves nothing on the disk, and elections go on, also after a restart', () => {
  const one = follower(1)
  one.step(...everyKind(Number.MAX_SAFE_INTEGER))
  one.replica.crash()
  one.lead([2, 3])
  expect(one.raft.status()).toMatchObject({ role: 'leader', term: 2 })
})

test('a replica that was away for very long follows at once', () => {
  const one = follower(1)
  one.step(heartbeat(2, 1 + termRiseMax))
  expect(one.raft.status()).toMatchObject({ term: 1 + termRiseMax, leader: 2, farTerms: 0 })
})

test('many jumps, one after the other, go no further than one until an election timeout is over', () => {
  const one = follower(1)
  const higher = (term: number): Message => ({ kind: 'higher-term', ...envelope, term })
  for (let message = 0; message < 100; message += 1) one.step(higher(one.raft.term + termRiseMax))
  expect(one.raft.term).toBe(1 + termRiseMax)
  expect(one.raft.status().farTerms).toBe(99)
  one.step(higher(one.raft.term + 1))
  expect(one.raft.term, 'nor does a small one').toBe(1 + termRiseMax)
  one.tick(10)
  one.step(heartbeat(3, 1 + 2 * termRiseMax))
  expect(one.raft.status()).toMatchObject({ term: 1 + 2 * termRiseMax, leader: 3 })
})

test('a pre-vote speaks of a term and raises none: any number of them may come', () => {
  const one = follower(1)
  for (let message = 0; message < 100; message += 1) {
    one.step(voteRequest(2, 1 + termRiseMax, { pre: true, lastIndex: 1, lastTerm: 1 }))
  }
  one.step(heartbeat(2, 1 + termRiseMax))
  expect(one.raft.term).toBe(1 + termRiseMax)
})

describe('a replica that was added, and knows nobody yet', () => {
  const high = 3 * 2 ** 32 + 5
  const added = () => bench({ configuration: emptyConfiguration })

  test('takes the log of a cluster whose terms are far above', () => {
    const one = added()
    const entries = entriesOf([high, high])
    const said = one.step(append(2, high, { entries }), heartbeat(2, high))
    expect(only(said, 'append-accepted')).toMatchObject([{ index: 2, term: high }])
    expect(one.raft.status()).toMatchObject({ term: high, leader: 2, farTerms: 0 })
    one.step(heartbeat(3, high + 1))
    expect(one.raft.term, 'the next election is no exception').toBe(high + 1)
  })

  test('gives its vote there, for it may be needed', () => {
    const one = added()
    const said = one.step(voteRequest(2, high, { lastIndex: 3, lastTerm: high - 1 }))
    expect(only(said, 'vote-response')).toMatchObject([{ granted: true, term: high }])
  })

  test('takes no term in which nobody could campaign', () => {
    const one = added()
    for (const message of everyKind(termMax + 1)) expect(one.step(message)).toEqual([])
    expect(one.raft.term).toBe(0)
  })

  test('is one no more once it knows who votes', () => {
    const one = added()
    const snapshot = { index: 9, term: high, configuration: plainConfiguration([2, 3], [1]) }
    one.replica.snapshots.set(`9:${high}`, { index: 9, digest: 0, commands: 0 })
    one.step({ kind: 'snapshot', ...envelope, term: high, snapshot })
    expect(one.raft.status()).toMatchObject({ term: high, snapshotIndex: 9 })
    one.step(heartbeat(2, high + termRiseMax + 1))
    expect(one.raft.status()).toMatchObject({ term: high, farTerms: 1 })
  })
})

test('at the last term nobody campaigns, and nothing breaks', () => {
  const one = follower(termMax)
  expect(one.raft.campaign()).toBe('not_promotable')
  one.tick(100)
  one.step(refused(2, termMax), heartbeat(2, termMax))
  expect(one.raft.status()).toMatchObject({ term: termMax, role: 'follower', leader: 2 })
  const before = follower(termMax - 1)
  before.lead()
  expect(before.raft.status()).toMatchObject({ term: termMax, role: 'leader' })
})
