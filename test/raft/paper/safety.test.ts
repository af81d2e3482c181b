/** Raft paper, §5.4 (safety), §5.5 (crashes) and figure 3. */
import { describe, expect, test } from 'vitest'
import { plainConfiguration } from '../../../src/raft/core/index.js'
import {
  accepted,
  append,
  bench,
  entriesOf,
  granted,
  heartbeat,
  only,
  voteRequest,
} from '../support/bench.js'
import { TranscriptCluster } from '../support/transcript-cluster.js'

describe('election restriction (§5.4.1)', () => {
  // The voter's log, the last entry of the candidate, and whether it gets the vote.
  test.for([
    { log: [1], lastIndex: 1, lastTerm: 1, granted: true },
    { log: [1], lastIndex: 2, lastTerm: 1, granted: true },
    { log: [1, 1], lastIndex: 1, lastTerm: 1, granted: false },
    { log: [1], lastIndex: 1, lastTerm: 2, granted: true },
    { log: [1], lastIndex: 2, lastTerm: 2, granted: true },
    { log: [1, 1], lastIndex: 1, lastTerm: 2, granted: true },
    { log: [2], lastIndex: 1, lastTerm: 1, granted: false },
    { log: [2], lastIndex: 9, lastTerm: 1, granted: false },
    { log: [], lastIndex: 0, lastTerm: 0, granted: true },
  ])('the later term wins, then the longer log: %j', (given) => {
    const { log, lastIndex, lastTerm } = given
    const one = bench({ terms: log, term: 3 })
    const [answer] = one.step(voteRequest(2, 4, { lastIndex, lastTerm }))
    expect(answer).toMatchObject({ kind: 'vote-response', granted: given.granted })
  })

  test('entries that are not committed count as well', () => {
    const one = bench({ terms: [1, 1, 1], commit: 1 })
    expect(one.step(voteRequest(2, 2, { lastIndex: 2, lastTerm: 1 }))[0]).toMatchObject({
      granted: false,
    })
  })
})

describe('entries of earlier terms (§5.4.2, figure 8)', () => {
  test('are not committed by being on a majority, only with one of the own term', () => {
    const one = bench({ terms: [1, 2], configuration: plainConfiguration([1, 2, 3, 4, 5]) })
    one.lead([2, 3])
    one.step(accepted(2, 3, 2), accepted(3, 3, 2), accepted(4, 3, 2))
    expect(one.raft.committedIndex).toBe(0)
    one.step(accepted(2, 3, 3), accepted(3, 3, 3))
    expect(one.raft.committedIndex).toBe(3)
  })

  test('figure 8: what a majority had of an earlier term can still be replaced', () => {
    const cluster = new TranscriptCluster()
    const initial = plainConfiguration([1, 2, 3, 4, 5])
    const quiet = { preVote: false, checkQuorum: false }
    const logs = [[1, 2], [1, 2], [1], [1], [1, 3]]
    for (const [i, terms] of logs.entries()) {
      const term = i === 0 || i === 4 ? 3 : 2
      const hardState = { term, vote: 0, commit: 1 }
      const disk = { entries: entriesOf(terms), compacted: { index: 0, term: 0 }, snapshot: null }
      cluster.add({ id: i + 1, ...quiet }, initial, { hardState, ...disk })
    }
    // (c): 1 leads term 4 and brings its entry of term 2 to a majority, not that of its own term.
    cluster.get(1).raft.campaign()
    cluster.settle([1, 2, 3, 4])
    expect(cluster.get(1).raft.role).toBe('leader')
    expect(cluster.get(1).raft.committedIndex).toBe(3)
    // With its own entry committed, (e): 5 cannot win any more.
    cluster.get(5).raft.campaign()
    cluster.settle([2, 3, 4, 5])
    expect(cluster.get(5).raft.role).not.toBe('leader')
  })

  test('figure 8 (d): before that, the replica with the later term wins and overwrites', () => {
    const five = bench({
      terms: [1, 3],
      term: 4,
      configuration: plainConfiguration([1, 2, 3, 4, 5]),
    })
    five.lead([3, 4])
    expect(five.raft.role).toBe('leader')
    const three = bench({ terms: [1, 2], term: 4 })
    three.step(append(2, 5, { prevIndex: 1, prevTerm: 1, entries: entriesOf([3, 5], 2) }))
    expect(three.terms).toEqual([1, 3, 5])
  })
})

describe('figure 3', () => {
  test('a second leader of the same term is not obeyed (election safety)', () => {
    const one = bench({ term: 1 })
    one.step(heartbeat(2, 1))
    const second = append(3, 1, { entries: entriesOf([1]) })
    expect(one.step(second)).toEqual([])
    expect(one.raft).toMatchObject({ leader: 2 })
    expect(one.terms).toEqual([])
  })

  test('what is committed is never cut off: the replica stops instead (state machine safety)', () => {
    const one = bench({ terms: [1, 1], commit: 2 })
    // Such an append cannot be; if it comes, it is answered by what is committed here.
    const impossible = append(2, 3, { entries: entriesOf([3]) })
    expect(one.step(impossible)).toMatchObject([{ kind: 'append-accepted', index: 2 }])
    expect(one.terms).toEqual([1, 1])
  })
})

describe('crashes (§5.5)', () => {
  test('a follower that crashed takes the same append again', () => {
    const one = bench({ term: 1 })
    const message = append(2, 1, { entries: entriesOf([1, 1]) })
    one.step(message)
    one.replica.crash()
    expect(one.step(message)).toMatchObject([{ kind: 'append-accepted', index: 2 }])
    expect(one.terms).toEqual([1, 1])
  })

  test('a candidate that crashed after its vote was written does not win with old answers', () => {
    const one = bench({ term: 1 })
    one.raft.campaign()
    one.run()
    one.replica.crash()
    one.step(granted(2, 2), granted(3, 2))
    expect(one.raft).toMatchObject({ role: 'follower', term: 2 })
  })

  test('what was not written is gone, and nobody was told otherwise', () => {
    const one = bench({ term: 1 })
    one.raft.step(append(2, 1, { entries: entriesOf([1]) }))
    one.hold()
    one.replica.crash()
    expect(one.terms).toEqual([])
    const [answer] = only(one.step(append(2, 1, { prevIndex: 1, prevTerm: 1 })), 'append-rejected')
    expect(answer).toMatchObject({ index: 1, hintIndex: 0 })
  })
})
