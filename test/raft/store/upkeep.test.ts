/** What compaction, snapshots and retention let go is deleted, and nothing else is. */
import { describe, expect, test } from 'vitest'
import type { ProjectedEvent } from '../../../src/raft/node/disk/storage.js'
import type { LogStore } from '../../../src/raft/store/log-store.js'
import { trustAfterMs } from '../../../src/raft/store/trusted-wall.js'
import { createDatabase, type TestDatabase } from '../../support/database.js'
import type { Owner } from '../../support/owner.js'
import { append, entries, snapshotOf } from './operations.js'
import { openStore } from './store-fixture.js'

const dayMs = 86_400_000

async function count(database: TestDatabase, table: string): Promise<number> {
  const [row] = await database.query<{ count: string }>(`select count(*) from berth.${table}`)
  return Number(row!.count)
}

async function complete(store: LogStore, made: ReturnType<typeof snapshotOf>): Promise<void> {
  for (const part of made.parts) await store.run(part)
  await store.run({ kind: 'snapshot-complete', snapshot: made.snapshot })
}

function event(index: number, atMs: number): ProjectedEvent {
  const about = { namespace: 'default', kind: 'joined', member: 'a:1', reason: null, detail: null }
  return { index, position: 0, generation: index, atMs, ...about }
}

test('compacted entries are deleted in the background, the others stay', async (t) => {
  const database = await createDatabase()
  const { store } = await openStore(t, database.url)
  await store.run(append(entries(1, 2_000, 1), { term: 1, vote: 0, commit: 2_000 }))
  await complete(store, snapshotOf(1_900, 1, [10]))
  await store.run({ kind: 'compact', index: 1_500, term: 1 })
  await store.tidy()
  const kept = await database.query('select min(index), max(index), count(*) from berth.log')
  expect(kept).toEqual([{ min: '1501', max: '2000', count: '500' }])
})

test('the log that an installed snapshot replaces is deleted in the background', async (t) => {
  const database = await createDatabase()
  const { store } = await openStore(t, database.url)
  await store.run(append(entries(1, 600, 1), { term: 1, vote: 0, commit: 1 }))
  const { parts, snapshot } = snapshotOf(500, 2, [10])
  for (const part of parts) await store.run(part)
  const hardState = { term: 2, vote: 0, commit: 500 }
  await store.run({ kind: 'snapshot-install', snapshot, hardState })
  await store.run(append(entries(501, 503, 2)))
  await store.tidy()
  const kept = await database.query('select index, term from berth.log order by index')
  expect(kept).toEqual([501, 502, 503].map((index) => ({ index: `${index}`, term: '2' })))
})

test('the two newest snapshots are kept, older and half-made ones are deleted', async (t) => {
  const database = await createDatabase()
  const first = await openStore(t, database.url)
  await first.store.run(append(entries(1, 20, 1), { term: 1, vote: 0, commit: 20 }))
  for (const index of [3, 6, 9, 12])
    await complete(first.store, snapshotOf(index, 1, [5, 5, 5, 5, 5]))
  await first.store.run(snapshotOf(15, 1, [5]).parts[0]!)
  await first.store.run(snapshotOf(18, 1, [5]).parts[0]!)
  await first.store.run({ kind: 'snapshot-discard', index: 18, term: 1 })
  await first.store.tidy()
  const rows = 'select index, state from berth.snapshot order by index'
  expect(await database.query(rows)).toEqual([
    ...[
      { index: '9', state: 'complete' },
      { index: '12', state: 'complete' },
    ],
    { index: '15', state: 'making' },
  ])
  expect(await count(database, 'snapshot_chunk')).toBe(11)
  await first.store.close()
  const second = await openStore(t, database.url)
  await second.store.tidy()
  expect(await count(database, 'snapshot')).toBe(2)
  expect(await count(database, 'snapshot_chunk')).toBe(10)
})

