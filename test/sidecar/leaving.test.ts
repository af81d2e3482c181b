/** What a host that leaves has handed over when it ends, and what was in the way. */
import { expect, test } from 'vitest'
import { Bench, epochs, lineage, times } from './support/bench.js'

const own = { lineage, epoch: epochs.a } as const
const straggler = { kind: 'fence', ...own, code: 'straggler' } as const
const left = { kind: 'left', ...own } as const

/** A host that leaves and is asked to let go of everything. */
async function leaving() {
  const bench = (await Bench.host()).serve().nats()
  const gone = bench.base.edit({ generation: 11, upserts: [], removes: ['a:1'] })
  bench.tell((machine) => machine.leave(bench.now))
  bench.publish(bench.lock(bench.base, gone), bench.update(bench.base, gone))
  expect(bench.releases).toHaveLength(1)
  return bench
}

test('who lets go of everything and is told that it may go has handed it over', async () => {
  const bench = await leaving()
  bench.letGo()
  expect(bench.machine.leaveFault).toBe(null)
  bench.say(left)
  expect([bench.state.phase, bench.machine.leaveFault]).toEqual(['left', null])
})

test('a straggler that has stopped meanwhile has handed nothing over', async () => {
  const bench = await leaving()
  bench.say(straggler)
  expect(bench.state.phase).toBe('fencing')
  bench.stopped()
  expect(bench.state.phase).toBe('left')
  expect(bench.machine.leaveFault).toEqual({ kind: 'fenced', reason: 'straggler' })
})

test('a straggler that is told that it may go has not stopped for it', async () => {
  const bench = await leaving()
  bench.say(straggler)
  bench.say(left)
  expect(bench.state.phase).toBe('left')
  expect(bench.machine.leaveFault).toEqual({ kind: 'not-stopped', reason: 'straggler' })
})

test('a straggler that never stops ends in time, and says so', async () => {
  const bench = await leaving()
  bench.say(straggler)
  bench.pass(times.fenceAfterMs)
  expect(bench.state.phase).toBe('left')
  expect(bench.machine.leaveFault).toEqual({ kind: 'not-stopped', reason: 'straggler' })
})

test('who reaches nobody while it leaves is fenced by its lease', async () => {
  const bench = await leaving()
  bench.tell((machine) => machine.closed(bench.now))
  bench.pass(times.fenceAfterMs)
  bench.stopped()
  expect(bench.machine.leaveFault).toEqual({ kind: 'fenced', reason: 'lease_expired' })
})

test('who has let go of everything and finds itself out was told on a session that is gone', async () => {
  const bench = await leaving()
  bench.letGo()
  bench.tell((machine) => machine.closed(bench.now))
  bench.open()
  bench.say(bench.welcome({ epoch: 0 }))
  expect([bench.state.phase, bench.machine.leaveFault]).toEqual(['left', null])
  expect(bench.fences).toEqual([])
})

test('who finds itself out before it has let go of everything is fenced', async () => {
  const bench = await leaving()
  bench.tell((machine) => machine.closed(bench.now))
  bench.open()
  bench.say(bench.welcome({ epoch: 0 }))
  expect(bench.fences).toMatchObject([{ isFinal: true }])
  bench.letGo()
  expect(bench.state.phase).toBe('fencing')
  bench.stopped()
  expect(bench.state.phase).toBe('left')
  expect(bench.machine.leaveFault).toEqual({ kind: 'fenced', reason: 'unknown_epoch' })
})

test('the first fence on the way is the reason', async () => {
  const bench = await leaving()
  bench.say({ ...straggler, code: 'evicted' })
  bench.say(straggler)
  bench.stopped()
  expect(bench.machine.leaveFault).toEqual({ kind: 'fenced', reason: 'evicted' })
})

test('behind a fence from before, what has stopped need not be handed over', async () => {
  const bench = (await Bench.host()).serve()
  bench.say(straggler)
  bench.tell((machine) => machine.leave(bench.now))
  bench.stopped()
  expect([bench.state.phase, bench.machine.leaveFault]).toEqual(['left', null])
})

test('behind a fence from before, what has not stopped is told', async () => {
  const bench = (await Bench.host()).serve()
  bench.say(straggler)
  bench.tell((machine) => machine.leave(bench.now))
  bench.pass(times.fenceAfterMs)
  expect(bench.machine.leaveFault).toEqual({ kind: 'not-stopped', reason: 'straggler' })
})

test('nobody has said that a host without a lease may go', async () => {
  const bench = await Bench.host()
  bench.open()
  bench.say(bench.welcome())
  bench.tell((machine) => machine.leave(bench.now))
  bench.pass(times.fenceAfterMs)
  expect([bench.state.phase, bench.machine.leaveFault]).toEqual(['left', { kind: 'unanswered' }])
})

test('a hand-over that is cut short is none, however it is', async () => {
  for (const end of ['bye', 'abandon'] as const) {
    const bench = await leaving()
    bench.tell((machine) => machine[end]())
    expect(bench.machine.leaveFault).toEqual({ kind: 'given-up' })
  }
})

test('who has nothing hands nothing over', async () => {
  const bench = (await Bench.observer()).serve({ epoch: 0 })
  bench.tell((machine) => machine.leave(bench.now))
  expect([bench.state.phase, bench.machine.leaveFault]).toEqual(['left', null])
})

test('an end without a leave has no fault', async () => {
  for (const end of ['bye', 'abandon'] as const) {
    const bench = (await Bench.host()).serve()
    bench.tell((machine) => machine[end]())
    expect(bench.machine.leaveFault).toBe(null)
  }
})
