/** Thesis §3.10 (transfer), §4.2.3 and §9.6 (pre-vote), §6.2 (check-quorum). */
import { describe, expect, test } from 'vitest'
import { plainConfiguration } from '../../../src/raft/core/index.js'
import {
  accepted,
  alive,
  append,
  bench,
  command,
  heartbeat,
  only,
  voteRequest,
  voteResponse,
} from '../support/bench.js'

const electionTimeoutTicks = 10
const timeoutNow = (from: number, term: number) => {
  return { kind: 'timeout-now', from, to: 1, term } as const
}

describe('pre-vote (thesis §9.6)', () => {
  const preVote = (from: number, term: number, fields: object = {}) =>
    voteRequest(from, term, { pre: true, ...fields })

  test('a candidate asks first, without a new term or a vote on its disk', () => {
    const one = bench({ preVote: true, terms: [1, 1] })
    const asked = only(one.tick(electionTimeoutTicks), 'vote-request')
    expect(one.raft.status()).toMatchObject({ role: 'pre-candidate', term: 1, vote: 0 })
    expect(asked).toMatchObject([
      { to: 2, pre: true, term: 2, lastIndex: 2, lastTerm: 1 },
      { to: 3, pre: true, term: 2 },
    ])
    expect(one.replica.disk.hardState.term).toBe(1)
  })

  test('with a majority of answers it campaigns; with refusals it does not', () => {
    const won = bench({ preVote: true, terms: [1] })
    won.tick(electionTimeoutTicks)
    won.step(voteResponse(2, 2, { pre: true }))
    expect(won.raft).toMatchObject({ role: 'candidate', term: 2 })
    const lost = bench({ preVote: true, terms: [1] })
    lost.tick(electionTimeoutTicks)
    const no = (from: number) => voteResponse(from, 1, { pre: true, granted: false })
    lost.step(no(2), no(3))
    expect(lost.raft).toMatchObject({ role: 'follower', term: 1 })
  })

  test('is granted only to a log that is up to date', () => {
    const one = bench({ terms: [1, 2], term: 2 })
    const [short] = one.step(preVote(2, 3, { lastIndex: 9, lastTerm: 1 }))
    expect(short).toMatchObject({ pre: true, granted: false })
    const [level] = one.step(preVote(2, 3, { lastIndex: 2, lastTerm: 2 }))
    expect(level).toMatchObject({ pre: true, granted: true, term: 3 })
  })

  test('is not granted while a leader is heard from', () => {
    const one = bench({ preVote: true, checkQuorum: true, term: 1 })
    one.step(heartbeat(2, 1))
    one.tick(electionTimeoutTicks - 1)
    expect(only(one.step(preVote(3, 2)), 'vote-response')).toEqual([])
  })

  test('granting one changes neither term nor vote, and may be done for several', () => {
    const one = bench({ term: 1 })
    for (const from of [2, 3]) {
      expect(one.step(preVote(from, 2))).toMatchObject([{ to: from, pre: true, granted: true }])
    }
    expect(one.raft.status()).toMatchObject({ term: 1, vote: 0, role: 'follower' })
    expect(one.step(voteRequest(3, 2))).toMatchObject([{ granted: true }])
  })

  test('a replica that was cut off disturbs nobody when it comes back', () => {
    const one = bench({ preVote: true, checkQuorum: true, terms: [1] })
    one.tick(20 * electionTimeoutTicks)
    expect(one.raft.term).toBe(1)
    one.step(heartbeat(2, 1))
    expect(one.raft).toMatchObject({ role: 'follower', leader: 2, term: 1 })
  })

  test('an answer to a pre-vote is no vote', () => {
    const one = bench({ preVote: true, configuration: plainConfiguration([1, 2, 3, 4, 5]) })
    one.tick(electionTimeoutTicks)
    one.step(voteResponse(2, 1, { pre: true }), voteResponse(3, 1, { pre: true }))
    expect(one.raft).toMatchObject({ role: 'candidate', term: 1 })
    one.step(voteResponse(4, 1, { pre: true }), voteResponse(5, 1, { pre: true }))
    expect(one.raft.role).toBe('candidate')
  })
})

describe('check-quorum (thesis §6.2)', () => {
  test('a leader that no majority answers for an election timeout steps down', () => {
    const one = bench({ checkQuorum: true })
    one.leadLevel()
    one.tick(2 * electionTimeoutTicks)
    expect(one.raft).toMatchObject({ role: 'follower', term: 1, leader: 0 })
  })

  test('one that a majority answers goes on leading', () => {
    const one = bench({ checkQuorum: true })
    one.leadLevel()
    for (let times = 0; times < 10 * electionTimeoutTicks; times += 1) {
      const [{ round } = { round: 0 }] = only(one.tick(), 'heartbeat')
      one.step(alive(3, 1, round))
    }
    expect(one.raft.role).toBe('leader')
  })

  test('learners count for nothing there', () => {
    const one = bench({ checkQuorum: true, configuration: plainConfiguration([1, 2, 3], [4, 5]) })
    one.leadLevel()
    for (let times = 0; times < 2 * electionTimeoutTicks; times += 1) {
      const [{ round } = { round: 0 }] = only(one.tick(), 'heartbeat')
      one.step(alive(4, 1, round), alive(5, 1, round))
    }
    expect(one.raft.role).toBe('follower')
  })

  test('a follower that heard from its leader ignores candidates, even of later terms (§4.2.3)', () => {
    const one = bench({ checkQuorum: true, term: 1 })
    one.step(heartbeat(2, 1))
    expect(one.step(voteRequest(3, 5, { lastIndex: 9, lastTerm: 4 }))).toEqual([])
    expect(one.raft).toMatchObject({ term: 1, leader: 2 })
    one.tick(electionTimeoutTicks - 1)
    expect(one.step(voteRequest(3, 5, { lastIndex: 9, lastTerm: 4 }))).toEqual([])
  })

  test('a replica ahead in its term makes an outdated leader step down (bugs L3, L4)', () => {
    const one = bench({ checkQuorum: true, term: 9 })
    const [answer] = one.step(heartbeat(2, 4))
    expect(answer).toMatchObject({ kind: 'higher-term', to: 2, term: 9 })
    const leader = bench({ checkQuorum: true, term: 3 })
    leader.leadLevel()
    leader.step({ kind: 'higher-term', from: 3, to: 1, term: 9 })
    expect(leader.raft).toMatchObject({ role: 'follower', term: 9 })
  })
})

