/** Raft paper, figure 2 (AppendEntries, rules for leaders) and §5.3. */
import { describe, expect, test } from 'vitest'
import { plainConfiguration } from '../../../src/raft/core/index.js'
import {
  accepted,
  alive,
  append,
  bench,
  entriesOf,
  heartbeat,
  only,
  rejected,
} from '../support/bench.js'

describe('a leader (§5.3)', () => {
  test('appends a command to its own log and sends it to all others in parallel', () => {
    const one = bench({ terms: [1] })
    one.leadLevel()
    const index = one.propose('x')
    const sent = only(one.hold(), 'append')
    expect(sent.map(({ to }) => to)).toEqual([2, 3])
    for (const { prevIndex, prevTerm, entries } of sent) {
      expect({ prevIndex, prevTerm }).toEqual({ prevIndex: index - 1, prevTerm: 2 })
      expect(entries).toMatchObject([{ index, term: 2, kind: 'command' }])
    }
  })

  test('never overwrites or deletes entries of its own log: it only appends', () => {
    const one = bench({ terms: [1, 1] })
    one.leadLevel()
    const before = one.terms
    one.step(append(2, 2, { prevIndex: 1, prevTerm: 1, entries: entriesOf([2, 2, 2], 2) }))
    one.step(rejected(2, 2, 3, { index: 0, term: 0 }))
    expect(one.raft.role).toBe('leader')
    expect(one.terms).toEqual(before)
  })

  test('holds an entry for committed once a majority has it, and applies it then', () => {
    const one = bench({ configuration: plainConfiguration([1, 2, 3, 4, 5]) })
    one.lead([2, 3])
    one.level([2, 3, 4, 5])
    const index = one.propose('x')
    one.run()
    one.step(accepted(2, 1, index))
    expect(one.raft.committedIndex).toBe(index - 1)
    one.step(accepted(4, 1, index))
    expect(one.raft).toMatchObject({ committedIndex: index, appliedIndex: index })
    expect(one.replica.machine.index).toBe(index)
  })

  test('commits all earlier entries with an entry of its own term, those of others too', () => {
    const one = bench({ terms: [1, 2, 2] })
    one.lead()
    expect(one.raft.committedIndex).toBe(0)
    one.step(accepted(3, 3, 4))
    expect(one.raft.committedIndex).toBe(4)
    expect(one.replica.machine.commands).toBe(3)
  })

  test('tells the others of the commit index with later appends and heartbeats', () => {
    const one = bench({ terms: [1] })
    one.leadLevel()
    const index = one.propose('x')
    one.run()
    const told = one.step(accepted(2, 2, index))
    expect(only(told, 'append')).toMatchObject([
      { to: 2, entries: [], commit: index },
      { to: 3, entries: [], commit: index },
    ])
    const beats = only(one.tick(), 'heartbeat')
    // Never more than what this follower has acknowledged.
    expect(beats.map(({ to, commit }) => [to, commit])).toEqual([
      [2, index],
      [3, index - 1],
    ])
  })

  test('counts its own log only as far as its own disk has it', () => {
    const one = bench({ terms: [1] })
    one.leadLevel()
    const index = one.propose('x')
    one.hold()
    one.raft.step(accepted(2, 2, index))
    expect(one.raft.committedIndex).toBe(index - 1)
    one.run()
    expect(one.raft.committedIndex).toBe(index)
  })

  test('sends again, without end, to a follower that does not answer', () => {
    const one = bench({ terms: [1] })
    one.leadLevel()
    const index = one.propose('x')
    one.run()
    one.raft.reportUnreachable(3)
    for (let times = 0; times < 50; times += 1) {
      const [{ round } = { round: 0 }] = only(one.tick(), 'heartbeat')
      const sent = only(one.step(alive(3, 2, round)), 'append').filter(({ to }) => to === 3)
      expect(sent.map(({ entries }) => entries.map((entry) => entry.index))).toEqual([[index]])
    }
  })
})

