import { expect, test } from 'vitest'
import type { Figure } from '../../bench/harness/benchmark.js'
import { linesOf, pictureOf, placeOf } from '../../bench/report/picture.js'

const ratio = (samples: number[], target: Figure['target']): Figure => ({
  ...{ what: 'p50 <1 in flight>', unit: 'ms', samples },
  reference: { what: 'etcd', samples: samples.map(() => 1) },
  ...(target === undefined ? {} : { target }),
})

test('a figure stands as far from the target as it is, better on the left', () => {
  const [line] = linesOf([ratio([2, 3, 6], { of: 'ratio', atMost: 1.5 })])
  expect(line).toMatchObject({ reached: false, text: '3 × (≤ 1.5 ×)' })
  expect(line!.distance.median).toBeCloseTo(2)
  expect(line!.distance).toMatchObject({ least: expect.closeTo(4 / 3), most: expect.closeTo(4) })
  expect(placeOf(2)).toBeGreaterThan(placeOf(1))
  expect(placeOf(1)).toBeGreaterThan(placeOf(0.5))
})

test('where more is better, more is on the left', () => {
  const [line] = linesOf([ratio([1, 2, 4], { of: 'ratio', atLeast: 2 })])
  expect(line).toMatchObject({ reached: true, distance: { least: 0.5, median: 1, most: 2 } })
})

test('a value has a target of its own, and none at all is one too', () => {
  const value = (samples: number[], atMost: number): Figure => ({
    ...{ what: 'restart', unit: 'ms', samples, target: { of: 'value', atMost } },
  })
  const [restart, none, some] = linesOf([value([1_500], 3_000), value([0], 0), value([1], 0)])
  expect(restart).toMatchObject({
    distance: { median: 0.5 },
    text: '1.5 ms (≤ 3 ms)'.replace('1.5', '1,500').replace('3 ms', '3,000 ms'),
  })
  expect(none!.distance.median).toBeLessThan(1)
  expect(some!.distance.median).toBeGreaterThan(1)
})

test('what is beyond the scale stands at its end', () => {
  expect(placeOf(1_000)).toBe(placeOf(8))
  expect(placeOf(0)).toBe(placeOf(1 / 8))
})

test('a picture has a line for each figure with a target, and no tag of a text', () => {
  const figures = [ratio([1], { of: 'ratio', atMost: 2 }), ratio([1], undefined)]
  const picture = pictureOf({ benchmark: 'commit', figures })!
  expect(picture.match(/<circle/g)).toHaveLength(1)
  expect(picture).toContain('p50 &lt;1 in flight&gt;')
  expect(picture).toContain('prefers-color-scheme:dark')
})

test('without a target there is nothing to draw', () => {
  expect(pictureOf({ benchmark: 'commit', figures: [ratio([1], undefined)] })).toBe(null)
})
