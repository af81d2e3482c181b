/** How a replica's schema comes to be, and whom it refuses. */
import pg from 'pg'
import { expect, test } from 'vitest'
import { readMigrations } from '../../../src/raft/store/migrations.js'
import { createDatabase, type TestDatabase } from '../../support/database.js'
import { eventually } from '../../support/eventually.js'
import type { Owner } from '../../support/owner.js'
import { append, entries } from './operations.js'
import { recordingLog } from './recording-log.js'
import { openStore } from './store-fixture.js'

interface Recorded {
  readonly number: number
  readonly name: string
  readonly checksum: string
}

function recorded(database: TestDatabase): Promise<Recorded[]> {
  return database.query('select number, name, checksum from berth.schema_migration order by number')
}

test('an empty database gets every migration, once, with its checksum', async (t) => {
  const database = await createDatabase()
  const known = (await readMigrations()).map(({ number, name, checksum }) => ({
    ...{ number, name, checksum },
  }))
  expect(known.length).toBeGreaterThan(0)
  const first = await openStore(t, database.url)
  expect(await recorded(database)).toEqual(known)
  const applied = first.lines.filter(({ message }) => message === 'Applied a migration.')
  expect(applied.map(({ fields }) => fields.migration)).toEqual(known.map(({ name }) => name))
  const second = await openStore(t, database.url)
  expect(second.lines.map(({ message }) => message)).not.toContain('Applied a migration.')
  expect(await recorded(database)).toEqual(known)
})

test('a database of a newer version is refused and left as it was', async (t) => {
  const database = await createDatabase()
  const { store } = await openStore(t, database.url)
  await store.run(append(entries(1, 1, 1), { term: 1, vote: 0, commit: 0 }))
  await store.close()
  await database.query(
    `insert into berth.schema_migration (number, name, checksum)
      values (900, '900-later.sql', 'x')`,
  )
  const before = await database.query('select * from berth.replica')
  const refused = { code: 'database_newer', message: expect.stringMatching(/900-later\.sql/) }
  await expect(openStore(t, database.url)).rejects.toMatchObject(refused)
  expect(await database.query('select * from berth.replica')).toEqual(before)
})

test('a database with an altered migration is refused', async (t) => {
  const database = await createDatabase()
  const { store } = await openStore(t, database.url)
  await store.close()
  await database.query(`update berth.schema_migration set checksum = 'edited' where number = 2`)
  const refused = { code: 'database_altered', message: expect.stringMatching(/002-/) }
  await expect(openStore(t, database.url)).rejects.toMatchObject(refused)
})

test('a migration that fails leaves nothing behind', async (t) => {
  const database = await createDatabase()
  // In the way of the second file.
  await database.query('create schema berth; create table berth.event (strange text)')
  await expect(openStore(t, database.url)).rejects.toThrow(/"event" already exists/)
  const tables = `select table_name from information_schema.tables where table_schema = 'berth'`
  expect(await database.query(tables)).toEqual([{ table_name: 'event' }])
})

test('of processes that start at once on an empty database one migrates and one remains', async (t) => {
  const database = await createDatabase()
  const log = recordingLog()
  // One that is given up and tried again would raise the incarnation once more.
  const timing = { stallAfterMs: 60_000, probeEveryMs: 100, connectTimeoutMs: 60_000 }
  const starts = Array.from({ length: 4 }, () => openStore(t, database.url, { log, timing }))
  for (const start of await Promise.allSettled(starts)) {
    if (start.status === 'fulfilled') continue
    expect(start.reason).toMatchObject({ code: 'database_taken_over' })
  }
  const applied = log.lines.filter(({ message }) => message === 'Applied a migration.')
  expect(applied).toHaveLength((await readMigrations()).length)
  const last = await database.query<{ incarnation: string }>(
    'select incarnation from berth.replica',
  )
  expect(last).toEqual([{ incarnation: '4' }])
})

async function holdMigrations(owner: Owner, url: string): Promise<pg.Client> {
  const other = new pg.Client({ connectionString: url })
  await other.connect()
  owner.onTestFinished(() => other.end())
  await other.query(`select pg_advisory_lock(${0x62657274}, hashtext('berth'))`)
  return other
}

test('whoever waits for another migration says so', async (t) => {
  const database = await createDatabase()
  const other = await holdMigrations(t, database.url)
  const log = recordingLog()
  const opening = openStore(t, database.url, { log })
  const report = await eventually('a report', () =>
    log.lines.find(({ message }) => message === 'Still waiting.'),
  )
  expect(report.fields.waitingFor).toMatch(/^Postgres 127\.0\.0\.1:\d+\/test_\w+, to connect$/)
  await other.query(`select pg_advisory_unlock(${0x62657274}, hashtext('berth'))`)
  await opening
  expect(log.lines.map(({ message }) => message)).toContain('The wait is over.')
})

test('a start that waits for another migration can be given up', async (t) => {
  const database = await createDatabase()
  await holdMigrations(t, database.url)
  const giveUp = new AbortController()
  const opening = openStore(t, database.url, { signal: giveUp.signal })
  const rejected = expect(opening).rejects.toMatchObject({ code: 'unavailable' })
  const waits = `select from pg_stat_activity where wait_event_type = 'Lock' and datname = $1`
  await eventually('the wait', async () => (await database.query(waits, [database.name]))[0])
  giveUp.abort()
  await rejected
})

test('this run tries the Postgres that it is to try', async () => {
  const { query } = await createDatabase()
  const sql = "select current_setting('server_version_num')::int / 10000 as version"
  const [row] = await query<{ version: number }>(sql)
  const asked = process.env.BERTH_TEST_POSTGRES
  if (asked === 'oldest') expect(row!.version).toBe(15)
  else if (asked === undefined) expect(row!.version).toBe(18)
  else expect(row!.version).toBeGreaterThanOrEqual(15)
})
