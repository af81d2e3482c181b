import { expect, test } from 'vitest'
import { AnswerParts, answerBytesMax } from '../../src/sidecar/answer-parts.js'
import { askAgainMs } from '../../src/sidecar/table-follower.js'
import { split } from '../../src/table/change-parts.js'
import type { Table } from '../../src/table/table.js'
import { difference, whole } from '../../src/table/table-change.js'
import type { Get, TableAnswer, TableChange } from '../../src/wire/messages.js'
import { member } from '../table/tables.js'
import {
  Bench,
  epochs,
  keyOf,
  lineage,
  moving,
  orders,
  otherLineage,
  owned,
  times,
} from './support/bench.js'

const head = { kind: 'table', namespace: 'default', lineage } as const
const answerOf = (change: TableChange, more: Partial<TableAnswer> = {}): TableAnswer => {
  return { ...head, part: 1, parts: 1, change, ...more }
}

async function serving() {
  const bench = (await Bench.host()).serve().nats()
  const { base, withD } = bench
  const next = withD.edit({ generation: 12, upserts: [member('e:1', 12, orders)], removes: [] })
  const gets = (): Get[] => bench.sent.filter((message) => message.kind === 'get')
  const held = { generation: base.generation, digest: base.digest }
  return { bench, base, withD, next, gets, held }
}

test('a host that learns of a table which is not here stops everything and fetches it', async () => {
  const { bench, base, withD, gets, held } = await serving()
  bench.publish(bench.unlock(withD))
  expect(bench.fences).toMatchObject([{ reason: 'behind', isFinal: false }])
  const stays = owned('a:1', base, withD)
  expect(bench.fences[0]!.keys.has('Order', stays)).toBe(true)
  expect(bench.owns(stays)).toBe(false)
  expect(bench.token(stays)).toBe(null)
  expect(bench.state.missing).toBe(11)
  expect(gets()).toEqual([{ kind: 'get', generation: 11, held, registry: 3 }])
  // Also when all is stopped: it is not known whose it is.
  bench.stopped()
  expect(bench.owns(stays)).toBe(false)
  expect(bench.token(stays)).toBe(null)
  bench.say(answerOf(whole(withD)))
  expect(bench.state).toMatchObject({ generation: 11, missing: null })
  bench.stopped()
  expect(bench.owns(stays)).toBe(true)
  expect(bench.owns(moving(base, withD, 'a:1', 'd:1'))).toBe(false)
  expect(bench.acknowledged.generation).toBe(11)
})

test('it is told once to stop, and asks again until the table comes', async () => {
  const { bench, withD, gets } = await serving()
  bench.publish(bench.unlock(withD), bench.beacon(withD))
  bench.pass(askAgainMs)
  bench.answer(undefined, withD)
  expect(gets().length).toBe(2)
  expect(bench.fences.length).toBe(1)
  bench.say(answerOf(whole(withD)))
  bench.pass(3 * askAgainMs)
  expect(gets().length).toBe(2)
})

test('a difference on another base is kept, its base fetched, and both are taken', async () => {
  const { bench, base, withD, next, gets, held } = await serving()
  bench.publish(bench.update(withD, next))
  expect(bench.state).toMatchObject({ generation: 10, movingTo: null })
  expect(gets()).toEqual([{ kind: 'get', generation: 11, held, registry: 3 }])
  bench.say(answerOf(difference(base, withD)))
  expect(bench.state).toMatchObject({ generation: 11, movingTo: 12 })
  expect(bench.fences).toMatchObject([{ reason: 'overtaken' }])
})

test('a difference whose digest is wrong is not taken; the round is fetched anew', async () => {
  const { bench, base, withD, gets } = await serving()
  const { change } = bench.update(base, withD)
  bench.publish(bench.updateBy({ ...change, digest: 'f'.repeat(43) }))
  expect(bench.state).toMatchObject({ generation: 10, movingTo: null })
  expect(bench.releases).toEqual([])
  expect(gets().length).toBe(1)
  bench.say(answerOf(difference(base, base), { round: { term: 1, deadlineMs: 9_000, change } }))
  expect(bench.state.movingTo).toBe(11)
  bench.pass(3 * askAgainMs)
  expect(gets().length).toBe(1)
})

