import { expect, test } from 'vitest'
import { member } from '../table/tables.js'
import { Bench, epochs, lineage, moving, orders, owned } from './support/bench.js'

async function serving() {
  const bench = (await Bench.host()).serve().nats()
  const { base, withD } = bench
  return { bench, base, withD, leaving: moving(base, withD, 'a:1', 'd:1') }
}

test('an update is acknowledged only when the host has let go of what moves away', async () => {
  const { bench, base, withD, leaving } = await serving()
  bench.publish(bench.lock(base, withD), bench.update(base, withD))
  expect(bench.releases.length).toBe(1)
  expect(bench.acknowledged.generation).toBe(10)
  const { keys } = bench.releases[0]!
  expect(keys.types).toEqual(['Order'])
  expect(keys.has('Order', leaving)).toBe(true)
  expect(keys.has('Order', owned('a:1', base, withD))).toBe(false)
  expect(keys.has('Order', moving(base, withD, 'b:1', 'd:1'))).toBe(false)
  for (let i = 0; i < 5; i += 1) {
    bench.pass(1_000)
    bench.answer()
  }
  expect(bench.acknowledged.generation).toBe(10)
  bench.letGo()
  expect(bench.acknowledged).toEqual({ term: 1, generation: 11 })
})

test('an update that takes nothing from the host is acknowledged at once', async () => {
  const { bench, base } = await serving()
  const before = bench.heartbeats.length
  bench.publish(bench.update(base, bench.withoutC))
  expect(bench.releases).toEqual([])
  expect(bench.heartbeats.length).toBe(before + 1)
  expect(bench.acknowledged.generation).toBe(11)
})

test('from the order on a key that moves away is not its own, but its token still is', async () => {
  const { bench, base, withD, leaving } = await serving()
  bench.publish(bench.update(base, withD))
  expect(bench.owns(leaving)).toBe(false)
  expect(bench.token(leaving)).toBe(10)
  bench.letGo()
  expect(bench.token(leaving)).toBe(null)
})

test('only keys whose owner differs wait; all others are answered as before', async () => {
  const { bench, base, withD, leaving } = await serving()
  bench.publish(bench.lock(base, withD), bench.update(base, withD))
  expect(bench.where(leaving)).toBe('moving')
  expect(bench.where(moving(base, withD, 'b:1', 'd:1'))).toBe('moving')
  expect(bench.where(owned('a:1', base, withD))).toBe('a:1')
  expect(bench.where(owned('b:1', base, withD))).toBe('b:1')
  expect(bench.owns(owned('a:1', base, withD))).toBe(true)
  expect(bench.state).toMatchObject({ generation: 10, movingTo: 11 })
})

test('a lock alone changes no answer', async () => {
  const { bench, base, withD, leaving } = await serving()
  bench.publish(bench.lock(base, withD))
  expect(bench.owns(leaving)).toBe(true)
  expect(bench.where(moving(base, withD, 'b:1', 'd:1'))).toBe('b:1')
})

test('nothing unlocks but the fact that the generation is disseminated, and time is no fact', async () => {
  const { bench, base, withD, leaving } = await serving()
  bench.publish(bench.lock(base, withD), bench.update(base, withD))
  bench.letGo()
  for (let i = 0; i < 60; i += 1) {
    bench.pass(1_000)
    bench.answer()
    bench.publish(bench.beacon(base))
  }
  expect(bench.where(leaving)).toBe('moving')
  expect(bench.state).toMatchObject({ generation: 10, movingTo: 11 })
  expect(bench.state.movingForMs).toBeGreaterThanOrEqual(60_000)
})

