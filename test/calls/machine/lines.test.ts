import { expect, test } from 'vitest'
import type { CallOrigin } from '../../../src/calls/machine/arrival.js'
import { Call } from '../../../src/calls/machine/call.js'
import { Lines } from '../../../src/calls/machine/lines.js'
import { Random } from '../../simulation/kernel/random.js'
import { plainArrival } from './support/world.js'

const wide = { waitingPerKeyMax: 1_000, waitingPerTypeMax: 1_000, waitingMax: 1_000 }

function callOf(number: number, id: string, origin: CallOrigin = 'application'): Call {
  return new Call(number, { ...plainArrival, id, origin }, 0)
}

test('a line has its calls in the order of their numbers, however they come and go', () => {
  const random = new Random(3)
  const lines = new Lines(wide)
  const calls = Array.from({ length: 60 }, (_, i) => {
    return callOf(i, 'a', random.chance(0.5) ? 'sidecar' : 'application')
  })
  const inside = new Set<Call>()
  for (let step = 0; step < 5_000; step += 1) {
    const call = random.pick(calls)
    if (inside.delete(call)) lines.remove(call)
    else {
      expect(lines.add(call)).toBeNull()
      inside.add(call)
    }
    const expected = [...inside].sort((a, b) => a.number - b.number)
    const line = lines.get('Cart', 'a')
    expect(line?.first(true)).toBe(expected[0])
    // Elsewhere those of other sidecars are answered each by itself.
    expect(line?.first(false)).toBe(expected.find(({ isGuest }) => !isGuest))
    const guests = expected.filter(({ isGuest }) => isGuest)
    expect([...(line?.aside('there') ?? [])]).toEqual(guests)
    expect(line?.size ?? 0).toBe(inside.size)
    expect(lines.waiting).toBe(inside.size)
  }
})

test('a line that is empty is gone, with all that was to come of it', () => {
  const lines = new Lines(wide)
  const call = callOf(1, 'a')
  lines.add(call)
  const line = lines.get('Cart', 'a')!
  const refusal = { host: 'b:1', generation: 1, needs: null, reason: 'gone', untilMs: 50 }
  lines.refused(line, refusal)
  lines.ask(line)
  lines.remove(call)
  expect(lines.get('Cart', 'a')).toBeUndefined()
  expect(lines.nextDueMs).toBe(Number.POSITIVE_INFINITY)
  expect(lines.hasNext).toBe(false)
  expect(() => lines.remove(call)).toThrow('waits nowhere')
})

test('of two refusals alike the longer one counts, else the later', () => {
  const lines = new Lines(wide)
  lines.add(callOf(1, 'a'))
  const line = lines.get('Cart', 'a')!
  const first = { host: 'b:1', generation: 1, needs: null, reason: 'gone', untilMs: 50 }
  lines.refused(line, first)
  lines.refused(line, { ...first, untilMs: 20 })
  expect(lines.nextDueMs).toBe(50)
  lines.refused(line, { ...first, host: 'c:1', untilMs: 30 })
  expect(lines.nextDueMs).toBe(30)
  expect(lines.takeDue(29)).toBeUndefined()
  expect(lines.takeDue(30)).toBe(line)
  expect(lines.takeDue(30)).toBeUndefined()
})

test('a change while lines are asked asks all of them once more', () => {
  const lines = new Lines(wide)
  for (const [i, id] of ['a', 'b', 'c'].entries()) lines.add(callOf(i, id))
  lines.askAll()
  expect(lines.next()!.id).toBe('a')
  lines.askAll()
  lines.askAll()
  const asked: string[] = []
  for (let line = lines.next(); line !== undefined; line = lines.next()) asked.push(line.id)
  expect(asked).toEqual(['b', 'c', 'a', 'b', 'c'])
  expect(lines.hasNext).toBe(false)
})