test('a table with a wrong digest is not taken, whole or not', async () => {
  const { bench, base, withD } = await serving()
  bench.publish(bench.unlock(withD))
  const less = withD.edit({ generation: 11, upserts: [], removes: ['b:1'] })
  for (const change of [whole(less), difference(base, less)]) {
    bench.say(answerOf({ ...change, digest: withD.digest }))
    expect(bench.state).toMatchObject({ generation: 10, missing: 11 })
  }
})

test('a round that a welcome or an answer tells of is taken as if it had been heard', async () => {
  const { bench, base, withD } = await serving()
  bench.tell((machine) => machine.closed(bench.now))
  bench.open()
  const { change } = bench.update(base, withD)
  bench.say(bench.welcome({ round: { term: 1, deadlineMs: 9_000, change } }))
  expect(bench.state.movingTo).toBe(11)
  expect(bench.releases.length).toBe(1)
})

test('an order that comes between hello and welcome is acknowledged after the welcome', async () => {
  const { bench, base } = await serving()
  bench.tell((machine) => machine.closed(bench.now))
  bench.open()
  bench.publish(bench.update(base, bench.withoutC))
  bench.say(bench.welcome())
  expect(bench.heartbeats.at(-1)).toMatchObject({ epoch: epochs.a, lineage })
  expect(bench.acknowledged.generation).toBe(11)
})

test('without a session a table is asked for over NATS, in parts, and only the missed one counts', async () => {
  const { bench, base, withD, held } = await serving()
  bench.tell((machine) => machine.closed(bench.now))
  bench.publish(bench.unlock(withD))
  expect(bench.asked).toEqual([{ kind: 'get', generation: 11, held, registry: 3 }])
  const give = (table: Table, more: Partial<TableAnswer> = {}) => {
    bench.give(answerOf(whole(table), more))
  }
  const forged = bench.table(99, ['x:1', 1])
  bench.give(answerOf(whole(forged)), 1, 102)
  give(bench.table(11, ['a:1', epochs.a]))
  give(withD, { lineage: otherLineage })
  expect(bench.state).toMatchObject({ generation: 10, missing: 11 })
  const changes = split(whole(withD), 260)
  expect(changes.length).toBeGreaterThan(1)
  for (const [i, change] of changes.entries()) {
    expect(bench.state.generation).toBe(base.generation)
    const parts = { part: i + 1, parts: changes.length }
    bench.give(answerOf(change, parts))
  }
  expect(bench.state).toMatchObject({ generation: 11, missing: null })
})

test('no more of an answer is collected than a named limit, whoever gives it', () => {
  const parts = new AnswerParts()
  const removes = Array.from({ length: 10_000 }, (_, i) => `${i}`.padEnd(200, '0'))
  const frame = { from: 0, to: 11, digest: 'd'.repeat(43), upserts: [] }
  // Each of two megabytes.
  for (let part = 1; part <= 30; part += 1) {
    const change = { ...frame, removes }
    expect(parts.add({ ...head, part, parts: 65_535, change })).toBe(null)
    expect(parts.bytes).toBeLessThanOrEqual(answerBytesMax)
  }
  expect(parts.bytes).toBeGreaterThan(0)
  // Another answer takes its place, and is put together.
  const small = { ...frame, to: 12 }
  expect(parts.add({ ...head, part: 1, parts: 2, change: small })).toBe(null)
  expect(parts.add({ ...head, part: 2, parts: 2, change: small })).toEqual(small)
  expect(parts.bytes).toBe(0)
})

