/** Calls that were forwarded, and have no answer when their actor moves. */
import { expect, test } from 'vitest'
import { Budget } from '../../../src/jobs/job.js'
import { answered, here, lost, moving, refused, there, World } from './support/world.js'

test('a call of which nothing was sent goes on to the new owner, and one that was sent stays', () => {
  const world = new World()
  const [unsent, sent, other] = [world.call('a'), world.call('a'), world.call('other')]
  world.machine.sent(sent, true, world.now)
  world.effects()
  world.move('a', there('c:1', 2), 2)
  expect(world.effects()).toEqual([{ kind: 'retract', call: unsent }])
  world.end(unsent, refused)
  world.work()
  expect(world.forwarded()).toEqual([`${unsent}>c:1`])
  world.pass(1_000)
  expect(world.effects()).toEqual([])
  world.move('other', here(3), 3)
  expect(world.take('retract')).toEqual([{ kind: 'retract', call: other }])
})

test('it waits in its place while its actor moves, or runs here when that is the new owner', () => {
  const world = new World()
  const [first, second] = [world.call('a'), world.call('a')]
  world.effects()
  world.move('a', moving(null, 'b:1'))
  expect(world.take('retract')).toHaveLength(2)
  for (const call of [second, first]) world.end(call, refused)
  world.pass(2_000)
  expect(world.effects()).toEqual([])
  world.move('a', here(2), 2)
  expect(world.delivered()).toEqual([first, second])
})

test('one that comes back goes before those that came behind it and wait', () => {
  const world = new World()
  const first = world.call('a')
  world.places.set('a', moving(null, 'b:1'))
  const second = world.call('a')
  world.effects()
  world.generation = 2
  world.places.set('a', there('c:1', 2))
  world.machine.ownershipChanged(world.now)
  world.machine.work(new Budget(1_000), world.now)
  expect(world.effects()).toEqual([{ kind: 'retract', call: first }])
  world.end(first, refused)
  world.work()
  expect(world.forwarded()).toEqual([`${first}>c:1`, `${second}>c:1`])
})

test('it stays where its actor stays, and where no table can be relied on', () => {
  const world = new World()
  world.call('a')
  world.effects()
  world.move('a', there('b:1', 2), 2)
  world.move('a', { kind: 'unknown' })
  expect(world.effects()).toEqual([])
})

test('a part of a call that runs where its actor still is stays until the move is over', () => {
  const world = new World()
  world.places.set('a', moving(null, 'b:1'))
  const part = world.call('a', { chain: ['b.1'] })
  expect(world.forwarded()).toEqual([`${part}>b:1`])
  world.move('a', moving(null, 'b:1'))
  expect(world.effects()).toEqual([])
  world.move('a', there('c:1', 2), 2)
  expect(world.effects()).toEqual([{ kind: 'retract', call: part }])
})

function sentTo(world: World, id: string, canSendAgain = true): number {
  const call = world.call(id, { isRepeatable: true })
  world.machine.sent(call, canSendAgain, world.now)
  world.effects()
  return call
}

test('one that may be sent again waits 1 s for a former owner, then goes on to the new one', () => {
  const world = new World()
  const call = sentTo(world, 'a')
  world.move('a', moving(null, 'b:1'))
  world.pass(5_000)
  world.move('a', there('c:1', 2), 2)
  world.pass(900)
  expect(world.effects()).toEqual([])
  // Another table does not make it wait anew.
  world.move('other', there('c:1', 3), 3)
  world.pass(100)
  expect(world.effects()).toEqual([{ kind: 'cut', call }])
  world.end(call, lost)
  world.work()
  expect(world.forwarded()).toEqual([`${call}>c:1`])
})

test('its former owner may answer meanwhile, or become the owner again', () => {
  const world = new World()
  const [first, second, third] = [sentTo(world, 'a'), sentTo(world, 'b'), sentTo(world, 'c')]
  for (const id of ['a', 'b', 'c']) world.move(id, there('c:1', 2), 2)
  world.pass(500)
  world.machine.answering(first, world.now)
  world.end(second, answered)
  world.move('c', there('b:1', 3), 3)
  world.pass(10_000)
  expect(world.effects()).toEqual([])
  world.pass(20_000)
  expect(world.effects()).toEqual([{ kind: 'cut', call: third }])
})

test('one whose body streams, or that may not be sent twice, waits for its answer', () => {
  const world = new World()
  const calls = [sentTo(world, 'a', false), world.call('a')]
  world.machine.sent(calls[1]!, true, world.now)
  world.effects()
  world.move('a', there('c:1', 2), 2)
  world.pass(29_000)
  expect(world.effects()).toEqual([])
  world.pass(1_000)
  expect(world.effects()).toEqual(calls.map((call) => ({ kind: 'cut', call })))
})

test('one that went out while it was to be taken back does not wait for its deadline either', () => {
  const world = new World()
  const call = world.call('a', { isRepeatable: true })
  world.effects()
  world.move('a', there('c:1', 2), 2)
  world.machine.sent(call, true, world.now)
  expect(world.take('retract')).toHaveLength(1)
  world.pass(1_000)
  expect(world.effects()).toEqual([{ kind: 'cut', call }])
})

test('one that was cut, or that is over, is not looked at', () => {
  const world = new World()
  const [gone, over] = [world.call('a'), world.call('a')]
  world.machine.gone(gone, world.now)
  world.end(over)
  world.effects()
  world.move('a', there('c:1', 2), 2)
  expect(world.effects()).toEqual([])
})

test('many are looked at in slices', () => {
  const world = new World()
  const calls = Array.from({ length: 2_000 }, (_, i) => world.call(`k${i}`))
  world.effects()
  world.elsewhere = there('c:1', 2)
  world.generation = 2
  world.machine.ownershipChanged(world.now)
  expect(world.effects()).toEqual([])
  world.asked = 0
  world.work()
  expect(world.take('retract').map(({ call }) => call)).toEqual(calls)
  expect(world.asked).toBe(2_000)
})
