/** The event projection as people read it. */
import { expect, test } from 'vitest'
import type { ProjectedEvent } from '../../../src/raft/node/disk/storage.js'
import { createTarget } from '../../../src/raft/store/connection.js'
import type { EventQuery } from '../../../src/raft/store/event-sql.js'
import type { LogStore } from '../../../src/raft/store/log-store.js'
import { ReadConnection } from '../../../src/raft/store/read-connection.js'
import { createDatabase } from '../../support/database.js'
import { openStore } from './store-fixture.js'

const now = Date.now()

function event(index: number, change: Partial<ProjectedEvent>): ProjectedEvent {
  return {
    ...{ index, position: 0, namespace: 'default', generation: index, kind: 'joined' },
    ...{ member: '10.0.0.1:5000', reason: null, atMs: now + index, detail: { at: index } },
    ...change,
  }
}

const history: readonly ProjectedEvent[] = [
  event(1, {}),
  event(2, { position: 0, member: '10.0.0.2:5000' }),
  event(2, { position: 1, member: '10.0.0.3:5000' }),
  event(3, { namespace: 'other', generation: 1 }),
  event(4, { kind: 'left', reason: 'expired' }),
  event(7, { kind: 'gap', namespace: null, generation: null, member: null, detail: null }),
  event(8, { member: '10.0.0.2:5000', kind: 'left', reason: 'evicted' }),
  event(9, { namespace: null, generation: null, member: null, kind: 'settings', reason: null }),
]

function places(events: readonly ProjectedEvent[]): string[] {
  return events.map(({ index, position }) => `${index}.${position}`)
}

async function all(store: LogStore, query: Omit<EventQuery, 'limit'>): Promise<string[]> {
  return places((await store.events({ ...query, limit: 100 })).events)
}

test('events come back as they were written, in order, with what is kept', async (t) => {
  const database = await createDatabase()
  const { store } = await openStore(t, database.url)
  const none = { events: [], more: false, oldest: null, newest: null, dropped: null, projected: 0 }
  expect(await store.events({ limit: 10 })).toEqual(none)
  await store.run({ kind: 'project', through: 10, events: history })
  const { events, ...rest } = await store.events({ limit: 10 })
  expect(events).toEqual(history)
  const bounds = { oldest: { index: 1, position: 0 }, newest: { index: 9, position: 0 } }
  expect(rest).toEqual({ ...bounds, more: false, dropped: null, projected: 10 })
})

test('filters name events, and gaps are always shown', async (t) => {
  const database = await createDatabase()
  const { store } = await openStore(t, database.url)
  await store.run({ kind: 'project', through: 10, events: history })
  expect(await all(store, { namespace: 'other' })).toEqual(['3.0', '7.0'])
  expect(await all(store, { member: '10.0.0.2:5000' })).toEqual(['2.0', '7.0', '8.0'])
  expect(await all(store, { kind: 'left' })).toEqual(['4.0', '7.0', '8.0'])
  expect(await all(store, { kind: 'gap' })).toEqual(['7.0'])
  const generations = { namespace: 'default', generationFrom: 2, generationTo: 4 }
  expect(await all(store, generations)).toEqual(['2.0', '2.1', '4.0', '7.0'])
  expect(await all(store, { fromMs: now + 3, toMs: now + 4 })).toEqual(['3.0', '4.0', '7.0'])
  expect(await all(store, { namespace: 'nobody' })).toEqual(['7.0'])
})

test.for(['oldest', 'newest'] as const)(
  'pages from the %s on hold every event once',
  async (order, t) => {
    const { store } = await openStore(t, (await createDatabase()).url)
    await store.run({ kind: 'project', through: 10, events: history })
    for (const filter of [{}, { namespace: 'default' }]) {
      const whole = await all(store, { ...filter, order })
      for (const limit of [1, 2, 3]) {
        const read: string[] = []
        for (let after: EventQuery['after']; ; ) {
          const query: EventQuery = { ...filter, order, limit, ...(after && { after }) }
          const { events, more } = await store.events(query)
          read.push(...places(events))
          if (!more) break
          after = events.at(-1)
        }
        expect(read, `${order}, ${limit} a page`).toEqual(whole)
      }
      const sorted = order === 'oldest' ? whole : whole.toReversed()
      expect(sorted).toEqual(whole.toSorted())
    }
  },
)

test('events up to the cursor are not written again', async (t) => {
  const database = await createDatabase()
  const { store } = await openStore(t, database.url)
  await store.run({ kind: 'project', through: 4, events: history.slice(0, 5) })
  const again = history.map((one) => ({ ...one, reason: 'again' }))
  await store.run({ kind: 'project', through: 10, events: again })
  await store.run({ kind: 'project', through: 2, events: again.slice(0, 3) })
  const { events, projected } = await store.events({ limit: 100 })
  expect(projected).toBe(10)
  expect(places(events)).toEqual(places(history))
  expect(events.map(({ reason }) => reason === 'again')).toEqual(
    history.map(({ index }) => index > 4),
  )
})

test('any text and any detail can be an event, U+0000 included', async (t) => {
  const database = await createDatabase()
  const { store } = await openStore(t, database.url)
  const member = 'a"\'\\{},\n\u0000\u{1f600}'
  const detail = { text: '\u0000\ud800"', list: [1, null, { a: 2 ** 53 - 1 }], '': true }
  await store.run({ kind: 'project', through: 1, events: [event(1, { member, detail })] })
  const { events } = await store.events({ limit: 1 })
  expect(events[0]!.member).toBe(member.replace('\u0000', '\ufffd'))
  expect(events[0]!.detail).toEqual(detail)
})

test('a page of no size or too large a size is refused', async (t) => {
  const { store } = await openStore(t, (await createDatabase()).url)
  for (const limit of [0, -1, 1.5, 1_001, Number.NaN]) {
    await expect(store.events({ limit })).rejects.toMatchObject({ code: 'invalid_request' })
  }
})

test('a reader whose connection was dropped gets its answer from a new one', async (t) => {
  const database = await createDatabase()
  const { store } = await openStore(t, database.url)
  await store.run({ kind: 'project', through: 10, events: history })
  await store.events({ limit: 1 })
  await database.query(
    `select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and application_name = 'berth'`,
  )
  expect((await store.events({ limit: 100 })).events).toHaveLength(history.length)
})

test('too many readers at once are told so', async (t) => {
  const database = await createDatabase()
  const { store } = await openStore(t, database.url)
  const asked = Array.from({ length: 300 }, () => store.events({ limit: 1 }))
  const outcomes = await Promise.allSettled(asked)
  const refused = outcomes.filter((outcome) => outcome.status === 'rejected')
  expect(refused).toHaveLength(44)
  expect(refused[0]).toMatchObject({ reason: { code: 'overloaded' } })
  await expect(store.events({ limit: 1 })).resolves.toMatchObject({ events: [] })
})

test('the connection for readers cannot write', async (t) => {
  const { url } = await createDatabase()
  await openStore(t, url)
  const target = createTarget({
    ...{ url, schema: 'berth', applicationName: 'test', allowUnsafeFsync: false },
    connectTimeoutMs: 30_000,
  })
  const reader = new ReadConnection(target, 30_000)
  t.onTestFinished(() => reader.close())
  const writing = reader.query({ text: 'delete from event' })
  await expect(writing).rejects.toMatchObject({ code: 'database_read_only' })
})