const facts: Record<string, (bench: Bench) => void> = {
  unlock: (bench) => bench.publish(bench.unlock(bench.withD)),
  beacon: (bench) => bench.publish(bench.beacon(bench.withD)),
  'the lock of a later round': (bench) => {
    const next = bench.withD.edit({ generation: 12, upserts: [], removes: ['b:1'] })
    bench.publish(bench.lock(bench.withD, next))
  },
  'the answer to a heartbeat': (bench) => bench.answer(undefined, bench.withD),
  'an answer without a digest': (bench) => {
    const { number } = bench.heartbeats.at(-1)!
    bench.say({ kind: 'answer', lineage, number, term: 1, disseminated: 11 })
  },
  'a heartbeat that is refused': (bench) => {
    const { number } = bench.heartbeats.at(-1)!
    const { digest } = bench.withD
    const refused = { kind: 'refused', lineage, number, term: 1, code: 'behind' } as const
    bench.say({ ...refused, disseminated: 11, digest })
  },
  welcome: (bench) => {
    const { generation, digest } = bench.withD
    bench.tell((machine) => machine.closed(bench.now))
    bench.open()
    const { table: _table, ...welcome } = bench.welcome({ disseminated: { generation, digest } })
    bench.say(welcome)
    bench.answer(undefined, bench.withD)
  },
  'a table that was asked for': (bench) => {
    const change = bench.update(bench.base, bench.withD).change
    bench.say({ kind: 'table', namespace: 'default', lineage, part: 1, parts: 1, change })
  },
}

for (const [fact, state] of Object.entries(facts)) {
  test(`"disseminated" opens what was acknowledged, from wherever it is learned: ${fact}`, async () => {
    const { bench, base, withD, leaving } = await serving()
    bench.publish(bench.lock(base, withD), bench.update(base, withD))
    bench.letGo()
    const { fences } = bench
    state(bench)
    expect(bench.where(leaving)).toBe('d:1')
    expect(bench.owns(owned('a:1', base, withD))).toBe(true)
    expect(bench.state).toMatchObject({ generation: 11, movingTo: null, movingForMs: null })
    expect(fences).toEqual([])
  })
}

test('releases run one after the other', async () => {
  const { bench, base, withD } = await serving()
  const next = withD.edit({ generation: 12, upserts: [member('e:1', 12, orders)], removes: [] })
  bench.publish(bench.update(base, withD))
  bench.publish(bench.update(base, next))
  expect(bench.releases.length).toBe(1)
  bench.letGo()
  expect(bench.acknowledged.generation).toBe(11)
  expect(bench.releases.length).toBe(2)
  bench.letGo()
  expect(bench.acknowledged.generation).toBe(12)
})

test('an order that was acknowledged is acknowledged again at once, under the term that repeats it', async () => {
  const { bench, base, withD } = await serving()
  bench.publish(bench.update(base, withD))
  bench.letGo()
  const before = bench.heartbeats.length
  // Over the WebSocket: the leader has not heard of it.
  bench.say(bench.update(base, withD))
  expect(bench.heartbeats.length).toBe(before + 1)
  bench.say({ kind: 'leader', lineage, term: 2, key: bench.welcome({ term: 2 }).key })
  bench.publish(bench.lock(base, withD, 2), bench.update(base, withD, 2))
  expect(bench.acknowledged).toEqual({ term: 2, generation: 11 })
  expect(bench.releases.length).toBe(1)
})

test('a round costs a host one heartbeat: the unlock of what it acknowledged costs none', async () => {
  const { bench, base, withD } = await serving()
  const before = bench.heartbeats.length
  bench.publish(bench.lock(base, withD), bench.update(base, withD))
  bench.letGo()
  bench.publish(bench.unlock(withD), bench.beacon(withD))
  expect(bench.heartbeats.length).toBe(before + 1)
  // What it had not acknowledged, it acknowledges with the unlock.
  const back = withD.edit({ generation: 12, upserts: [], removes: ['d:1'] })
  bench.say({
    ...{ kind: 'table', namespace: 'default', lineage, part: 1, parts: 1 },
    change: bench.update(withD, back).change,
  })
  expect(bench.heartbeats.length).toBe(before + 2)
  expect(bench.acknowledged.generation).toBe(12)
})

test('whoever repeats orders of others over NATS makes a host say nothing', async () => {
  const { bench, base, withD } = await serving()
  const next = withD.edit({ generation: 12, upserts: [member('e:1', 12, orders)], removes: [] })
  const old = [bench.lock(base, withD), bench.update(base, withD), bench.update(base, next)]
  bench.publish(...old)
  bench.letGo()
  bench.letGo()
  const before = bench.heartbeats.length
  for (let i = 0; i < 100; i += 1) bench.publish(...old)
  expect(bench.acknowledged).toEqual({ term: 1, generation: 12 })
  bench.publish(bench.unlock(next))
  for (let i = 0; i < 100; i += 1) bench.publish(...old, bench.unlock(next))
  expect(bench.heartbeats.length).toBe(before)
})

