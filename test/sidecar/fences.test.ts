/** What a fence takes: nothing of it is this host's before the host has stopped it. */
import { expect, test } from 'vitest'
import { stoppingMax } from '../../src/sidecar/stopping.js'
import { whole } from '../../src/table/table-change.js'
import { Bench, epochs, lineage, moving, owned, times } from './support/bench.js'

/** A host that has missed generation 11, was told to stop everything, and has the table now. */
async function behind() {
  const bench = (await Bench.host()).serve().nats()
  const { base, withD } = bench
  bench.publish(bench.unlock(withD))
  const head = { kind: 'table', namespace: 'default', lineage, part: 1, parts: 1 } as const
  bench.say({ ...head, change: whole(withD) })
  const orders = [...bench.fences]
  expect(orders).toMatchObject([{ reason: 'behind' }, { reason: 'overtaken' }])
  return { bench, base, withD, orders, order: orders[0]!, stays: owned('a:1', base, withD) }
}

test('a key is its own again when it has stopped, and not when the table is there', async () => {
  const { bench, order, stays } = await behind()
  expect(bench.state).toMatchObject({ generation: 11, missing: null, isFenced: false })
  expect([bench.owns(stays), bench.token(stays), bench.where(stays)]).toEqual([
    false,
    null,
    'moving',
  ])
  bench.stopped(order)
  expect([bench.owns(stays), bench.token(stays), bench.where(stays)]).toEqual([true, 11, 'a:1'])
})

test('keys that a fence did not take stay as they are', async () => {
  const bench = (await Bench.host()).serve().nats()
  const { base, withD } = bench
  bench.publish(bench.update(base, withD), bench.unlock(withD))
  expect(bench.fences).toMatchObject([{ reason: 'overtaken' }])
  expect(bench.owns(owned('a:1', base, withD))).toBe(true)
  // It comes back while its former run is still being stopped.
  const back = bench.table(12, ['a:1', epochs.a], ['b:1', epochs.b], ['c:1', epochs.c])
  bench.publish(bench.update(withD, back), bench.unlock(back))
  const id = moving(base, withD, 'a:1', 'd:1')
  expect(back.owner('Order', id)?.name).toBe('a:1')
  expect(bench.owns(id)).toBe(false)
  bench.stopped(bench.fences[0]!)
  expect(bench.owns(id)).toBe(true)
})

test('what is let go of meanwhile is acknowledged once all is stopped', async () => {
  const { bench, withD, orders } = await behind()
  const next = withD.edit({ generation: 12, upserts: [], removes: ['a:1'] })
  bench.publish(bench.update(withD, next))
  bench.letGo()
  bench.letGo()
  bench.pass(times.heartbeatMs)
  expect(bench.acknowledged.generation).toBe(11)
  bench.stopped(...orders)
  expect(bench.acknowledged.generation).toBe(12)
})

test('all is stopped when the last fence is obeyed, whichever came first', async () => {
  const { bench, orders } = await behind()
  bench.say({ kind: 'fence', lineage, epoch: epochs.a, code: 'straggler' })
  const final = bench.fences.at(-1)!
  expect(final.isFinal).toBe(true)
  bench.stopped(final)
  expect(bench.sent.some(({ kind }) => kind === 'fenced')).toBe(false)
  bench.stopped(...orders)
  expect(bench.sent.at(-1)).toMatchObject({ kind: 'fenced' })
})

