/** Calls that were forwarded, and of which nothing went out when their actor moved. */
import { expect, test } from 'vitest'
import { Budget } from '../../../src/jobs/job.js'
import { here, moving, refused, there, World } from './support/world.js'

test('a call of which nothing was sent goes on to the new owner, and one that was sent stays', () => {
  const world = new World()
  const [unsent, sent, other] = [world.call('a'), world.call('a'), world.call('other')]
  world.machine.sent(sent, world.now)
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
