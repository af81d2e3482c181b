import { expect, test } from 'vitest'
import { Budget } from '../../../src/jobs/job.js'
import { declined, here, lost, moving, refused, there, World } from './support/world.js'

test('calls wait while their actor moves, and go on in order; others never notice', () => {
  const world = new World()
  world.places.set('a', moving())
  const waiting = [world.call('a'), world.call('a'), world.call('a')]
  const other = world.call('b')
  expect(world.forwarded()).toEqual([`${other}>b:1`])
  world.pass(1_000)
  expect(world.effects()).toEqual([])
  world.move('a', there('c:1', 2), 2)
  expect(world.forwarded()).toEqual(waiting.map((call) => `${call}>c:1`))
})

test('calls that wait go to the application when the actor comes here', () => {
  const world = new World()
  world.places.set('a', moving())
  const waiting = [world.call('a'), world.call('a')]
  world.move('a', here(2), 2)
  expect(world.delivered()).toEqual(waiting)
})

test('who comes while others can go on already goes behind them', () => {
  const world = new World()
  world.places.set('a', moving())
  const first = world.call('a')
  world.places.set('a', there('c:1', 2))
  world.machine.ownershipChanged(world.now)
  const second = world.call('a')
  expect(world.forwarded()).toEqual([])
  world.work()
  expect(world.forwarded()).toEqual([`${first}>c:1`, `${second}>c:1`])
})

test('one that comes back takes its old place in the line', () => {
  const world = new World()
  const [first, second] = [world.call('a'), world.call('a')]
  expect(world.forwarded()).toHaveLength(2)
  world.move('a', moving())
  const third = world.call('a')
  world.end(second, declined(1))
  world.end(first, refused)
  world.move('a', there('c:1', 2), 2)
  expect(world.forwarded()).toEqual([first, second, third].map((call) => `${call}>c:1`))
})

test('behind a refusal by a newer table a call waits for that table, and goes on with it', () => {
  const world = new World()
  const call = world.call('a')
  world.effects()
  world.end(call, declined(3))
  expect(world.effects()).toEqual([{ kind: 'refresh', generation: 3 }])
  world.pass(500)
  world.move('a', there('b:1', 2), 2)
  expect(world.effects()).toEqual([])
  world.move('a', there('c:1', 3), 3)
  expect(world.forwarded()).toEqual([`${call}>c:1`])
})

test('a newer table that never comes is not waited for to the end', () => {
  const world = new World({ generationWaitMs: 700 })
  const call = world.call('a')
  world.effects()
  world.end(call, declined(1_000_000))
  world.pass(699)
  expect(world.forwarded()).toEqual([])
  world.pass(1)
  expect(world.forwarded()).toEqual([`${call}>b:1`])
})

test('a dead owner is tried again, more and more seldom, until it has a successor', () => {
  const world = new World({ backOffMinMs: 20, backOffMaxMs: 160 })
  const call = world.call('a')
  const gaps: number[] = []
  let sentAt = world.now
  for (let i = 0; i < 6; i += 1) {
    expect(world.forwarded()).toEqual([`${call}>b:1`])
    gaps.push(world.now - sentAt)
    sentAt = world.now
    world.end(call, i % 2 === 0 ? refused : declined(1))
    world.now = world.machine.nextDueMs
    world.machine.tick(world.now)
    world.work()
  }
  // Three quarters of 20, 40, 80 and 160: chance stands in the middle here.
  expect(gaps).toEqual([0, 15, 30, 60, 120, 120])
  world.end(call, refused)
  world.effects()
  world.move('a', there('c:1', 2), 2)
  expect(world.forwarded()).toEqual([`${call}>c:1`])
})

test('behind a refusal a change elsewhere alters nothing', () => {
  const world = new World({ backOffMinMs: 100 })
  const call = world.call('a')
  world.effects()
  world.end(call, refused)
  world.move('b', there('c:1'))
  expect(world.forwarded()).toEqual([])
  world.pass(75)
  expect(world.forwarded()).toEqual([`${call}>b:1`])
})

