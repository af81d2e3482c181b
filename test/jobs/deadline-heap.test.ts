import { expect, test } from 'vitest'
import { DeadlineHeap, type Timed } from '../../src/jobs/deadline-heap.js'
import { Random } from '../simulation/kernel/random.js'

function item(): Timed {
  return { dueMs: 0, heapPlace: -1 }
}

test('items come out in the order of when they are due', () => {
  const heap = new DeadlineHeap<Timed>()
  for (const dueMs of [5, 1, 4, 1, 3]) heap.set(item(), dueMs)
  const order: number[] = []
  for (let first = heap.first; first !== undefined; first = heap.first) {
    order.push(first.dueMs)
    heap.remove(first)
  }
  expect(order).toEqual([1, 1, 3, 4, 5])
  expect(heap.nextMs).toBe(Number.POSITIVE_INFINITY)
})

test('an item that is set again has its new time alone', () => {
  const heap = new DeadlineHeap<Timed>()
  const [a, b] = [item(), item()]
  heap.set(a, 1)
  heap.set(b, 2)
  heap.set(a, 3)
  expect(heap.first).toBe(b)
  expect(heap.size).toBe(2)
  heap.set(a, 0)
  expect(heap.first).toBe(a)
})

test('one that is not in is not taken out', () => {
  const heap = new DeadlineHeap<Timed>()
  const [a, b] = [item(), item()]
  heap.set(a, 1)
  heap.remove(b)
  heap.remove(a)
  heap.remove(a)
  expect(heap.size).toBe(0)
})

test('the first is the least after whatever is set and removed', () => {
  const random = new Random(7)
  const heap = new DeadlineHeap<Timed>()
  const all = Array.from({ length: 40 }, item)
  const inside = new Set<Timed>()
  for (let step = 0; step < 20_000; step += 1) {
    const one = random.pick(all)
    if (random.chance(0.4)) {
      heap.remove(one)
      inside.delete(one)
    } else {
      heap.set(one, random.below(1_000))
      inside.add(one)
    }
    const least = Math.min(...[...inside].map(({ dueMs }) => dueMs))
    expect(heap.nextMs).toBe(least)
    expect(heap.size).toBe(inside.size)
  }
})
