import { expect, test } from 'vitest'
import { whole } from '../../src/table/table-change.js'
import type { Beacon, ReplicaMessage } from '../../src/wire/messages.js'
import { Bench, epochs, lineage, otherLineage, owned } from './support/bench.js'

const strange: Record<string, (bench: Bench) => ReplicaMessage> = {
  'an answer': (bench) => ({
    ...{ kind: 'answer', lineage: otherLineage, term: 1, disseminated: 3 },
    number: bench.heartbeats.at(-1)!.number,
  }),
  'a fence': () => ({
    ...{ kind: 'fence', lineage: otherLineage, epoch: epochs.a, code: 'other_lineage' },
  }),
  'the name of a leader': (bench) => ({
    ...{ kind: 'leader', lineage: otherLineage, term: 9, key: bench.welcome().key },
  }),
  'an order': (bench) => ({ ...(bench.beacon(bench.base) as Beacon), lineage: otherLineage }),
}

for (const [what, message] of Object.entries(strange)) {
  test(`another lineage over the WebSocket fences the host, which joins it as new: ${what}`, async () => {
    const bench = (await Bench.host()).serve()
    const id = owned('a:1', bench.base)
    bench.say(message(bench))
    expect(bench.fences).toMatchObject([{ reason: 'other_lineage', isFinal: true }])
    expect(bench.owns(id)).toBe(false)
    expect(bench.state).toMatchObject({ isFenced: true, generation: null, lineage: null, term: 0 })
    bench.stopped()
    bench.open()
    expect(bench.hellos.at(-1)).not.toHaveProperty('resume')
    // The other history may well be shorter than the one that was known.
    const table = bench.table(2, ['a:1', 2], ['b:1', 1])
    const { generation, digest } = table
    const disseminated = { generation, digest }
    bench.say(bench.welcome({ lineage: otherLineage, epoch: 2, disseminated, table: whole(table) }))
    bench.say({
      ...{ kind: 'answer', lineage: otherLineage, term: 1, disseminated: 2, digest },
      number: bench.heartbeats.at(-1)!.number,
    })
    expect(bench.owns(owned('a:1', table))).toBe(true)
    expect(bench.state).toMatchObject({ generation: 2, lineage: otherLineage, phase: 'serving' })
  })
}

test('a welcome of another lineage fences the host before it is taken', async () => {
  const bench = (await Bench.host()).serve()
  bench.tell((machine) => machine.closed(bench.now))
  bench.open()
  bench.say(bench.welcome({ lineage: otherLineage }))
  expect(bench.fences).toMatchObject([{ reason: 'other_lineage', isFinal: true }])
  expect(bench.state.lineage).toBe(null)
})

test('an observer that meets another lineage starts anew without a fence', async () => {
  const bench = (await Bench.observer()).serve({ epoch: 0 })
  bench.say({ kind: 'leader', lineage: otherLineage, term: 9, key: bench.welcome().key })
  expect(bench.fences).toEqual([])
  expect(bench.state).toMatchObject({ generation: null, lineage: null })
  bench.open()
  expect(bench.hellos.at(-1)).not.toHaveProperty('resume')
})

test('another lineage over NATS is ignored and counted', async () => {
  const bench = (await Bench.host()).serve().nats()
  bench.publish({ ...(bench.beacon(bench.withD) as Beacon), lineage: otherLineage })
  expect(bench.fences).toEqual([])
  expect(bench.state).toMatchObject({ lineage, rejectedOrders: { other_lineage: 1 } })
})

test('a table that contradicts what was committed is thrown away, and what runs by it is stopped', async () => {
  const bench = (await Bench.host()).serve().nats()
  const other = bench.table(10, ['a:1', epochs.a], ['x:1', 9])
  bench.publish(bench.beacon(other))
  expect(bench.fences).toMatchObject([{ reason: 'digest_mismatch', isFinal: true }])
  expect(bench.state.generation).toBe(null)
  bench.stopped()
  expect(bench.sent.at(-1)).toMatchObject({ kind: 'fenced', epoch: epochs.a })
  bench.open()
  expect(bench.hellos.at(-1)).not.toHaveProperty('resume')
})

test('an observer whose table contradicts what was committed fetches it anew', async () => {
  const bench = (await Bench.observer()).serve({ epoch: 0 })
  const { number } = bench.heartbeats.at(-1)!
  const { digest } = bench.withD
  bench.say({ kind: 'answer', lineage, number, term: 1, disseminated: 10, digest })
  expect(bench.state.generation).toBe(null)
  bench.open()
  bench.say(bench.welcome({ epoch: 0 }))
  expect(bench.state.generation).toBe(10)
})
