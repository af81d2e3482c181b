/** Who may be under way to a place, and who waits how long for it. */
import { expect, test } from 'vitest'
import { PlaceQueue, type Waiter } from '../../../src/calls/http/place-queue.js'

class Call implements Waiter<Call> {
  patientUntilMs = 0
  isLinked = false
  before: Call | null = null
  after: Call | null = null
}

const limits = { connectionsReady: 2, connectionsMax: 8, patienceMs: 50, waitingMax: 3 }

function filled(): [queue: PlaceQueue<Call>, waiting: Call[]] {
  const queue = new PlaceQueue<Call>(limits)
  for (let i = 0; i < 2; i += 1) expect(queue.enter(new Call(), false, 0)).toBe('goes')
  const waiting = [new Call(), new Call(), new Call()]
  for (const [i, call] of waiting.entries()) expect(queue.enter(call, false, i)).toBe('waits')
  return [queue, waiting]
}

test('who waits goes when another is over, in order, and nobody goes before', () => {
  const [queue, [first, second]] = filled()
  expect(queue.next(10)).toBeUndefined()
  queue.left()
  expect(queue.enter(new Call(), false, 10)).toBe('full')
  expect(queue.next(10)).toBe(first)
  expect(queue.next(10)).toBeUndefined()
  queue.left()
  expect(queue.next(10)).toBe(second)
  expect(queue.size).toBe(3)
})

test('who has waited long enough goes beside the others, half of the room is not for these', () => {
  const [queue, [first, second, third]] = filled()
  expect(queue.nextDueMs).toBe(50)
  expect(queue.next(49)).toBeUndefined()
  expect(queue.next(50)).toBe(first)
  expect(queue.nextDueMs).toBe(51)
  expect(queue.next(51)).toBe(second)
  expect([queue.next(1_000), queue.nextDueMs]).toEqual([undefined, Number.POSITIVE_INFINITY])
  queue.left()
  expect(queue.next(1_000)).toBe(third)
})

test('a part of another call never waits: it goes, or there is no room', () => {
  const [queue] = filled()
  for (let i = 2; i < 8; i += 1) expect(queue.enter(new Call(), true, 0)).toBe('goes')
  expect(queue.enter(new Call(), true, 0)).toBe('full')
  queue.left()
  expect(queue.enter(new Call(), true, 0)).toBe('goes')
})

test('who gives up leaves the others in their order', () => {
  const [queue, [first, second, third]] = filled()
  queue.remove(second!)
  queue.left()
  expect(queue.next(0)).toBe(first)
  queue.left()
  expect(queue.next(0)).toBe(third)
  queue.left()
  expect([queue.next(0), queue.size]).toEqual([undefined, 1])
  expect(queue.enter(new Call(), false, 0)).toBe('goes')
})

test('all who wait can be taken out', () => {
  const [queue, waiting] = filled()
  expect(queue.takeWaiting()).toEqual(waiting)
  expect(queue.size).toBe(2)
})
