/** Whoever was left far behind, or far ahead, comes back: it goes towards terms beyond reach. */
import { describe, expect, test } from 'vitest'
import {
  type Configuration,
  type Message,
  plainConfiguration,
  termMax,
  termRiseMax,
} from '../../../src/raft/core/index.js'
import { termWalkMax } from '../../../src/raft/core/limits.js'
import {
  append,
  type Bench,
  bench,
  entriesOf,
  heartbeat,
  refused,
  voteRequest,
  voteResponse,
} from '../support/bench.js'
import { everyKind } from '../support/every-kind.js'

const electionTicks = 10
const envelope = { from: 2, to: 1 } as const
const higher = (term: number): Message => ({ kind: 'higher-term', ...envelope, term })
/** As in every cluster of this house. */
const guarded = { preVote: true, checkQuorum: true, leaseReads: true } as const

/** Follows nobody, in this term. */
function follower(term: number, more = {}): Bench {
  const one = bench({ terms: [1], term, commit: 1, electionTimeoutTicks: electionTicks, ...more })
  one.run()
  return one
}

function leader(): Bench {
  const one = bench(guarded)
  one.raft.campaign()
  one.run()
  one.step(voteResponse(2, 1, { pre: true }))
  one.step(voteResponse(2, 1))
  one.level([2, 3])
  expect(one.raft.role).toBe('leader')
  return one
}

/** Replicas of these terms that hear one another, until they agree or for so many ticks. */
function together(
  terms: readonly number[],
  ticksMax: number,
  configurations: readonly Configuration[] = [],
): readonly Bench[] {
  const all = terms.map((term, at) => {
    const configuration = configurations[at] ?? plainConfiguration([1, 2, 3])
    return follower(term, { ...guarded, configuration, id: at + 1, random: () => at / 4 })
  })
  const isAgreed = () => {
    const views = all.map(({ raft }) => `${raft.term} ${raft.leader}`)
    return all[0]!.raft.leader !== 0 && new Set(views).size === 1
  }
  let said: readonly Message[] = []
  for (let tick = 0; tick < ticksMax && !isAgreed(); tick += 1) {
    said = [...said, ...all.flatMap((one) => one.tick())]
    for (let trip = 0; trip < 3; trip += 1) {
      said = all.flatMap((one, at) => one.step(...said.filter(({ to }) => to === at + 1)))
    }
  }
  return all
}

describe('a replica that was away while the terms jumped further than it may follow at once', () => {
  const far = 1 + 3 * termRiseMax

  test('goes towards the term that it hears of again and again, and arrives', () => {
    const one = follower(1, guarded)
    const seen = new Set<number>()
    for (let tick = 0; tick <= 2 * electionTicks; tick += 1) {
      one.step(heartbeat(2, far))
      seen.add(one.raft.term)
      one.tick()
    }
    expect([...seen]).toEqual([1 + termRiseMax, 1 + 2 * termRiseMax, far])
    expect(one.raft.status()).toMatchObject({ leader: 2, farTerms: 2 * electionTicks })
  })

  test('keeps what it has come to in a crash', () => {
    const one = follower(1)
    one.step(heartbeat(2, far))
    one.replica.crash()
    expect(one.raft.term).toBe(1 + termRiseMax)
  })

  test('takes nothing of what it cannot follow yet: neither log nor leader nor vote', () => {
    const leaders = append(2, far, { prevIndex: 1, prevTerm: 1, entries: entriesOf([far], 2) })
    for (const message of [
      leaders,
      heartbeat(2, far, { commit: 1 }),
      voteRequest(2, far, { lastIndex: 9, lastTerm: far - 1 }),
    ]) {
      const one = follower(1)
      expect(one.step(message)).toEqual([])
      const term = 1 + termRiseMax
      expect(one.raft.status()).toMatchObject({ term, vote: 0, leader: 0, lastIndex: 1 })
    }
  })

  test('goes no further in an election timeout than by messages within reach', () => {
    const one = follower(1)
    one.step(higher(100))
    for (let left = 100; left > 0; left -= 1) one.step(higher(far), heartbeat(3, far))
    expect(one.raft.status()).toMatchObject({ term: 1 + termRiseMax, farTerms: 200 })
    one.step(heartbeat(2, 1 + termRiseMax))
    expect(one.raft.leader, 'who leads there is followed').toBe(2)
    one.step(higher(far))
    expect(one.raft.leader, 'and is not given up for more of it').toBe(2)
  })
})

describe('a cluster whose terms lie several jumps apart comes together', () => {
  const jumps = 5
  const high = 1 + jumps * termRiseMax

  test.each([
    ['one is behind', [1, high, high]],
    ['one is ahead', [high, 1, 1]],
    ['all are apart', [1, 1 + 2 * termRiseMax, high]],
  ])('%s', (_, terms) => {
    const all = together(terms, 4 * jumps * electionTicks)
    const [first, ...others] = all.map(({ raft }) => raft.status())
    expect(first!.term).toBeGreaterThanOrEqual(high)
    expect(first!.leader).not.toBe(0)
    for (const { term, leader } of others) {
      expect({ term, leader }).toEqual({ term: first!.term, leader: first!.leader })
    }
  })
})