test('an application that is not up yet is waited for', () => {
  const world = new World()
  world.places.set('a', here())
  const [own, guest] = [world.call('a'), world.guest('a')]
  expect(world.delivered()).toEqual([own, guest])
  world.end(own, refused)
  world.end(guest, refused)
  expect(world.machine.measures.actors).toBe(0)
  world.pass(20)
  expect(world.delivered()).toEqual([own, guest])
})

test('a call that was never sent gets 503 at its deadline, with the reason and when to come back', () => {
  const world = new World()
  world.places.set('a', moving())
  world.places.set('b', there('dead:1'))
  const [a, b] = [world.call('a', { timeoutMs: 400 }), world.call('b', { timeoutMs: 400 })]
  world.take('forward')
  world.end(b, refused)
  world.pass(399)
  for (const { call } of world.take('forward')) world.end(call, refused)
  expect(world.problems()).toEqual([])
  world.pass(1)
  const answers = world.take('answer')
  const never = { status: 503, retryAfterS: 1, isOutcomeUnknown: false }
  expect(answers).toMatchObject([
    { call: a, problem: { ...never, code: 'call_moving' } },
    { call: b, problem: { ...never, code: 'call_unreachable' } },
  ])
  expect(answers[0]!.problem.detail).toContain('Cart/a')
  expect(answers[1]!.problem.detail).toContain('dead:1 refused it (connection refused)')
})

test('one whose wait behind a refusal ends with its deadline is told of the refusal', () => {
  const world = new World()
  world.places.set('b', there('dead:1'))
  // What is waited behind a first refusal is three quarters of the shortest back-off here.
  const call = world.call('b', { timeoutMs: 15 })
  world.take('forward')
  world.end(call, refused)
  world.pass(15)
  expect(world.problems()).toEqual([`${call}:call_unreachable`])
})

test('a call that the application has is cut at its deadline and gets 504', () => {
  const world = new World()
  world.places.set('a', here())
  const calls = [world.call('a', { timeoutMs: 100 }), world.call('b', { timeoutMs: 100 })]
  world.effects()
  world.pass(100)
  expect(world.effects()).toEqual(calls.map((call) => ({ kind: 'cut', call })))
  for (const call of calls) world.end(call, lost)
  const unknown = { status: 504, code: 'call_timeout', isOutcomeUnknown: true, retryAfterS: null }
  expect(world.effects()).toMatchObject(calls.map((call) => ({ call, problem: unknown })))
})

test('one that was cut at its deadline before a byte was sent gets 503', () => {
  const world = new World()
  const call = world.call('a', { timeoutMs: 100 })
  world.effects()
  world.pass(100)
  world.end(call, refused)
  const [, answer] = world.effects()
  expect(answer).toMatchObject({ call, problem: { status: 503, isOutcomeUnknown: false } })
})

test('no deadline ends an answer that has begun', () => {
  const world = new World()
  const call = world.call('a', { timeoutMs: 100 })
  world.effects()
  world.machine.answering(call, world.now)
  world.pass(10_000)
  expect(world.effects()).toEqual([])
  world.end(call)
  expect(world.machine.measures.ended.answered.remote).toBe(1)
})

test('what is over a bound gets 503 at once: for one actor, for one type, in all', () => {
  const bounds = { waitingPerKeyMax: 2, waitingPerTypeMax: 3, waitingMax: 4 }
  const world = new World(bounds)
  world.elsewhere = moving()
  for (const [id, type] of [
    ['a', 'Cart'],
    ['a', 'Cart'],
    ['b', 'Cart'],
  ] as const) {
    world.call(id, { type })
  }
  expect(world.problems()).toEqual([])
  const perKey = world.call('a')
  const perType = world.call('c')
  expect(world.call('c', { type: 'Order' })).toBe(6)
  const inAll = world.call('c', { type: 'Other' })
  const answers = world.take('answer')
  expect(answers.map(({ call }) => call)).toEqual([perKey, perType, inAll])
  expect(answers[0]!.problem).toMatchObject({ code: 'too_many_calls', status: 503 })
  expect(world.machine.measures.waiting).toBe(4)
  // Whoever goes makes room.
  world.machine.gone(1, world.now)
  world.call('a')
  expect(world.problems()).toEqual([])
})

