/** Raft paper §6; thesis §4 (membership changes) and §4.2 (availability during them). */
import { describe, expect, test } from 'vitest'
import {
  type Configuration,
  type ConfigurationProposal,
  type MemberChange,
  plainConfiguration,
  type Transition,
} from '../../../src/raft/core/index.js'
import { accepted, alive, bench, granted, heartbeat, only, voteRequest } from '../support/bench.js'

const context = new Uint8Array()
const leave: ConfigurationProposal = { kind: 'leave', context }

function change(text: string, transition: Transition = 'auto'): ConfigurationProposal {
  const kinds = { '+': 'voter', '~': 'learner', '-': 'remove' } as const
  const changes = text.split(' ').map((word): MemberChange => {
    return { kind: kinds[word[0] as keyof typeof kinds], id: Number(word.slice(1)) }
  })
  return { kind: 'change', transition, changes, context }
}

const joint = (voters: number[], votersOutgoing: number[]): Configuration => {
  return { voters, votersOutgoing, learners: [], learnersNext: [], autoLeave: false }
}

describe('changes by single servers (thesis §4.1)', () => {
  test('one at a time: the next waits until the last one is applied', () => {
    const one = bench()
    one.leadLevel()
    const first = one.raft.proposeConfChange(change('+4'))
    expect(first.kind).toBe('accepted')
    expect(one.raft.proposeConfChange(change('+5'))).toMatchObject({ reason: 'change_pending' })
    one.run()
    one.level([2])
    expect(one.raft.configuration.voters).toEqual([1, 2, 3, 4])
    expect(one.raft.proposeConfChange(change('+5')).kind).toBe('accepted')
  })

  test('not before an entry of the own term is committed and applied (bug S2)', () => {
    const one = bench({ terms: [1] })
    one.lead()
    expect(one.raft.proposeConfChange(change('+4'))).toMatchObject({ reason: 'change_pending' })
    one.level([2])
    expect(one.raft.proposeConfChange(change('+4')).kind).toBe('accepted')
  })

  test('nobody campaigns over a change that is committed and not applied (bug S3)', () => {
    const one = bench()
    one.leadLevel()
    one.raft.proposeConfChange(change('-3'))
    one.run()
    one.raft.step(accepted(2, 1, 2))
    one.replica.drain()
    // Handed out to be applied; meanwhile a later term comes up.
    one.raft.step(heartbeat(2, 2))
    one.raft.step({ kind: 'timeout-now', from: 2, to: 1, term: 2 })
    expect(one.raft.campaign()).toBe('change_pending')
    one.run()
    expect(one.raft.configuration.voters).toEqual([1, 2])
    expect(one.raft.campaign()).toBe(null)
  })
})

describe('joint consensus (§6)', () => {
  test('entries are committed by both majorities, and only by both', () => {
    const one = bench({ configuration: joint([1, 2, 3], [1, 4, 5]) })
    one.lead([2, 4])
    const { lastIndex } = one.raft.status()
    one.step(accepted(2, 1, lastIndex), accepted(3, 1, lastIndex))
    expect(one.raft.committedIndex).toBe(0)
    one.step(accepted(4, 1, lastIndex))
    expect(one.raft.committedIndex).toBe(lastIndex)
  })

  test('elections are won by both majorities, and only by both', () => {
    for (const [votes, role] of [
      [[2, 3], 'candidate'],
      [[4, 5], 'candidate'],
      [[2, 4], 'leader'],
    ] as const) {
      const one = bench({ configuration: joint([1, 2, 3], [1, 4, 5]) })
      one.raft.campaign()
      one.run()
      one.step(...votes.map((from) => granted(from, 1)))
      expect(one.raft.role).toBe(role)
    }
  })

  test('log entries go to the servers of both configurations, any of which may lead', () => {
    const one = bench({ configuration: joint([2, 3, 4], [1, 2, 3]) })
    const sent = only(one.lead([2, 3]), 'append')
    expect(sent.map(({ to }) => to)).toEqual([2, 3, 4])
  })

  test('auto: several changes go through a joint configuration that the leader leaves', () => {
    const one = bench()
    one.leadLevel()
    one.raft.proposeConfChange(change('+4 -3'))
    one.run()
    one.level([2])
    expect(one.raft.configuration).toMatchObject({
      voters: [1, 2, 4],
      votersOutgoing: [1, 2, 3],
      autoLeave: true,
    })
    one.run()
    one.level([2, 4])
    expect(one.raft.configuration).toEqual(plainConfiguration([1, 2, 4]))
  })

  test('implicit: even one change goes that way; explicit: it stays until it is left', () => {
    for (const [transition, autoLeave] of [
      ['implicit', true],
      ['explicit', false],
    ] as const) {
      const one = bench()
      one.leadLevel()
      one.raft.proposeConfChange(change('+4', transition))
      one.run()
      one.level([2])
      expect(one.raft.configuration).toMatchObject({ votersOutgoing: [1, 2, 3], autoLeave })
      one.tick(30)
      one.step(alive(2, 1, one.raft.status().round))
      const pending = one.raft.proposeConfChange(leave)
      expect(pending.kind).toBe(autoLeave ? 'refused' : 'accepted')
    }
  })
})

