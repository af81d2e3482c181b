/** What people do to a Postgres that a replica runs on, and how it goes on. */
import { expect, test } from 'vitest'
import type { Entry } from '../../../src/raft/core/entry.js'
import type { ProjectedEvent, StoredState } from '../../../src/raft/node/disk/storage.js'
import { createDatabase, type TestDatabase } from '../../support/database.js'
import { eventually } from '../../support/eventually.js'
import { append, entries, snapshotOf } from './operations.js'
import { createRole, withLogin } from './roles.js'
import { openStore } from './store-fixture.js'

const first = append(entries(1, 1, 1), { term: 1, vote: 0, commit: 0 })

function read({ entries: found }: StoredState): Entry[] {
  return found.map((entry) => ({ ...entry, data: Uint8Array.from(entry.data) }))
}

/** From now on each write fails with this error, until the returned is called. */
async function failWrites(database: TestDatabase, error: string): Promise<() => Promise<unknown>> {
  await database.query(`create function public.fail() returns trigger language plpgsql as $$
    begin raise exception using ${error}; end $$`)
  await database.query(`create trigger fail before insert on berth.log
    for each statement execute function public.fail()`)
  return () => database.query('drop trigger fail on berth.log')
}

const wraparound = `errcode = '54000',
  message = 'database is not accepting commands that assign new transaction IDs',
  hint = 'Execute a database-wide VACUUM in that database'`

const everyDefault = [
  'array_nulls = off',
  'bytea_output = escape',
  'default_transaction_isolation = serializable',
  'default_transaction_deferrable = on',
  `statement_timeout = '1001ms'`,
  `lock_timeout = '1001ms'`,
  `idle_session_timeout = '1001ms'`,
  `idle_in_transaction_session_timeout = '1001ms'`,
  `"DateStyle" = 'SQL, DMY'`,
  'extra_float_digits = -15',
  "search_path = 'public'",
  'synchronous_commit = off',
]

test('what a role or a database sets by default does not reach the store', async (t) => {
  const database = await createDatabase()
  const [known] = await database.query<{ version: number }>(
    `select current_setting('server_version_num')::int as version`,
  )
  const newer = known!.version >= 170_000 ? [`transaction_timeout = '1001ms'`] : []
  const settings = [...everyDefault, ...newer]
  const changes = settings.map((setting) => `alter database ${database.name} set ${setting}`)
  // At once: under some of these nobody could set another.
  await database.query(changes.join('; '))
  const { store } = await openStore(t, database.url)
  await database.query(`create table public.shown (name text, setting text);
    create function public.show() returns trigger language plpgsql as $$ begin
      insert into public.shown select name, setting from pg_settings where name ~ '_timeout$';
      return null; end $$;
    create trigger show after insert on berth.log execute function public.show()`)
  await store.run(append(entries(1, 300, 1), { term: 1, vote: 0, commit: 0 }))
  const limits = await database.query<{ name: string; setting: string }>('table public.shown')
  const others = limits.filter(({ setting }) => setting === '1001').map(({ name }) => name)
  expect(others).toEqual([])
  const about = { index: 1, kind: 'settings', atMs: Date.now(), detail: null }
  const nobody = { namespace: null, generation: null, member: null, reason: null }
  const events: ProjectedEvent[] = [
    { ...about, ...nobody, position: 0 },
    { ...about, namespace: 'NULL', generation: 3, member: '\\', reason: null, position: 1 },
  ]
  await store.run({ kind: 'project', through: 1, events })
  expect((await store.events({ limit: 10 })).events).toEqual(events)
  const { parts, snapshot, chunks } = snapshotOf(200, 1, [300, 40])
  for (const part of parts) await store.run(part)
  await store.run({ kind: 'snapshot-complete', snapshot })
  expect(await store.readChunk(snapshot, 0)).toEqual(Buffer.from(chunks[0]!))
  await store.close()
  const { state } = await openStore(t, database.url)
  expect(read(state)).toEqual(entries(1, 300, 1))
})

test('a Postgres that takes no writes is waited for, and its own hint is told', async (t) => {
  const database = await createDatabase()
  const { store } = await openStore(t, database.url)
  const mend = await failWrites(database, wraparound)
  const running = store.run(first)
  const reason = () => store.status.waiting?.reason ?? ''
  await eventually('the hint', () => /transaction IDs\. Execute a .*VACUUM/.test(reason()))
  expect(store.status.connected).toBe(false)
  await mend()
  await running
  await expect.poll(() => store.status).toMatchObject({ connected: true, waiting: null })
})

test('a table that was altered under prepared statements costs a connection', async (t) => {
  const database = await createDatabase()
  const { store, lines } = await openStore(t, database.url)
  await store.run(first)
  await store.run(append(entries(2, 2, 1)))
  for (const [at, type] of ['int', 'numeric', 'bigint'].entries()) {
    await database.query(`alter table berth.replica alter column sequence type ${type}`)
    await store.run(append(entries(3 + at, 3 + at, 1)))
  }
  await store.close()
  expect(lines.filter(({ level }) => level === 'error')).toEqual([])
  const { state } = await openStore(t, database.url)
  expect(read(state)).toEqual(entries(1, 5, 1))
})

test('a prepared statement that is there already, or is gone, costs a connection', async (t) => {
  const database = await createDatabase()
  const { store } = await openStore(t, database.url)
  for (const [at, state] of ['42P05', '26000'].entries()) {
    const mend = await failWrites(database, `errcode = '${state}', message = 'prepared'`)
    const incarnation = store.status.incarnation
    const running = store.run(append(entries(1 + at, 1 + at, 1)))
    await eventually('another connection', () => store.status.incarnation > incarnation + 1)
    await mend()
    await running
    await database.query('drop function public.fail')
  }
})

test('what somebody put into the tables stops the replica with the words of Postgres', async (t) => {
  const database = await createDatabase()
  const { store, fatal } = await openStore(t, database.url)
  await failWrites(database, `errcode = '23514', message = 'no', hint = 'Ask Ann'`)
  await expect(store.run(first)).rejects.toMatchObject({ code: 'internal' })
  expect((await fatal).message).toMatch(/: no\. Ask Ann\. If nobody changed the tables of Berth/)
})

test('a schema that is of something else is refused, and left as it is', async (t) => {
  const database = await createDatabase()
  await database.query('create schema berth')
  await database.query('create table berth.log (line text)')
  await expect(openStore(t, database.url)).rejects.toMatchObject({
    code: 'database_altered',
    message: expect.stringMatching(/"log" already exists\. .*--postgres-schema/),
  })
  const tables = await database.query(`select tablename from pg_tables where schemaname = 'berth'`)
  expect(tables).toEqual([{ tablename: 'log' }])
})

test('rows that a policy hides are an error, and no log with holes', async (t) => {
  const database = await createDatabase()
  const role = await createRole(t, database)
  await database.query(`create schema berth authorization ${role}`)
  const url = withLogin(database, role, 'secret')
  const { store } = await openStore(t, url)
  await store.run(append(entries(1, 3, 1), { term: 1, vote: 0, commit: 0 }))
  await store.close()
  await database.query('alter table berth.log enable row level security')
  await database.query('alter table berth.log force row level security')
  await expect(openStore(t, url)).rejects.toMatchObject({
    code: 'database_permission',
    message: expect.stringMatching(/row-level security/),
  })
})