test('a host that stops nothing is told to stop everything, and told nothing more', async () => {
  const bench = (await Bench.host()).serve().nats()
  let [held, generation] = [bench.base, 10]
  for (let i = 0; i <= stoppingMax; i += 1) {
    generation += 1
    const hosts = [['a:1', epochs.a] as const, ['b:1', epochs.b] as const]
    const more = i % 2 === 0 ? [['c:1', epochs.c] as const, ['d:1', 11] as const] : []
    const next = bench.table(generation, ...hosts, ...more)
    bench.publish(bench.update(held, next), bench.unlock(next))
    held = next
    bench.answer(undefined, held)
  }
  const before = bench.fences.length
  expect(before).toBeLessThanOrEqual(stoppingMax + 1)
  for (let i = 0; bench.fences.at(-1)?.isFinal !== true && i < 2 * stoppingMax; i += 1) {
    generation += 1
    const hosts = [['a:1', epochs.a] as const, ['b:1', epochs.b] as const]
    const more = i % 2 === 0 ? [['e:1', generation] as const, ['f:1', generation] as const] : []
    const next = bench.table(generation, ...hosts, ...more)
    bench.publish(bench.update(held, next), bench.unlock(next))
    held = next
    bench.answer(undefined, held)
  }
  expect(bench.fences.at(-1)).toMatchObject({ isFinal: true })
  expect(bench.fences).toHaveLength(stoppingMax + 1)
})

test('a fence that failed takes everything for good, without a word', async () => {
  const { bench, order, stays } = await behind()
  bench.tell((machine) => machine.failedToStop(order.fence, 'it cannot stop', bench.now))
  const final = bench.fences.at(-1)!
  expect(final).toMatchObject({ reason: 'behind', isFinal: true })
  expect(bench.state).toMatchObject({ phase: 'fencing', broken: 'it cannot stop', isFenced: true })
  const said = bench.sent.length
  bench.stopped(final)
  bench.pass(20_000)
  expect(bench.owns(stays)).toBe(false)
  expect(bench.sent.slice(said)).toEqual([])
  bench.tell((machine) => machine.bye())
  expect(bench.sent.slice(said)).toEqual([])
  expect(bench.state.phase).toBe('left')
})

test('who leaves while it stops waits for that, but no longer than the cluster may', async () => {
  const { bench } = await behind()
  bench.say({ kind: 'fence', lineage, epoch: epochs.a, code: 'evicted' })
  bench.tell((machine) => machine.leave(bench.now))
  bench.pass(times.fenceAfterMs - 50)
  expect(bench.state.phase).toBe('fencing')
  bench.pass(50)
  expect(bench.state.phase).toBe('left')
  expect(bench.sent.some(({ kind }) => kind === 'fenced' || kind === 'bye')).toBe(false)
})

test('nothing revives a machine that has ended', async () => {
  const { bench, order } = await behind()
  bench.nowMs += times.fenceAfterMs
  bench.tell((machine) => machine.tick(bench.now))
  bench.tell((machine) => machine.bye())
  const opened = bench.opened.length
  bench.stopped(order, bench.fences.at(-1)!)
  bench.tell((machine) => machine.failedToStop(order.fence, 'late', bench.now))
  bench.pass(10_000)
  expect(bench.opened.length).toBe(opened)
  expect(bench.state).toMatchObject({ phase: 'left', broken: null })
})

test('what is let go of while its lease is lost for a moment is acknowledged all the same', async () => {
  const bench = (await Bench.host()).serve().nats()
  const { base, withD } = bench
  bench.publish(bench.lock(base, withD), bench.update(base, withD))
  expect(bench.releases).toHaveLength(1)
  // No answer comes until its lease is over; it lets go while it stops.
  bench.nowMs += times.fenceAfterMs
  bench.tell((machine) => machine.tick(bench.now))
  expect(bench.fences).toMatchObject([{ reason: 'lease_expired' }])
  bench.letGo()
  bench.stopped()
  bench.pass(times.heartbeatMs)
  // It was not removed meanwhile: its admission is the one that it was.
  bench.serve()
  bench.publish(bench.lock(base, withD), bench.update(base, withD))
  bench.pass(times.heartbeatMs)
  expect(bench.acknowledged.generation).toBe(withD.generation)
})

test('a leave that nobody answers ends, also where no lease was ever given', async () => {
  const bench = await Bench.host()
  bench.open()
  bench.say(bench.welcome())
  bench.tell((machine) => machine.leave(bench.now))
  bench.pass(times.fenceAfterMs + 100)
  expect(bench.state.phase).toBe('left')
})