describe('availability (thesis §4.2)', () => {
  test('a learner receives everything and counts in no quorum (§4.2.1, bug S21)', () => {
    const one = bench({ configuration: plainConfiguration([1, 2, 3], [4, 5]) })
    const sent = only(one.lead(), 'append')
    expect(sent.map(({ to }) => to)).toEqual([2, 3, 4, 5])
    const { lastIndex } = one.raft.status()
    one.step(accepted(4, 1, lastIndex), accepted(5, 1, lastIndex))
    expect(one.raft.committedIndex).toBe(0)
    one.raft.campaign()
    const candidate = bench({ configuration: plainConfiguration([1, 2, 3], [4, 5]) })
    candidate.raft.campaign()
    candidate.run()
    candidate.step(granted(4, 1), granted(5, 1))
    expect(candidate.raft.role).toBe('candidate')
  })

  test('a learner does not campaign, however long it hears nothing', () => {
    const one = bench({ configuration: plainConfiguration([2, 3], [1]) })
    expect(one.tick(100)).toEqual([])
    expect(one.raft).toMatchObject({ role: 'follower', term: 0 })
    expect(one.raft.campaign()).toBe('not_promotable')
  })

  test('a learner is promoted with all that the leader knows of its log', () => {
    const one = bench({ configuration: plainConfiguration([1, 2, 3], [4]) })
    one.leadLevel([2, 3])
    one.level([4])
    one.raft.proposeConfChange(change('+4'))
    one.run()
    const { lastIndex } = one.raft.status()
    one.step(accepted(4, 1, lastIndex), accepted(2, 1, lastIndex))
    expect(one.raft.configuration).toEqual(plainConfiguration([1, 2, 3, 4]))
    const peer = one.raft.status().peers.find(({ id }) => id === 4)
    expect(peer).toMatchObject({ state: 'replicate', match: lastIndex, isLearner: false })
  })

  test('a leader that is removed replicates until that is committed, then steps down (§4.2.2)', () => {
    const one = bench()
    one.leadLevel()
    one.raft.proposeConfChange(change('-1'))
    expect(only(one.run(), 'append').map(({ to }) => to)).toEqual([2, 3])
    expect(one.raft.role).toBe('leader')
    const told = one.step(accepted(2, 1, 2))
    expect(one.raft.role).toBe('follower')
    // It tells the others of the commit and has the best of them campaign at once.
    expect(only(told, 'append').map(({ commit }) => commit)).toEqual([2, 2])
    expect(only(told, 'timeout-now')).toHaveLength(1)
  })

  test('the leader of an entry that removes it does not count itself in what follows', () => {
    const one = bench({ configuration: plainConfiguration([1, 2, 3, 4]) })
    one.leadLevel([2, 3, 4])
    one.raft.proposeConfChange(change('-1'))
    one.propose('x')
    one.run()
    one.step(accepted(2, 1, 2), accepted(3, 1, 2))
    expect(one.raft.configuration.voters).toEqual([2, 3, 4])
    expect(one.raft.committedIndex).toBe(2)
    one.step(accepted(2, 1, 3))
    expect(one.raft.committedIndex).toBe(2)
  })

  test('a removed replica that campaigns deposes nobody who hears from a leader (§4.2.3)', () => {
    const one = bench({ checkQuorum: true, term: 1 })
    one.step(heartbeat(2, 1))
    const request = voteRequest(9, 8, { lastIndex: 99, lastTerm: 7 })
    expect(one.step(request)).toEqual([])
    expect(one.raft).toMatchObject({ term: 1, leader: 2 })
    one.tick(9)
    expect(one.step(request)).toEqual([])
  })

  test('a leader ignores what a removed replica answers', () => {
    const one = bench({ checkQuorum: true })
    one.leadLevel()
    one.step({ kind: 'higher-term', from: 9, to: 1, term: 50 }, accepted(9, 60, 1))
    expect(one.raft).toMatchObject({ role: 'leader', term: 1 })
  })
})

describe('log positions of changes', () => {
  test('a change is active where its entry is applied, not where it is appended', () => {
    const one = bench()
    one.leadLevel()
    one.raft.proposeConfChange(change('+4'))
    one.run()
    expect(one.raft.configuration.voters).toEqual([1, 2, 3])
    one.level([2])
    expect(one.raft.configuration.voters).toEqual([1, 2, 3, 4])
  })

  test('a snapshot holds the configuration that was applied, not one that is proposed (S9)', () => {
    const one = bench()
    one.leadLevel()
    one.raft.proposeConfChange(change('-3'))
    one.run()
    expect(one.replica.takeSnapshot()?.configuration.voters).toEqual([1, 2, 3])
  })
})