test('an observer says nothing of a round', async () => {
  const bench = (await Bench.observer()).serve({ epoch: 0 }).nats()
  const { base, withD } = bench
  const before = bench.heartbeats.length
  bench.publish(bench.lock(base, withD), bench.update(base, withD), bench.unlock(withD))
  expect(bench.state.generation).toBe(11)
  expect(bench.heartbeats.length).toBe(before)
})

test('an order that is repeated while the host lets go asks for no second release', async () => {
  const { bench, base, withD } = await serving()
  bench.publish(bench.update(base, withD), bench.update(base, withD))
  expect(bench.releases.length).toBe(1)
  bench.say({ kind: 'leader', lineage, term: 2, key: bench.welcome({ term: 2 }).key })
  bench.publish(bench.update(base, withD, 2))
  bench.letGo()
  expect(bench.releases.length).toBe(1)
  expect(bench.acknowledged).toEqual({ term: 2, generation: 11 })
})

test.for(['without the table', 'with the table'])(
  'what was acknowledged stays released through a reconnect %s and an order that gives it back',
  async (how) => {
    const { bench, base, withD, leaving } = await serving()
    bench.publish(bench.update(base, withD))
    bench.letGo()
    bench.tell((machine) => machine.closed(bench.now))
    bench.open()
    const { table: _, ...withoutTable } = bench.welcome()
    bench.say(how === 'with the table' ? bench.welcome() : withoutTable)
    bench.answer()
    expect(bench.owns(leaving)).toBe(false)
    // d is gone again before it ever owned: the key comes back only with the unlock.
    const again = bench.table(12, ['a:1', epochs.a], ['b:1', epochs.b], ['c:1', epochs.c])
    bench.publish(bench.update(base, again))
    expect(bench.owns(leaving)).toBe(false)
    expect(bench.token(leaving)).toBe(null)
    bench.publish(bench.unlock(again))
    expect(bench.owns(leaving)).toBe(true)
    expect(bench.token(leaving)).toBe(12)
  },
)

test('a host that learns of a table which it had not acknowledged drops what differs at once', async () => {
  const { bench, base, withD, leaving } = await serving()
  bench.publish(bench.update(base, withD))
  bench.publish(bench.unlock(withD))
  expect(bench.fences).toMatchObject([{ reason: 'overtaken', isFinal: false }])
  const { keys } = bench.fences[0]!
  expect(keys.has('Order', leaving)).toBe(true)
  expect(keys.has('Order', owned('a:1', base, withD))).toBe(false)
  expect(bench.owns(leaving)).toBe(false)
  expect(bench.owns(owned('a:1', base, withD))).toBe(true)
  // The release that was under way is worth nothing any more.
  bench.letGo()
  expect(bench.acknowledged.generation).toBe(11)
})

test('a round that passed a host by without taking anything fences nothing', async () => {
  const { bench } = await serving()
  const { withoutC, base } = bench
  bench.publish(bench.unlock(withoutC))
  bench.say({
    ...{ kind: 'table', namespace: 'default', lineage, part: 1, parts: 1 },
    change: bench.update(base, withoutC).change,
  })
  expect(bench.fences.filter(({ reason }) => reason === 'overtaken')).toEqual([])
})

test('a token never falls, and rises with every hand-over of its key', async () => {
  const { bench, base, withD, leaving } = await serving()
  const stays = owned('a:1', base, withD)
  const tokens = [bench.token(stays)!]
  bench.publish(bench.update(base, withD))
  bench.letGo()
  bench.publish(bench.unlock(withD))
  tokens.push(bench.token(stays)!)
  const back = withD.edit({ generation: 12, upserts: [], removes: ['d:1'] })
  const before = bench.token(stays)!
  bench.publish(bench.update(withD, back), bench.unlock(back))
  expect(bench.token(leaving)).toBeGreaterThan(before)
  tokens.push(bench.token(stays)!)
  expect(tokens).toEqual([10, 11, 12])
})

test('a generation never goes back, whatever old order comes', async () => {
  const { bench, base, withD } = await serving()
  bench.publish(bench.update(base, withD))
  bench.letGo()
  bench.publish(bench.unlock(withD))
  bench.publish(bench.unlock(base), bench.beacon(base), bench.update(base, withD))
  bench.answer(undefined, base)
  expect(bench.state).toMatchObject({ generation: 11, movingTo: null, missing: null })
})
