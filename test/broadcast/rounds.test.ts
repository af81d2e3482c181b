import { expect, test, vi } from 'vitest'
import {
  directAfterMs,
  directAfterPerHostMs,
  directAgainMs,
} from '../../src/broadcast/direct-delivery.js'
import {
  finishedRoundsMax,
  gatherMsMax,
  stragglersAgainMs,
  tellAgainMs,
} from '../../src/broadcast/rounds.js'
import { applyChange } from '../../src/table/table-change.js'
import type { Lock, Update } from '../../src/wire/messages.js'
import { makeContext, member, typeSet } from '../table/tables.js'
import { lineage, orders, RoundsBench, tableWith, times } from './support/rounds-bench.js'

const context = await makeContext()
const a = ['a:1', 5] as const
const b = ['b:1', 6] as const
const base = tableWith(context, 10, a, b)
const withC = tableWith(context, 11, a, b, ['c:1', 11])
const bench = () => new RoundsBench(context, base)

/** Everybody has acknowledged and the record is applied. */
function finish(on: RoundsBench): void {
  for (const { name, epoch } of [...on.rounds.round!.missing()]) on.acknowledge(name, epoch)
  on.recorded()
}

test('the first change starts a round at once: lock, then update, without waiting', () => {
  const on = bench()
  on.change(withC)
  expect(on.kinds).toEqual(['lock', 'update'])
  const [lock, update] = on.published.filter(({ kind }) => kind !== 'beacon') as [Lock, Update]
  const head = { namespace: 'default', lineage, term: 4 }
  const span = { from: 10, digest: base.digest, to: 11, touched: [1] }
  expect(lock).toEqual({ kind: 'lock', ...head, ...span })
  const { roundDeadlineMs: deadlineMs } = times
  expect(update).toMatchObject({ kind: 'update', ...head, deadlineMs, part: 1, parts: 1 })
  expect(applyChange(base, update.change).digest).toBe(withC.digest)
  expect(on.running).toEqual([11])
})

test('a lock names the type sets that are touched, as they were and as they will be', () => {
  const on = bench()
  const carts = typeSet(2, 'Cart')
  const upserts = [member('a:1', 11, carts)]
  on.change(base.edit({ generation: 11, upserts, removes: ['b:1'] }))
  expect(on.published.find(({ kind }) => kind === 'lock')).toMatchObject({ touched: [1, 2] })
})

test('no unlock is published before the log has the record', () => {
  const on = bench()
  on.change(withC)
  for (const { name, epoch } of [...on.rounds.round!.missing()]) on.acknowledge(name, epoch)
  expect(on.records).toEqual([11])
  on.pass(5_000)
  expect(on.kinds).toEqual(['lock', 'update'])
  on.recorded()
  expect(on.kinds).toEqual(['lock', 'update', 'unlock'])
  expect(on.published.at(-1)).toMatchObject({ generation: 11, digest: withC.digest, term: 4 })
  expect(on.running.at(-1)).toBe(null)
})

test('a record is asked for once, and again when it failed', () => {
  const on = bench()
  on.change(withC)
  for (const { name, epoch } of [...on.rounds.round!.missing()]) on.acknowledge(name, epoch)
  on.pass(1_000)
  expect(on.records.length).toBe(1)
  on.rounds.recordFailed(10)
  on.pass(10)
  expect(on.records.length).toBe(1)
  on.rounds.recordFailed(11)
  on.pass(10)
  expect(on.records.length).toBe(2)
  expect(on.kinds).toEqual(['lock', 'update'])
})

test('changes during a round and in the coalescing time after it make one next round', () => {
  const on = bench()
  on.change(withC)
  on.change(withC.edit({ generation: 12, upserts: [member('d:1', 12, orders)], removes: [] }))
  on.change(on.newest.edit({ generation: 13, upserts: [], removes: ['b:1'] }))
  expect(on.kinds).toEqual(['lock', 'update'])
  finish(on)
  on.pass(times.coalesceMs - 10)
  on.change(on.newest.edit({ generation: 14, upserts: [], removes: ['c:1'] }))
  expect(on.rounds.round).toBe(null)
  on.pass(10)
  expect(on.kinds).toEqual(['lock', 'update', 'unlock', 'lock', 'update'])
  expect(on.published.at(-2)).toMatchObject({ from: 11, to: 14 })
  expect(on.rounds.runningTo).toBe(14)
})