test('a learner that does not know of its vote yet is fetched by who needs it', () => {
  const [voters, before] = [plainConfiguration([1, 2]), plainConfiguration([1], [2])]
  const all = together([1 + 3 * termRiseMax, 1], 200, [voters, before])
  expect(all.map(({ raft }) => raft.leader)).toEqual([1, 1])
})

describe('what raises no term within reach raises none beyond it', () => {
  const far = 2 + termRiseMax
  const vote = { lastIndex: 9, lastTerm: 1 }

  const following = () => {
    const one = follower(1, guarded)
    one.step(heartbeat(3, 1))
    return one
  }
  const learner = () => follower(1, { ...guarded, configuration: plainConfiguration([2, 3], [1]) })
  const receivers = { leader, following, learner, follower: () => follower(1, guarded) }

  test.each(Object.entries(receivers))('whatever the kind: %s', (_, receiver) => {
    const within = everyKind(far - 1)
    for (const [place, message] of everyKind(far).entries()) {
      if (message.kind === 'vote-request' && message.pre) continue
      const [one, other] = [receiver(), receiver()]
      one.raft.step(within[place]!)
      other.raft.step(message)
      const hasRisen = one.raft.term > 1
      expect(other.raft.term, message.kind).toBe(hasRisen ? far - 1 : 1)
    }
  })

  test('a pre-vote that would not be granted, and any grant', () => {
    const one = follower(1, guarded)
    const behind = voteRequest(2, far, { pre: true, lastIndex: 0, lastTerm: 0 })
    one.step(behind, voteResponse(2, far, { pre: true }))
    expect(one.raft.status()).toMatchObject({ term: 1, farTerms: 2 })
    one.step(heartbeat(3, 1), voteRequest(2, far, { ...vote, pre: true }))
    expect(one.raft.status()).toMatchObject({ term: 1, leader: 3, farTerms: 3 })
  })

  test('but a pre-vote that would be granted does, for the vote would follow it', () => {
    const one = follower(1, guarded)
    expect(one.step(voteRequest(2, far, { ...vote, pre: true }))).toEqual([])
    expect(one.raft.status()).toMatchObject({ term: far - 1, vote: 0, leader: 0, farTerms: 1 })
  })

  test('a request that is refused for the sake of a leader', () => {
    const one = follower(1, guarded)
    one.step(heartbeat(3, 1), voteRequest(2, far, vote))
    expect(one.raft.status()).toMatchObject({ term: 1, leader: 3, farTerms: 1 })
    one.step(voteRequest(2, far, { ...vote, transfer: true }))
    expect(one.raft.status(), 'a hand-over is not').toMatchObject({ term: 1 + termRiseMax })
  })

  test('an answer of one that is no member', () => {
    const one = follower(1)
    one.step({ kind: 'higher-term', from: 9, to: 1, term: far })
    expect(one.raft.status()).toMatchObject({ term: 1, farTerms: 0 })
  })
})

test('whoever has promised its silence keeps it on the way', () => {
  const one = follower(1, guarded)
  one.step(heartbeat(3, 1), refused(2, 2 + termRiseMax))
  const term = 1 + termRiseMax
  expect(one.raft.status()).toMatchObject({ term, leader: 0 })
  expect(one.step(voteRequest(2, term + 1, { lastIndex: 9, lastTerm: 1 }))).toEqual([])
  expect(one.raft.campaign()).toBe('silence_promised')
})

test('a leader steps down, and answers no reads any more', () => {
  const one = leader()
  expect(one.raft.readIndex()).toMatchObject({ kind: 'accepted' })
  one.step(higher(9 * termRiseMax))
  const term = 1 + termRiseMax
  expect(one.raft.status()).toMatchObject({ role: 'follower', term, leader: 0, readsWaiting: 0 })
})

describe('a term that one replica alone speaks of, and that is far away, is damage', () => {
  const far = 2 + termWalkMax

  test('nobody gives up an election or a leader for it', () => {
    const one = follower(1)
    const answers = [voteRequest(2, far), refused(2, far), higher(far)]
    one.step(...answers, { kind: 'timeout-now', ...envelope, term: far })
    expect(one.raft.status()).toMatchObject({ term: 1, farTerms: 4 })
    one.step(higher(far - 1))
    expect(one.raft.term, 'what is just not too far counts').toBe(1 + termRiseMax)
  })

  test('the others lead and elect although it answers', () => {
    const all = together([1, 1, termMax / 2], 100)
    const [one, two, three] = all.map(({ raft }) => raft.status())
    expect(one!.leader).not.toBe(0)
    expect(two).toMatchObject({ term: one!.term, leader: one!.leader })
    expect(one!.term).toBeLessThan(termRiseMax)
    expect(three).toMatchObject({ term: termMax / 2, leader: 0 })
  })

  test('a leader is followed however far away: a majority is with it', () => {
    for (const term of [far, termMax]) {
      const one = follower(1)
      one.step(heartbeat(2, term))
      expect(one.raft.term).toBe(1 + termRiseMax)
    }
  })

  test('nobody goes towards a term in which nobody could campaign', () => {
    const one = follower(termMax - 5)
    one.step(heartbeat(2, termMax + 1), append(2, Number.MAX_SAFE_INTEGER), higher(termMax + 1))
    expect(one.raft.status()).toMatchObject({ term: termMax - 5, farTerms: 3 })
  })
})
