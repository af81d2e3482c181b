import { expect, test } from 'vitest'
import { difference } from '../../src/table/table-change.js'
import { Bench, keyOf, lineage, times } from './support/bench.js'

test('without a session an answer over NATS brings a newer list of replicas, by which one is found', async () => {
  const bench = (await Bench.observer({ replicas: ['ws://gone'] })).serve({ epoch: 0 })
  bench.tell((machine) => machine.natsChanged(true, bench.now))
  bench.tell((machine) => machine.closed(bench.now))
  bench.pass(times.beaconMs)
  bench.pulse()
  expect(bench.asked.at(-1)).toMatchObject({ kind: 'get', registry: 3 })
  const [table, other] = [bench.base, keyOf(102)]
  const listed = (version: number, url: string) => ({
    ...({ kind: 'table', namespace: 'default', lineage, part: 1, parts: 1 } as const),
    change: difference(table, table),
    registry: { version, replicas: [{ id: 4, url, key: other }] },
  })
  bench.give(listed(4, 'ws://forged'), 1, 7)
  bench.give(listed(4, 'ws://r4'))
  bench.give(listed(3, 'ws://older'), 4, 102)
  bench.pass(3_000)
  expect(bench.opened).toContain('ws://r4')
  expect(bench.state.replicas.map(({ url }) => url)).toEqual(['ws://gone', 'ws://r4'])
  bench.give(listed(5, 'ws://r5'), 4, 102)
  expect(bench.state.replicas.map(({ url }) => url)).toEqual(['ws://gone', 'ws://r5'])
})
