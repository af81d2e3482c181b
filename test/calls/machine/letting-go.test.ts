import { expect, test } from 'vitest'
import { answered, here, lost, moving, refused, there, World } from './support/world.js'

/** A world in which these actors are of this host and were called once. */
function worldWith(ids: readonly string[], settings = {}): World {
  const world = new World(settings)
  for (const id of ids) {
    world.places.set(id, here())
    world.end(world.call(id))
  }
  world.effects()
  return world
}

/** The actor begins to move away: what runs may finish. */
function leaves(world: World, release: number, ...ids: string[]): void {
  for (const id of ids) world.places.set(id, moving(1))
  world.letGo(release, ...ids)
}

test('the application is told of actors that were called here, and of no others', () => {
  const world = worldWith(['a', 'b', 'stays'])
  leaves(world, 7, 'a', 'b', 'never-called')
  expect(world.effects()).toEqual([
    {
      ...{ kind: 'tell-application', why: 'moved' },
      actors: ['a', 'b'].map((id) => ({ type: 'Cart', id })),
    },
  ])
  world.machine.told('Cart', 'a', world.now)
  expect(world.effects()).toEqual([])
  world.machine.told('Cart', 'b', world.now)
  expect(world.effects()).toEqual([{ kind: 'released', release: 7 }])
  expect(world.machine.measures.actors).toBe(1)
})

test('a release of what was never called is over at once', () => {
  const world = worldWith(['a'])
  world.letGo(1, 'b')
  expect(world.effects()).toEqual([{ kind: 'released', release: 1 }])
})

test('a release waits for calls that run, for the application, and for nothing else', () => {
  const world = worldWith(['stays'])
  world.places.set('a', here())
  const call = world.call('a')
  const other = world.call('stays')
  world.effects()
  leaves(world, 1, 'a')
  world.pass(1_000)
  expect(world.effects()).toEqual([])
  world.end(call)
  expect(world.told()).toEqual(['a:moved'])
  world.pass(1_000)
  expect(world.effects()).toEqual([])
  world.machine.told('Cart', 'a', world.now)
  expect(world.effects()).toEqual([{ kind: 'released', release: 1 }])
  world.end(other)
})

test('an actor that is let go of takes no call, and one that stays does', () => {
  const world = worldWith(['a', 'stays'])
  leaves(world, 1, 'a')
  world.effects()
  const [waits, goes] = [world.call('a'), world.call('stays')]
  expect(world.delivered()).toEqual([goes])
  world.machine.told('Cart', 'a', world.now)
  expect(world.take('released')).toHaveLength(1)
  world.move('a', there('c:1', 2), 2)
  expect(world.forwarded()).toEqual([`${waits}>c:1`])
})

test('parts of a call that runs are let in while it drains, under the old token', () => {
  const world = worldWith([])
  world.places.set('a', here(5))
  world.call('a')
  const [{ chain } = { chain: [] }] = world.take('deliver')
  world.places.set('a', moving(5))
  world.letGo(1, 'a')
  const part = world.guest('a', 5, { chain: ['else.1', ...chain, 'else.2'] })
  const own = world.call('a', { chain })
  const held = { token: 5, generation: 5 }
  expect(world.take('deliver')).toMatchObject([
    { call: part, held },
    { call: own, held },
  ])
  const foreign = world.guest('a', 1, { chain: ['else.1'] })
  expect(world.problems()).toEqual([`${foreign}:call_declined`])
})

test('parts of a call that runs on another actor are not let in', () => {
  const world = worldWith([])
  world.places.set('a', here())
  world.places.set('b', here())
  const a = world.call('a')
  const [{ chain } = { chain: [] }] = world.take('deliver')
  const b = world.call('b')
  leaves(world, 1, 'b')
  world.effects()
  world.call('b', { chain })
  expect(world.delivered()).toEqual([])
  world.end(a)
  world.end(b)
})

