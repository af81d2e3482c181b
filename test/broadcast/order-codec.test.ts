import { expect, test } from 'vitest'
import { encodeAnswer, encodeOrder } from '../../src/broadcast/order-codec.js'
import { PartCollector } from '../../src/table/change-parts.js'
import { difference, whole } from '../../src/table/table-change.js'
import type { Order, TableAnswer, TableChange } from '../../src/wire/messages.js'
import { decode } from '../../src/wire/msgpack.js'
import { createChecks } from '../../src/wire/validate.js'
import { makeContext, member, tableOf } from '../table/tables.js'
import { identity, lineage, orders } from './support/rounds-bench.js'

const context = await makeContext()
const checks = createChecks()
const table = tableOf(
  context,
  7,
  Array.from({ length: 200 }, (_, i) => member(`host-${i}.example.net:4000`, i + 1, orders)),
)
const change = whole(table)
const update: Order = {
  ...{ kind: 'update', ...identity, deadlineMs: 10_000 },
  ...{ part: 1, parts: 1, change },
}
const head = { kind: 'table', namespace: 'shop', lineage } as const
const answer: TableAnswer = { ...head, part: 1, parts: 1, change }

function joined(parts: readonly { part: number; parts: number; change: TableChange }[]) {
  const collector = new PartCollector(parts[0]!.change, parts.length)
  const outcomes = parts.map(({ part, parts: count, change: one }) =>
    collector.add(part, count, one),
  )
  const last = outcomes.at(-1)!
  return last.kind === 'complete' ? last.change : null
}

test('an order that fits is one message that the contract allows', () => {
  const { generation, digest } = table
  const small: Order[] = [
    update,
    { kind: 'unlock', ...identity, generation, digest },
    { kind: 'beacon', ...identity, generation, digest, newest: 8 },
    { kind: 'lock', ...identity, from: 7, digest, to: 8, touched: [1] },
  ]
  for (const order of small) {
    const payloads = encodeOrder(order, 1_048_576)
    expect(payloads.map((payload) => checks.order(decode(payload)))).toEqual([order])
  }
})

test('an update is parted so that every part and its headers stay below what the server takes', () => {
  const headerBytesMax = 300
  for (const payloadBytesMax of [2_048, 4_096, 10_000]) {
    const payloads = encodeOrder(update, payloadBytesMax)
    expect(payloads.length).toBeGreaterThan(1)
    for (const { length } of payloads) expect(length).toBeLessThan(payloadBytesMax - headerBytesMax)
    const parts = payloads.map((payload) => checks.order(decode(payload)))
    expect(joined(parts.filter((part) => part.kind === 'update'))).toEqual(change)
  }
})

test('one host too many for a message is an error that says so, not a message that is lost', () => {
  expect(() => encodeOrder(update, 1_100)).toThrow(expect.objectContaining({ code: 'too_large' }))
})

test('an answer is parted alike; the running round and the list of replicas go with the last part', () => {
  const next = table.edit({ generation: 8, upserts: [], removes: ['host-3.example.net:4000'] })
  const round = { term: 4, deadlineMs: 9_000, change: difference(table, next) }
  const registry = { version: 9, replicas: [{ id: 4, url: 'ws://r4' }] }
  const parts = encodeAnswer({ ...answer, round, registry }, 4_096).map((part) => {
    return checks.tableAnswer(decode(part))
  })
  expect(parts.length).toBeGreaterThan(1)
  expect(joined(parts)).toEqual(change)
  const none = parts.slice(1).map(() => undefined)
  expect(parts.map((part) => part.round)).toEqual([...none, round])
  expect(parts.map((part) => part.registry)).toEqual([...none, registry])
})

test('a round for which there is no room is left out: the table is what was asked for', () => {
  const round = { term: 4, deadlineMs: 9_000, change }
  const parts = encodeAnswer({ ...answer, round }, 4_096).map((part) => {
    return checks.tableAnswer(decode(part))
  })
  expect(joined(parts)).toEqual(change)
  expect(parts.every((part) => part.round === undefined)).toBe(true)
})

test('no virtual nodes are on the wire: a host costs its names and numbers', () => {
  const bytes = encodeOrder(update, 1_048_576).reduce((sum, { length }) => sum + length, 0)
  expect(bytes / 200).toBeLessThan(80)
})
