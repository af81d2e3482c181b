import { describe, expect, test } from 'vitest'
import { JointQuorum, Majority } from '../../../src/raft/core/quorum.js'

/** All sets of ids out of 1..n, the empty one included. */
function subsets(n: number): number[][] {
  const all: number[][] = []
  for (let mask = 0; mask < 1 << n; mask += 1) {
    all.push(Array.from({ length: n }, (_, i) => i + 1).filter((id) => mask & (1 << (id - 1))))
  }
  return all
}

/** All assignments of one of `values` to each of `n` ids; the value of id is at [id - 1]. */
function assignments<T>(n: number, values: readonly T[]): T[][] {
  if (n === 0) return [[]]
  return assignments(n - 1, values).flatMap((rest) => values.map((value) => [...rest, value]))
}

/** The definition: more than half of the voters satisfy the test. */
function moreThanHalf(voters: readonly number[], holds: (id: number) => boolean): boolean {
  return voters.length === 0 || voters.filter(holds).length * 2 > voters.length
}

/** The definition: the highest of the values that a quorum has reached. */
function reachedByDefinition(halves: readonly number[][], acked: readonly number[], top: number) {
  for (let value = top; value > 0; value -= 1) {
    if (halves.every((voters) => moreThanHalf(voters, (id) => acked[id - 1]! >= value)))
      return value
  }
  return 0
}

/** The definition: won if every quorum holds yes; lost if no completion of the silent wins. */
function resultByDefinition(halves: readonly number[][], votes: readonly (boolean | undefined)[]) {
  const wins = (said: readonly (boolean | undefined)[]) =>
    halves.every((voters) => moreThanHalf(voters, (id) => said[id - 1] === true))
  if (wins(votes)) return 'won'
  return wins(votes.map((vote) => vote ?? true)) ? 'pending' : 'lost'
}

describe('majority', () => {
  test('the reached index is the highest that more than half hold, in all small cases', () => {
    let cases = 0
    for (const acked of assignments(5, [0, 1, 2, 3])) {
      for (const voters of subsets(5)) {
        if (voters.length === 0) continue
        const reached = new Majority(voters).reached((id) => acked[id - 1]!)
        expect(reached).toBe(reachedByDefinition([voters], acked, 3))
        cases += 1
      }
    }
    expect(cases).toBe(4 ** 5 * 31)
  })

  test('a vote is won, lost or open exactly by the definition, in all small cases', () => {
    for (const votes of assignments(5, [true, false, undefined])) {
      for (const voters of subsets(5)) {
        expect(new Majority(voters).result((id) => votes[id - 1])).toBe(
          resultByDefinition([voters], votes),
        )
      }
    }
  })

  test('a majority asked twice forgets the first answer', () => {
    const majority = new Majority([1, 2, 3])
    expect(majority.reached((id) => id)).toBe(2)
    expect(majority.reached((id) => 10 - id)).toBe(8)
    expect(majority.reached(() => 0)).toBe(0)
  })

  test('ids are sorted and counted once', () => {
    expect(new Majority([3, 1, 3, 2]).ids).toEqual([1, 2, 3])
  })
})

describe('joint quorum', () => {
  test('the reached index needs both halves, in all small cases', () => {
    const halves = subsets(4)
    for (const acked of assignments(4, [0, 1, 2])) {
      for (const incoming of halves) {
        for (const outgoing of halves) {
          const reached = new JointQuorum(incoming, outgoing).reached((id) => acked[id - 1]!)
          const none = incoming.length + outgoing.length === 0
          expect(reached).toBe(
            none ? Infinity : reachedByDefinition([incoming, outgoing], acked, 2),
          )
        }
      }
    }
  })

  test('a vote needs both halves, in all small cases', () => {
    const halves = subsets(4)
    for (const votes of assignments(4, [true, false, undefined])) {
      for (const incoming of halves) {
        for (const outgoing of halves) {
          expect(new JointQuorum(incoming, outgoing).result((id) => votes[id - 1])).toBe(
            resultByDefinition([incoming, outgoing], votes),
          )
        }
      }
    }
  })

  test('only the one voter of a configuration that is not joint is single', () => {
    expect(new JointQuorum([1], []).isSingle(1)).toBe(true)
    expect(new JointQuorum([1], []).isSingle(2)).toBe(false)
    expect(new JointQuorum([1], [1, 2]).isSingle(1)).toBe(false)
    expect(new JointQuorum([1, 2], []).isSingle(1)).toBe(false)
    expect(new JointQuorum([], []).isSingle(1)).toBe(false)
  })
})
