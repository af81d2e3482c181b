import { describe, expect, test } from 'vitest'
import { Inflights } from '../../../src/raft/core/inflights.js'
import { InvariantError } from '../../../src/raft/core/invariant.js'

describe('appends in flight', () => {
  test('the window is full at its count and opens with acknowledgements', () => {
    const inflights = new Inflights(3, Number.POSITIVE_INFINITY)
    for (const index of [5, 6, 9]) inflights.add(index, 1)
    expect(inflights.isFull).toBe(true)
    inflights.freeThrough(4)
    expect(inflights.count).toBe(3)
    inflights.freeThrough(8)
    expect(inflights).toMatchObject({ count: 1, bytes: 1, isFull: false })
    inflights.freeThrough(9)
    expect(inflights.count).toBe(0)
  })

  test('the append that reaches the limit in bytes is the last one', () => {
    const inflights = new Inflights(10, 100)
    inflights.add(1, 99)
    expect(inflights.isFull).toBe(false)
    inflights.add(2, 50)
    expect(inflights.isFull).toBe(true)
    inflights.freeThrough(1)
    expect(inflights).toMatchObject({ bytes: 50, isFull: false })
  })

  test('sending beyond the limit is a bug', () => {
    const inflights = new Inflights(1, 100)
    inflights.add(1, 1)
    expect(() => inflights.add(2, 1)).toThrow(InvariantError)
  })

  test('the ring behaves as a list does, over a long random run', () => {
    let seed = 7
    const random = (n: number) => {
      seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31
      return seed % n
    }
    const inflights = new Inflights(13, 200)
    let list: [number, number][] = []
    let index = 0
    for (let step = 0; step < 20_000; step += 1) {
      const bytes = list.reduce((sum, [, size]) => sum + size, 0)
      expect(inflights.isFull).toBe(list.length >= 13 || bytes >= 200)
      expect(inflights).toMatchObject({ count: list.length, bytes })
      if (random(3) > 0 && !inflights.isFull) {
        index += 1 + random(3)
        const size = random(60)
        inflights.add(index, size)
        list.push([index, size])
      } else if (random(50) === 0) {
        inflights.clear()
        list = []
      } else {
        const through = index - random(8)
        inflights.freeThrough(through)
        list = list.filter(([last]) => last > through)
      }
    }
  })
})
