import { expect, test } from 'vitest'
import { Queue } from '../../src/jobs/queue.js'

test('an empty queue has no first and gives none', () => {
  const queue = new Queue<number>()
  expect([queue.size, queue.first, queue.shift()]).toEqual([0, undefined, undefined])
})

test('what comes first is taken first, however long it gets and whatever comes meanwhile', () => {
  const queue = new Queue<number>()
  const taken: number[] = []
  let next = 0
  for (let turn = 0; turn < 200; turn += 1) {
    for (let i = 0; i < 64; i += 1) queue.push(next++)
    for (let i = 0; i < 40; i += 1) taken.push(queue.shift()!)
    expect(queue.size).toBe(next - taken.length)
    expect(queue.first).toBe(taken.length)
  }
  while (queue.size > 0) taken.push(queue.shift()!)
  expect(taken).toEqual(Array.from({ length: next }, (_, i) => i))
})

test('nothing is left of one that was emptied', () => {
  const queue = new Queue<string>()
  queue.push('a')
  queue.push('b')
  queue.shift()
  queue.clear()
  expect([queue.size, queue.first]).toEqual([0, undefined])
  queue.push('c')
  expect(queue.shift()).toBe('c')
})
