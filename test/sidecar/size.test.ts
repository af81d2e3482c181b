import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import { difference, whole } from '../../src/table/table-change.js'
import type { TableChange } from '../../src/wire/messages.js'
import { decode, encode } from '../../src/wire/msgpack.js'
import { makeContext, member, tableOf, typeSet } from '../table/tables.js'
import { Bench, epochs } from './support/bench.js'

/** As it arrives: nothing of the sender's memory is in it. */
const received = (change: TableChange) => decode(encode(change)) as TableChange

function megabytes(): number {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  collect()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return (heapUsed + arrayBuffers) / 1e6
}

test('a sidecar of 1,000 hosts with 50 types each stays below 64 MB, a running round included', async () => {
  const types = typeSet(1, ...Array.from({ length: 49 }, (_, i) => `Actor.Type.${10 + i}`), 'Order')
  const others = Array.from({ length: 999 }, (_, i) =>
    member(`10.0.${i >> 8}.${i & 255}:50002`, 1_000_000 + i, types, { appId: 'shop-checkout' }),
  )
  const leaders = await makeContext()
  const table = tableOf(leaders, 2_000, [member('a:1', epochs.a, types), ...others], 100)
  const joined = member('10.1.0.0:50002', 2_001, types, { appId: 'shop-checkout' })
  const next = table.edit({ generation: 2_001, upserts: [joined], removes: [] })
  const before = megabytes()

  const bench = await Bench.host()
  const { generation, digest } = table
  bench.open()
  bench.say(bench.welcome({ disseminated: { generation, digest }, table: received(whole(table)) }))
  bench.answer(undefined, table)
  bench.publish(bench.lock(table, next), bench.updateBy(received(difference(table, next))))
  expect(bench.state).toMatchObject({ generation: 2_000, movingTo: 2_001, rejectedOrders: {} })
  expect(bench.where('42')).toBe(table.owner('Order', '42')?.name)
  expect(megabytes() - before).toBeLessThan(64)
  bench.publish(bench.unlock(next))
  expect(bench.state).toMatchObject({ generation: 2_001, movingTo: null })
})
