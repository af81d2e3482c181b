/** Tables are made ready in slices: what is so between two of them, and what may happen there. */
import { expect, onTestFinished, test, vi } from 'vitest'
import { Budget } from '../../src/jobs/job.js'
import { MovedKeysSearch } from '../../src/sidecar/moved-keys.js'
import { arrivedTablesMax, askedTypesMax } from '../../src/sidecar/table-keeper.js'
import { losers } from '../../src/table/losers.js'
import { RingDraft } from '../../src/table/ring-draft.js'
import { Table } from '../../src/table/table.js'
import { whole } from '../../src/table/table-change.js'
import { forSeeds } from '../table/seeds.js'
import { makeContext, makeCrowdedContext, member, randomEdit } from '../table/tables.js'
import { Bench, epochs, lineage, moving, orders, otherLineage, owned } from './support/bench.js'

/** A host that serves, whose long work waits for `work` from now on. */
async function held() {
  const bench = (await Bench.host()).serve().nats()
  const { base, withD } = bench
  // A caller has asked: the ring of this type is kept ready.
  bench.where('any')
  bench.holdsWork = true
  const stays = owned('a:1', base, withD)
  return { bench, base, withD, stays, leaving: moving(base, withD, 'a:1', 'd:1') }
}

/** The smallest slices, until nothing is left to be done. @returns how many */
function finish(bench: Bench): number {
  let slices = 0
  for (; bench.machine.hasWork; slices += 1) bench.work(0)
  return slices
}

const later = (bench: Bench) =>
  bench.withD.edit({ generation: 12, upserts: [member('e:1', 12, orders)], removes: [] })

test('an order alters nothing and is not acknowledged until its table is ready, slice by slice', async () => {
  const { bench, base, withD, leaving } = await held()
  bench.publish(bench.update(base, withD))
  bench.work(0)
  expect(bench.machine.hasWork).toBe(true)
  expect(bench.state.movingTo).toBe(11)
  expect(bench.releases).toEqual([])
  expect(bench.owns(leaving)).toBe(true)
  expect(bench.where(leaving)).toBe('a:1')
  bench.pass(1_000)
  bench.answer()
  expect(bench.acknowledged.generation).toBe(10)
  expect(finish(bench)).toBeGreaterThan(0)
  expect(bench.releases.length).toBe(1)
  expect(bench.owns(leaving)).toBe(false)
  expect(bench.where(leaving)).toBe('moving')
  bench.letGo()
  expect(bench.acknowledged.generation).toBe(11)
})

test('an order that takes nothing is acknowledged when that is known, not before', async () => {
  const { bench, base } = await held()
  const { withoutC } = bench
  bench.publish(bench.update(base, withoutC))
  expect(bench.acknowledged.generation).toBe(10)
  finish(bench)
  expect(bench.releases).toEqual([])
  expect(bench.acknowledged.generation).toBe(11)
})

test('from the fact on until its table is ready a host owns nothing; then it stops what moved alone', async () => {
  const { bench, base, withD, stays, leaving } = await held()
  bench.publish(bench.update(base, withD), bench.unlock(withD))
  expect(bench.owns(leaving)).toBe(false)
  expect(bench.owns(stays)).toBe(false)
  expect(bench.token(stays)).toBe(null)
  expect(bench.where(stays)).toBe('moving')
  expect(bench.state).toMatchObject({ generation: 10, missing: null })
  bench.work(0)
  expect(bench.owns(stays)).toBe(false)
  expect(bench.fences).toEqual([])
  expect(bench.acknowledged.generation).toBe(10)
  finish(bench)
  expect(bench.fences).toMatchObject([{ reason: 'overtaken', isFinal: false }])
  expect(bench.fences[0]!.keys.has('Order', leaving)).toBe(true)
  expect(bench.fences[0]!.keys.has('Order', stays)).toBe(false)
  expect(bench.owns(stays)).toBe(true)
  expect(bench.token(stays)).toBe(11)
  expect(bench.acknowledged.generation).toBe(11)
})

test('a table answers when it is ready, and the one before it until then', async () => {
  const bench = (await Bench.observer()).serve({ epoch: 0 }).nats()
  const { base, withD } = bench
  bench.holdsWork = true
  const changes = moving(base, withD, 'b:1', 'd:1')
  bench.publish(bench.update(base, withD), bench.unlock(withD), bench.beacon(withD))
  expect(bench.where(changes)).toBe('b:1')
  expect(bench.state).toMatchObject({ generation: 10, missing: null })
  finish(bench)
  expect(bench.where(changes)).toBe('d:1')
  expect(bench.state).toMatchObject({ generation: 11, movingTo: null })
  // Nothing was fetched that was here.
  expect(bench.asked).toEqual([])
})

