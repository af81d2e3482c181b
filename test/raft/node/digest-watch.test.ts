import { describe, expect, test } from 'vitest'
import { JointQuorum } from '../../../src/raft/core/quorum.js'
import { digestPointsMax } from '../../../src/raft/node/frame-limits.js'
import {
  type DigestDifference,
  DigestWatch,
  judgeDifference,
} from '../../../src/raft/node/identity/digest-watch.js'

/** The digest of a state that is right. */
const right = (index: number) => `d${index}`

function appliedTo(index: number): DigestWatch {
  const watch = new DigestWatch()
  for (let at = 1; at <= index; at += 1) {
    if (watch.wants(at)) expect(watch.applied(at, right(at))).toBeNull()
  }
  return watch
}

/** What 2 tells a watch whose state is right, at `appliedIndex`. */
function told(watch: DigestWatch, appliedIndex: number, index: number, digest: string, from = 2) {
  return watch.told(from, [{ index, digest }], appliedIndex, () => right(appliedIndex))
}

describe('what is told', () => {
  test('the state as it is now, and the last ones at round indexes', () => {
    expect(appliedTo(10).pointsWithNow(10, right(10))).toEqual([{ index: 10, digest: 'd10' }])
    expect(appliedTo(130).pointsWithNow(130, right(130))).toEqual([
      { index: 64, digest: 'd64' },
      { index: 128, digest: 'd128' },
      { index: 130, digest: 'd130' },
    ])
    expect(appliedTo(64).pointsWithNow(64, right(64))).toHaveLength(1)
    expect(appliedTo(64_000).pointsWithNow(64_000, right(64_000))).toHaveLength(digestPointsMax)
  })

  test('a round index is news, and so is one that somebody ahead has told of', () => {
    const watch = appliedTo(64)
    expect(watch.hasNews).toBe(true)
    expect(watch.points()).toEqual([{ index: 64, digest: 'd64' }])
    expect(watch.hasNews).toBe(false)
    told(watch, 70, 72, right(72))
    expect([watch.wants(71), watch.wants(72), watch.hasNews]).toEqual([false, true, false])
    expect(watch.applied(72, right(72))).toBeNull()
    expect([watch.wants(72), watch.hasNews]).toEqual([false, true])
    expect(watch.points().at(-1)).toEqual({ index: 72, digest: 'd72' })
  })

  test('news asks nobody for news: of the state as it is now nothing is said', () => {
    const one = appliedTo(64)
    const two = appliedTo(64)
    const words = one.points()
    expect(two.told(1, words, 70, () => right(70))).toBeNull()
    two.points()
    expect(two.hasNews).toBe(false)
  })

  test('a digest that no peer takes is a bug of the state machine', () => {
    const watch = new DigestWatch()
    for (const digest of ['', 'x'.repeat(129)]) {
      expect(() => watch.applied(64, digest)).toThrow(/no peer takes/)
    }
    expect(watch.applied(64, 'x'.repeat(128))).toBeNull()
  })
})

