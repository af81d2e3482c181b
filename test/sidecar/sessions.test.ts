import { expect, test } from 'vitest'
import { silentPulses } from '../../src/sidecar/heard.js'
import { askAgainMs } from '../../src/sidecar/table-follower.js'
import type { Table } from '../../src/table/table.js'
import { difference, whole } from '../../src/table/table-change.js'
import type { Hello, Waiting } from '../../src/wire/messages.js'
import { identityOf } from '../support/secrets.js'
import { versions } from '../support/versions.js'
import { Bench, epochs, keyOf, lineage, moving, owned, times } from './support/bench.js'

const waiting = (code: Waiting['code']): Waiting => {
  return { kind: 'waiting', code, detail: 'Wait.', retryAfterMs: 1_000 }
}

test('the first hello says who this is; the next one what it still holds', async () => {
  const bench = (await Bench.host({ cluster: 'test' })).serve()
  const first: Hello = {
    kind: 'hello',
    ...versions,
    cluster: 'test',
    namespace: 'default',
    ...identityOf(1),
    name: 'a:1',
    appId: 'app',
    types: ['Order'],
  }
  expect(bench.hellos).toEqual([first])
  bench.tell((machine) => machine.closed(bench.now))
  bench.open()
  const { generation, digest } = bench.base
  const acknowledged = { term: 1, generation, digest }
  const held = { generation, digest }
  const { number } = bench.heartbeats.at(-1)!
  const resume = { lineage, epoch: epochs.a, number, acknowledged, held }
  expect(bench.hellos[1]).toEqual({ ...first, resume })
})

test('a session that nobody answers is given up for another replica, and its welcome counts', async () => {
  const bench = (await Bench.host({ replicas: ['ws://r1', 'ws://r2'] })).serve()
  const { base, withD } = bench
  const id = owned('a:1', base, withD)
  bench.pass(times.heartbeatMs + times.answerTimeoutMs + 50)
  expect(bench.closes).toBe(1)
  expect(bench.opened).toEqual(['ws://r1', 'ws://r2'])
  expect(bench.state).toMatchObject({ phase: 'connecting', replica: null, isFenced: false })
  expect(bench.owns(id)).toBe(true)
  bench.tell((machine) => machine.opened(bench.now))
  expect(bench.hellos.length).toBe(2)
  const { change } = bench.update(base, withD)
  bench.say(
    bench.welcome({ term: 4, key: keyOf(4), round: { term: 4, deadlineMs: 9_000, change } }),
  )
  expect(bench.state).toMatchObject({ phase: 'serving', replica: 'ws://r2', term: 4, movingTo: 11 })
  bench.publish(bench.unlock(withD, 4))
  expect(bench.state.generation).toBe(11)
})

test('without a leader a session is kept twice as long', async () => {
  const bench = (await Bench.host()).serve()
  bench.pass(times.heartbeatMs)
  bench.say(waiting('no_leader'))
  bench.pass(2 * times.answerTimeoutMs - 50)
  expect(bench.closes).toBe(0)
  bench.pass(50)
  expect(bench.closes).toBe(1)
})

test('a name that another holds is waited for in one session, kept alive by heartbeats', async () => {
  const bench = await Bench.host()
  bench.open()
  bench.say(waiting('name_taken'))
  for (let i = 0; i < 60; i += 1) {
    bench.pass(1_000)
    const { number, epoch } = bench.heartbeats.at(-1)!
    expect(epoch).toBe(0)
    bench.say({ kind: 'answer', lineage, number, term: 1, disseminated: 10 })
  }
  expect(bench.hellos.length).toBe(1)
  expect(bench.closes).toBe(0)
  expect(bench.state).toMatchObject({ phase: 'waiting', waiting: { code: 'name_taken' } })
  expect(bench.where('id-1')).toBe('unknown')
  bench.say(bench.welcome())
  bench.answer()
  expect(bench.state).toMatchObject({ phase: 'serving', waiting: null, isFenced: false })
})

test('"go elsewhere" moves on within the jitter and changes nothing else', async () => {
  const bench = (await Bench.host({ replicas: ['ws://r1', 'ws://r2'] })).serve()
  const id = owned('a:1', bench.base)
  bench.say({ kind: 'go_elsewhere' })
  bench.pass(50)
  expect(bench.opened).toEqual(['ws://r1', 'ws://r2'])
  expect(bench.owns(id)).toBe(true)
  bench.tell((machine) => machine.opened(bench.now))
  bench.say(bench.welcome())
  expect(bench.state.phase).toBe('serving')
  expect(bench.fences).toEqual([])
})

