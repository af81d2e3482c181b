/** Raft paper §8; thesis §6.4 (read-only queries) and §6.4.1 (leases). */
import { describe, expect, test } from 'vitest'
import { type Message, plainConfiguration, type Standing } from '../../../src/raft/core/index.js'
import { LeaderLease, leaseLengthMs } from '../../../src/raft/node/reads/lease.js'
import {
  accepted,
  alive,
  type Bench,
  bench,
  heartbeat,
  only,
  voteRequest,
} from '../support/bench.js'

/** The number of the round that a leader sends. */
function roundOf(one: Bench, said: readonly Message[] = one.run()): number {
  const [beat] = only(said, 'heartbeat')
  if (beat === undefined) throw new Error('no heartbeat was sent')
  return beat.round
}

describe('read index (§8, thesis §6.4)', () => {
  test('a new leader commits a blank entry of its term before it knows what is committed', () => {
    const one = bench({ terms: [1, 1] })
    one.lead()
    expect(one.raft.entries(3, 3)).toMatchObject([{ term: 2, kind: 'noop' }])
    one.raft.readIndex()
    const beats = only(one.run(), 'heartbeat')
    one.step(...beats.map(({ round, to }) => alive(to, 2, round)))
    expect(one.replica.reads).toEqual([])
    const round = roundOf(one, one.level([2]))
    one.step(alive(2, 2, round))
    expect(one.replica.reads).toMatchObject([{ index: 3 }])
  })

  test('a read waits for a majority to answer a heartbeat that was sent after it came', () => {
    const one = bench()
    one.leadLevel()
    const before = roundOf(one, one.tick())
    one.raft.readIndex()
    const round = roundOf(one, one.step(alive(2, 1, before), alive(3, 1, before)))
    expect(one.replica.reads).toEqual([])
    one.step(alive(3, 1, round))
    expect(one.replica.reads).toMatchObject([{ index: one.raft.committedIndex }])
  })

  test('its index is the commit index when it came, not a later one', () => {
    const one = bench()
    one.leadLevel()
    const committed = one.raft.committedIndex
    one.raft.readIndex()
    const round = roundOf(one)
    const index = one.propose('x')
    one.run()
    one.step(accepted(2, 1, index))
    expect(one.raft.committedIndex).toBe(index)
    one.step(alive(2, 1, round))
    expect(one.replica.reads).toEqual([{ read: 1, index: committed }])
  })

  test('many reads share one round', () => {
    const one = bench()
    one.leadLevel()
    for (let reads = 0; reads < 1_000; reads += 1) one.raft.readIndex()
    const beats = only(one.run(), 'heartbeat')
    expect(beats).toHaveLength(2)
    one.step(alive(2, 1, beats[0]!.round))
    expect(one.replica.reads).toHaveLength(1_000)
  })

  test('a leader that was replaced gets none confirmed, and says so when it steps down', () => {
    const one = bench()
    one.leadLevel()
    one.raft.readIndex()
    const round = roundOf(one)
    one.step(alive(2, 0, round), heartbeat(3, 2), alive(2, 1, round))
    expect(one.replica.reads).toEqual([])
    expect(one.replica.abandonedReads).toEqual([1])
  })

  test('learners confirm nothing', () => {
    const one = bench({ configuration: plainConfiguration([1, 2, 3], [4, 5]) })
    one.leadLevel()
    one.raft.readIndex()
    const round = roundOf(one)
    one.step(alive(4, 1, round), alive(5, 1, round))
    expect(one.replica.reads).toEqual([])
  })

  test('both halves of a joint configuration must confirm', () => {
    const configuration = {
      ...plainConfiguration([1, 2, 3]),
      votersOutgoing: [1, 4, 5],
    }
    const one = bench({ configuration })
    one.lead([2, 4])
    one.level([2, 4])
    one.raft.readIndex()
    const round = roundOf(one)
    one.step(alive(2, 1, round), alive(3, 1, round))
    expect(one.replica.reads).toEqual([])
    one.step(alive(5, 1, round))
    expect(one.replica.reads).toHaveLength(1)
  })

  test('a follower asks its leader, once for all reads of the moment', () => {
    const one = bench({ term: 1 })
    one.step(heartbeat(2, 1))
    for (let reads = 0; reads < 100; reads += 1) one.raft.readIndex()
    const asked = only(one.run(), 'read-index-request')
    expect(asked).toMatchObject([{ to: 2, term: 1 }])
    const { session, batch } = asked[0]!
    const answer = { kind: 'read-index-response', from: 2, to: 1, term: 1, session, batch } as const
    one.step({ ...answer, index: 7 })
    expect(one.replica.reads).toHaveLength(100)
    expect(one.replica.reads.every(({ index }) => index === 7)).toBe(true)
  })

  test('an answer to an earlier question is not taken for one to a later (bug S17)', () => {
    const one = bench({ term: 1 })
    one.step(heartbeat(2, 1))
    one.raft.readIndex()
    const [{ session, batch } = { session: 0, batch: 0 }] = only(one.run(), 'read-index-request')
    one.raft.readIndex()
    one.run()
    const answer = { kind: 'read-index-response', from: 2, to: 1, term: 1, session, batch } as const
    one.step({ ...answer, index: 7 }, { ...answer, index: 7 })
    expect(one.replica.reads).toEqual([{ read: 1, index: 7 }])
  })
})