describe('where two are compared', () => {
  test('at the same index at once', () => {
    const watch = appliedTo(10)
    expect(told(watch, 10, 10, right(10))).toBeNull()
    const difference = told(watch, 10, 10, 'other')
    expect(difference).toEqual({ index: 10, own: 'd10', others: new Map([[2, 'other']]) })
    expect([...watch.differing]).toEqual([[2, 10]])
  })

  test('behind, at a round index that both had', () => {
    const watch = appliedTo(150)
    expect(told(watch, 150, 128, 'other')).toMatchObject({ index: 128 })
    expect(told(watch, 150, 129, 'never compared')).toBeNull()
  })

  test('ahead, once this one gets there', () => {
    const watch = appliedTo(10)
    expect(told(watch, 10, 12, 'other')).toBeNull()
    expect(watch.applied(12, right(12))).toMatchObject({ own: 'd12' })
  })

  test('what all have told of an index is taken together', () => {
    const watch = appliedTo(10)
    told(watch, 10, 12, 'other')
    told(watch, 10, 12, right(12), 3)
    const others = new Map([
      [2, 'other'],
      [3, 'd12'],
    ])
    expect(watch.applied(12, right(12))).toEqual({ index: 12, own: 'd12', others })
  })

  test('after a snapshot was installed nothing of the own state from before is compared', () => {
    const watch = appliedTo(300)
    watch.restored()
    expect(told(watch, 500, 256, 'other')).toBeNull()
    expect(told(watch, 500, 500, 'other')).toMatchObject({ index: 500 })
  })

  test('a peer whose state is right again differs no more', () => {
    const watch = appliedTo(10)
    told(watch, 10, 10, 'other')
    watch.applied(64, right(64))
    told(watch, 64, 64, right(64))
    expect(watch.differing.size).toBe(0)
    told(watch, 64, 10, 'other')
    expect(watch.differing.size, 'an old word is no news').toBe(0)
  })

  test('a replica that was removed is forgotten', () => {
    const watch = appliedTo(10)
    told(watch, 10, 10, 'other')
    watch.forget(2)
    expect(watch.differing.size).toBe(0)
    expect(told(watch, 10, 10, right(10), 3)).toBeNull()
  })
})

describe('what a difference means', () => {
  const three = new JointQuorum([1, 2, 3], [])
  const of = (own: string, others: Record<number, string>): DigestDifference => {
    const entries = Object.entries(others).map(([id, digest]) => [Number(id), digest] as const)
    return { index: 9, own, others: new Map(entries) }
  }

  test('with most voters against it a replica is wrong, whoever leads', () => {
    expect(judgeDifference(of('a', { 2: 'b', 3: 'b' }), three, 1)).toEqual({
      ...{ kind: 'minority', digest: 'b', against: [2, 3] },
    })
  })

  test('one other word is no majority of three: it takes both', () => {
    expect(judgeDifference(of('a', { 2: 'b' }), three, 1)).toEqual({ kind: 'open' })
  })

  test('who has most voters on its side goes on', () => {
    expect(judgeDifference(of('a', { 2: 'b', 3: 'a' }), three, 1)).toEqual({ kind: 'majority' })
  })

  test('when all have spoken and no state has a majority, nobody can tell', () => {
    expect(judgeDifference(of('a', { 2: 'b', 3: 'c' }), three, 1)).toEqual({ kind: 'tie' })
    const two = new JointQuorum([1, 2], [])
    expect(judgeDifference(of('a', { 2: 'b' }), two, 1)).toEqual({ kind: 'tie' })
    const four = new JointQuorum([1, 2, 3, 4], [])
    expect(judgeDifference(of('a', { 2: 'b', 3: 'b' }), four, 1)).toEqual({ kind: 'open' })
    expect(judgeDifference(of('a', { 2: 'b', 3: 'b', 4: 'a' }), four, 1)).toEqual({ kind: 'tie' })
  })

  test('a learner counts for nothing, and is as wrong as anybody', () => {
    expect(judgeDifference(of('a', { 1: 'b', 2: 'b' }), three, 4)).toMatchObject({
      kind: 'minority',
    })
    expect(judgeDifference(of('a', { 2: 'a', 4: 'b', 5: 'b' }), three, 1)).toEqual({
      kind: 'majority',
    })
  })

  test('in a joint configuration it takes both halves', () => {
    const joint = new JointQuorum([1, 2, 3], [1, 4, 5])
    expect(judgeDifference(of('a', { 2: 'b', 3: 'b', 4: 'a' }), joint, 1)).toEqual({ kind: 'tie' })
    expect(judgeDifference(of('a', { 2: 'b', 3: 'b', 4: 'b', 5: 'b' }), joint, 1)).toMatchObject({
      kind: 'minority',
    })
  })
})
