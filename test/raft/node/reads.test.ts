import { expect, test } from 'vitest'
import { BerthError } from '../../../src/errors/berth-error.js'
import type { Question } from '../../../src/raft/node/reads/read-lane.js'
import { type ReadMode, Reads } from '../../../src/raft/node/reads/reads.js'

/** Reads whose sources are set by hand. */
function readsOf(readsMax = 100) {
  const state = { applied: 5, isLeader: false, leader: 2, leased: null as number | null }
  const asked: string[] = []
  const told: string[] = []
  let number = 0
  const question = (name: string): Question => {
    number += 1
    asked.push(`${name} ${number}`)
    return { kind: 'asked', number }
  }
  const sources = {
    askQuorum: () => (state.leader === 0 ? null : question('quorum')),
    askLeader: (): Question => {
      if (state.leased !== null) return { kind: 'index', index: state.leased }
      return state.isLeader || state.leader === 0 ? null : question('leader')
    },
    isLeader: () => state.isLeader,
    isLeaderKnown: () => state.leader !== 0,
    appliedIndex: () => state.applied,
  }
  const reads = new Reads(sources, { timeoutTicks: 100, retryTicks: 20, readsMax })
  const read = (mode: ReadMode, name: string, tick = 0) => {
    reads.read(mode, tick, (outcome) => {
      told.push(`${name} ${outcome instanceof BerthError ? outcome.code : outcome}`)
    })
  }
  const apply = (index: number) => {
    state.applied = index
    reads.applied(index)
  }
  return { reads, state, asked, told, read, apply }
}

test('a stale read is answered at once by the state as it is', () => {
  const { told, asked, read } = readsOf()
  read('stale', 'a')
  expect(told).toEqual(['a 5'])
  expect(asked).toEqual([])
})

test('under its lease a leader answers default reads at once, when its commit is applied', () => {
  const { state, told, read, apply } = readsOf()
  Object.assign(state, { isLeader: true, leased: 7 })
  read('default', 'a')
  expect(told).toEqual([])
  apply(6)
  expect(told).toEqual([])
  apply(7)
  read('default', 'b')
  expect(told).toEqual(['a 7', 'b 7'])
})

test('a leader without a lease has a quorum confirm a default read', () => {
  const { reads, state, asked, told, read } = readsOf()
  state.isLeader = true
  read('default', 'a')
  expect(asked).toEqual(['quorum 1'])
  reads.quorumAnswered(1, 5, 0)
  expect(told).toEqual(['a 5'])
})

test('a follower asks its leader, many reads per round trip', () => {
  const { reads, asked, told, read } = readsOf()
  read('default', 'first')
  for (let i = 0; i < 50; i += 1) read('default', 'later')
  expect(asked).toEqual(['leader 1'])
  reads.leaderAnswered(1, 4, 0)
  expect(told).toEqual(['first 5'])
  expect(asked).toEqual(['leader 1', 'leader 2'])
  reads.leaderAnswered(2, 5, 0)
  expect(told).toHaveLength(51)
})

test('a read is never answered by a question that left before it came', () => {
  const { reads, told, read } = readsOf()
  read('consistent', 'a')
  read('consistent', 'b')
  reads.quorumAnswered(1, 5, 0)
  reads.quorumAnswered(1, 5, 0)
  expect(told).toEqual(['a 5'])
  reads.quorumAnswered(2, 5, 0)
  expect(told).toEqual(['a 5', 'b 5'])
})

test('a read waits until its index is applied here', () => {
  const { reads, told, read, apply } = readsOf()
  read('consistent', 'a')
  reads.quorumAnswered(1, 8, 0)
  apply(7)
  expect(told).toEqual([])
  apply(9)
  expect(told).toEqual(['a 9'])
})

test('what was abandoned is asked again at the next tick', () => {
  const { reads, asked, told, read } = readsOf()
  read('consistent', 'a')
  reads.quorumAbandoned(1)
  expect(asked).toHaveLength(1)
  reads.tick(1)
  expect(asked).toEqual(['quorum 1', 'quorum 2'])
  reads.quorumAnswered(2, 5, 1)
  expect(told).toEqual(['a 5'])
})

test('an answer that is lost is asked for again, and comes too late afterwards', () => {
  const { reads, asked, told, read } = readsOf()
  read('default', 'a')
  reads.tick(19)
  expect(asked).toHaveLength(1)
  reads.tick(20)
  expect(asked).toEqual(['leader 1', 'leader 2'])
  reads.leaderAnswered(1, 5, 20)
  expect(told).toEqual([])
  reads.leaderAnswered(2, 5, 20)
  expect(told).toEqual(['a 5'])
})

test('another leader is asked at once, and one that cannot say after a tick', () => {
  const { reads, state, asked, read } = readsOf()
  read('default', 'a')
  state.leader = 3
  reads.leaderChanged(1)
  expect(asked).toEqual(['leader 1', 'leader 2'])
  reads.leaderAnswered(2, null, 1)
  expect(asked).toHaveLength(2)
  reads.tick(2)
  expect(asked).toHaveLength(3)
})

test('a follower that becomes the leader answers what it had asked', () => {
  const { reads, state, told, read } = readsOf()
  read('default', 'a')
  Object.assign(state, { isLeader: true, leased: 5 })
  reads.leaderChanged(3)
  expect(told).toEqual(['a 5'])
})

test('without a leader a read fails at its deadline, and says so', () => {
  const { reads, state, told, read } = readsOf()
  state.leader = 0
  read('default', 'a')
  read('consistent', 'b')
  reads.tick(99)
  expect(told).toEqual([])
  reads.tick(100)
  expect(told).toEqual(['a no_leader', 'b no_leader'])
  expect(reads.count).toBe(0)
})

test('reads under way and reads that wait to be applied have the same deadline', () => {
  const { reads, told, read } = readsOf()
  read('consistent', 'a')
  reads.quorumAnswered(1, 9, 0)
  read('default', 'b', 1)
  reads.tick(100)
  expect(told).toEqual(['a timeout'])
  reads.tick(101)
  expect(told).toEqual(['a timeout', 'b timeout'])
})

test('beyond the limit a read is refused', () => {
  const { told, read } = readsOf(2)
  for (const name of ['a', 'b', 'c']) read('consistent', name)
  expect(told).toEqual(['c overloaded'])
})

test('nobody is left hanging when the replica stops (L17)', () => {
  const { reads, told, read } = readsOf()
  read('consistent', 'a')
  reads.quorumAnswered(1, 9, 0)
  read('consistent', 'b')
  read('consistent', 'c')
  read('default', 'd')
  reads.failAll(new BerthError('unavailable'))
  expect(told.sort()).toEqual(['a', 'b', 'c', 'd'].map((name) => `${name} unavailable`))
  expect(reads.count).toBe(0)
})