test('parts of a call are not let in once the lease is over', () => {
  const world = worldWith([])
  world.places.set('a', here())
  world.call('a')
  const [{ chain } = { chain: [] }] = world.take('deliver')
  world.places.set('a', moving(null))
  const part = world.guest('a', 1, { chain })
  expect(world.problems()).toEqual([`${part}:call_declined`])
})

test('the actor leaves when the parts of its calls have ended, too', () => {
  const world = worldWith([])
  world.places.set('a', here())
  const call = world.call('a')
  const [{ chain } = { chain: [] }] = world.take('deliver')
  leaves(world, 1, 'a')
  const part = world.call('a', { chain })
  world.effects()
  world.end(call)
  expect(world.told()).toEqual([])
  world.end(part)
  expect(world.told()).toEqual(['a:moved'])
})

test('what still runs is cut when the time to drain is over; parts are let in no more', () => {
  const world = worldWith([], { drainMs: 2_000 })
  world.places.set('a', here())
  const [plain, again] = [world.call('a'), world.call('a', { isRepeatable: true })]
  const [{ chain } = { chain: [] }] = world.take('deliver')
  leaves(world, 1, 'a')
  world.pass(1_999)
  expect(world.effects()).toEqual([])
  world.pass(1)
  expect(world.effects()).toEqual([plain, again].map((call) => ({ kind: 'cut', call })))
  const part = world.guest('a', 1, { chain })
  expect(world.problems()).toEqual([`${part}:call_declined`])
  world.end(plain, lost)
  expect(world.take('answer')[0]!.problem).toMatchObject({
    ...{ code: 'call_lost', isOutcomeUnknown: true },
    detail: 'A call of Cart/a broke: the actor had to leave this host.',
  })
  expect(world.told()).toEqual([])
  world.end(again, lost)
  expect(world.told()).toEqual(['a:moved'])
  world.machine.told('Cart', 'a', world.now)
  world.effects()
  // It may be sent again, and goes where the actor went.
  world.move('a', there('c:1', 2), 2)
  expect(world.forwarded()).toEqual([`${again}>c:1`])
})

test('draining leaves the application half of the time of the round', () => {
  const world = worldWith([], { drainMs: 60_000 })
  world.places.set('a', here())
  const call = world.call('a', { timeoutMs: 60_000 })
  leaves(world, 1, 'a')
  world.effects()
  world.pass(5_000)
  expect(world.effects()).toEqual([{ kind: 'cut', call }])
})

test('nothing is let go of while somebody may believe that it is owned here', () => {
  const world = worldWith(['a', 'b'])
  expect(world.machine.grant('Cart', 'a', world.now)).toEqual({
    ...{ token: 1, generation: 1, holdsMs: 500 },
  })
  world.pass(200)
  leaves(world, 1, 'a')
  leaves(world, 2, 'b')
  for (const id of ['a', 'b']) world.machine.told('Cart', id, world.now)
  // Nobody was told anything of b.
  expect(world.take('released')).toEqual([{ kind: 'released', release: 2 }])
  expect(world.machine.grant('Cart', 'a', world.now)).toBeNull()
  world.pass(299)
  expect(world.take('released')).toEqual([])
  world.pass(1)
  expect(world.take('released')).toEqual([{ kind: 'released', release: 1 }])
})

test('nobody is told to believe longer than the lease holds', () => {
  const world = new World()
  const held = { token: 1, generation: 1 }
  world.places.set('a', { kind: 'here', held, leaseLeftMs: 120 })
  expect(world.machine.grant('Cart', 'a', world.now)?.holdsMs).toBe(120)
  expect(world.machine.grant('Cart', 'b', world.now)).toBeNull()
})

test('with more grants than are kept a release waits for all of them', () => {
  const world = new World()
  for (let i = 0; i <= 10_000; i += 1) {
    world.places.set(`k${i}`, here())
    world.machine.grant('Cart', `k${i}`, world.now)
  }
  world.pass(100)
  leaves(world, 1, 'elsewhere')
  expect(world.take('released')).toEqual([])
  world.pass(400)
  expect(world.take('released')).toEqual([{ kind: 'released', release: 1 }])
})