test('a session that was refused is told in the state, and not tried again for a second', async () => {
  const bench = await Bench.host()
  bench.open()
  bench.say({ kind: 'error', code: 'invalid_message', detail: 'No such thing.', retryable: false })
  bench.tell((machine) => machine.closed(bench.now))
  expect(bench.state.failure).toMatchObject({ code: 'invalid_message', detail: 'No such thing.' })
  bench.pass(950)
  expect(bench.opened.length).toBe(1)
  bench.pass(100)
  expect(bench.opened.length).toBe(2)
})

test.for([
  [4429, 'too_many_requests', 1_000],
  [4503, 'overloaded', 0],
] as const)(
  'a session that is closed with %i is followed by the next one as that says',
  async (how) => {
    const [closeCode, code, pauseMs] = how
    const bench = (await Bench.host({ replicas: ['ws://r1', 'ws://r2'] })).serve()
    bench.say({ kind: 'error', code, detail: 'As the code says.', retryable: true })
    bench.tell((machine) => machine.closed(bench.now, closeCode))
    expect(bench.state.failure).toMatchObject({ code })
    if (pauseMs > 0) bench.pass(pauseMs - 50)
    expect(bench.opened).toEqual(['ws://r1'])
    bench.pass(50)
    expect(bench.opened).toEqual(['ws://r1', 'ws://r2'])
  },
)

test('leaving asks for it, goes on with heartbeats while it hands over, and ends when told', async () => {
  const bench = (await Bench.host()).serve().nats()
  const { base } = bench
  bench.tell((machine) => machine.leave(bench.now))
  expect(bench.state.phase).toBe('leaving')
  expect(bench.sent.slice(-2).map(({ kind }) => kind)).toEqual(['leave', 'heartbeat'])
  const gone = base.edit({ generation: 11, upserts: [], removes: ['a:1'] })
  const id = moving(base, gone, 'a:1', 'b:1')
  bench.publish(bench.lock(base, gone), bench.update(base, gone))
  expect(bench.releases[0]!.keys.has('Order', id)).toBe(true)
  bench.letGo()
  expect(bench.acknowledged.generation).toBe(11)
  bench.say({ kind: 'left', lineage, epoch: epochs.a - 1 })
  expect(bench.state.phase).toBe('leaving')
  bench.say({ kind: 'left', lineage, epoch: epochs.a })
  expect(bench.state.phase).toBe('left')
  expect(bench.machine.leaveFault).toBe(null)
  expect(bench.fences).toEqual([])
})

test('a leave is said again on the next session', async () => {
  const bench = (await Bench.host()).serve()
  bench.tell((machine) => machine.leave(bench.now))
  bench.tell((machine) => machine.closed(bench.now))
  bench.open()
  bench.say(bench.welcome())
  expect(bench.state.phase).toBe('leaving')
  expect(bench.sent.slice(-2).map(({ kind }) => kind)).toEqual(['leave', 'heartbeat'])
})

test('a host that leaves while it cannot reach anybody ends behind its fence', async () => {
  const bench = (await Bench.host()).serve()
  bench.tell((machine) => machine.leave(bench.now))
  bench.tell((machine) => machine.closed(bench.now))
  bench.pass(times.fenceAfterMs)
  expect(bench.fences).toMatchObject([{ reason: 'lease_expired', isFinal: true }])
  bench.stopped()
  expect(bench.state.phase).toBe('left')
})

test('a host without an admission that leaves is not admitted again for it', async () => {
  const bench = (await Bench.host()).serve()
  bench.say({ kind: 'fence', lineage, epoch: epochs.a, code: 'evicted' })
  bench.stopped()
  bench.open()
  bench.say(waiting('evicted'))
  bench.tell((machine) => machine.leave(bench.now))
  expect(bench.state.phase).toBe('left')
})

test('after bye or a hand-over nothing is its own, whatever the lease said', async () => {
  for (const end of ['bye', 'leave'] as const) {
    const bench = (await Bench.host()).serve()
    const id = owned('a:1', bench.base)
    expect(bench.owns(id)).toBe(true)
    if (end === 'bye') {
      bench.tell((machine) => machine.bye())
      expect(bench.sent.at(-1)).toEqual({ kind: 'bye', lineage, epoch: epochs.a })
    } else {
      bench.tell((machine) => machine.leave(bench.now))
      bench.say({ kind: 'left', lineage, epoch: epochs.a })
    }
    expect(bench.owns(id)).toBe(false)
    expect(bench.token(id)).toBe(null)
    const { length } = bench.sent
    bench.tell((machine) => machine.message(bench.welcome(), bench.now))
    bench.answer(1)
    bench.pass(5_000)
    expect(bench.owns(id)).toBe(false)
    expect(bench.sent.length).toBe(length)
    expect(bench.fences).toEqual([])
    expect(bench.state).toMatchObject({ phase: 'left', isFenced: true })
  }
})

