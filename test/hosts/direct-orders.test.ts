/** Updates that are too long for one frame between replicas. */
import { expect, test, vi } from 'vitest'
import {
  inParts,
  relayPartBytes,
  relayPartsMax,
  UpdateParts,
} from '../../src/hosts/direct-orders.js'
import type { Downstream } from '../../src/hosts/relay-message.js'
import type { RelayDown } from '../../src/replica/machine/frames.js'
import { createFrameCheck } from '../../src/replica/machine/frames.js'
import { RelayOutbox, relayFrameBytes } from '../../src/replica/machine/relay.js'
import { sendFrame } from '../../src/replica/process/peer-link.js'
import type { TableChange, Update } from '../../src/wire/messages.js'
import { decode, encode } from '../../src/wire/msgpack.js'
import { lineage } from './support/log.js'
import { World } from './support/world.js'

const typesOf = (i: number) => {
  return Array.from({ length: 128 }, (_, at) => `${i}.${at}.`.padEnd(128, 'x'))
}

function updateOf(sets: number): Update {
  const typeSets = Array.from({ length: sets }, (_, i) => ({ id: i + 1, types: typesOf(i) }))
  const upserts = typeSets.map(({ id }) => ({
    name: `h${id}:1`,
    epoch: id,
    appId: 'a',
    types: id,
  }))
  const change: TableChange = {
    from: 1,
    to: 2,
    digest: 'd'.repeat(43),
    typeSets,
    upserts,
    removes: [],
  }
  const head = { namespace: 'default', lineage, term: 3, deadlineMs: 10_000 }
  return { kind: 'update', ...head, part: 1, parts: 1, change }
}

test('an update above all limits goes to another replica in frames, and is whole there', () => {
  const update = updateOf(1_100)
  const parts = inParts(update)
  const outbox = new RelayOutbox()
  for (const order of parts) outbox.down(2, { kind: 'orders', sessions: [], order }, 0)
  const check = createFrameCheck()
  const heard: (Update | null)[] = []
  const collected = new UpdateParts()
  const send = (_to: number, bytes: Uint8Array) => {
    expect(bytes.length).toBeLessThanOrEqual(relayFrameBytes)
    const frame = check(decode(bytes) as { kind: unknown }) as RelayDown
    for (const each of frame.messages) {
      if (each.kind === 'orders') heard.push(collected.add(each.order as Update))
    }
    return true
  }
  const lost: string[] = []
  while (outbox.dueAtMs !== null) {
    for (const { to, messages } of outbox.take().down) {
      sendFrame({ send }, to, { kind: 'relay-down', term: 3, messages }, (kind) => lost.push(kind))
    }
  }
  expect(lost).toEqual([])
  expect(heard.slice(0, -1)).toEqual(parts.slice(1).map(() => null))
  const { removes: _, ...change } = update.change
  expect(heard.at(-1)).toEqual({ ...update, change })
})

test('a part that is missing ends the update; all parts again make it whole', () => {
  const parts = inParts(updateOf(40)) as Update[]
  expect(parts.length).toBeGreaterThan(2)
  const collected = new UpdateParts()
  const add = (some: readonly Update[]) => some.map((part) => collected.add(part)).filter(Boolean)
  expect(add([...parts.slice(0, 1), ...parts.slice(2)])).toEqual([])
  expect(add(parts.slice(1))).toEqual([])
  expect(add(parts).length).toBe(1)
  expect(add(parts.slice(-1))).toEqual([])
  const tooMany = parts.map((part) => ({ ...part, parts: relayPartsMax + 1 }))
  expect(add(tooMany)).toEqual([])
  // Another one in between, whole, takes nothing from it.
  const small = updateOf(1)
  expect(add([...parts.slice(0, -1), small, ...parts.slice(-1)]).length).toBe(2)
})

test('orders that hosts get directly pass between replicas in small messages', async () => {
  const world = await World.create()
  world.natsIsUp = false
  world.elect(1)
  const told: Downstream[] = []
  const follower = world.replicas[1]!
  const { down } = follower
  vi.spyOn(follower, 'down').mockImplementation((message, term) => {
    told.push(message)
    down.call(follower, message, term)
  })
  const first = world.host('a:1', ['Order'], { replicas: [follower.url] })
  world.runUntil('the first one serves', () => first.phase === 'serving')
  const others = Array.from({ length: 40 }, (_, i) => world.host(`h${i}:1`, typesOf(i)))
  world.runUntil('the others serve', () => others.every(({ phase }) => phase === 'serving'))
  world.runUntil(
    'the first one knows',
    () => first.owner('39.0.'.padEnd(128, 'x'), '1') === 'h39:1',
  )
  const orders = told.filter(({ kind }) => kind === 'orders')
  const parts = orders.filter(
    (each) => 'order' in each && 'parts' in each.order && each.order.parts > 1,
  )
  expect(parts.length).toBeGreaterThan(1)
  for (const each of orders) expect(encode(each).length).toBeLessThan(relayPartBytes + 4_096)
})
