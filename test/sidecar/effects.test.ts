/** What the machine wants done: as plain data, in order, and only behind its inputs. */
import { expect, test } from 'vitest'
import { heldOrdersMax } from '../../src/sidecar/held-orders.js'
import { Table } from '../../src/table/table.js'
import { Bench, epochs, keyOf, lineage } from './support/bench.js'

const fence = { kind: 'fence', lineage, epoch: epochs.a, code: 'expired' } as const

/** What one input brings about. */
function effectsOf(bench: Bench, act: () => void): string[] {
  const before = bench.effects.length
  act()
  return bench.effects.slice(before).map(({ kind }) => kind)
}

/** Whether it is data down to its leaves; tables are values. */
function isPlain(value: unknown): boolean {
  if (typeof value === 'function') return false
  if (value === null || typeof value !== 'object' || value instanceof Table) return true
  const prototype = Object.getPrototypeOf(value)
  return [Object.prototype, Array.prototype].includes(prototype)
    ? Object.values(value).every(isPlain)
    : false
}

test('the machine does nothing by itself: what it wants done lies there until it is taken', async () => {
  const bench = await Bench.host()
  bench.machine.tick(bench.now)
  bench.machine.tick(bench.now)
  expect(bench.opened).toEqual([])
  expect(bench.machine.takeEffects()).toMatchObject([{ kind: 'connect', url: 'ws://r1' }])
  expect(bench.machine.takeEffects()).toEqual([])
})

test('an input names all that it brings about, in order', async () => {
  const bench = await Bench.host()
  const { base, withD } = bench
  expect(effectsOf(bench, () => bench.open())).toEqual(['connect', 'send'])
  expect(effectsOf(bench, () => bench.say(bench.welcome()))).toEqual([
    'changed',
    'subscribe',
    'changed',
    'send',
  ])
  expect(effectsOf(bench, () => bench.answer())).toEqual(['changed'])
  const update = bench.update(base, withD)
  expect(effectsOf(bench, () => bench.say(update))).toEqual(['changed', 'let-go'])
  // Of the round that is behind the one that passed it by, what is let go of comes second.
  const next = withD.edit({ generation: 12, upserts: [], removes: ['b:1', 'd:1'] })
  const back = bench.update(base, next)
  expect(effectsOf(bench, () => bench.say(back))).toEqual(['changed'])
  expect(effectsOf(bench, () => bench.say(bench.unlock(withD)))).toEqual([
    'changed',
    'stop',
    'send',
  ])
  expect(effectsOf(bench, () => bench.say(fence))).toEqual(['changed', 'stop'])
  const bye = effectsOf(bench, () => bench.tell((machine) => machine.bye()))
  expect(bye).toEqual(['send', 'disconnect', 'changed'])
})

test('whatever is wanted is plain data', async () => {
  const bench = (await Bench.host()).serve().nats()
  const { base, withD } = bench
  bench.say(bench.update(base, withD))
  bench.say(bench.unlock(withD))
  bench.say(bench.beacon(withD.edit({ generation: 12, upserts: [], removes: ['b:1'] })))
  bench.say(fence)
  const kinds = new Set(bench.effects.map(({ kind }) => kind))
  for (const kind of ['connect', 'send', 'subscribe', 'let-go', 'stop', 'changed'] as const) {
    expect(kinds).toContain(kind)
  }
  expect(bench.effects.filter((effect) => !isPlain(effect))).toEqual([])
  expect(isPlain({ has: () => true })).toBe(false)
})

test('who waits is woken once by an input, however much it changes, and not by one that changes nothing', async () => {
  const observer = (await Bench.observer()).serve({ epoch: 0 }).nats()
  const { base, withD } = observer
  const beats = effectsOf(observer, () => {
    for (let i = 0; i < 10; i += 1) {
      observer.pass(1_000)
      observer.answer()
      observer.publish(observer.beacon(base))
    }
  })
  expect(new Set(beats)).toEqual(new Set(['send']))
  expect(effectsOf(observer, () => observer.say(observer.update(base, withD)))).toEqual(['changed'])
})

test('one input brings about no more than the held orders let it, whoever made them up', async () => {
  const bench = (await Bench.host()).serve().nats()
  const { base, withD } = bench
  for (let i = 0; i < heldOrdersMax; i += 1) {
    bench.publish(i % 2 === 0 ? bench.update(base, withD, 2) : bench.beacon(withD, 2))
  }
  expect(bench.state.heldOrders).toBe(heldOrdersMax)
  const brought = effectsOf(bench, () =>
    bench.say({ kind: 'leader', lineage, term: 2, key: keyOf(2) }),
  )
  expect(brought.length).toBeGreaterThan(2)
  expect(brought.length).toBeLessThan(3 * heldOrdersMax)
})

test('what is signed and cannot be read is told once', async () => {
  const bench = (await Bench.host()).serve().nats()
  for (let i = 0; i < 3; i += 1) {
    const signed = { term: 1, payload: Uint8Array.of(0xc1), signature: Uint8Array.of(1) }
    bench.tell((machine) => machine.natsOrder(signed, bench.now))
  }
  expect(bench.state.rejectedOrders).toEqual({ unreadable: 3 })
  const logs = bench.effects.filter(({ kind }) => kind === 'log')
  expect(logs).toMatchObject([{ message: expect.stringContaining('could not be read') }])
})