describe('leases (thesis §6.4.1, as designed)', () => {
  const settings = { tickMs: 50, electionTicks: 20, toleranceMs: 0, driftPpm: 500 }
  const standing: Standing = {
    role: 'leader',
    term: 3,
    leader: 1,
    transferee: 0,
    handedOver: false,
    appliedOwnTerm: true,
  }

  test('one lasts (election ticks - 1) ticks, less twice the drift of clocks', () => {
    expect(leaseLengthMs(settings)).toBeCloseTo(19 * 50 * (1 - 2 * 0.0005), 6)
  })

  test('it counts from the send of a round that a quorum answered, not from the answer', () => {
    const lease = new LeaderLease(100)
    lease.standingChanged(standing)
    lease.roundSent(1, 1_000)
    lease.roundSent(2, 1_050)
    lease.roundConfirmed(1)
    expect(lease.leftMs(1_080)).toBe(20)
    expect(lease.leftMs(1_100)).toBe(0)
  })

  test.for([
    ['before an entry of the own term is applied', { appliedOwnTerm: false }],
    ['once somebody was told to campaign in this term', { handedOver: true }],
    ['on a replica that does not lead', { role: 'follower' }],
  ] as const)('there is none %s', ([, change]) => {
    const lease = new LeaderLease(100)
    lease.standingChanged(standing)
    lease.roundSent(1, 1_000)
    lease.roundConfirmed(1)
    expect(lease.leftMs(1_001)).toBeGreaterThan(0)
    lease.standingChanged({ ...standing, ...change })
    expect(lease.leftMs(1_001)).toBe(0)
  })

  test('there is none from rounds before a stall, nor from rounds of an earlier term', () => {
    const lease = new LeaderLease(100)
    lease.standingChanged(standing)
    lease.roundSent(1, 1_000)
    lease.stalled()
    lease.roundConfirmed(1)
    expect(lease.leftMs(1_001)).toBe(0)
    lease.roundSent(2, 1_010)
    lease.standingChanged({ ...standing, term: 5 })
    lease.roundConfirmed(2)
    expect(lease.leftMs(1_011)).toBe(0)
  })

  test('a follower that answered a heartbeat gives no vote for an election timeout', () => {
    const one = bench({ checkQuorum: true, leaseReads: true, term: 1 })
    one.step(heartbeat(2, 1))
    const request = voteRequest(3, 2)
    for (let ticks = 0; ticks < 10; ticks += 1) {
      expect(one.step(request)).toEqual([])
      one.raft.tick()
    }
    expect(one.raft.forgetLeader()).toBe('leases_in_use')
  })
})