test('an observer heartbeats, learns what is disseminated, and holds no lease', async () => {
  const bench = (await Bench.observer()).serve({ epoch: 0 })
  const { base, withD } = bench
  expect(bench.hellos[0]).not.toHaveProperty('name')
  bench.pass(times.heartbeatMs)
  expect(bench.heartbeats.length).toBe(2)
  bench.publish(bench.update(base, withD))
  const id = moving(base, withD, 'a:1', 'd:1')
  expect(bench.where(id)).toBe('moving')
  expect(bench.releases).toEqual([])
  bench.answer(undefined, withD)
  expect(bench.where(id)).toBe('d:1')
  expect(bench.owns(id)).toBe(false)
  expect(bench.token(id)).toBe(null)
  expect(bench.state).toMatchObject({ isFenced: false, leaseLeftMs: 0, epoch: 0, phase: 'serving' })
  bench.pass(times.fenceAfterMs * 2)
  expect(bench.fences).toEqual([])
})

test('an observer leaves at once', async () => {
  const bench = (await Bench.observer()).serve({ epoch: 0 })
  bench.tell((machine) => machine.leave(bench.now))
  expect(bench.state.phase).toBe('left')
})

test('with everybody away the last table answers as long as it was told, then no more', async () => {
  const bench = (await Bench.observer({ staleTableMs: 20_000 })).serve({ epoch: 0 })
  const id = owned('b:1', bench.base)
  bench.tell((machine) => machine.closed(bench.now))
  bench.pass(20_000)
  expect(bench.where(id)).toBe('b:1')
  // NATS that comes and goes is no word from anybody.
  bench.tell((machine) => machine.natsChanged(true, bench.now))
  bench.pass(50)
  expect(bench.where(id)).toBe('unknown')
  const { changes } = bench
  bench.publish(bench.beacon(bench.base))
  expect(bench.where(id)).toBe('b:1')
  expect(bench.changes).toBeGreaterThan(changes)
})

test('a type that no host has is no owner, and is told apart from a table that is not there', async () => {
  const bench = await Bench.observer()
  expect(bench.where('1', 'Nothing')).toBe('unknown')
  bench.serve({ epoch: 0 })
  expect(bench.where('1', 'Nothing')).toBe('no_owner')
})

test('NATS counts as listening while beacons come through, and as silent without', async () => {
  const bench = (await Bench.host()).serve()
  expect(bench.state.nats).toBe('down')
  expect(bench.heartbeats.at(-1)!.listening).toBe(false)
  bench.tell((machine) => machine.natsChanged(true, bench.now))
  expect(bench.heartbeats.at(-1)!.listening).toBe(true)
  const quietMs = 3 * times.beaconMs
  for (let passedMs = 0; passedMs < quietMs; passedMs += 1_000) {
    bench.pass(1_000)
    bench.answer()
    // Orders over the WebSocket say nothing about NATS.
    bench.say(bench.beacon(bench.base))
  }
  expect(bench.state.nats).toBe('silent')
  expect(bench.heartbeats.at(-1)!.listening).toBe(false)
  bench.publish(bench.beacon(bench.base))
  expect(bench.state).toMatchObject({ nats: 'listening', ordersSilentMs: 0 })
  bench.tell((machine) => machine.natsChanged(false, bench.now))
  expect(bench.state.nats).toBe('down')
})

test('orders over the WebSocket do what those over NATS do', async () => {
  const bench = (await Bench.host()).serve()
  const { base, withD } = bench
  bench.say(bench.lock(base, withD))
  bench.say(bench.update(base, withD))
  bench.letGo()
  expect(bench.acknowledged.generation).toBe(11)
  bench.say(bench.unlock(withD))
  expect(bench.state.generation).toBe(11)
})

test('pulses show that NATS carries what the leader says, in a namespace at rest', async () => {
  const bench = (await Bench.host()).serve()
  bench.tell((machine) => machine.natsChanged(true, bench.now))
  const beat = (pulse: () => void) => {
    for (let i = 0; i < 8; i += 1) {
      bench.pass(times.beaconMs / 2)
      bench.answer()
      pulse()
    }
    return bench.heartbeats.at(-1)!.listening
  }
  expect(beat(() => bench.pulse())).toBe(true)
  expect(beat(() => bench.pulse(1, 2))).toBe(false)
  expect(bench.state.rejectedOrders).toMatchObject({ bad_signature: 8 })
  expect(beat(() => bench.pulse())).toBe(true)
  // Of another term nothing can be checked.
  expect(beat(() => bench.pulse(2))).toBe(false)
})

