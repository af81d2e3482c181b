import { expect, test } from 'vitest'
import { bootGranularityMs } from '../../src/sidecar/clock.js'
import { HostLease, stampsMax } from '../../src/sidecar/host-lease.js'
import { Bench, epochs, lineage, moving, owned, times } from './support/bench.js'

const { fenceAfterMs } = times

test('a welcome gives no lease: the first answered heartbeat does', async () => {
  const bench = await Bench.host()
  const id = owned('a:1', bench.base)
  bench.open()
  bench.say(bench.welcome())
  expect(bench.owns(id)).toBe(false)
  expect(bench.state.isFenced).toBe(true)
  bench.answer()
  expect(bench.owns(id)).toBe(true)
  expect(bench.state).toMatchObject({ phase: 'serving', isFenced: false, leaseLeftMs: 6_000 })
})

test('the lease runs from before the heartbeat was written, however late its answer comes', async () => {
  const bench = await Bench.host()
  const id = owned('a:1', bench.base)
  bench.open()
  bench.say(bench.welcome())
  const writtenAtMs = bench.nowMs
  bench.nowMs += 1_500
  bench.answer()
  bench.nowMs = writtenAtMs + fenceAfterMs - 1
  expect(bench.owns(id)).toBe(true)
  bench.nowMs += 1
  expect(bench.owns(id)).toBe(false)
})

test('an answer to an older heartbeat never shortens the lease', async () => {
  const bench = (await Bench.host()).serve()
  const id = owned('a:1', bench.base)
  bench.pass(1_000)
  const first = bench.heartbeats.at(-1)!.number
  bench.pass(1_000)
  bench.answer()
  const writtenAtMs = bench.nowMs
  bench.answer(first)
  bench.nowMs = writtenAtMs + fenceAfterMs - 1
  expect(bench.owns(id)).toBe(true)
})

test('a process that stood still says no at the call, before anything else runs', async () => {
  const bench = (await Bench.host()).serve()
  const id = owned('a:1', bench.base)
  bench.nowMs += fenceAfterMs
  expect(bench.owns(id)).toBe(false)
  expect(bench.token(id)).toBe(null)
  expect(bench.where(id)).toBe('moving')
})

test('where the clocks disagree, the one that shows more ends the lease', async () => {
  const bench = (await Bench.host()).serve()
  const id = owned('a:1', bench.base)
  // The machine slept for five seconds: only the boot clock saw it.
  bench.sleptMs = 5_000
  bench.nowMs += 1_000
  expect(bench.owns(id)).toBe(true)
  bench.nowMs += bootGranularityMs
  expect(bench.owns(id)).toBe(false)
})

test('a boot clock that moves in steps does not end a lease', async () => {
  const bench = (await Bench.host()).serve()
  const id = owned('a:1', bench.base)
  bench.sleptMs = bootGranularityMs - 1
  bench.nowMs += fenceAfterMs - 1
  expect(bench.owns(id)).toBe(true)
})

test('a heartbeat that named no admission gives no lease, also when its answer comes after the welcome', async () => {
  const bench = (await Bench.host()).serve()
  const givenAtMs = bench.nowMs
  const id = owned('a:1', bench.base)
  bench.pass(500)
  bench.tell((machine) => machine.closed(bench.now))
  bench.open()
  bench.pass(1_000)
  const nameless = bench.heartbeats.at(-1)!
  expect(nameless).toMatchObject({ lineage: '', epoch: 0 })
  bench.say(bench.welcome())
  bench.answer(nameless.number)
  bench.nowMs = givenAtMs + fenceAfterMs
  expect(bench.owns(id)).toBe(false)
})

test('an answer from before a new admission gives nothing', async () => {
  const bench = await Bench.host()
  bench.open()
  bench.say(bench.welcome())
  const old = bench.heartbeats.at(-1)!.number
  bench.tell((machine) => machine.closed(bench.now))
  bench.open()
  const to = bench.table(11, ['a:1', 99], ['b:1', epochs.b])
  bench.say(bench.welcome({ epoch: 99 }))
  bench.publish(bench.update(bench.base, to), bench.unlock(to))
  bench.answer(old, to)
  expect(bench.owns(owned('a:1', to))).toBe(false)
  bench.answer(undefined, to)
  expect(bench.owns(owned('a:1', to))).toBe(true)
})

test('the fence is sticky: an answer that comes late does not lift it', async () => {
  const bench = (await Bench.host()).serve()
  const id = owned('a:1', bench.base)
  const { generation: disseminated, digest } = bench.base
  const told = { code: 'below_floor', disseminated, digest } as const
  // The session lives on: a replica that answers no heartbeat, but says something.
  for (let passedMs = 0; passedMs < fenceAfterMs - 100; passedMs += 500) {
    bench.pass(Math.min(500, fenceAfterMs - 100 - passedMs))
    bench.say({ kind: 'refused', lineage, number: 0, term: 1, ...told })
  }
  const last = bench.heartbeats.at(-1)!.number
  bench.nowMs += 200
  expect(bench.owns(id)).toBe(false)
  bench.answer(last)
  expect(bench.owns(id)).toBe(false)
  // Nor when all is stopped that the fence took.
  expect(bench.state).toMatchObject({ isFenced: true, leaseLeftMs: 0 })
  bench.stopped()
  expect(bench.owns(id)).toBe(false)
})

