import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import {
  AnswerCache,
  answerCacheEntriesMax,
  entryOverheadBytes,
  partOverheadBytes,
} from '../../src/broadcast/answer-cache.js'
import { encodeAnswer } from '../../src/broadcast/order-codec.js'
import type { Table } from '../../src/table/table.js'
import { difference, whole } from '../../src/table/table-change.js'
import type { TableAnswer } from '../../src/wire/messages.js'
import { makeContext, member, tableOf } from '../table/tables.js'
import { lineage, orders } from './support/rounds-bench.js'

const context = await makeContext()
const payloadBytesMax = 4_096

function table(generation: number, hosts = 100): Table {
  const members = Array.from({ length: hosts }, (_, i) => member(`host-${i}:4000`, i + 1, orders))
  return tableOf(context, generation, members)
}

function answerOf(of: Table, more: Partial<TableAnswer> = {}): TableAnswer {
  const head = { kind: 'table', namespace: 'shop', lineage } as const
  return { ...head, part: 1, parts: 1, change: whole(of), ...more }
}

const sign = (payload: Uint8Array) => createHash('sha256').update(payload).digest('base64url')
const signed = (answer: TableAnswer, limit: number) =>
  encodeAnswer(answer, limit).map((payload) => {
    return { payload: new Uint8Array(payload), signature: sign(payload) }
  })

test('the same answer is encoded and signed once, and is what encoding gives', () => {
  const cache = new AnswerCache(sign)
  const seven = table(7)
  const parts = cache.parts('shop', answerOf(seven), payloadBytesMax)
  expect(parts.length).toBeGreaterThan(1)
  expect(parts).toEqual(signed(answerOf(seven), payloadBytesMax))
  for (let i = 0; i < 600; i += 1) {
    expect(cache.parts('shop', answerOf(seven), payloadBytesMax)).toBe(parts)
  }
})

test('whatever makes two answers differ makes other parts', () => {
  const [seven, eight] = [table(7), table(8, 90)]
  const round = (term: number, deadlineMs = 10_000) => ({
    round: { term, deadlineMs, change: difference(seven, eight) },
  })
  const other = '00000000-0000-4000-8000-0000000000ff'
  const answers: [TableAnswer, number][] = [
    [answerOf(seven), payloadBytesMax],
    [answerOf(seven), 2 * payloadBytesMax],
    [answerOf(seven, { lineage: other }), payloadBytesMax],
    [answerOf(seven, round(1)), payloadBytesMax],
    [answerOf(seven, round(2)), payloadBytesMax],
    [answerOf(seven, round(2, 20_000)), payloadBytesMax],
    [answerOf(eight), payloadBytesMax],
    [answerOf(table(7, 90)), payloadBytesMax],
    [answerOf(seven, { change: difference(seven, seven) }), payloadBytesMax],
  ]
  const cache = new AnswerCache(sign)
  for (const [answer, limit] of [...answers, ...answers]) {
    expect(cache.parts('shop', answer, limit)).toEqual(signed(answer, limit))
  }
})

test('of a namespace the newest answer is kept alone', () => {
  const cache = new AnswerCache(sign)
  cache.parts('shop', answerOf(table(7, 200)), payloadBytesMax)
  const { bytes } = cache
  for (let generation = 8; generation < 20; generation += 1) {
    cache.parts('shop', answerOf(table(generation, 200)), payloadBytesMax)
    expect(cache.bytes).toBe(bytes)
  }
})

test('no more bytes are kept than a limit, and those that were asked for last', () => {
  const lone = new AnswerCache(sign)
  lone.parts('n0', answerOf(table(7)), payloadBytesMax)
  const oneBytes = lone.bytes
  const cache = new AnswerCache(sign, 3 * oneBytes)
  const ask = (namespace: string) => cache.parts(namespace, answerOf(table(7)), payloadBytesMax)
  const first = ask('n0')
  for (let i = 1; i < 50; i += 1) {
    ask(`n${i}`)
    expect(ask('n0')).toBe(first)
    expect(cache.bytes).toBeLessThanOrEqual(3 * oneBytes)
  }
  expect(cache.bytes).toBe(3 * oneBytes)
})

test('what keeping an answer takes beside its bytes is counted, for each and for each part', () => {
  const cache = new AnswerCache(sign)
  for (const [i, of] of [table(7, 0), table(7, 200)].entries()) {
    const before = cache.bytes
    const parts = cache.parts(`n${i}`, answerOf(of), payloadBytesMax)
    expect(parts.length).toBe(i === 0 ? 1 : 5)
    const bytes = parts.reduce((sum, { payload }) => sum + payload.length, 0)
    const overhead = entryOverheadBytes + parts.length * partOverheadBytes
    expect(cache.bytes - before).toBe(bytes + overhead)
    // None holds the room that it was encoded in.
    for (const { payload } of parts) expect(payload.buffer.byteLength).toBe(payload.length)
  }
})

test('no more answers are kept than a limit, and those that were asked for last', () => {
  const cache = new AnswerCache(sign)
  const ask = (namespace: string) => cache.parts(namespace, answerOf(table(7, 0)), payloadBytesMax)
  const [first, second] = [ask('first'), ask('second')]
  for (let i = 2; i < answerCacheEntriesMax; i += 1) ask(`n${i}`)
  const { bytes } = cache
  expect(ask('first')).toBe(first)
  for (let i = 0; i < 10; i += 1) {
    ask(`m${i}`)
    expect(cache.bytes).toBeLessThanOrEqual(bytes)
  }
  expect(ask('first')).toBe(first)
  expect(ask('second')).not.toBe(second)
})

test('an answer that is made once is not kept', () => {
  const cache = new AnswerCache(sign)
  const answer = answerOf(table(7))
  expect(cache.once(answer, payloadBytesMax)).toEqual(signed(answer, payloadBytesMax))
  expect(cache.bytes).toBe(0)
})

test('an answer above the limit is given and not kept', () => {
  const cache = new AnswerCache(sign, 100)
  const answer = answerOf(table(7))
  expect(cache.parts('shop', answer, payloadBytesMax)).toEqual(signed(answer, payloadBytesMax))
  expect(cache.bytes).toBe(0)
})
