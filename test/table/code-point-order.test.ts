import { expect, test } from 'vitest'
import { compareText, sortedSet } from '../../src/table/code-point-order.js'
import { forSeeds } from './seeds.js'
import { byBytes } from './tables.js'

test('texts stand in the order of their UTF-8 bytes', () => {
  forSeeds(500, (random) => {
    const points = [0x41, 0x42, 0x61, 0xe9, 0xd7ff, 0xe000, 0xff5e, 0xffff, 0x10000, 0x1f600]
    const text = () =>
      String.fromCodePoint(...Array.from({ length: random.below(4) }, () => random.pick(points)))
    const [a, b] = [text(), text()]
    expect(Math.sign(compareText(a, b)), `${a} ${b}`).toBe(byBytes(a, b))
  })
})

test('no locale has a say: capitals come first, and U+10000 behind U+E000', () => {
  expect(sortedSet(['é', 'z', 'Z', 'a', 'z', '\u{10000}', '\ue000'])).toEqual([
    'Z',
    'a',
    'z',
    'é',
    '\ue000',
    '\u{10000}',
  ])
})