test('a pulse is no word about the table', async () => {
  const bench = (await Bench.observer({ staleTableMs: 20_000 })).serve({ epoch: 0 })
  bench.tell((machine) => machine.closed(bench.now))
  bench.tell((machine) => machine.natsChanged(true, bench.now))
  const id = owned('b:1', bench.base)
  for (let i = 0; i < 8; i += 1) {
    bench.pass(times.beaconMs)
    bench.pulse()
  }
  expect(bench.where(id)).toBe('unknown')
})

test('without a session a pulse of a later term is a reason to ask too, and shows nothing else', async () => {
  const bench = (await Bench.observer({ staleTableMs: 20_000 })).serve({ epoch: 0 })
  bench.tell((machine) => machine.natsChanged(true, bench.now))
  bench.pulse(2)
  expect(bench.asked).toEqual([])
  bench.tell((machine) => machine.closed(bench.now))
  const { reads } = bench
  const kind = { kind: 'table', namespace: 'default', lineage, part: 1, parts: 1 } as const
  // As long as the case of a leader that changed while the sessions were gone.
  for (let i = 0; i < 25; i += 1) {
    bench.pass(times.beaconMs)
    bench.pulse(2)
    expect(bench.asked).toHaveLength(i + 1)
    bench.give({ ...kind, change: difference(bench.base, bench.base) })
  }
  expect(bench.where(owned('b:1', bench.base))).toBe('b:1')
  bench.pass(times.beaconMs)
  bench.pulse(2)
  bench.give({ ...kind, change: whole(bench.withD) })
  expect(bench.state).toMatchObject({ generation: 11, missing: null, term: 1 })
  for (let i = 0; i < silentPulses; i += 1) {
    expect(bench.state.nats).toBe('listening')
    bench.pass(times.beaconMs)
    bench.pulse(2)
  }
  expect(bench.state.nats).toBe('silent')
  // The answers alone were read.
  expect(bench.reads).toBe(reads + 26)
})

test('however many pulses are forged, it asks no more often than for a table that is missing', async () => {
  const asked = async (pulse: (bench: Bench) => void) => {
    const bench = (await Bench.observer()).serve({ epoch: 0 })
    bench.tell((machine) => machine.natsChanged(true, bench.now))
    bench.tell((machine) => machine.closed(bench.now))
    for (let i = 0; i < 600; i += 1) {
      bench.pass(50)
      for (let k = 0; k < 10; k += 1) pulse(bench)
    }
    return bench.asked.length
  }
  // The first after beaconMs of silence, in 30 s.
  const most = 1 + (30_000 - times.beaconMs) / askAgainMs
  expect(await asked((bench) => bench.pulse(99, 7))).toBe(most)
  expect(await asked((bench) => bench.pulse())).toBe(most)
  expect(await asked((bench) => bench.pulse(0, 7))).toBe(0)
  expect(await asked((bench) => bench.pulse(1, 7))).toBe(0)
})

test('without a session a pulse is the time to ask what was missed, and the answer counts', async () => {
  const bench = (await Bench.observer({ staleTableMs: 20_000 })).serve({ epoch: 0 })
  bench.pulse()
  bench.tell((machine) => machine.natsChanged(true, bench.now))
  bench.pulse()
  expect(bench.asked).toEqual([])
  bench.tell((machine) => machine.closed(bench.now))
  const { generation, digest } = bench.base
  const held = { generation, digest }
  const answer = (table: Table) => ({
    ...({ kind: 'table', namespace: 'default', lineage, part: 1, parts: 1 } as const),
    change: table === bench.base ? difference(table, table) : whole(table),
  })
  for (let i = 0; i < 10; i += 1) {
    bench.pass(times.beaconMs)
    bench.pulse()
    expect(bench.asked.at(-1)).toEqual({ kind: 'get', generation, held, registry: 3 })
    bench.give(answer(bench.base))
  }
  expect(bench.asked.length).toBe(10)
  expect(bench.where(owned('b:1', bench.base))).toBe('b:1')
  bench.pass(times.beaconMs)
  bench.pulse()
  bench.give(answer(bench.withD))
  expect(bench.state).toMatchObject({ generation: 11, missing: null })
})