test('the actors of a release are found in slices, while calls go on', () => {
  const ids = Array.from({ length: 3_000 }, (_, i) => `k${i}`)
  const world = worldWith(ids)
  for (const id of ids) world.places.set(id, moving(1))
  world.machine.letGo(1, { types: ['Cart'], has: () => true }, 10_000, world.now)
  const batches = world.take('tell-application')
  expect(batches).toEqual([])
  world.work()
  const sizes = world.take('tell-application').map(({ actors }) => actors.length)
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(3_000)
  expect(Math.max(...sizes)).toBeLessThanOrEqual(1_000)
  for (const id of ids) world.machine.told('Cart', id, world.now)
  expect(world.effects()).toEqual([{ kind: 'released', release: 1 }])
})

test('a call to an actor that comes back while it leaves waits until it has left', () => {
  const world = worldWith(['a'])
  leaves(world, 1, 'a')
  world.effects()
  world.move('a', here(3), 3)
  const call = world.call('a')
  expect(world.delivered()).toEqual([])
  world.machine.told('Cart', 'a', world.now)
  expect(world.delivered()).toEqual([call])
})

test('two releases of one actor tell the application once, and both wait for it', () => {
  const world = worldWith(['a', 'b'])
  leaves(world, 1, 'a')
  leaves(world, 2, 'a', 'b')
  expect(world.told()).toEqual(['a:moved', 'b:moved'])
  world.machine.told('Cart', 'a', world.now)
  expect(world.take('released')).toEqual([{ kind: 'released', release: 1 }])
  world.machine.told('Cart', 'b', world.now)
  world.machine.told('Cart', 'b', world.now)
  expect(world.take('released')).toEqual([{ kind: 'released', release: 2 }])
})

test('a final fence cuts all at once, and new calls get 503', () => {
  const world = worldWith(['idle'])
  world.places.set('a', here())
  const [running, again] = [world.call('a'), world.call('a', { isRepeatable: true })]
  const elsewhere = world.call('b')
  world.effects()
  for (const id of ['a', 'idle']) world.places.set(id, moving())
  world.fence(3, true, 'a', 'idle')
  expect(world.effects()).toEqual([
    { kind: 'cut', call: running },
    { kind: 'cut', call: again },
    { kind: 'tell-fenced', fence: 3, isFinal: true },
  ])
  for (const call of [running, again]) world.end(call, lost)
  world.work()
  expect(world.problems()).toEqual([`${running}:call_lost`, `${again}:call_lost`])
  expect(world.told()).toEqual(['a:fenced', 'idle:fenced'])
  const [own, guest] = [world.call('a'), world.guest('a')]
  expect(world.problems()).toEqual([`${own}:call_fenced`, `${guest}:call_declined`])
  for (const id of ['a', 'idle']) world.machine.told('Cart', id, world.now)
  expect(world.effects()).toEqual([])
  world.machine.toldFenced(3, world.now)
  expect(world.effects()).toEqual([{ kind: 'stopped', fence: 3 }])
  // From then on the actors move like others.
  world.call('a')
  expect(world.effects()).toEqual([])
  world.end(elsewhere)
})

test('calls that wait for a fenced actor get 503 as well', () => {
  const world = worldWith([])
  world.places.set('a', moving())
  const call = world.call('a')
  world.fence(1, true, 'a')
  world.work()
  expect(world.problems()).toEqual([`${call}:call_fenced`])
})

test('a fence that is not final cuts what runs; others wait', () => {
  const world = worldWith([])
  world.places.set('a', here())
  const running = world.call('a')
  world.places.set('a', moving())
  world.fence(1, false, 'a')
  const waits = world.call('a')
  world.take('deliver')
  world.end(running, lost)
  world.work()
  world.machine.told('Cart', 'a', world.now)
  world.machine.toldFenced(1, world.now)
  expect(world.problems()).toEqual([`${running}:call_lost`])
  expect(world.take('stopped')).toEqual([{ kind: 'stopped', fence: 1 }])
  world.move('a', here(2), 2)
  expect(world.delivered()).toEqual([waits])
})

