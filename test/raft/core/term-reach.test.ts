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
  append,
  type Bench,
  bench,
  entriesOf,
  heartbeat,
  only,
  refused,
  voteRequest,
  voteResponse,
} from '../support/bench.js'
import { everyKind } from '../support/every-kind.js'

const envelope = { from: 2, to: 1 } as const

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
  const ofLeaders = ['append', 'heartbeat', 'snapshot']
  for (const term of [last, termMax + 1, termMax]) {
    for (const message of everyKind(term)) {
      // A leader of the last term that anybody may have is gone towards, see term-walk.test.ts.
      if (term === termMax && ofLeaders.includes(message.kind)) continue
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
    const term = high + termRiseMax
    expect(one.raft.status()).toMatchObject({ term, leader: 0, farTerms: 1 })
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
