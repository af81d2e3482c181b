/** The log in memory has a bound in bytes, and there is a way out of it. */
import { expect, test } from 'vitest'
import { plainConfiguration, type RaftOptions } from '../../../src/raft/core/index.js'
import {
  append,
  type Bench,
  bench,
  entriesOf,
  heartbeat,
  only,
  voteRequest,
} from '../support/bench.js'
import { TestReplica } from '../support/replica.js'

/** What an entry of a command of 936 bytes counts for. */
const entryBytes = 1000
const large = new Uint8Array(936)

function alone(options: Partial<RaftOptions>): Bench {
  const one = bench({ configuration: plainConfiguration([1]), ...options })
  one.raft.campaign()
  one.run()
  return one
}

test('a leader refuses proposals while the log is as large as it may be, and takes them again', () => {
  const one = alone({ logBytesMax: 10 * entryBytes })
  const propose = () => {
    const proposed = one.raft.propose(large)
    one.run()
    return proposed.kind === 'accepted' ? 'accepted' : proposed.reason
  }
  // The first entry says who votes.
  expect(Array.from({ length: 10 }, propose)).toEqual([
    ...new Array(9).fill('accepted'),
    'overloaded',
  ])
  expect(one.raft.status().logBytes).toBeLessThanOrEqual(10 * entryBytes)
  one.replica.takeSnapshot()
  expect(one.raft.logBytes).toBe(0)
  expect(propose()).toBe('accepted')
})

test('a command that the log could never hold is refused for what it is', () => {
  const one = alone({ logBytesMax: entryBytes })
  expect(one.raft.propose(new Uint8Array(937))).toMatchObject({ reason: 'too_large' })
  expect(one.raft.propose(large)).toMatchObject({ reason: 'overloaded' })
})

test('what counts is what is there: entries that are cut off or replaced count no more', () => {
  const one = bench({ logBytesMax: 10_000 })
  const entries = entriesOf([1, 1, 1]).map((entry) => ({ ...entry, data: large }))
  one.step(append(2, 1, { entries }))
  expect(one.raft.logBytes).toBe(3 * entryBytes)
  one.step(append(3, 2, { entries: entriesOf([2]).map((entry) => ({ ...entry, data: large })) }))
  expect(one.raft.logBytes).toBe(entryBytes)
})

/** A follower with a log of four entries, which is as large as it may be. */
function fullFollower(commit: number): Bench {
  const one = bench({ logBytesMax: 4 * entryBytes })
  const entries = entriesOf([1, 1, 1, 1]).map((entry) => ({ ...entry, data: large }))
  one.step(append(2, 1, { entries, commit }))
  return one
}

const next = append(2, 1, { prevIndex: 4, prevTerm: 1, entries: entriesOf([1], 5), commit: 4 })

test('a follower without room leaves an append as if it were lost, until compaction makes room', () => {
  const one = fullFollower(4)
  expect(one.step(next)).toEqual([])
  expect(one.raft.status()).toMatchObject({ lastIndex: 4, leader: 2 })
  const said = one.step(heartbeat(2, 1, { commit: 4 }))
  expect(only(said, 'heartbeat-response'), 'it still follows').toHaveLength(1)
  one.replica.takeSnapshot()
  expect(only(one.step(next), 'append-accepted')).toMatchObject([{ index: 5 }])
})

test('entries that it has already need no room', () => {
  const one = fullFollower(3)
  const again = append(2, 1, { prevIndex: 3, prevTerm: 1, entries: entriesOf([1], 4), commit: 4 })
  expect(only(one.step(again), 'append-accepted')).toMatchObject([{ index: 4 }])
  expect(one.raft.committedIndex).toBe(4)
})

