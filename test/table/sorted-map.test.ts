import { describe, expect, test } from 'vitest'
import { compareText } from '../../src/table/code-point-order.js'
import { type Edit, SortedMap } from '../../src/table/sorted-map.js'
import { forSeeds, type Random } from './seeds.js'

const empty = SortedMap.empty<string, number>(compareText)
const same = (a: number, b: number) => a === b

function randomEdits(random: Random, keys: number, edits: number): Edit<string, number>[] {
  const byKey = new Map<string, number | undefined>()
  const removing = random.pick([0.1, 0.5, 0.9])
  for (let i = 0; i < edits; i += 1) {
    byKey.set(`k${random.below(keys)}`, random.chance(removing) ? undefined : random.below(5))
  }
  return [...byKey]
}

function applyTo(truth: Map<string, number>, edits: readonly Edit<string, number>[]): void {
  for (const [key, value] of edits) {
    if (value === undefined) truth.delete(key)
    else truth.set(key, value)
  }
}

const sorted = (truth: Map<string, number>) => [...truth].sort(([a], [b]) => compareText(a, b))

describe('the sorted map', () => {
  test('it holds what a plain map holds, in the order of the keys', () => {
    forSeeds(25, (random) => {
      const keys = random.pick([5, 300, 3000])
      const truth = new Map<string, number>()
      let map = empty
      for (let round = 0; round < 12; round += 1) {
        const edits = randomEdits(random, keys, random.pick([0, 1, 3, 200, 2000]))
        map = map.edit(edits)
        applyTo(truth, edits)
        expect([...map.entries()]).toEqual(sorted(truth))
        expect(map.size).toBe(truth.size)
        expect([...map.keys()]).toEqual([...map.entries()].map(([key]) => key))
        expect([...map.values()]).toEqual([...map.entries()].map(([, value]) => value))
        const key = `k${random.below(keys)}`
        expect(map.get(key)).toBe(truth.get(key))
        expect(map.has(key)).toBe(truth.has(key))
        expect([...map.entries(key)]).toEqual(
          sorted(truth).filter(([other]) => compareText(other, key) > 0),
        )
      }
    })
  })

  test('an edit leaves the map that it began with as it was', () => {
    forSeeds(20, (random) => {
      const before = empty.edit(randomEdits(random, 1000, 2000))
      const entries = [...before.entries()]
      before
        .edit(randomEdits(random, 1000, 2000))
        .with('k5', 9)
        .without('k6')
      expect([...before.entries()]).toEqual(entries)
    })
  })

  test('the difference of two maps turns the one into the other', () => {
    forSeeds(30, (random) => {
      const a = empty.edit(randomEdits(random, 1000, random.pick([0, 10, 3000])))
      let b = random.chance(0.2) ? empty : a
      for (let round = random.below(5); round > 0; round -= 1) {
        b = b.edit(randomEdits(random, 1000, random.pick([1, 5, 500])))
      }
      const differences = [...a.differences(b, same)]
      for (const { key, before, after } of differences) {
        expect([before, after]).toEqual([a.get(key), b.get(key)])
        expect(before).not.toBe(after)
      }
      const turned = a.edit(differences.map(({ key, after }) => [key, after]))
      expect([...turned.entries()]).toEqual([...b.entries()])
    })
  })

  test('the difference of maps that share their leaves looks at few entries', () => {
    const keys = Array.from({ length: 100_000 }, (_, i) => `k${String(i).padStart(6, '0')}`)
    let compared = 0
    const counting = SortedMap.empty<string, number>((x, y) => {
      compared += 1
      return compareText(x, y)
    })
    const a = counting.edit(keys.map((key) => [key, 1]))
    const b = a.with('k050000', 2).with('k0500005', 3).without('k099999')
    compared = 0
    expect([...a.differences(b, same)].map(({ key }) => key)).toEqual([
      'k050000',
      'k0500005',
      'k099999',
    ])
    expect(compared).toBeLessThan(1000)
    expect(a.leafCount).toBeGreaterThan(100_000 / 128)
  })

  test('it stays dense: what was added one by one and removed again leaves few leaves', () => {
    let map = empty
    for (let i = 0; i < 20_000; i += 1) map = map.with(`k${(i * 7919) % 20_000}`, i)
    expect(map.leafCount).toBeLessThan((20_000 / 128) * 2.5)
    for (let i = 0; i < 20_000; i += 1) if (i % 100 !== 0) map = map.without(`k${i}`)
    expect(map.size).toBe(200)
    expect(map.leafCount).toBeLessThan(20)
  })
})
