import { expect, test } from 'vitest'
import { here, lost, moving, there, World } from './support/world.js'

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
