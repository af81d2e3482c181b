/** Raft paper, figure 2 (rules for servers, RequestVote), §5.1 and §5.2. */
import { describe, expect, test } from 'vitest'
import {
  accepted,
  append,
  bench,
  command,
  granted,
  heartbeat,
  only,
  refused,
  voteRequest,
} from '../support/bench.js'
import { Random } from '../support/random.js'

const electionTimeoutTicks = 10

describe('terms (§5.1)', () => {
  for (const role of ['follower', 'candidate', 'leader'] as const) {
    test(`a ${role} that sees a higher term adopts it and follows`, () => {
      const one = bench({ term: 1 })
      if (role !== 'follower') one.raft.campaign()
      if (role === 'leader') one.lead()
      expect(one.raft.role).toBe(role)
      const higher = one.raft.term + 3
      one.step(append(2, higher))
      expect(one.raft).toMatchObject({ role: 'follower', term: higher, leader: 2 })
    })
  }

  test('a request with an outdated term is refused with the current one', () => {
    const one = bench({ term: 5, checkQuorum: true })
    const [answer] = one.step(voteRequest(2, 4, { lastIndex: 9, lastTerm: 4 }))
    expect(answer).toMatchObject({ kind: 'vote-response', granted: false, term: 5 })
    expect(one.step(append(2, 4))).toMatchObject([{ kind: 'higher-term', term: 5 }])
    expect(one.raft.status().lastIndex).toBe(0)
  })

  test('an answer with an outdated term changes nothing', () => {
    const one = bench({ terms: [1] })
    one.raft.campaign()
    one.run()
    one.step(granted(2, 1))
    expect(one.raft).toMatchObject({ role: 'candidate', term: 2 })
    one.step(granted(2, 2), accepted(2, 1, 2))
    expect(one.raft.committedIndex).toBe(0)
  })

  test('terms only rise, over a restart too', () => {
    const one = bench({ term: 1 })
    one.step(append(2, 7))
    one.step(append(3, 3))
    expect(one.raft.term).toBe(7)
    one.replica.crash()
    expect(one.raft.term).toBe(7)
  })
})

describe('elections (§5.2)', () => {
  test('a replica starts as a follower', () => {
    expect(bench({ term: 3 }).raft).toMatchObject({ role: 'follower', term: 3, leader: 0 })
  })

  test('a follower that hears from its leader in time never campaigns', () => {
    const one = bench({ term: 1 })
    for (let round = 1; round <= 10; round += 1) {
      one.step(heartbeat(2, 1, { round }))
      one.tick(electionTimeoutTicks - 1)
    }
    expect(one.raft).toMatchObject({ role: 'follower', term: 1, leader: 2 })
  })

  test('a follower that hears nothing for an election timeout campaigns', () => {
    const one = bench({ term: 1 })
    one.tick(electionTimeoutTicks - 1)
    expect(one.raft.role).toBe('follower')
    one.tick()
    expect(one.raft.role).toBe('candidate')
  })

  test('a candidate raises its term, votes for itself and asks all others', () => {
    const one = bench({ terms: [1, 1, 2], term: 2 })
    const asked = only(one.tick(electionTimeoutTicks), 'vote-request')
    expect(one.raft.status()).toMatchObject({ role: 'candidate', term: 3, vote: 1, leader: 0 })
    expect(asked).toMatchObject([
      { to: 2, term: 3, lastIndex: 3, lastTerm: 2 },
      { to: 3, term: 3, lastIndex: 3, lastTerm: 2 },
    ])
  })

  test('granting a vote restarts the wait; refusing one, or hearing of a term, does not', () => {
    const one = bench({ terms: [1, 1] })
    one.tick(electionTimeoutTicks - 1)
    one.step(voteRequest(2, 2, { lastIndex: 2, lastTerm: 1 }))
    one.tick(electionTimeoutTicks - 1)
    expect(one.raft.role).toBe('follower')
    one.step(voteRequest(3, 3, { lastIndex: 1, lastTerm: 1 }))
    one.tick()
    expect(one.raft).toMatchObject({ role: 'candidate', term: 4 })
  })

  test.for([
    [1, [], 'leader'],
    [3, [2], 'leader'],
    [3, [], 'candidate'],
    [5, [2], 'candidate'],
    [5, [2, 3], 'leader'],
    [4, [2], 'candidate'],
    [4, [2, 3], 'leader'],
  ] as const)('of %i, the votes of itself and %j make a %s', ([size, votes, role]) => {
    const voters = Array.from({ length: size }, (_, i) => i + 1)
    const one = bench({ configuration: configurationOf(voters) })
    one.raft.campaign()
    one.run()
    one.step(...votes.map((from) => granted(from, 1)))
    expect(one.raft.role).toBe(role)
  })

  test('the same vote twice counts once', () => {
    const one = bench({ configuration: configurationOf([1, 2, 3, 4, 5]) })
    one.raft.campaign()
    one.run()
    one.step(granted(2, 1), granted(2, 1), granted(2, 1))
    expect(one.raft.role).toBe('candidate')
  })

  test('a majority of refusals ends the candidacy', () => {
    const one = bench()
    one.raft.campaign()
    one.run()
    one.step(refused(2, 1))
    expect(one.raft.role).toBe('candidate')
    one.step(refused(3, 1))
    expect(one.raft).toMatchObject({ role: 'follower', term: 1 })
  })

  test('a candidate that hears of a leader of its term or a later one follows it', () => {
    for (const later of [0, 1]) {
      const one = bench()
      one.raft.campaign()
      one.run()
      one.step(heartbeat(3, 1 + later))
      expect(one.raft).toMatchObject({ role: 'follower', term: 1 + later, leader: 3 })
    }
  })

  test('a candidate does not follow a leader of an earlier term', () => {
    const one = bench({ term: 4 })
    one.raft.campaign()
    one.run()
    one.step(append(3, 4))
    expect(one.raft).toMatchObject({ role: 'candidate', term: 5 })
  })

  test('a candidate without a result begins anew after an election timeout', () => {
    const one = bench()
    one.raft.campaign()
    one.run()
    const asked = only(one.tick(electionTimeoutTicks), 'vote-request')
    expect(one.raft).toMatchObject({ role: 'candidate', term: 2 })
    expect(asked.map(({ term }) => term)).toEqual([2, 2])
  })

  test('a leader tells all others at once, and again with every heartbeat interval', () => {
    const one = bench({ heartbeatTicks: 2, electionTimeoutTicks })
    const told = only(one.lead(), 'append')
    expect(told.map(({ to }) => to)).toEqual([2, 3])
    one.run()
    expect(only(one.tick(), 'heartbeat')).toEqual([])
    expect(only(one.tick(), 'heartbeat').map(({ to }) => to)).toEqual([2, 3])
    expect(one.raft.role).toBe('leader')
  })
})