test('after the coalescing time the next change starts a round at once', () => {
  const on = bench()
  on.change(withC)
  finish(on)
  on.pass(times.coalesceMs)
  on.change(on.newest.edit({ generation: 12, upserts: [], removes: ['c:1'] }))
  expect(on.rounds.runningTo).toBe(12)
})

test('a round waits for changes that are on their way, and begins when none is', () => {
  const on = bench()
  on.moreComes = true
  on.change(withC)
  on.pass(100)
  on.change(withC.edit({ generation: 12, upserts: [member('d:1', 12, orders)], removes: [] }))
  expect(on.kinds).toEqual([])
  on.moreComes = false
  on.advance()
  expect(on.kinds).toEqual(['lock', 'update'])
  expect(on.rounds.runningTo).toBe(12)
})

test('a round waits no longer than half a second for changes that are on their way', () => {
  const on = bench()
  on.moreComes = true
  for (let generation = 11; on.rounds.round === null; generation += 1) {
    expect(on.nowMs).toBeLessThan(1_000 + gatherMsMax + 10)
    on.change(on.newest.edit({ generation, upserts: [], removes: [] }))
    on.pass(10)
  }
  expect(on.nowMs).toBe(1_000 + gatherMsMax)
})

test('who joins later is not waited for', () => {
  const on = bench()
  on.change(withC)
  on.change(withC.edit({ generation: 12, upserts: [member('d:1', 12, orders)], removes: [] }))
  const names = [...on.rounds.round!.missing()].map(({ name }) => name)
  expect(names).toEqual(['a:1', 'b:1', 'c:1'])
  for (const [name, epoch] of [a, b, ['c:1', 11]] as const) on.acknowledge(name, epoch, 11)
  expect(on.records.length).toBe(1)
})

test('a leader that finds an unfinished round starts it anew', () => {
  const on = bench()
  on.newest = withC
  on.advance()
  expect(on.published.map(({ kind }) => kind)).toEqual(['beacon', 'lock', 'update'])
})

test('the beacon is the first act, then regular, and says what is disseminated and nothing more', () => {
  const on = bench()
  on.newest = withC
  on.advance()
  on.pass(2 * times.beaconMs)
  const beacons = on.published.filter(({ kind }) => kind === 'beacon')
  expect(beacons.length).toBe(3)
  for (const beacon of beacons) {
    expect(beacon).toMatchObject({ generation: 10, digest: base.digest, newest: 11, term: 4 })
  }
})

test('a host that is silent for 250 ms gets lock and update over its WebSocket, and again each second', () => {
  const on = bench()
  on.change(withC)
  on.acknowledge(...a)
  on.pass(directAfterMs)
  expect(on.direct).toEqual([])
  on.pass(10)
  expect(on.direct).toEqual([{ names: ['b:1', 'c:1'], kinds: ['lock', 'update'] }])
  on.acknowledge(...b)
  on.pass(directAgainMs - 10)
  expect(on.direct.length).toBe(1)
  on.pass(10)
  expect(on.direct.slice(1)).toEqual([{ names: ['c:1'], kinds: ['lock', 'update'] }])
})

test('a host that does not listen to NATS gets its orders over its WebSocket at once, and the unlock', () => {
  const on = bench()
  on.leases.named(...b).isListening = false
  on.change(withC)
  expect(on.direct).toEqual([{ names: ['b:1'], kinds: ['lock', 'update'] }])
  finish(on)
  expect(on.direct.slice(1)).toEqual([{ names: ['b:1'], kinds: ['unlock'] }])
})

test('with NATS away a round goes its way over the WebSockets alone', () => {
  const on = bench()
  on.setNats(false)
  on.change(withC)
  finish(on)
  expect(on.direct).toEqual([
    { names: ['a:1', 'b:1', 'c:1'], kinds: ['lock', 'update'] },
    { names: ['a:1', 'b:1', 'c:1'], kinds: ['unlock'] },
  ])
})

test('stragglers are removed at the deadline, and the round waits for their fences', () => {
  const on = bench()
  on.change(withC)
  on.acknowledge(...a)
  on.acknowledge('c:1', 11)
  on.pass(times.roundDeadlineMs - 10)
  expect(on.stragglers).toEqual([])
  on.pass(10)
  expect(on.stragglers).toEqual([['b:1']])
  expect(on.records).toEqual([])
  on.fence(...b)
  expect(on.records.length).toBe(1)
  on.recorded()
  expect(on.rounds.finished[0]).toMatchObject({
    ...{ term: 4, from: 10, to: 11, waitedFor: 3 },
    stragglers: [{ name: 'b:1', epoch: 6 }],
  })
})

