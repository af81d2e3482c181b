import { expect, test } from 'vitest'
import { Effects } from '../../src/sidecar/effect.js'
import { heldBytesMax, heldOrdersMax } from '../../src/sidecar/held-orders.js'
import { collectedBytesMax, collectingMax, OrderInbox } from '../../src/sidecar/order-inbox.js'
import type { PayloadReaders } from '../../src/sidecar/signed-messages.js'
import { split } from '../../src/table/change-parts.js'
import { whole } from '../../src/table/table-change.js'
import type { Order, Update } from '../../src/wire/messages.js'
import { decode, encode } from '../../src/wire/msgpack.js'
import { member } from '../table/tables.js'
import { Bench, keyOf, lineage, moving, orders } from './support/bench.js'

const serving = async () => (await Bench.host()).serve().nats()

/** An update in parts. */
function parted(update: Update, bytesMax = 260): Update[] {
  const changes = split(update.change, bytesMax)
  return changes.map((change, i) => ({ ...update, part: i + 1, parts: changes.length, change }))
}

/** An inbox of somebody who takes every signature for good. */
function inboxReading(order: PayloadReaders['order']): OrderInbox {
  const no = () => {
    throw new Error('orders alone come here')
  }
  return new OrderInbox(
    { verify: () => true, read: { order, pulse: no, answer: no } },
    new Effects(),
  )
}

function withMany(bench: Bench, generation = 11, appId = 'app') {
  const upserts = Array.from({ length: 10 }, (_, i) =>
    member(`host-${i}.example.net:4000`, generation, orders, { appId }),
  )
  return bench.base.edit({ generation, upserts, removes: [] })
}

test('an order of a lower term is ignored and counted', async () => {
  const bench = await serving()
  bench.say({ kind: 'leader', lineage, term: 3, key: keyOf(3) })
  bench.publish(bench.update(bench.base, bench.withD, 2))
  expect(bench.state).toMatchObject({ movingTo: null, rejectedOrders: { old_term: 1 } })
  bench.say(bench.update(bench.base, bench.withD, 2))
  expect(bench.state.movingTo).toBe(null)
})

test('an order of another namespace is ignored and counted', async () => {
  const bench = await serving()
  const order = bench.update(bench.base, bench.withD)
  bench.publish({ ...order, namespace: 'other' })
  expect(bench.state).toMatchObject({ movingTo: null, rejectedOrders: { foreign: 1 } })
})

test('a forged unlock is ignored, counted, and shown in the state', async () => {
  const bench = await serving()
  const { base, withD } = bench
  bench.publish(bench.update(base, withD))
  bench.letGo()
  bench.forge(bench.unlock(withD), 7)
  expect(bench.where(moving(base, withD, 'a:1', 'd:1'))).toBe('moving')
  expect(bench.state).toMatchObject({ generation: 10, rejectedOrders: { bad_signature: 1 } })
})

test('what has no right signature is not read, whatever its header says', async () => {
  const bench = await serving()
  const { base, withD, reads } = bench
  const signers = [2, 7, 9]
  for (const term of [0, 1, 2, 99]) {
    for (const signer of signers) bench.forge(bench.unlock(withD), signer, term)
    bench.pulse(1, 9, term)
  }
  bench.give(
    {
      ...{ kind: 'table', namespace: 'default', lineage, part: 1, parts: 1 },
      ...{ change: whole(withD) },
    },
    1,
    9,
  )
  expect(bench.reads).toBe(reads)
  expect(bench.state.rejectedOrders).toEqual({ old_term: 3, bad_signature: 5 })
  // Those of term 2 are verified when it is named, and those of term 99 are held.
  bench.say({ kind: 'leader', lineage, term: 2, key: keyOf(3) })
  expect(bench.reads).toBe(reads)
  expect(bench.state).toMatchObject({ heldOrders: 3, rejectedOrders: { bad_signature: 8 } })
  bench.forge(bench.beacon(base, 2), 3)
  expect(bench.reads).toBe(reads + 1)
})

