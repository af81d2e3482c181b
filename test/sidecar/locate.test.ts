/** Where calls of actors go by the tables and the lease, and what a call of another host brings. */
import { expect, test } from 'vitest'
import { CallMachine } from '../../src/calls/machine/machine.js'
import { defaultCallSettings } from '../../src/calls/machine/settings.js'
import { Budget } from '../../src/jobs/job.js'
import { Bench, moving, owned } from './support/bench.js'

async function serving() {
  const bench = (await Bench.host()).serve().nats()
  const { base, withD } = bench
  const locate = (id: string, type = 'Order') => bench.machine.locate(type, id, bench.now)
  return { bench, base, withD, locate }
}

const held = { token: 10, generation: 10 }
const nowhere = { kind: 'moving', held: null, holder: null }

test('an actor of this host is here with its token and what is left of the lease, others are there', async () => {
  const { bench, base, locate } = await serving()
  const mine = owned('a:1', base)
  expect(locate(mine)).toEqual({ kind: 'here', held, leaseLeftMs: 6_000 })
  bench.pass(500)
  expect(locate(mine)).toEqual({ kind: 'here', held, leaseLeftMs: 5_500 })
  expect(locate(owned('b:1', base))).toEqual({ kind: 'there', host: 'b:1', generation: 10 })
  expect(locate('x', 'Nothing')).toEqual({ kind: 'no_owner' })
})

test('what this host lets go of moves, with its token until it is let go of', async () => {
  const { bench, base, withD, locate } = await serving()
  const leaving = moving(base, withD, 'a:1', 'd:1')
  bench.publish(bench.update(base, withD))
  expect(locate(leaving)).toEqual({ kind: 'moving', held, holder: null })
  bench.letGo()
  expect(locate(leaving)).toEqual(nowhere)
  bench.publish(bench.unlock(withD))
  expect(locate(leaving)).toEqual({ kind: 'there', host: 'd:1', generation: 11 })
})

test('what moves between others is told with who has it', async () => {
  const { bench, base, withD, locate } = await serving()
  const away = moving(base, withD, 'b:1', 'd:1')
  bench.publish(bench.update(base, withD))
  expect(locate(away)).toEqual({ kind: 'moving', held: null, holder: 'b:1' })
  const stays = owned('b:1', base, withD)
  expect(locate(stays)).toEqual({ kind: 'there', host: 'b:1', generation: 10 })
})

test('without a lease what is of this host is nowhere, and it is never sent to itself', async () => {
  const { bench, base, locate } = await serving()
  bench.nowMs += 6_000
  expect(locate(owned('a:1', base))).toEqual(nowhere)
  expect(locate(owned('b:1', base))).toMatchObject({ kind: 'there', host: 'b:1' })
  bench.pass(50)
  expect(bench.fences.at(-1)).toMatchObject({ isFinal: true, reason: 'lease_expired' })
  expect(locate(owned('a:1', base))).toEqual(nowhere)
})

test('before the first table, and when nobody was heard of for long, nothing is known', async () => {
  const bench = await Bench.observer()
  expect(bench.machine.locate('Order', '1', bench.now)).toEqual({ kind: 'unknown' })
  bench.serve({ epoch: 0 })
  expect(bench.machine.locate('Order', '1', bench.now)).toMatchObject({ kind: 'there' })
  bench.nowMs += 61_000
  expect(bench.machine.locate('Order', '1', bench.now)).toEqual({ kind: 'unknown' })
})

test('a table that another host has is asked for, however often it is named, at most once a second', async () => {
  const { bench } = await serving()
  const asked = () => bench.sent.filter(({ kind }) => kind === 'get').length
  bench.tell((machine) => machine.refresh(10, bench.now))
  expect(asked()).toBe(0)
  for (let generation = 11; generation < 40; generation += 1) {
    bench.tell((machine) => machine.refresh(generation, bench.now))
  }
  expect(asked()).toBe(1)
  bench.pass(1_100)
  bench.tell((machine) => machine.refresh(11, bench.now))
  expect(asked()).toBe(2)
})

test('calls of what moves wait for the new owner, those of what stays never notice', async () => {
  const { bench, base, withD, locate } = await serving()
  const ownership = {
    locate: (type: string, id: string) => locate(id, type),
    get generation() {
      return bench.machine.table?.generation ?? null
    },
  }
  const settings = { ...defaultCallSettings, runPrefix: 'r.' }
  const calls = new CallMachine(settings, ownership, { random: () => 0 })
  const arrive = (call: number, id: string) => {
    const more = { generation: null, chain: [], isRepeatable: false, isExplained: false }
    const arrival = {
      type: 'Order',
      id,
      origin: 'application',
      timeoutMs: 30_000,
      ...more,
    } as const
    calls.arrived(call, arrival, bench.nowMs)
    return calls.takeEffects()
  }
  const leaving = moving(base, withD, 'a:1', 'd:1')
  expect(arrive(1, leaving)).toMatchObject([{ kind: 'deliver', call: 1, held }])
  bench.publish(bench.update(base, withD))
  const { keys, release } = bench.releases[0]!
  calls.letGo(release, keys, 10_000, bench.nowMs)
  expect(arrive(2, leaving)).toEqual([])
  expect(arrive(3, owned('a:1', base, withD))).toMatchObject([{ kind: 'deliver', call: 3 }])
  calls.ended(1, { kind: 'answered' }, bench.nowMs)
  while (calls.hasWork) calls.work(new Budget(1_000), bench.nowMs)
  expect(calls.takeEffects()).toMatchObject([{ kind: 'tell-application', why: 'moved' }])
  calls.told('Order', leaving, bench.nowMs)
  expect(calls.takeEffects()).toEqual([{ kind: 'released', release }])
  bench.letGo()
  bench.publish(bench.unlock(withD))
  calls.ownershipChanged(bench.nowMs)
  calls.tick(bench.nowMs)
  expect(calls.takeEffects()).toMatchObject([{ kind: 'forward', call: 2, host: 'd:1' }])
})
