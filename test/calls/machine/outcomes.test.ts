import { describe, expect, test } from 'vitest'
import type { Location } from '../../../src/calls/machine/ownership.js'
import { declined, here, lost, moving, refused, there, World } from './support/world.js'

const unknown = { code: 'call_lost', status: 502, isOutcomeUnknown: true, retryAfterS: null }

test('a call that may have reached an application is not sent again', () => {
  const world = new World()
  world.places.set('a', here())
  const calls = [world.call('a'), world.call('b')]
  world.effects()
  for (const call of calls) world.end(call, lost)
  expect(world.take('answer')).toMatchObject(calls.map((call) => ({ call, problem: unknown })))
  world.pass(60_000)
  expect(world.effects()).toEqual([])
})

test('one that is repeatable is sent again, after a while', () => {
  const world = new World()
  world.places.set('a', here())
  const calls = [world.call('a', { isRepeatable: true }), world.call('b', { isRepeatable: true })]
  world.effects()
  for (const call of calls) world.end(call, lost)
  expect(world.effects()).toEqual([])
  world.pass(20)
  const [local, remote] = calls
  expect(world.delivered()).toEqual([local])
  expect(world.forwarded()).toEqual([`${remote}>b:1`])
  expect(world.machine.measures.sentAgain).toBe(2)
})

test('one that is repeatable and not held whole is not sent again', () => {
  const world = new World()
  const call = world.call('a', { isRepeatable: true })
  world.effects()
  world.end(call, { ...lost, canSendAgain: false } as typeof lost)
  expect(world.take('answer')).toMatchObject([{ call, problem: unknown }])
})

test('one that nobody took and whose body is used up is answered, and may be repeated', () => {
  const world = new World()
  world.places.set('a', here())
  const [local, remote] = [world.call('a'), world.call('b', { isRepeatable: true })]
  world.effects()
  world.end(local, { ...refused, canSendAgain: false } as typeof refused)
  world.end(remote, { ...declined(2), canSendAgain: false } as typeof refused)
  const later = { status: 503, isOutcomeUnknown: false, retryAfterS: 1 }
  expect(world.take('answer')).toMatchObject([
    { call: local, problem: { ...later, code: 'call_unreachable' } },
    { call: remote, problem: { ...later, code: 'call_moving' } },
  ])
  world.pass(60_000)
  expect(world.effects()).toEqual([])
})

test('what another sidecar sent is sent again by that one alone', () => {
  const world = new World()
  world.places.set('a', here())
  const call = world.guest('a', 1, { isRepeatable: true })
  world.effects()
  world.end(call, lost)
  expect(world.take('answer')).toMatchObject([{ call, problem: unknown }])
})

test('an answer that broke off is over: nothing is said, nothing is sent again', () => {
  const world = new World()
  const [seen, told] = [world.call('a', { isRepeatable: true }), world.call('b')]
  world.effects()
  world.machine.answering(seen, world.now)
  world.end(seen, lost)
  world.end(told, { ...lost, answerBegan: true } as typeof lost)
  world.pass(1_000)
  expect(world.effects()).toEqual([])
  expect(world.machine.measures.ended.broken.remote).toBe(2)
})

test('one that was lost and waits gets 504 at its deadline: the outcome is unknown', () => {
  const world = new World()
  const call = world.call('a', { isRepeatable: true, timeoutMs: 1_000 })
  world.effects()
  world.end(call, lost)
  world.pass(20)
  for (const { call: again } of world.take('forward')) world.end(again, refused)
  world.places.set('a', { kind: 'moving', held: null, holder: null })
  world.pass(1_000)
  const problem = { code: 'call_timeout', status: 504, isOutcomeUnknown: true }
  expect(world.take('answer')).toMatchObject([{ call, problem }])
})

test('a caller that goes away has its call cut, once, and gets no answer', () => {
  const world = new World()
  world.places.set('a', here())
  const calls = [world.call('a', { isRepeatable: true }), world.call('b')]
  world.effects()
  for (const call of [...calls, ...calls]) world.machine.gone(call, world.now)
  expect(world.effects()).toEqual(calls.map((call) => ({ kind: 'cut', call })))
  world.end(calls[0]!, lost)
  world.end(calls[1]!, refused)
  world.pass(60_000)
  expect(world.effects()).toEqual([])
  const { gone } = world.machine.measures.ended
  expect(gone).toEqual({ none: 0, local: 1, remote: 1 })
})