describe('votes (figure 2, RequestVote)', () => {
  test('one vote a term, first come, first served; the same candidate gets it again', () => {
    const one = bench({ term: 1 })
    const answer = (from: number) => one.step(voteRequest(from, 2))[0]
    expect(answer(2)).toMatchObject({ to: 2, granted: true })
    expect(answer(3)).toMatchObject({ to: 3, granted: false })
    expect(answer(2)).toMatchObject({ to: 2, granted: true })
  })

  test('the vote is remembered over a restart', () => {
    const one = bench({ term: 1 })
    one.step(voteRequest(2, 2))
    one.replica.crash()
    expect(one.step(voteRequest(3, 2))[0]).toMatchObject({ to: 3, granted: false })
    expect(one.step(voteRequest(2, 2))[0]).toMatchObject({ to: 2, granted: true })
  })

  test('no vote leaves before it is on disk', () => {
    const one = bench({ term: 1 })
    one.raft.step(voteRequest(2, 2))
    expect(one.hold()).toEqual([])
    expect(one.run()).toMatchObject([{ kind: 'vote-response', granted: true }])
    expect(one.replica.disk.hardState).toMatchObject({ term: 2, vote: 2 })
  })

  test('a candidate asks nobody before its own vote is on disk', () => {
    const one = bench({ term: 1 })
    one.raft.campaign()
    expect(one.hold()).toEqual([])
    expect(only(one.run(), 'vote-request')).toHaveLength(2)
    expect(one.replica.disk.hardState).toMatchObject({ term: 2, vote: 1 })
  })

  test('a step-down within the term does not take the vote back', () => {
    const one = bench()
    one.raft.campaign()
    one.run()
    one.step(heartbeat(3, 1))
    expect(one.raft.status()).toMatchObject({ role: 'follower', term: 1, vote: 1 })
    expect(one.step(voteRequest(2, 1))[0]).toMatchObject({ granted: false })
  })
})

describe('split votes (§5.2, §9.3)', () => {
  test('timeouts are spread over one to two election timeouts, anew for each wait', () => {
    const random = new Random(7)
    const one = bench({ random: random.next })
    const waits: number[] = []
    for (let elections = 0; elections < 2_000; elections += 1) {
      const { term } = one.raft
      let ticks = 0
      for (; one.raft.term === term; ticks += 1) one.tick()
      waits.push(ticks)
    }
    const counts = Array.from({ length: 21 }, (_, ticks) => waits.filter((w) => w === ticks).length)
    expect(counts.slice(0, 10)).toEqual(Array.from({ length: 10 }, () => 0))
    expect(counts[20]).toBe(0)
    for (const count of counts.slice(10, 20)) expect(count).toBeGreaterThan(120)
  })

  test('two replicas rarely time out together', () => {
    const random = new Random(11)
    const pair = [bench({ random: random.next }), bench({ random: random.next })] as const
    let together = 0
    for (let elections = 0; elections < 1_000; elections += 1) {
      const before = pair.map(({ raft }) => raft.term)
      const isOver = () => pair.map(({ raft }, i) => raft.term > before[i]!)
      while (!isOver().some((over) => over)) for (const one of pair) one.tick()
      if (isOver().every((over) => over)) together += 1
      // Whoever was later hears of the leader and begins a new wait.
      const term = Math.max(...pair.map(({ raft }) => raft.term))
      for (const one of pair) one.step(append(2, term))
    }
    expect(together).toBeLessThan(150)
  })
})

test('a proposal on a follower or candidate is refused, and names no leader that is none', () => {
  const one = bench({ term: 1 })
  expect(one.raft.propose(command('x'))).toMatchObject({ reason: 'no_leader' })
  one.step(heartbeat(2, 1))
  expect(one.raft.propose(command('x'))).toMatchObject({ reason: 'not_leader' })
  expect(one.raft.leader).toBe(2)
})

function configurationOf(voters: readonly number[]) {
  return { voters, votersOutgoing: [], learners: [], learnersNext: [], autoLeave: false }
}