test('a snapshot that is being read is kept until the reader is done', async (t) => {
  const database = await createDatabase()
  const { store } = await openStore(t, database.url)
  await store.run(append(entries(1, 20, 1), { term: 1, vote: 0, commit: 20 }))
  const old = snapshotOf(3, 1, [5, 6, 7])
  await complete(store, old)
  expect([...(await store.readChunk(old.snapshot, 0))]).toEqual([...old.chunks[0]!])
  for (const index of [6, 9, 12]) await complete(store, snapshotOf(index, 1, [5]))
  await store.tidy()
  for (const [chunk, bytes] of old.chunks.entries()) {
    expect([...(await store.readChunk(old.snapshot, chunk))]).toEqual([...bytes])
  }
  const unread = store.readChunk(snapshotOf(6, 1, [5]).snapshot, 0)
  await expect(unread).rejects.toMatchObject({ code: 'snapshot_damaged' })
})

test('events beyond the rows of their retention are deleted, the oldest first', async (t) => {
  const database = await createDatabase()
  const { store } = await openStore(t, database.url, { retention: { days: 1, rows: 300 } })
  const events = Array.from({ length: 1_000 }, (_, at) => event(at + 1, Date.now()))
  await store.run({ kind: 'project', through: 1_000, events })
  await store.tidy()
  const page = await store.events({ limit: 1 })
  expect(page).toMatchObject({
    ...{ oldest: { index: 701, position: 0 }, newest: { index: 1_000, position: 0 } },
    ...{ dropped: { index: 700, position: 0 }, projected: 1_000 },
  })
  expect(await count(database, 'event')).toBe(300)
})

describe('events beyond the days of their retention', () => {
  const startMs = 1_700_000_000_000

  /** A store with one event for each of these ages in days, whose clocks stand still. */
  async function storeWith(t: Owner, ages: readonly number[], rows = 100) {
    const clock = { monotonicMs: 0, wallMs: startMs }
    const clocks = { monotonicMs: () => clock.monotonicMs, wallMs: () => clock.wallMs }
    const database = await createDatabase()
    const retention = { days: 2, rows }
    const { store } = await openStore(t, database.url, { retention, clocks })
    const events = ages.map((days, at) => event(at + 1, startMs - days * dayMs))
    await store.run({ kind: 'project', through: ages.length, events })
    const keptAfter = async (ms: number, wallMs: number) => {
      clock.monotonicMs += ms
      clock.wallMs = wallMs
      await store.tidy()
      return (await store.events({ limit: 10 })).events.map(({ index }) => index)
    }
    return { keptAfter }
  }

  test('are deleted up to the first that stays', async (t) => {
    const { keptAfter } = await storeWith(t, [5, 4, 1, 3, 0])
    expect(await keptAfter(0, startMs)).toEqual([1, 2, 3, 4, 5])
    expect(await keptAfter(trustAfterMs, startMs)).toEqual([3, 4, 5])
  })

  test.for([1, 1_000])(
    'go with %i among them that a clock wrote which was ahead',
    async (count, t) => {
      const ahead = Array.from({ length: count }, () => -400)
      const { keptAfter } = await storeWith(t, [5, ...ahead, 4, 1, ...ahead, 0], 10_000)
      await keptAfter(0, startMs)
      const first = 1 + count + 2
      const all = Array.from({ length: 2 + count }, (_, at) => first + at)
      expect(await keptAfter(trustAfterMs, startMs)).toEqual(all.slice(0, 10))
    },
  )

  test('are told by the newest event: a cluster at rest keeps what it has', async (t) => {
    const { keptAfter } = await storeWith(t, [5, 1, 0])
    const later = startMs + 400 * dayMs
    await keptAfter(0, later)
    expect(await keptAfter(trustAfterMs, later)).toEqual([2, 3])
  })

  test('are not those that a clock makes old which is ahead for less than an hour', async (t) => {
    const ahead = startMs + 400 * dayMs
    // The newest was written by that clock too.
    const { keptAfter } = await storeWith(t, [1, 0, -400])
    await keptAfter(0, ahead)
    await keptAfter(60_000, startMs)
    await keptAfter(trustAfterMs, startMs)
    expect(await keptAfter(60_000, ahead)).toEqual([1, 2, 3])
    expect(await keptAfter(trustAfterMs - 60_001, ahead)).toEqual([1, 2, 3])
  })

  test('are none for a replica that is ahead from its start, within the first hour', async (t) => {
    const { keptAfter } = await storeWith(t, [1, 0, -400])
    await keptAfter(0, startMs + 400 * dayMs)
    expect(await keptAfter(trustAfterMs - 1, startMs + 400 * dayMs)).toEqual([1, 2, 3])
  })
})

