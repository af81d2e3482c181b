/** Raft paper, §7 and figure 13 (InstallSnapshot). */
import { describe, expect, test } from 'vitest'
import { plainConfiguration } from '../../../src/raft/core/index.js'
import { accepted, alive, append, bench, entriesOf, only, rejected } from '../support/bench.js'

const configuration = plainConfiguration([1, 2, 3])

function snapshot(index: number, term: number, leaderTerm = term) {
  const meta = { index, term, configuration }
  return { kind: 'snapshot', from: 2, to: 1, term: leaderTerm, snapshot: meta } as const
}

function withData(one: ReturnType<typeof bench>, ...places: [number, number][]) {
  for (const [index, term] of places) {
    one.replica.snapshots.set(`${index}:${term}`, { index, digest: index, commands: index })
  }
  return one
}

describe('a follower (figure 13)', () => {
  test('drops its whole log for a snapshot of what it does not have', () => {
    const one = withData(bench({ terms: [1, 1] }), [5, 2])
    expect(one.step(snapshot(5, 2))).toMatchObject([{ kind: 'append-accepted', index: 5 }])
    expect(one.raft.status()).toMatchObject({ lastIndex: 5, committedIndex: 5, appliedIndex: 5 })
    expect(one.replica.machine.index).toBe(5)
    expect(one.terms).toEqual([])
  })

  test('keeps what follows the last entry of the snapshot if its log has that entry', () => {
    const one = bench({ terms: [1, 1, 2, 2] })
    expect(one.step(snapshot(3, 2))).toMatchObject([{ kind: 'append-accepted', index: 3 }])
    expect(one.terms).toEqual([1, 1, 2, 2])
    expect(one.raft.committedIndex).toBe(3)
  })

  test('drops a log that has another entry there, the rest of it included', () => {
    const one = withData(bench({ terms: [1, 1, 1, 1], term: 2 }), [3, 2])
    one.step(snapshot(3, 2))
    expect(one.raft.status()).toMatchObject({ lastIndex: 3, lastTerm: 2 })
  })

  test('ignores a snapshot of an earlier term', () => {
    const one = bench({ term: 5 })
    expect(one.step(snapshot(9, 3, 4))).toEqual([])
    expect(one.raft.committedIndex).toBe(0)
  })

  test('answers an outdated snapshot by what it has committed', () => {
    const one = bench({ terms: [1, 1, 1], commit: 3 })
    expect(one.step(snapshot(2, 1))).toMatchObject([{ kind: 'append-accepted', index: 3 }])
    expect(one.raft.committedIndex).toBe(3)
  })

  test('goes by the configuration of the snapshot', () => {
    const one = withData(bench({ configuration: plainConfiguration([1]) }), [5, 2])
    one.step(snapshot(5, 2))
    expect(one.raft.configuration).toEqual(configuration)
  })

  test('takes entries after the snapshot before that is on disk, and acknowledges in order', () => {
    const one = withData(bench({ term: 2 }), [5, 2])
    one.raft.step(snapshot(5, 2))
    one.raft.step(append(2, 2, { prevIndex: 5, prevTerm: 2, entries: entriesOf([2], 6) }))
    expect(one.hold()).toEqual([])
    expect(one.run()).toMatchObject([
      { kind: 'append-accepted', index: 5 },
      { kind: 'append-accepted', index: 6 },
    ])
  })
})

describe('a leader (§7)', () => {
  function compacted() {
    const one = bench({ terms: [1, 1, 1] })
    one.leadLevel([2])
    one.replica.takeSnapshot()
    return one
  }

  test('sends a snapshot where the next entry of a follower is gone', () => {
    const one = compacted()
    const [sent] = only(one.step(rejected(3, 2, 3, { index: 0, term: 0 })), 'snapshot')
    expect(sent).toMatchObject({ to: 3, snapshot: { index: 4, term: 2, configuration } })
  })

  test('sends nothing else until that is done, and goes on from there', () => {
    const one = compacted()
    one.step(rejected(3, 2, 3, { index: 0, term: 0 }))
    one.propose('x')
    expect(only(one.run(), 'append').map(({ to }) => to)).toEqual([2])
    const next = only(one.step(accepted(3, 2, 4)), 'append').filter(({ to }) => to === 3)
    expect(next).toMatchObject([{ prevIndex: 4, prevTerm: 2, entries: [{ index: 5 }] }])
  })

  test('sends it again after a failure, once the follower shows that it lives', () => {
    const one = compacted()
    one.step(rejected(3, 2, 3, { index: 0, term: 0 }))
    one.raft.reportSnapshot(3, false)
    expect(only(one.run(), 'snapshot')).toEqual([])
    const [{ round } = { round: 0 }] = only(one.tick(), 'heartbeat')
    expect(only(one.step(alive(3, 2, round)), 'snapshot')).toHaveLength(1)
  })

  test('drops only what is applied and in a snapshot', () => {
    const one = compacted()
    one.propose('x')
    one.run()
    expect(one.raft.compact(5)).toEqual({ index: 4, term: 2 })
    one.level([2])
    expect(one.raft.appliedIndex).toBe(5)
    expect(one.raft.compact(5)).toEqual({ index: 4, term: 2 })
  })

  test('keeps the log behind a snapshot that is on its way to a live follower (bug L14)', () => {
    const one = compacted()
    one.step(rejected(3, 2, 3, { index: 0, term: 0 }))
    one.propose('x')
    one.run()
    one.level([2])
    const meta = one.raft.nameSnapshot()!
    one.raft.snapshotTaken(meta)
    expect(one.raft.compact(meta.index).index).toBe(4)
  })
})