describe('transfer (thesis §3.10)', () => {
  function leader() {
    const one = bench({ checkQuorum: true, terms: [1] })
    one.leadLevel()
    return one
  }

  test('to a follower that is level: it is told to campaign at once', () => {
    const one = leader()
    expect(one.raft.transferLeader(2)).toBeNull()
    expect(only(one.run(), 'timeout-now')).toMatchObject([{ to: 2, term: 2 }])
  })

  test('to one that is behind: its log is made level first', () => {
    const one = leader()
    const index = one.propose('x')
    one.run()
    one.step(accepted(3, 2, index))
    one.raft.transferLeader(2)
    expect(only(one.run(), 'timeout-now')).toEqual([])
    expect(only(one.step(accepted(2, 2, index)), 'timeout-now')).toMatchObject([{ to: 2 }])
  })

  test('no proposals are accepted meanwhile', () => {
    const one = leader()
    one.raft.transferLeader(2)
    expect(one.raft.propose(command('x'))).toMatchObject({ reason: 'transferring' })
    const context = new Uint8Array()
    const leave = one.raft.proposeConfChange({ kind: 'leave', context })
    expect(leave).toMatchObject({ reason: 'transferring' })
  })

  test('it is given up after an election timeout, and proposals are accepted again', () => {
    const one = leader()
    one.raft.transferLeader(2)
    for (let times = 0; times < electionTimeoutTicks; times += 1) {
      expect(one.raft.status().transferee).toBe(2)
      const [{ round } = { round: 0 }] = only(one.tick(), 'heartbeat')
      one.step(alive(3, 2, round))
    }
    expect(one.raft.status()).toMatchObject({ role: 'leader', transferee: 0, handedOver: true })
    expect(one.raft.propose(command('x')).kind).toBe('accepted')
  })

  test('the target campaigns at once: no timeout, no pre-vote', () => {
    const one = bench({ preVote: true, checkQuorum: true, terms: [1] })
    one.step(append(2, 1, { prevIndex: 1, prevTerm: 1 }))
    const asked = only(one.step(timeoutNow(2, 1)), 'vote-request')
    expect(one.raft).toMatchObject({ role: 'candidate', term: 2 })
    expect(asked).toMatchObject([
      { to: 2, pre: false, transfer: true },
      { to: 3, pre: false, transfer: true },
    ])
  })

  test('its voters do not hold the lease of the old leader against it', () => {
    const one = bench({ preVote: true, checkQuorum: true, term: 1 })
    one.step(heartbeat(2, 1))
    const [answer] = one.step(voteRequest(3, 2, { transfer: true }))
    expect(answer).toMatchObject({ kind: 'vote-response', to: 3, granted: true, term: 2 })
  })

  test('the old leader steps down when it hears of the later term', () => {
    const one = leader()
    one.raft.transferLeader(2)
    one.run()
    one.step(voteRequest(2, 3, { transfer: true, lastIndex: 2, lastTerm: 2 }))
    expect(one.raft.status()).toMatchObject({ role: 'follower', term: 3, vote: 2, transferee: 0 })
  })

  test('nobody but the leader is obeyed, and no learner campaigns', () => {
    const one = bench({ checkQuorum: true, term: 1 })
    one.step(heartbeat(2, 1))
    one.step(timeoutNow(3, 1))
    expect(one.raft.role).toBe('follower')
    const learner = bench({ configuration: plainConfiguration([2, 3], [1]), term: 1 })
    learner.step(heartbeat(2, 1), timeoutNow(2, 1))
    expect(learner.raft.role).toBe('follower')
  })

  test('an order of an earlier term is not obeyed', () => {
    const one = bench({ term: 4 })
    one.step(timeoutNow(2, 3))
    expect(one.raft).toMatchObject({ role: 'follower', term: 4 })
  })

  test('a transfer to another one takes the place of the first', () => {
    const one = leader()
    const index = one.propose('x')
    one.run()
    one.raft.transferLeader(2)
    expect(one.raft.transferLeader(3)).toBeNull()
    const told = one.step(accepted(2, 2, index), accepted(3, 2, index))
    expect(only(told, 'timeout-now')).toMatchObject([{ to: 3 }])
  })
})