test('those who missed the same table do not all ask again at once', async () => {
  const waits = await Promise.all(
    [0, 0.5, 0.99].map(async (random) => {
      const bench = (await Bench.host({}, () => random)).serve().nats()
      bench.publish(bench.unlock(bench.withD))
      const gets = () => bench.sent.filter(({ kind }) => kind === 'get').length
      expect(gets()).toBe(1)
      const fromMs = bench.nowMs
      for (let i = 0; i < 60 && gets() === 1; i += 1) {
        bench.pass(50)
        bench.answer()
      }
      return bench.nowMs - fromMs
    }),
  )
  expect(waits).toEqual([askAgainMs, 1.5 * askAgainMs, 2 * askAgainMs])
})

test('an answer counts only as signed by a replica of the cluster, for this namespace', async () => {
  const { bench, withD } = await serving()
  bench.tell((machine) => machine.closed(bench.now))
  bench.publish(bench.unlock(withD))
  const answer = answerOf(whole(withD))
  bench.give(answer, 1, 102)
  bench.give(answer, 2)
  bench.give(answer, Number.NaN)
  bench.give({ ...answer, namespace: 'other' })
  expect(bench.state).toMatchObject({ generation: 10, missing: 11 })
  expect(bench.state.rejectedOrders).toMatchObject({
    bad_signature: 1,
    unknown_replica: 2,
    foreign: 1,
  })
  bench.give(answer)
  expect(bench.state).toMatchObject({ generation: 11, missing: null })
})

test('a key that a replica has made anew is learned from the session, an older list is not', async () => {
  const { bench, withD } = await serving()
  const list = (version: number, key: number) =>
    bench.say({
      ...{ kind: 'registry', lineage },
      registry: { version, replicas: [{ id: 1, url: 'ws://r9', key: keyOf(key) }] },
    })
  list(7, 103)
  list(6, 104)
  bench.tell((machine) => machine.closed(bench.now))
  bench.publish(bench.unlock(withD))
  const answer = answerOf(whole(withD))
  for (const key of [101, 104]) bench.give(answer, 1, key)
  expect(bench.state.missing).toBe(11)
  bench.give(answer, 1, 103)
  expect(bench.state.missing).toBeNull()
})

test('an answer states what is disseminated, as an unlock does, whoever asked for it', async () => {
  const { bench, withD } = await serving()
  bench.give(answerOf(whole(withD)))
  expect(bench.state).toMatchObject({ generation: 11, missing: null })
  expect(bench.fences.map(({ reason }) => reason)).toContain('behind')
  bench.give(answerOf(whole(bench.base)))
  expect(bench.state).toMatchObject({ generation: 11, missing: null })
})

test('a table that is older than the one missed is taken, and the newer is still asked for', async () => {
  const { bench, withD, next } = await serving()
  bench.publish(bench.unlock(next))
  bench.say(answerOf(whole(withD)))
  expect(bench.state).toMatchObject({ generation: 11, missing: 12 })
  bench.say(answerOf(whole(next)))
  expect(bench.state).toMatchObject({ generation: 12, missing: null })
})

test('the state tells how old the table is and how long keys have waited', async () => {
  const { bench, base, withD } = await serving()
  bench.pass(500)
  bench.publish(bench.update(base, withD))
  bench.pass(700)
  expect(bench.state).toMatchObject({ tableAgeMs: 1_200, movingForMs: 700, movingTo: 11 })
  bench.letGo()
  bench.publish(bench.unlock(withD))
  bench.pass(100)
  expect(bench.state).toMatchObject({ tableAgeMs: 100, movingForMs: null, movingTo: null })
})

test('the state tells how long a release may take: in this round, else as welcomed', async () => {
  const { bench: running, base, withD } = await serving()
  running.publish({ ...running.update(base, withD), deadlineMs: 3_000 })
  expect(running.state).toMatchObject({ movingTo: 11, roundDeadlineMs: 3_000 })
  const bench = await Bench.host()
  expect(bench.state).toMatchObject({ namespace: 'default', roundDeadlineMs: null })
  bench.serve({ times: { ...times, roundDeadlineMs: 7_000 } })
  expect(bench.state).toMatchObject({ roundDeadlineMs: 7_000 })
})
