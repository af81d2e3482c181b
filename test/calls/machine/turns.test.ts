import { expect, test } from 'vitest'
import type { CallArrival } from '../../../src/calls/machine/arrival.js'
import { here, lost, moving, plainArrival, there, World } from './support/world.js'

const turns = { turns: ['Cart'] }

test('one call of an actor runs at a time, in the order in which they came', () => {
  const world = new World(turns)
  world.places.set('a', here())
  const calls = [world.call('a'), world.guest('a'), world.call('a')]
  expect(world.delivered()).toEqual([calls[0]])
  world.end(calls[0]!)
  expect(world.delivered()).toEqual([calls[1]])
  world.end(calls[1]!, lost)
  expect(world.delivered()).toEqual([calls[2]])
})

test('actors do not wait for one another, and other types take no turns', () => {
  const world = new World(turns)
  world.elsewhere = here()
  const calls = [
    ...[world.call('a'), world.call('b')],
    ...[world.call('a', { type: 'Order' }), world.call('a', { type: 'Order' })],
  ]
  expect(world.delivered()).toEqual(calls)
})

test('a call within a call has its turn at once, ahead of all who wait', () => {
  const world = new World(turns)
  world.places.set('a', here())
  const outer = world.call('a')
  const [{ chain } = { chain: [] }] = world.take('deliver')
  const waits = world.call('a')
  const inner = world.guest('a', 1, { chain: [...chain, 'b.run'] })
  expect(world.delivered()).toEqual([inner])
  // The turn ends with all that is part of it.
  world.end(outer)
  expect(world.delivered()).toEqual([])
  world.end(inner)
  expect(world.delivered()).toEqual([waits])
})

test('a chain that runs nowhere here has no turn of its own', () => {
  const world = new World(turns)
  world.places.set('a', here())
  const first = world.call('a')
  world.effects()
  const second = world.guest('a', 1, { chain: ['b.run', 'run.99'] })
  expect(world.delivered()).toEqual([])
  world.end(first)
  expect(world.delivered()).toEqual([second])
  // Nor has one whose call is over.
  world.guest('a', 1, { chain: ['run.1'] })
  expect(world.delivered()).toEqual([])
})

test('when a call leaves the line it is asked again whether the actor is of this host', () => {
  const world = new World(turns)
  world.places.set('a', here())
  const [first, own, guest] = [world.call('a'), world.call('a'), world.guest('a')]
  world.effects()
  world.places.set('a', there('c:1', 1))
  world.end(first)
  expect(world.delivered()).toEqual([])
  expect(world.forwarded()).toEqual([`${own}>c:1`])
  expect(world.problems()).toEqual([`${guest}:call_declined`])
})

test('calls of other sidecars that wait for their turn are sent back when the actor leaves', () => {
  const world = new World(turns)
  world.places.set('a', here())
  const first = world.call('a')
  const [own, guest] = [world.call('a'), world.guest('a')]
  world.effects()
  world.places.set('a', moving(1))
  world.letGo(1, 'a')
  expect(world.problems()).toEqual([`${guest}:call_declined`])
  world.end(first)
  world.machine.told('Cart', 'a', world.now)
  world.effects()
  world.move('a', there('c:1', 2), 2)
  expect(world.forwarded()).toEqual([`${own}>c:1`])
})

test('what a turn costs does not rise with those who wait, whoever sent them', () => {
  const world = new World(turns)
  world.places.set('a', here())
  let looks = 0
  const arrive = (number: number, more: Partial<CallArrival>) => {
    const arrival = { ...plainArrival, id: 'a', timeoutMs: 60_000, ...more }
    // What is decided of a call depends on its chain, so that is read.
    Object.defineProperty(arrival, 'chain', {
      get: () => {
        looks += 1
        return number % 10 === 0 ? ['elsewhere.1'] : []
      },
    })
    world.machine.arrived(number, arrival, world.now)
  }
  const count = 900
  for (let i = 1; i <= count; i += 1) {
    arrive(i, i % 3 === 0 ? {} : { origin: 'sidecar', generation: 1 })
  }
  looks = 0
  for (let i = 1; i <= count; i += 1) {
    expect(world.delivered()).toEqual([i])
    world.end(i)
  }
  expect(looks).toBeLessThan(count * 10)
})

test('who waits for a newer table is looked at by itself when the time for it is over', () => {
  const world = new World()
  const calls = Array.from({ length: 500 }, () => world.guest('a', 2))
  const own = world.call('a', { chain: ['elsewhere.1'] })
  expect(world.forwarded()).toEqual([`${own}>b:1`])
  world.asked = 0
  world.pass(1_000)
  const declined = calls.map((call) => `${call}:call_declined`)
  expect([...world.problems()].sort()).toEqual(declined.sort())
  expect(world.asked).toBeLessThan(1_000)
})

test('a part of a call that runs, and came while nothing could be let in, goes before others', () => {
  const world = new World(turns)
  world.places.set('a', here())
  world.call('a')
  const [{ chain } = { chain: [] }] = world.take('deliver')
  world.places.set('a', moving())
  const [first, part, last] = [world.call('a'), world.call('a', { chain }), world.call('a')]
  expect(world.delivered()).toEqual([])
  world.move('a', here())
  expect(world.delivered()).toEqual([part])
  world.end(part)
  world.end(1)
  expect(world.delivered()).toEqual([first])
  world.end(first)
  expect(world.delivered()).toEqual([last])
})

test('one who waits for a turn in vain is told so', () => {
  const world = new World(turns)
  world.places.set('a', here())
  world.call('a', { timeoutMs: 10_000 })
  const call = world.call('a', { timeoutMs: 100 })
  world.effects()
  world.pass(100)
  const [answer] = world.take('answer')
  expect(answer).toMatchObject({ call, problem: { status: 503, code: 'call_moving' } })
  expect(answer!.problem.detail).toContain('other calls of it run')
})

test('turns may be given up while calls wait for theirs', () => {
  const world = new World(turns)
  world.places.set('a', here())
  world.call('a')
  const waiting = [world.call('a'), world.call('a')]
  world.effects()
  world.machine.configure({ turns: [], idleMs: null, drainMs: 1_000 }, world.now)
  world.work()
  expect(world.delivered()).toEqual(waiting)
})

test('a turn whose caller goes away is the next one’s when the call has ended', () => {
  const world = new World(turns)
  world.places.set('a', here())
  const [first, second] = [world.call('a'), world.call('a')]
  world.effects()
  world.machine.gone(first, world.now)
  expect(world.effects()).toEqual([{ kind: 'cut', call: first }])
  world.end(first, lost)
  expect(world.delivered()).toEqual([second])
})