test('calls that are open are bounded, whatever they do', () => {
  const world = new World({ callsMax: 2 })
  const [first] = [world.call('a'), world.call('b')]
  const third = world.call('c')
  expect(world.problems()).toEqual([`${third}:too_many_calls`])
  world.end(first)
  world.call('d')
  expect(world.problems()).toEqual([])
})

test('a caller that goes away while it waits is forgotten', () => {
  const world = new World()
  world.places.set('a', moving())
  const [first, second] = [world.call('a'), world.call('a')]
  world.machine.gone(first, world.now)
  world.machine.gone(first, world.now)
  world.move('a', here())
  expect(world.effects()).toMatchObject([{ kind: 'deliver', call: second }])
  expect(world.machine.measures.ended.gone.none).toBe(1)
})

test('calls that wait cost nothing, and a change asks once for each actor', () => {
  const world = new World()
  world.elsewhere = moving()
  for (let i = 0; i < 1_000; i += 1) world.call(`a${i % 10}`)
  world.asked = 0
  for (let i = 0; i < 100; i += 1) {
    world.now += 50
    world.machine.tick(world.now)
  }
  world.work()
  expect(world.asked).toBe(0)
  world.machine.ownershipChanged(world.now)
  world.work()
  expect(world.asked).toBe(10)
})

test('after a move calls go out in slices, and all of them', () => {
  const world = new World()
  world.elsewhere = moving()
  const calls = Array.from({ length: 1_000 }, (_, i) => world.call(`a${i % 100}`))
  world.elsewhere = there('c:1', 2)
  world.machine.ownershipChanged(world.now)
  expect(world.forwarded()).toEqual([])
  let slices = 0
  let most = 0
  let count = 0
  while (world.machine.hasWork) {
    world.machine.work(new Budget(100), world.now)
    const sent = world.forwarded().length
    most = Math.max(most, sent)
    count += sent
    slices += 1
  }
  expect(count).toBe(calls.length)
  expect(most).toBeLessThan(60)
  expect(slices).toBeGreaterThan(10)
})

test('a long line goes out in slices too, in order, with those who come meanwhile behind it', () => {
  const world = new World()
  world.places.set('a', moving())
  const calls = Array.from({ length: 500 }, () => world.call('a'))
  world.places.set('a', here())
  world.machine.ownershipChanged(world.now)
  world.machine.work(new Budget(90), world.now)
  const last = world.call('a')
  const begun = world.delivered()
  expect(begun).toEqual(calls.slice(0, 29))
  world.work()
  expect([...begun, ...world.delivered()]).toEqual([...calls, last])
})

test('deadlines of many come in pieces, and all of them', () => {
  const world = new World()
  world.elsewhere = moving()
  for (let i = 0; i < 2_500; i += 1) world.call(`a${i % 10}`, { timeoutMs: 100 })
  world.now += 100
  world.machine.tick(world.now)
  expect(world.problems()).toHaveLength(1_000)
  expect(world.machine.nextDueMs).toBeLessThanOrEqual(world.now)
  world.pass(0)
  expect(world.problems()).toHaveLength(1_500)
})

test('waits are counted by how long they were', () => {
  const world = new World()
  world.places.set('a', moving())
  const call = world.call('a')
  world.pass(70)
  world.move('a', here())
  world.end(call)
  world.end(world.call('a'))
  const { waits, waitedMs } = world.machine.measures
  expect(waits).toEqual([1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0])
  expect(waitedMs).toBe(70)
})