test('an order counts in the term that it names, whatever its header says', async () => {
  const bench = await serving()
  const { base, withD } = bench
  // The same replica leads both terms, and signs with one key.
  bench.forge(bench.update(base, withD, 1), 1, 3)
  bench.say({ kind: 'leader', lineage, term: 3, key: keyOf(1) })
  bench.forge(bench.update(base, withD, 1), 1, 3)
  bench.forge(bench.update(base, withD, 4), 1, 3)
  expect(bench.state).toMatchObject({ movingTo: null, rejectedOrders: { other_term: 3 } })
  bench.pulse(1, 1, 3)
  expect(bench.state).toMatchObject({ movingTo: null, rejectedOrders: { other_term: 4 } })
  bench.forge(bench.update(base, withD, 3), 1)
  expect(bench.state.movingTo).toBe(11)
})

test('orders of a higher term wait until the WebSocket names it', async () => {
  const bench = await serving()
  const { base, withD } = bench
  bench.publish(bench.lock(base, withD, 2), bench.update(base, withD, 2))
  expect(bench.state.movingTo).toBe(null)
  bench.say({ kind: 'leader', lineage, term: 2, key: keyOf(2) })
  expect(bench.state).toMatchObject({ term: 2, movingTo: 11 })
  expect(bench.releases.length).toBe(1)
})

test('a made-up term is held and never believed', async () => {
  const bench = await serving()
  bench.forge(bench.unlock(bench.withD, 99), 99)
  bench.say({ kind: 'leader', lineage, term: 2, key: keyOf(2) })
  expect(bench.state).toMatchObject({ term: 2, generation: 10, missing: null, heldOrders: 1 })
  // When that term comes after all, the forger's signature does not fit its key.
  bench.forge(bench.unlock(bench.withD, 99), 98)
  bench.say({ kind: 'leader', lineage, term: 99, key: keyOf(97) })
  expect(bench.state).toMatchObject({ generation: 10, rejectedOrders: { bad_signature: 2 } })
})

test('no more orders of unknown terms are held than a named limit; the newest stay', async () => {
  const bench = await serving()
  const { base, withD } = bench
  for (let i = 0; i < heldOrdersMax; i += 1) bench.publish(bench.beacon(base, 2))
  bench.publish(bench.update(base, withD, 2))
  expect(bench.state.rejectedOrders).toEqual({ held_too_many: 1 })
  bench.say({ kind: 'leader', lineage, term: 2, key: keyOf(2) })
  expect(bench.state.movingTo).toBe(11)
})

/** An update of about so many bytes, which makes no sense. */
function bulky(bench: Bench, term: number, bytes: number): Update {
  const update = bench.update(bench.base, bench.withD, term)
  const removes = Array.from({ length: Math.ceil(bytes / 100) }, (_, i) => `${i}`.padEnd(100, '0'))
  return { ...update, change: { ...update.change, removes } }
}

test('no more bytes of orders of unknown terms are held than a named limit', async () => {
  const bench = await serving()
  const { base, withD } = bench
  const large = bulky(bench, 2, 1_000_000)
  for (let i = 0; i < 20; i += 1) {
    bench.publish(large)
    expect(bench.state.heldOrderBytes).toBeLessThanOrEqual(heldBytesMax)
  }
  expect(bench.state).toMatchObject({ heldOrders: 4, rejectedOrders: { held_too_many: 16 } })
  bench.publish(bulky(bench, 2, heldBytesMax))
  expect(bench.state).toMatchObject({ heldOrders: 4, rejectedOrders: { held_too_many: 17 } })
  // A small one that comes later has room, and is what it was.
  bench.publish(bench.update(base, withD, 2))
  expect(bench.state.heldOrders).toBeGreaterThan(1)
  bench.say({ kind: 'leader', lineage, term: 2, key: keyOf(2) })
  expect(bench.state).toMatchObject({ heldOrders: 0, heldOrderBytes: 0, movingTo: 11 })
})

test('made-up terms do not drive out the orders of the next leader', async () => {
  const bench = await serving()
  const { base, withD } = bench
  bench.publish(bench.lock(base, withD, 2), bench.update(base, withD, 2))
  for (let i = 0; i < 2 * heldOrdersMax; i += 1) bench.forge(bench.beacon(base, 1_000 + i), 7)
  expect(bench.state.heldOrders).toBe(heldOrdersMax)
  bench.say({ kind: 'leader', lineage, term: 2, key: keyOf(2) })
  expect(bench.state.movingTo).toBe(11)
})