test('a caller that goes away while its call is being cut gets no answer either', () => {
  const world = new World()
  const calls = [world.call('a'), world.call('b', { isRepeatable: true }), world.call('c')]
  world.effects()
  world.machine.close(world.now)
  for (const call of calls) world.machine.gone(call, world.now)
  expect(world.effects()).toEqual(calls.map((call) => ({ kind: 'cut', call })))
  for (const [i, call] of calls.entries()) world.end(call, [refused, lost, declined(2)][i]!)
  world.pass(60_000)
  expect(world.effects()).toEqual([])
  expect(world.machine.measures.ended.gone.remote).toBe(3)
})

test('a caller that goes away while a retracted call is on its way back is not waited for', () => {
  const world = new World()
  const call = world.call('a')
  world.move('a', there('c:1', 2), 2)
  world.effects()
  world.machine.gone(call, world.now)
  world.end(call, refused)
  world.pass(60_000)
  expect(world.take('forward')).toEqual([])
})

test('an answer that comes behind the cut counts', () => {
  const world = new World()
  const call = world.call('a', { timeoutMs: 100 })
  world.effects()
  world.pass(100)
  world.end(call)
  expect(world.effects()).toEqual([{ kind: 'cut', call }])
  expect(world.machine.measures.ended.answered.remote).toBe(1)
})

test('at the end of the process all is answered or cut, and nothing is let in', () => {
  const world = new World()
  world.places.set('a', here())
  world.places.set('m', { kind: 'moving', held: null, holder: null })
  const running = world.call('a', { isRepeatable: true })
  const [sent, waits] = [world.call('b'), world.call('m')]
  world.effects()
  world.machine.close(world.now)
  expect(world.effects()).toMatchObject([
    { kind: 'cut', call: running },
    { kind: 'cut', call: sent },
    { kind: 'answer', call: waits, problem: { code: 'unavailable', status: 503 } },
  ])
  world.end(running, lost)
  world.end(sent, refused)
  const late = world.call('a')
  expect(world.problems()).toEqual([
    `${running}:call_lost`,
    `${sent}:unavailable`,
    `${late}:unavailable`,
  ])
})

test('calls that run and that were sent on are counted until they end', () => {
  const world = new World()
  world.places.set('a', here())
  const calls = [world.call('a'), world.call('a'), world.call('b')]
  const { machine } = world
  expect(machine.measures).toMatchObject({ running: 2, forwarded: 1, waiting: 0, actors: 1 })
  for (const call of calls) world.end(call)
  expect(machine.measures).toMatchObject({ running: 0, forwarded: 0, waiting: 0, actors: 1 })
  world.places.set('a', there('b:1'))
})

describe('right before a call is written it is asked again whether it may begin', () => {
  const places: [what: string, place: Location, may: boolean][] = [
    ['it is here', here(), true],
    ['it is of another host', there('c:1'), false],
    ['it was away meanwhile', here(2), false],
    ['it is about to leave', moving(1), false],
  ]

  test.for(places)('%s', ([, place, may]) => {
    const world = new World()
    world.places.set('a', here())
    const call = world.call('a', { chain: ['run.1'] })
    world.effects()
    world.places.set('a', place)
    expect(world.machine.mayBegin(call)).toBe(may)
    world.end(call)
    expect(world.machine.mayBegin(call)).toBe(false)
  })

  test('a part of a call that runs may, while the actor is about to leave', () => {
    const world = new World()
    world.places.set('a', here())
    const outer = world.call('a')
    const [{ chain } = { chain: [] }] = world.take('deliver')
    world.places.set('a', moving(1))
    const inner = world.call('a', { chain })
    expect(world.delivered()).toEqual([inner])
    expect(world.machine.mayBegin(inner)).toBe(true)
    world.end(outer)
    expect(world.machine.mayBegin(inner)).toBe(false)
  })

  test('one that was cut may not', () => {
    const world = new World()
    world.places.set('a', here())
    const call = world.call('a')
    world.machine.gone(call, world.now)
    expect(world.machine.mayBegin(call)).toBe(false)
  })
})