test('after the unlock no lookup makes a ring, of all types that callers asked for', async () => {
  const bench = (await Bench.observer()).serve({ epoch: 0 })
  bench.where('any')
  const id = moving(bench.base, bench.withD, 'b:1', 'd:1')
  const makes = vi.spyOn(RingDraft.prototype, 'merge')
  onTestFinished(() => makes.mockRestore())
  bench.say(bench.update(bench.base, bench.withD))
  bench.say(bench.unlock(bench.withD))
  const before = makes.mock.calls.length
  expect(before).toBeGreaterThan(0)
  expect(bench.where(id)).toBe('d:1')
  expect(makes.mock.calls.length).toBe(before)
})

test('whatever types callers make up, few are remembered', async () => {
  const bench = await Bench.observer()
  for (let i = 0; i < 3 * askedTypesMax; i += 1) bench.where('any', `Made.Up.${i}`)
  bench.holdsWork = true
  bench.serve({ epoch: 0 })
  const slices = finish(bench)
  expect(slices).toBeLessThanOrEqual(askedTypesMax + 1)
  expect(bench.where('any')).not.toBe('unknown')
})

test('the first heartbeat of a host waits for the table of its welcome; time alone brings it earlier', async () => {
  const bench = await Bench.host()
  bench.holdsWork = true
  bench.open()
  bench.say(bench.welcome())
  expect(bench.heartbeats).toEqual([])
  expect(bench.where('any')).toBe('unknown')
  finish(bench)
  expect(bench.acknowledged.generation).toBe(10)
  expect(bench.heartbeats.length).toBe(1)
  const slow = await Bench.host()
  slow.holdsWork = true
  slow.open()
  slow.say(slow.welcome())
  slow.pass(1_000)
  expect(slow.heartbeats.length).toBe(1)
  expect(slow.acknowledged.generation).toBe(0)
  slow.answer()
  expect(slow.owns(owned('a:1', slow.base))).toBe(false)
})

test('a session that begins while its table is made ready says once what it acknowledges', async () => {
  const { bench, withD } = await held()
  const before = bench.heartbeats.length
  bench.tell((machine) => machine.closed(bench.now))
  bench.open()
  const { generation, digest } = withD
  bench.say(bench.welcome({ disseminated: { generation, digest }, table: whole(withD) }))
  expect(bench.heartbeats.length).toBe(before)
  finish(bench)
  expect(bench.heartbeats.length).toBe(before + 1)
  expect(bench.acknowledged.generation).toBe(11)
  expect(bench.fences).toMatchObject([{ reason: 'overtaken' }])
})

test('a newer order replaces the one that is made ready', async () => {
  const { bench, base, withD } = await held()
  const other = base.edit({ generation: 12, upserts: [], removes: ['c:1'] })
  bench.publish(bench.update(base, withD))
  bench.work(0)
  bench.publish(bench.update(base, other))
  finish(bench)
  expect(bench.releases).toEqual([])
  expect(bench.acknowledged.generation).toBe(12)
})

test('an order on a table that is not ready yet is taken, and its turn comes behind it', async () => {
  const { bench, base, withD } = await held()
  const next = later(bench)
  bench.publish(bench.update(base, withD), bench.unlock(withD))
  bench.publish(bench.lock(withD, next), bench.update(withD, next))
  expect(bench.state.movingTo).toBe(12)
  finish(bench)
  expect(bench.asked.length + bench.sent.filter(({ kind }) => kind === 'get').length).toBe(0)
  expect(bench.state).toMatchObject({ generation: 11, movingTo: 12 })
  expect(bench.fences).toMatchObject([{ reason: 'overtaken' }])
})

test('two facts before the first table is ready: what each of them took is stopped', async () => {
  const { bench, base, withD, leaving } = await held()
  const back = withD.edit({ generation: 12, upserts: [], removes: ['d:1'] })
  bench.publish(bench.update(base, withD), bench.unlock(withD))
  bench.publish(bench.update(withD, back), bench.unlock(back))
  finish(bench)
  expect(bench.state).toMatchObject({ generation: 12, missing: null, movingTo: null })
  expect(bench.fences.map(({ keys }) => keys.has('Order', leaving))).toEqual([true])
  // It comes back when it has stopped.
  expect(bench.owns(leaving)).toBe(false)
  bench.stopped()
  expect(bench.owns(leaving)).toBe(true)
})