describe('a follower (figure 2, AppendEntries)', () => {
  test.for([
    ['an append that follows no entry', { prevIndex: 0, prevTerm: 0 }, true],
    ['one that follows an entry it has', { prevIndex: 2, prevTerm: 2 }, true],
    ['one that follows an entry of another term', { prevIndex: 2, prevTerm: 3 }, false],
    ['one that follows an entry beyond its log', { prevIndex: 4, prevTerm: 4 }, false],
  ] as const)('takes or refuses %s', ([, position, isTaken]) => {
    const one = bench({ terms: [1, 2], term: 4 })
    const kind = isTaken ? 'append-accepted' : 'append-rejected'
    expect(one.step(append(2, 4, position))).toMatchObject([{ kind }])
  })

  // The log of the follower, the append, and the log afterwards, as terms.
  test.for([
    { log: [1, 2], prev: [2, 2], entries: [], after: [1, 2] },
    { log: [1, 2], prev: [2, 2], entries: [3], after: [1, 2, 3] },
    { log: [1, 2], prev: [0, 0], entries: [1], after: [1, 2] },
    { log: [1, 2], prev: [0, 0], entries: [3, 4], after: [3, 4] },
    { log: [1, 2], prev: [1, 1], entries: [3], after: [1, 3] },
    { log: [1, 2, 2], prev: [1, 1], entries: [2], after: [1, 2, 2] },
    { log: [1, 2, 2], prev: [1, 1], entries: [2, 3], after: [1, 2, 3] },
    { log: [1, 1, 1, 1], prev: [1, 1], entries: [4], after: [1, 4] },
  ] as const)('deletes what conflicts and appends what is missing: %j', (given) => {
    const { log, prev, entries, after } = given
    const one = bench({ terms: log, term: 4 })
    const [prevIndex, prevTerm] = prev
    one.step(append(2, 4, { prevIndex, prevTerm, entries: entriesOf(entries, prevIndex + 1) }))
    expect(one.terms).toEqual(after)
    expect(one.replica.disk.entries.map(({ term }) => term)).toEqual(after)
  })

  test('a repeated or late append never cuts off what came after it (bug S11)', () => {
    const one = bench({ term: 1 })
    const early = append(2, 1, { entries: entriesOf([1]) })
    one.step(early, append(2, 1, { prevIndex: 1, prevTerm: 1, entries: entriesOf([1, 1], 2) }))
    one.step(early, append(2, 1))
    expect(one.terms).toEqual([1, 1, 1])
  })

  test.for([
    { entries: [], commit: 3, committed: 1, prev: 1 },
    { entries: [1], commit: 9, committed: 2, prev: 1 },
    { entries: [1, 1], commit: 2, committed: 2, prev: 1 },
    { entries: [], commit: 0, committed: 0, prev: 1 },
  ])('takes the lower of the commit and the last new entry: %j', (given) => {
    const one = bench({ terms: [1, 1, 1] })
    const { prev, commit } = given
    const entries = entriesOf(given.entries, prev + 1)
    one.step(append(2, 1, { prevIndex: prev, prevTerm: 1, entries, commit }))
    expect(one.raft.committedIndex).toBe(given.committed)
  })

  test('never lets its commit index fall', () => {
    const one = bench({ terms: [1, 1, 1] })
    one.step(append(2, 1, { prevIndex: 3, prevTerm: 1, commit: 3 }))
    one.step(append(2, 1, { prevIndex: 3, prevTerm: 1, commit: 1 }), heartbeat(2, 1, { commit: 2 }))
    expect(one.raft.committedIndex).toBe(3)
  })

  test('acknowledges nothing before it is on disk', () => {
    const one = bench({ term: 1 })
    one.raft.step(append(2, 1, { entries: entriesOf([1, 1]) }))
    expect(one.hold()).toEqual([])
    expect(one.run()).toMatchObject([{ kind: 'append-accepted', index: 2 }])
    expect(one.replica.disk.entries).toHaveLength(2)
  })

  test('applies committed entries in the order of the log, each once', () => {
    const one = bench({ term: 1 })
    const applied: number[] = []
    one.replica.onApply = ({ index }) => applied.push(index)
    one.step(append(2, 1, { entries: entriesOf([1, 1, 1]), commit: 1 }))
    const told = append(2, 1, { prevIndex: 3, prevTerm: 1, commit: 3 })
    one.step(told, told)
    expect(applied).toEqual([1, 2, 3])
  })

  test('answers an append from before its commit index by that index: so far the logs agree', () => {
    const one = bench({ terms: [1, 1, 1], commit: 2 })
    const again = append(2, 1, { entries: entriesOf([1, 1, 1, 1]) })
    expect(one.step(again)).toMatchObject([{ kind: 'append-accepted', index: 2 }])
    expect(one.terms).toEqual([1, 1, 1])
  })
})

describe('logs that differ (§5.3, figure 7)', () => {
  const leaderTerms = [1, 1, 1, 4, 4, 5, 5, 6, 6, 6]

  test.for([
    ['a', [1, 1, 1, 4, 4, 5, 5, 6, 6]],
    ['b', [1, 1, 1, 4]],
    ['c', [1, 1, 1, 4, 4, 5, 5, 6, 6, 6, 6]],
    ['d', [1, 1, 1, 4, 4, 5, 5, 6, 6, 6, 7, 7]],
    ['e', [1, 1, 1, 4, 4, 4, 4]],
    ['f', [1, 1, 1, 2, 2, 2, 3, 3, 3, 3, 3]],
  ] as const)('a leader makes the log of follower (%s) its own', ([, terms]) => {
    const leader = bench({ terms: leaderTerms, term: 7 })
    const follower = bench({ terms, term: 7 })
    let sent = leader.lead()
    let refusals = 0
    for (let turn = 0; turn < 30 && sent.length > 0; turn += 1) {
      // Both are number 1 on their own bench: the follower is the leader's number 2.
      const toFollower = sent.filter(({ to }) => to === 2)
      const answers = follower.step(...toFollower.map((m) => ({ ...m, from: 2, to: 1 })))
      refusals += only(answers, 'append-rejected').length
      sent = leader.step(...answers.map((m) => ({ ...m, from: 2, to: 1 })))
    }
    expect(follower.terms).toEqual([...leaderTerms, 8])
    // One refusal a term that conflicts, not one an entry.
    expect(refusals).toBeLessThanOrEqual(3)
  })

  test('a refusal leads back past a whole term at once', () => {
    const one = bench({ terms: [1, ...Array.from({ length: 500 }, () => 3)] })
    one.lead()
    const sent = only(one.step(rejected(2, 4, 501, { index: 400, term: 2 })), 'append')
    expect(sent).toMatchObject([{ to: 2, prevIndex: 1, prevTerm: 1 }])
  })

  test('a follower names the last entry whose term is not above that of the probe', () => {
    const terms = [1, ...Array.from({ length: 300 }, () => 5)]
    const one = bench({ terms })
    const answers = one.step(append(2, 6, { prevIndex: 250, prevTerm: 3 }))
    expect(answers).toMatchObject([{ kind: 'append-rejected', hintIndex: 1, hintTerm: 1 }])
  })
})