test('what is held does not keep what it was read from', async () => {
  const inbox = inboxReading((payload) => decode(payload) as Order)
  const bench = await serving()
  const order = bench.beacon(bench.base, 2)
  const payload = encode(order)
  // A slice of a Buffer, which is what the connection reads, is no copy of it.
  const read = Buffer.alloc(1_000_000)
  read.set(payload, 10)
  const slice = read.subarray(10, 10 + payload.length)
  inbox.order({ term: 2, payload: slice, signature: Uint8Array.of(1) })
  read.fill(0)
  const identity = { namespace: 'default', lineage, term: 2, key: 'k' }
  expect(inbox.identify(identity)).toEqual([order])
})

test('no more bytes of unfinished updates are kept than a named limit', async () => {
  const bench = await serving()
  // Signed by the leader, and still: it may be wrong, or another's.
  const update = bench.update(bench.base, bench.withD)
  let order: Order = update
  const inbox = inboxReading(() => order)
  inbox.identify({ namespace: 'default', lineage, term: 1, key: 'k' })
  const payload = new Uint8Array(collectedBytesMax / 4)
  const add = (part: number, to = 11) => {
    order = { ...update, change: { ...update.change, to }, part, parts: 100 }
    inbox.order({ term: 1, payload, signature: Uint8Array.of(1) })
  }
  for (let part = 1; part <= 4; part += 1) add(part)
  expect(inbox.rejected.get('too_large')).toBeUndefined()
  add(5)
  expect(inbox.rejected.get('too_large')).toBe(1)
  // The room is free again.
  for (let part = 1; part <= 4; part += 1) add(part, 12)
  expect(inbox.rejected.get('too_large')).toBe(1)
  add(1, 13)
  expect(inbox.rejected.get('too_large')).toBe(2)
  for (let part = 2; part <= 4; part += 1) add(part, 13)
  expect(inbox.rejected.get('too_large')).toBe(2)
})

test('a leader of a lower term that is named late changes nothing', async () => {
  const bench = await serving()
  bench.say({ kind: 'leader', lineage, term: 3, key: keyOf(3) })
  bench.say({ kind: 'leader', lineage, term: 2, key: keyOf(2) })
  expect(bench.state.term).toBe(3)
})

test('an update in parts is taken when all are there, in whatever order they come', async () => {
  const bench = await serving()
  const to = withMany(bench)
  const parts = parted(bench.update(bench.base, to))
  expect(parts.length).toBeGreaterThan(3)
  const [first, ...others] = parts
  bench.publish(...others.reverse(), ...others)
  expect(bench.state.movingTo).toBe(null)
  bench.publish(first!)
  expect(bench.state.movingTo).toBe(11)
  bench.letGo()
  bench.publish(bench.unlock(to))
  expect(bench.state).toMatchObject({ generation: 11, members: 13, digest: to.digest })
})

test('parts of different terms are never put together', async () => {
  const bench = await serving()
  const parts = (term: number) => parted(bench.update(bench.base, withMany(bench), term))
  bench.publish(...parts(1).slice(1))
  bench.say({ kind: 'leader', lineage, term: 2, key: keyOf(2) })
  bench.publish(parts(2)[0]!)
  expect(bench.state.movingTo).toBe(null)
  bench.publish(...parts(2).slice(1))
  expect(bench.state.movingTo).toBe(11)
})

test('parts of two updates that are mixed are told apart', async () => {
  const bench = await serving()
  const one = parted(bench.update(bench.base, withMany(bench, 11, 'one')))
  const two = parted(bench.update(bench.base, withMany(bench, 12, 'two')))
  const mixed: Order[] = one.flatMap((part, i) => [part, two[i]!])
  bench.publish(...mixed.slice(0, -2))
  expect(bench.state.movingTo).toBe(null)
  bench.publish(...mixed.slice(-2))
  expect(bench.state.movingTo).toBe(12)
})

test('a part with a number that its update does not have is ignored and counted', async () => {
  const bench = await serving()
  const parts = parted(bench.update(bench.base, withMany(bench)))
  bench.publish(parts[0]!, { ...parts[1]!, part: parts.length + 1 })
  expect(bench.state).toMatchObject({ movingTo: null, rejectedOrders: { foreign: 1 } })
})

test('no more unfinished updates are kept than a named limit; the oldest goes', async () => {
  const bench = await serving()
  const first = parted(bench.update(bench.base, withMany(bench, 11)))
  bench.publish(...first.slice(1))
  for (let i = 0; i < collectingMax; i += 1) {
    bench.publish(parted(bench.update(bench.base, withMany(bench, 20 + i)))[0]!)
  }
  bench.publish(first[0]!)
  expect(bench.state.movingTo).toBe(null)
})