test('calls for keys that had to stop go to the owner that the table names, at once', () => {
  const world = worldWith([])
  world.places.set('a', there('c:1', 2))
  world.fence(1, false, 'a')
  const call = world.call('a')
  expect(world.forwarded()).toEqual([`${call}>c:1`])
})

test('a fence while an actor drains cuts it at once, and both are over when it has left', () => {
  const world = worldWith([])
  world.places.set('a', here())
  const call = world.call('a')
  leaves(world, 1, 'a')
  world.effects()
  world.fence(2, true, 'a')
  world.work()
  expect(world.effects()).toEqual([
    { kind: 'cut', call },
    { kind: 'tell-fenced', fence: 2, isFinal: true },
  ])
  world.machine.toldFenced(2, world.now)
  world.end(call, lost)
  expect(world.told()).toEqual(['a:fenced'])
  world.machine.told('Cart', 'a', world.now)
  expect(world.take('released')).toHaveLength(1)
  expect(world.take('stopped')).toHaveLength(1)
})

test('an idle actor leaves, and a call that comes meanwhile waits for the application', () => {
  const world = worldWith(['a', 'b'], { idleMs: 1_000 })
  world.pass(500)
  const busy = world.call('b')
  world.effects()
  world.pass(499)
  expect(world.told()).toEqual([])
  world.pass(1)
  expect(world.told()).toEqual(['a:idle'])
  const call = world.call('a')
  expect(world.delivered()).toEqual([])
  world.machine.told('Cart', 'a', world.now)
  expect(world.delivered()).toEqual([call])
  world.pass(5_000)
  expect(world.told()).toEqual([])
  world.end(busy)
  world.pass(1_000)
  expect(world.told()).toEqual(['b:idle'])
})

test('when many actors are open those that were idle longest make room', () => {
  const world = worldWith(['a', 'b'], { actorsMax: 10 })
  for (let i = 0; i < 7; i += 1) {
    world.places.set(`k${i}`, here())
    world.call(`k${i}`)
  }
  expect(world.told()).toEqual([])
  // Nine of ten are open.
  world.places.set('next', here())
  const next = world.call('next')
  expect(world.delivered()).toContain(next)
  expect(world.told()).toEqual(['a:idle'])
  world.machine.told('Cart', 'a', world.now)
  world.places.set('last', here())
  world.call('last')
  expect(world.told()).toEqual(['b:idle'])
  expect(world.machine.measures.actors).toBe(10)
})

test('an actor for which there is no room is refused, and the others go on', () => {
  const world = new World({ actorsMax: 2 })
  for (const id of ['a', 'b', 'c']) world.places.set(id, here())
  const [a, b] = [world.call('a'), world.call('b')]
  const c = world.call('c')
  expect(world.problems()).toEqual([`${c}:too_many_calls`])
  const again = world.call('a')
  expect(world.delivered()).toEqual([a, b, again])
  for (const call of [a, b, again]) world.end(call)
})

test('an actor that the application never heard of is forgotten without a word', () => {
  const world = worldWith([])
  world.places.set('a', here())
  const call = world.call('a')
  leaves(world, 1, 'a')
  world.effects()
  world.end(call, refused)
  expect(world.told()).toEqual([])
  expect(world.take('released')).toEqual([{ kind: 'released', release: 1 }])
})

test('an answer that nobody waits for does nothing', () => {
  const world = worldWith(['a'])
  world.machine.told('Cart', 'a', world.now)
  world.machine.told('Cart', 'never', world.now)
  world.machine.toldFenced(9, world.now)
  expect(world.effects()).toEqual([])
  expect(world.machine.measures.actors).toBe(1)
  world.end(world.call('a'), answered)
})
