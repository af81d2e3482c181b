import { expect, test } from 'vitest'
import { chainLengthMax } from '../../../src/calls/machine/arrival.js'
import { declined, here, moving, plainArrival, there, World } from './support/world.js'

test('a call for an actor of this host goes to its application, with the token', () => {
  const world = new World()
  world.places.set('a', here(7, 9))
  const call = world.call('a', { timeoutMs: 500, chain: ['x'] })
  expect(world.effects()).toEqual([
    {
      ...{ kind: 'deliver', call, held: { token: 7, generation: 9 } },
      ...{ chain: ['x', 'run.1'], remainingMs: 500 },
    },
  ])
  world.end(call)
  expect(world.effects()).toEqual([])
  expect(world.machine.measures.ended.answered.local).toBe(1)
})

test('a call for an actor of another host goes there, with a little less time', () => {
  const world = new World()
  world.places.set('a', there('b:1', 4))
  const call = world.call('a', { timeoutMs: 10_000, chain: ['x'] })
  const forward = { kind: 'forward', call, host: 'b:1', generation: 4, chain: ['x'] }
  expect(world.effects()).toEqual([{ ...forward, remainingMs: 9_900 }])
  world.end(call)
  expect(world.effects()).toEqual([])
  expect(world.machine.measures.ended.answered.remote).toBe(1)
})

test('what another sidecar sent is let in only if the actor is of this host now', () => {
  const world = new World()
  world.places.set('mine', here())
  const mine = world.guest('mine')
  expect(world.delivered()).toEqual([mine])
  for (const location of [there('c:1'), moving(), moving(3), { kind: 'no_owner' } as const]) {
    world.places.set('other', location)
    const call = world.guest('other', 1)
    const [answer] = world.take('answer')
    const expected = { code: 'call_declined', status: 421, generation: 1, isOutcomeUnknown: false }
    expect(answer).toMatchObject({ call, problem: expected })
  }
  expect(world.effects()).toEqual([])
})

test('what another sidecar sent by a newer table waits for it, and is asked for anew', () => {
  const world = new World()
  const [first, second] = [world.guest('a', 2), world.guest('b', 2)]
  expect(world.effects()).toEqual([{ kind: 'refresh', generation: 2 }])
  world.move('a', here(2), 2)
  expect(world.delivered()).toEqual([first])
  expect(world.problems()).toEqual([`${second}:call_declined`])
})

test('what another sidecar sent by a newer table is let in if the actor is of this host anyway', () => {
  const world = new World()
  world.places.set('a', here())
  const call = world.guest('a', 5)
  expect(world.delivered()).toEqual([call])
})

test('a newer table that does not come is not waited for longer than a moment', () => {
  const world = new World({ generationWaitMs: 800 })
  const call = world.guest('a', 2)
  world.pass(799)
  expect(world.problems()).toEqual([])
  world.pass(1)
  expect(world.problems()).toEqual([`${call}:call_declined`])
})

test('a table that is asked for and does not come is asked for again, not all the time', () => {
  const world = new World()
  for (let i = 0; i < 50; i += 1) {
    world.guest('a', 2)
    world.pass(10)
  }
  expect(world.take('refresh')).toHaveLength(3)
})

test('a call for a type that nobody has is told so', () => {
  const world = new World()
  world.places.set('a', { kind: 'no_owner' })
  const call = world.call('a')
  expect(world.take('answer')[0]).toMatchObject({
    call,
    problem: { code: 'no_owner', status: 404 },
  })
})

test('a call before the first table waits for it, and says so if that does not come', () => {
  const world = new World()
  world.generation = null
  world.places.set('a', { kind: 'unknown' })
  const late = world.call('a', { timeoutMs: 100 })
  const call = world.call('a')
  world.pass(100)
  const [answer] = world.take('answer')
  expect(answer).toMatchObject({ call: late, problem: { code: 'unavailable', retryAfterS: 1 } })
  world.move('a', there('b:1'), 1)
  expect(world.forwarded()).toEqual([`${call}>b:1`])
})

test('a part of a call that runs goes to the host that lets go of the actor, once', () => {
  const world = new World()
  world.places.set('a', moving(null, 'old:1'))
  const plain = world.call('a')
  const part = world.call('a', { chain: ['run.of.old'] })
  expect(world.take('forward')).toMatchObject([{ call: part, host: 'old:1', generation: null }])
  world.end(part, declined(1))
  world.pass(5_000)
  expect(world.forwarded()).toEqual([])
  world.move('a', there('new:1', 2), 2)
  expect(world.forwarded()).toEqual([`${plain}>new:1`, `${part}>new:1`])
})

test('calls within calls end somewhere', () => {
  const world = new World()
  world.places.set('a', here())
  const chain = Array.from({ length: chainLengthMax + 1 }, (_, i) => `r${i}`)
  world.call('a', { chain: chain.slice(1) })
  expect(world.delivered()).toHaveLength(1)
  const call = world.call('a', { chain })
  expect(world.take('answer')[0]).toMatchObject({ call, problem: { status: 400 } })
})

test('a call without any time is answered and sent nowhere', () => {
  const world = new World()
  world.places.set('a', here())
  const call = world.guest('a', 1, { timeoutMs: 0 })
  expect(world.effects()).toMatchObject([{ kind: 'answer', call, problem: { status: 503 } }])
})

test('a number that is used twice, and an end of what was not sent, are bugs', () => {
  const world = new World()
  const call = world.call('a')
  const arrival = { ...plainArrival, id: 'a' }
  expect(() => world.machine.arrived(call, arrival, world.now)).toThrow('has arrived before')
  expect(() => world.end(99, declined(1))).toThrow('was not sent')
  world.end(call)
  expect(() => world.end(call)).toThrow('was not sent')
})

test('what happened to a call can be told', () => {
  const world = new World()
  world.places.set('a', moving())
  const call = world.call('a', { isExplained: true })
  world.pass(50)
  world.move('a', there('b:1', 2), 2)
  world.pass(10)
  world.end(call, declined(3))
  world.pass(5)
  world.move('a', there('c:1', 3), 3)
  world.machine.answering(call, world.now)
  const { machine, now } = world
  expect(machine.explanationOf(call, now)).toEqual({
    steps: [
      { afterMs: 0, what: 'wait', detail: 'it moves', generation: 1 },
      { afterMs: 50, what: 'forward', detail: 'b:1', generation: 2 },
      { afterMs: 60, what: 'declined', detail: 'b:1', generation: 3 },
      {
        ...{ afterMs: 60, what: 'wait', generation: 2 },
        detail: 'b:1 does not own it by its table 3',
      },
      { afterMs: 65, what: 'forward', detail: 'c:1', generation: 3 },
      { afterMs: 65, what: 'answering', detail: 'c:1', generation: 3 },
    ],
    omitted: 0,
    waitedMs: 55,
    hops: 2,
  })
  expect(machine.explanationOf(world.call('a'), now)).toBeNull()
  const late = world.call('a', { isExplained: true, timeoutMs: 0 })
  const [answer] = world.take('answer')
  expect(answer).toMatchObject({ call: late, explanation: { hops: 0, waitedMs: 0 } })
})