test('behind the fence nothing is said until the host has stopped; then a new hello lifts it', async () => {
  const bench = (await Bench.host()).serve()
  const id = owned('a:1', bench.base)
  const before = bench.hellos.length
  bench.tell((machine) => machine.closed(bench.now))
  bench.pass(fenceAfterMs)
  expect(bench.fences).toMatchObject([{ reason: 'lease_expired', isFinal: true }])
  expect(bench.fences[0]!.keys.has('Order', id)).toBe(true)
  expect(bench.state.phase).toBe('fencing')
  bench.pass(30_000)
  expect(bench.hellos.length).toBe(before)
  bench.stopped()
  bench.open()
  expect(bench.hellos.length).toBe(before + 1)
  bench.say(bench.welcome())
  expect(bench.owns(id)).toBe(false)
  bench.answer()
  expect(bench.owns(id)).toBe(true)
  expect(bench.fences.length).toBe(1)
})

test('the host hears of a fence that a question found, also when a welcome comes first', async () => {
  const bench = (await Bench.host()).serve()
  const id = owned('a:1', bench.base)
  bench.tell((machine) => machine.closed(bench.now))
  bench.open()
  bench.nowMs += fenceAfterMs
  expect(bench.owns(id)).toBe(false)
  bench.say(bench.welcome())
  expect(bench.fences).toMatchObject([{ reason: 'lease_expired', isFinal: true }])
  expect(bench.state.phase).toBe('fencing')
})

test('no hello is said under a lease that has run out unnoticed', async () => {
  const bench = (await Bench.host()).serve()
  bench.tell((machine) => machine.closed(bench.now))
  bench.pass(100)
  const before = bench.hellos.length
  bench.nowMs += fenceAfterMs
  bench.tell((machine) => machine.opened(bench.now))
  expect(bench.hellos.length).toBe(before)
  expect(bench.fences.length).toBe(1)
})

test('a fence from a replica stops everything, and is confirmed when all has stopped', async () => {
  const bench = (await Bench.host()).serve()
  const id = owned('a:1', bench.base)
  bench.say({ kind: 'fence', lineage, epoch: epochs.a, code: 'straggler' })
  expect(bench.owns(id)).toBe(false)
  expect(bench.fences).toMatchObject([{ reason: 'straggler', isFinal: true }])
  expect(bench.sent.filter(({ kind }) => kind === 'fenced')).toEqual([])
  bench.stopped()
  expect(bench.sent.at(-1)).toEqual({ kind: 'fenced', lineage, epoch: epochs.a })
})

test('a fence that comes while the host is stopping already is confirmed as well', async () => {
  const bench = (await Bench.host()).serve()
  bench.nowMs += fenceAfterMs
  bench.tell((machine) => machine.tick(bench.now))
  bench.say({ kind: 'fence', lineage, epoch: epochs.a, code: 'straggler' })
  bench.stopped()
  expect(bench.sent.at(-1)).toMatchObject({ kind: 'fenced' })
  expect(bench.fences.length).toBe(1)
})

test('a fence of another admission is ignored', async () => {
  const bench = (await Bench.host()).serve()
  bench.say({ kind: 'fence', lineage, epoch: epochs.a - 1, code: 'replaced' })
  expect(bench.owns(owned('a:1', bench.base))).toBe(true)
  expect(bench.fences).toEqual([])
})

test('a welcome under another epoch stops what ran under the old one first', async () => {
  const bench = (await Bench.host()).serve()
  bench.tell((machine) => machine.closed(bench.now))
  bench.open()
  bench.say(bench.welcome({ epoch: 99 }))
  expect(bench.fences).toMatchObject([{ reason: 'readmitted', isFinal: true }])
  expect(bench.state.epoch).toBe(epochs.a)
})

test('a key that has an owner by the old table is answered on a fenced sidecar', async () => {
  const bench = (await Bench.host()).serve()
  const id = owned('b:1', bench.base)
  bench.pass(fenceAfterMs)
  expect(bench.state.isFenced).toBe(true)
  expect(bench.where(id)).toBe('b:1')
})

test('what moves to this host is not its own before the unlock, lease or not', async () => {
  const bench = (await Bench.host()).serve()
  const { base, withoutC } = bench
  const id = moving(base, withoutC, 'c:1', 'a:1')
  bench.publish(bench.lock(base, withoutC), bench.update(base, withoutC))
  expect(bench.owns(id)).toBe(false)
  bench.publish(bench.unlock(withoutC))
  expect(bench.owns(id)).toBe(true)
})

test('no more stamps are kept than can matter', () => {
  const lease = new HostLease()
  const stamp = { monotonicMs: 0, bootMs: 0 }
  const first = lease.send(stamp, true)
  for (let i = 0; i < stampsMax; i += 1) lease.send(stamp, true)
  lease.answered(first)
  expect(lease.wasGiven).toBe(false)
  lease.answered(first + 1)
  expect(lease.wasGiven).toBe(true)
})