test('of an append that is larger than the room as much is taken as fits', () => {
  const one = fullFollower(4)
  one.replica.takeSnapshot(2)
  const entries = entriesOf([1, 1, 1, 1], 5).map((entry) => ({ ...entry, data: large }))
  const said = one.step(append(2, 1, { prevIndex: 4, prevTerm: 1, entries, commit: 4 }))
  expect(only(said, 'append-accepted')).toMatchObject([{ index: 6 }])
})

test('a log without anything committed has room, for waiting could make none', () => {
  const one = fullFollower(0)
  expect(only(one.step(next), 'append-accepted')).toMatchObject([{ index: 5 }])
})

test('what is written at once is bounded, and nothing is promised before all of it is there', () => {
  const one = bench({ recordBytesMax: 2 * entryBytes })
  const entries = entriesOf([1, 1, 1, 1, 1]).map((entry) => ({ ...entry, data: large }))
  one.raft.step(append(2, 1, { entries }))
  expect(one.hold(), 'before the disk has done anything').toEqual([])
  expect(one.replica.appends.map(({ entries }) => entries.map(({ index }) => index))).toEqual([
    [1, 2],
    [3, 4],
    [5],
  ])
  for (const stored of [2, 4]) {
    one.replica.writeOne()
    expect(one.hold(), `${stored} of 5 are there`).toEqual([])
    expect(one.raft.status().stableIndex).toBe(stored)
  }
  one.replica.writeOne()
  expect(only(one.hold(), 'append-accepted')).toMatchObject([{ index: 5 }])
})

test('a crash between two such writes leaves a log that goes on from there', () => {
  const one = bench({ recordBytesMax: 1 })
  one.raft.step(append(2, 1, { entries: entriesOf([1, 1, 1]), commit: 3 }))
  one.hold()
  one.replica.writeOne()
  one.replica.crash()
  expect(one.raft.status()).toMatchObject({ lastIndex: 1, committedIndex: 1, term: 1 })
  const rest = append(2, 1, { prevIndex: 1, prevTerm: 1, entries: entriesOf([1, 1], 2), commit: 3 })
  expect(only(one.step(rest), 'append-accepted')).toMatchObject([{ index: 3 }])
})

test('a vote waits for all of the log that a candidate has to write', () => {
  const one = bench({ recordBytesMax: 1 })
  one.raft.step(append(2, 1, { entries: entriesOf([1, 1]) }))
  one.raft.step(voteRequest(3, 2, { lastIndex: 2, lastTerm: 1 }))
  one.hold()
  one.replica.writeOne()
  expect(only(one.hold(), 'vote-response')).toEqual([])
  one.replica.writeOne()
  expect(only(one.hold(), 'vote-response')).toMatchObject([{ granted: true }])
})

test('a follower that had no room ends up level once it has', () => {
  const options = { random: () => 0, logBytesMax: 1 << 20 }
  const both = plainConfiguration([1, 2])
  const leader = new TestReplica({ ...options, id: 1 }, both)
  const small = new TestReplica({ ...options, id: 2, logBytesMax: 4 * entryBytes }, both)
  const ofBoth = [leader, small]
  const exchange = () => {
    for (let left = 50; left > 0; left -= 1) {
      for (const one of ofBoth) one.settle()
      for (const one of ofBoth) {
        for (const message of one.outgoing.splice(0)) ofBoth[message.to - 1]!.raft.step(message)
      }
    }
  }
  leader.raft.campaign()
  exchange()
  for (let count = 0; count < 12; count += 1) {
    leader.raft.propose(large)
    exchange()
  }
  expect(small.raft.status().lastIndex).toBeLessThan(6)
  for (let round = 0; round < 5; round += 1) {
    small.takeSnapshot()
    leader.raft.heartbeat()
    exchange()
    // One more than fits, where nothing of it is committed yet.
    expect(small.raft.logBytes).toBeLessThanOrEqual(5 * entryBytes)
  }
  expect(small.raft.status()).toMatchObject({ lastIndex: leader.raft.status().lastIndex })
  expect(leader.raft.status().lastIndex).toBe(13)
})