test('upkeep goes on with what a crash left, and with what was taken over', async (t) => {
  const database = await createDatabase()
  const first = await openStore(t, database.url)
  await first.store.run(append(entries(1, 900, 1), { term: 1, vote: 0, commit: 900 }))
  await complete(first.store, snapshotOf(800, 1, [10]))
  await first.store.close()
  await database.query('update berth.replica set compacted_index = 700, compacted_term = 1')
  const second = await openStore(t, database.url)
  expect(second.state.entries[0]!.index).toBe(701)
  await second.store.tidy()
  expect(await count(database, 'log')).toBe(200)
})

test('an operation waits for one small step of the upkeep at most', async (t) => {
  const database = await createDatabase()
  const { store } = await openStore(t, database.url)
  await store.run(append(entries(1, 20_000, 1), { term: 1, vote: 0, commit: 20_000 }))
  await complete(store, snapshotOf(19_990, 1, [10]))
  await store.run({ kind: 'compact', index: 19_000, term: 1 })
  // The statement itself counts: whoever looks afterwards may be late.
  await database.query(`create table public.seen (rows bigint);
    create function see() returns trigger language plpgsql as $$ begin
      insert into public.seen select count(*) from berth.log; return null; end $$;
    create trigger see after insert on berth.log execute function see()`)
  const tidying = store.tidy()
  await store.run(append(entries(20_001, 20_001, 1)))
  await tidying
  const [seen] = await database.query<{ rows: string }>('select rows from public.seen')
  expect(Number(seen!.rows)).toBeGreaterThan(2_000)
  expect(await count(database, 'log')).toBe(1_001)
})

test('what must not be asked is a bug: gaps, and a compaction that no snapshot covers', async (t) => {
  const { store } = await openStore(t, (await createDatabase()).url)
  await store.run(append(entries(1, 9, 1), { term: 1, vote: 0, commit: 9 }))
  await complete(store, snapshotOf(5, 1, [3]))
  const bug = { name: 'AssertionError' }
  await expect(store.run(append(entries(11, 12, 1)))).rejects.toMatchObject(bug)
  const gap = [...entries(10, 11, 1), ...entries(13, 13, 1)]
  await expect(store.run(append(gap))).rejects.toMatchObject(bug)
  await expect(store.run({ kind: 'compact', index: 6, term: 1 })).rejects.toMatchObject(bug)
  await store.run({ kind: 'compact', index: 4, term: 1 })
  await expect(store.run(append(entries(4, 9, 1)))).rejects.toMatchObject(bug)
  const both = [store.run(append(entries(10, 10, 1))), store.run(append(entries(11, 11, 1)))]
  expect((await Promise.allSettled(both)).map(({ status }) => status)).toEqual([
    ...['fulfilled', 'rejected'],
  ])
})

test('a snapshot of which chunks are missing is a bug, and completes nothing', async (t) => {
  const database = await createDatabase()
  const { store, fatal } = await openStore(t, database.url)
  await store.run(append(entries(1, 9, 1), { term: 1, vote: 0, commit: 9 }))
  const { parts, snapshot } = snapshotOf(9, 1, [3, 4, 5])
  for (const part of [parts[0]!, parts[2]!]) await store.run(part)
  const hardState = { term: 2, vote: 0, commit: 9 }
  const installing = store.run({ kind: 'snapshot-install', snapshot, hardState })
  await expect(installing).rejects.toMatchObject({ code: 'internal' })
  expect(await fatal).toMatchObject({ code: 'internal' })
  expect((await openStore(t, database.url)).state).toMatchObject({
    ...{ snapshot: null, compacted: { index: 0 }, hardState: { term: 1 } },
  })
})