test('however many facts come before the first table is ready, few tables are kept', async () => {
  const { bench } = await held()
  let table = bench.base
  for (let generation = 11; generation < 11 + 3 * arrivedTablesMax; generation += 1) {
    const next = table.edit({
      generation,
      upserts: [member('d:1', generation, orders)],
      removes: [],
    })
    bench.publish(bench.update(table, next), bench.unlock(next))
    table = next
  }
  const generations = new Set<number | null>()
  while (bench.machine.hasWork) {
    bench.work(0)
    generations.add(bench.state.generation)
  }
  expect(bench.state).toMatchObject({ generation: table.generation, missing: null })
  expect(generations.size).toBeLessThanOrEqual(arrivedTablesMax + 1)
})

test('what is let go of meanwhile counts: its table is then acknowledged, and overtakes nobody', async () => {
  const { bench, base, withD } = await held()
  bench.publish(bench.update(base, withD))
  finish(bench)
  bench.publish(bench.unlock(withD))
  expect(bench.machine.hasWork).toBe(true)
  bench.letGo()
  finish(bench)
  expect(bench.fences).toEqual([])
  expect(bench.acknowledged.generation).toBe(11)
  expect(bench.state.generation).toBe(11)
})

test('another admission begins anew with what moves away', async () => {
  const { bench, base, withD } = await held()
  bench.publish(bench.update(base, withD))
  bench.work(0)
  bench.say({ kind: 'fence', lineage, epoch: epochs.a, code: 'expired' })
  bench.stopped()
  bench.open()
  bench.say(bench.welcome({ epoch: 20 }))
  finish(bench)
  // Of the new admission nothing is in either table.
  expect(bench.releases).toEqual([])
  expect(bench.acknowledged.generation).toBe(11)
})

test('a session that is lost between two slices changes nothing of the work', async () => {
  const { bench, base, withD } = await held()
  bench.publish(bench.update(base, withD))
  bench.work(0)
  bench.tell((machine) => machine.closed(bench.now))
  finish(bench)
  expect(bench.releases.length).toBe(1)
})

test('a lease that runs out between two slices is noticed before the next one', async () => {
  const { bench, base, withD, stays } = await held()
  bench.publish(bench.update(base, withD))
  bench.nowMs += 60_000
  bench.work(0)
  expect(bench.fences).toMatchObject([{ reason: 'lease_expired', isFinal: true }])
  expect(bench.owns(stays)).toBe(false)
})

test.for(['bye', 'abandon'] as const)('after %s nothing is left to be done', async (how) => {
  const { bench, base, withD } = await held()
  bench.publish(bench.update(base, withD))
  bench.tell((machine) => machine[how]())
  expect(bench.machine.hasWork).toBe(false)
  const before = bench.effects.length
  bench.work()
  expect(bench.effects.length).toBe(before)
})

test('another lineage takes what was begun with it', async () => {
  const { bench, base, withD } = await held()
  bench.publish(bench.update(base, withD), bench.unlock(withD))
  bench.work(0)
  bench.say({ kind: 'leader', lineage: otherLineage, term: 1, key: bench.welcome().key })
  expect(bench.machine.hasWork).toBe(false)
  expect(bench.state.generation).toBe(null)
})

test('which keys move is found as by those who wait for the losers, be the rings as they may', async () => {
  const contexts = [await makeContext(), await makeCrowdedContext()]
  let found = 0
  let kept = 0
  forSeeds(150, (random) => {
    const factor = random.pick([1, 2, 13])
    const empty = Table.empty(random.pick(contexts), { factor, level: 1 })
    const from = randomEdit(random, empty, 40, random.pick([2, 5, 60]))
    let to = from
    for (let round = 1 + random.below(3); round > 0; round -= 1) {
      to = randomEdit(random, to, 40, random.pick([1, 2, 3, 30]))
    }
    const losing = new Set(losers(from, to).map(({ name, epoch }) => `${name} ${epoch}`))
    for (const { name, epoch } of from.list()) {
      const search = new MovedKeysSearch({ name, epoch }, from, to)
      while (!search.step(new Budget(0)));
      expect([name, search.keys !== null]).toEqual([name, losing.has(`${name} ${epoch}`)])
      if (search.keys === null) kept += 1
      else found += 1
      const stranger = new MovedKeysSearch({ name, epoch: epoch + 1 }, from, to)
      expect(stranger.step(new Budget(0))).toBe(true)
      expect(stranger.keys).toBe(null)
    }
  })
  expect(Math.min(found, kept)).toBeGreaterThan(100)
})