test('a round is finished by its record alone, whoever asked for that', () => {
  const on = bench()
  on.change(withC)
  on.recorded()
  expect(on.kinds).toEqual(['lock', 'update', 'unlock'])
})

test('of the rounds that ended a named number is remembered, newest first', () => {
  const on = bench()
  for (let i = 0; i < finishedRoundsMax + 5; i += 1) {
    const generation = on.newest.generation + 1
    on.change(on.newest.edit({ generation, upserts: [], removes: [] }))
    finish(on)
    on.pass(times.coalesceMs)
  }
  expect(on.rounds.finished.length).toBe(finishedRoundsMax)
  expect(on.rounds.finished[0]!.to).toBe(on.newest.generation)
})

test('when nothing is to be done but the beacon, the rounds are not busy', () => {
  const on = bench()
  expect(on.rounds.isBusy).toBe(false)
  on.change(withC)
  expect(on.rounds.isBusy).toBe(true)
  on.change(withC.edit({ generation: 12, upserts: [], removes: ['c:1'] }))
  finish(on)
  expect(on.rounds.isBusy).toBe(true)
  on.pass(times.coalesceMs)
  finish(on)
  expect(on.rounds.isBusy).toBe(false)
})

test('replicas hear of a running round again and again: they may not have known the leader before', () => {
  const on = bench()
  on.change(withC)
  on.pass(2 * tellAgainMs)
  expect(on.running).toEqual([11, 11, 11])
  finish(on)
  on.pass(2 * tellAgainMs)
  expect(on.running).toEqual([11, 11, 11, null])
})

test('the time that the leader stood still does not count against the deadline', () => {
  const on = bench()
  on.change(withC)
  on.pass(1_000)
  on.rounds.stalled(5_000)
  on.pass(times.roundDeadlineMs - 1_000)
  expect(on.stragglers).toEqual([])
  on.pass(5_000)
  expect(on.stragglers[0]).toEqual(['a:1', 'b:1'])
})

test('who stops listening in a round gets its orders over its WebSocket at once, and the unlock', () => {
  const on = bench()
  on.change(withC)
  on.acknowledge(...a)
  on.deafen(...a)
  on.deafen(...b)
  expect(on.direct).toEqual([{ names: ['b:1'], kinds: ['lock', 'update'] }])
  finish(on)
  expect(on.direct.slice(1)).toEqual([{ names: ['a:1', 'b:1'], kinds: ['unlock'] }])
})

test('when NATS is lost in a round all that are missing get their orders over their WebSockets', () => {
  const on = bench()
  on.change(withC)
  on.acknowledge(...a)
  on.setNats(false)
  expect(on.direct).toEqual([{ names: ['b:1', 'c:1'], kinds: ['lock', 'update'] }])
})

test('the more hosts there are, the later those count as silent that have not acknowledged', () => {
  const many = 5_000
  const hosts = Array.from({ length: many }, (_, i) => [`h${i}:1`, 5] as const)
  const on = new RoundsBench(context, tableWith(context, 10, ...hosts))
  on.change(on.newest.edit({ generation: 11, upserts: [], removes: ['h0:1'] }))
  on.pass(directAfterMs + many * directAfterPerHostMs - 10)
  expect(on.direct).toEqual([])
  on.pass(10)
  expect(on.direct.map(({ names }) => names.length)).toEqual([many])
})

test('stragglers are named again each second for as long as they are missing', () => {
  const on = bench()
  on.change(withC)
  on.acknowledge('c:1', 11)
  on.pass(times.roundDeadlineMs + stragglersAgainMs)
  expect(on.stragglers).toEqual([
    ['a:1', 'b:1'],
    ['a:1', 'b:1'],
  ])
})

test('an acknowledgement looks at nobody else, however many are missing', () => {
  const many = 5_000
  const hosts = Array.from({ length: many }, (_, i) => [`h${i}:1`, 5] as const)
  const on = new RoundsBench(context, tableWith(context, 10, ...hosts))
  on.change(on.newest.edit({ generation: 11, upserts: [member('x:1', 11, orders)], removes: [] }))
  const asked = vi.spyOn(on.leases, 'isPastFence')
  for (const [name, epoch] of hosts) on.acknowledge(name, epoch)
  on.acknowledge('x:1', 11)
  expect(on.records).toEqual([11])
  expect(asked).not.toHaveBeenCalled()
})
