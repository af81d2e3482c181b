import { describe, expect, test } from 'vitest'
import { Levels, levels } from '../../src/versions/levels.js'
import { highestCommon, isRange, rangeInWords } from '../../src/versions/range.js'
import { featureLevels, hostProtocol, peerProtocol } from '../../src/versions/versions.js'
import { laterLevels, nextLevels } from '../simulation/cluster/next-levels.js'

describe('a range of versions', () => {
  test.for([
    [[1, 1], [1, 1], 1],
    [[1, 3], [2, 5], 3],
    [[2, 5], [1, 3], 3],
    [[1, 9], [4, 4], 4],
    [[1, 2], [3, 4], null],
    [[3, 4], [1, 2], null],
  ] as const)('%j and %j have %j in common', ([a, b, common]) => {
    const [x, y] = [a, b].map(([oldest, newest]) => ({ oldest, newest }))
    expect(highestCommon(x!, y!)).toBe(common)
  })

  test.for([
    null,
    1,
    [1, 2],
    {},
    { oldest: 1 },
    { oldest: 0, newest: 1 },
    { oldest: 2, newest: 1 },
    { oldest: 1.5, newest: 2 },
    { oldest: '1', newest: '2' },
  ])('%j is none', (value) => {
    expect(isRange(value)).toBe(false)
  })

  test('in words is one number, or two', () => {
    expect(rangeInWords({ oldest: 2, newest: 2 })).toBe('2')
    expect(rangeInWords({ oldest: 1, newest: 3 })).toBe('1 to 3')
  })

  test('is what this build says of itself', () => {
    for (const range of [peerProtocol, hostProtocol, levels.range]) {
      expect(isRange(range)).toBe(true)
      // One byte on the peer port.
      expect(range.newest).toBeLessThan(256)
    }
  })
})

describe('feature levels', () => {
  test.for([
    ['this build', levels],
    ['the next one', nextLevels],
  ] as const)('of %s never go back to a name that was another layout', ([, known]) => {
    const all = Array.from({ length: known.newest }, (_, i) => known.of(i + 1))
    for (const name of ['snapshot', 'stateDigest', 'tableDigest'] as const) {
      const runs = all.filter((level, i) => level[name] !== all[i - 1]?.[name])
      expect(new Set(runs.map((level) => level[name])).size).toBe(runs.length)
    }
    // A table of another ring has another digest.
    const ofHosts = all.filter(({ concernsHosts }) => concernsHosts)
    expect(new Set(ofHosts.map(({ tableDigest }) => tableDigest)).size).toBe(ofHosts.length)
  })

  test('are known from the oldest to the newest', () => {
    expect(nextLevels.range).toEqual({ oldest: levels.oldest, newest: levels.newest + 1 })
    expect(nextLevels.knows(nextLevels.newest)).toBe(true)
    expect(levels.knows(nextLevels.newest)).toBe(false)
    expect(() => levels.of(nextLevels.newest)).toThrow(RangeError)
    // Tables of a level that a cluster cannot be at any more are read all the same.
    expect(laterLevels.knows(levels.newest)).toBe(false)
    expect(laterLevels.knowsTable(levels.ofTables(levels.newest))).toBe(true)
    expect(laterLevels.of(levels.newest)).toEqual(levels.of(levels.newest))
    expect([0, nextLevels.newest + 1].map((level) => nextLevels.knowsTable(level))).toEqual([
      false,
      false,
    ])
  })

  test('concern tables only where they concern hosts', () => {
    const [first] = featureLevels
    const three = new Levels([first!, { ...first!, concernsHosts: false }, first!], 1)
    expect([1, 2, 3].map((level) => three.ofTables(level))).toEqual([1, 1, 3])
    expect([1, 2, 3].map((level) => three.knowsTable(level))).toEqual([true, false, true])
  })

  test('say which snapshots can be read', () => {
    expect(levels.readsSnapshot(levels.of(1).snapshot)).toBe(true)
    expect(levels.readsSnapshot(nextLevels.newestSnapshot)).toBe(false)
    expect(nextLevels.readsSnapshot(levels.of(1).snapshot)).toBe(true)
  })
})
