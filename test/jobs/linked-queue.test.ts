import { expect, test } from 'vitest'
import { type Linked, LinkedQueue } from '../../src/jobs/linked-queue.js'
import { Random } from '../simulation/kernel/random.js'

class Item implements Linked<Item> {
  isLinked = false
  before: Item | null = null
  after: Item | null = null
}

function contentOf(queue: LinkedQueue<Item>): Item[] {
  const items: Item[] = []
  for (let item = queue.first ?? null; item !== null; item = item.after) items.push(item)
  return items
}

test('items come in the order in which they were pushed, whatever was taken out between', () => {
  const random = new Random(5)
  const queue = new LinkedQueue<Item>()
  const all = Array.from({ length: 30 }, () => new Item())
  let expected: Item[] = []
  for (let step = 0; step < 5_000; step += 1) {
    const item = random.pick(all)
    if (random.chance(0.5)) {
      queue.push(item)
      if (!expected.includes(item)) expected.push(item)
    } else {
      queue.remove(item)
      expected = expected.filter((each) => each !== item)
    }
    expect(contentOf(queue)).toEqual(expected)
    expect(queue.size).toBe(expected.length)
    expect(queue.first).toBe(expected[0])
  }
})

test('what was taken out holds on to nothing', () => {
  const queue = new LinkedQueue<Item>()
  const [a, b] = [new Item(), new Item()]
  queue.push(a)
  queue.push(b)
  queue.remove(a)
  expect(a).toEqual(new Item())
  expect(b.before).toBeNull()
})
