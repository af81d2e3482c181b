/** Databases that a replica cannot use: each gets one line that says what to do. */
import { createServer } from 'node:net'
import { expect, test } from 'vitest'
import { createDatabase, databaseAt } from '../../support/database.js'
import { eventually } from '../../support/eventually.js'
import { startOwnPostgres } from '../../support/own-postgres.js'
import type { Owner } from '../../support/owner.js'
import { freePort } from '../../support/ports.js'
import { append, entries } from './operations.js'
import { recordingLog } from './recording-log.js'
import { createRole, withLogin } from './roles.js'
import { openStore } from './store-fixture.js'

/** The error's text: one line, with the address and without the password. */
async function refusalOf(owner: Owner, url: string): Promise<{ code: unknown; text: string }> {
  const error = await openStore(owner, url).then(
    () => expect.fail('the store opened'),
    (refusal: Error & { code?: unknown }) => refusal,
  )
  expect(error.message).not.toContain('\n')
  expect(error.message).toContain('Postgres 127.0.0.1:')
  expect(error.message).not.toContain(new URL(url).password || '\0')
  return { code: error.code, text: error.message }
}

test('a wrong password is refused at once', async (t) => {
  const database = await createDatabase()
  const { code, text } = await refusalOf(t, withLogin(database, 'berth', 'not-the-password'))
  expect(code).toBe('database_login')
  expect(text).toMatch(/password authentication failed.*Check user, password/)
})

test('a missing password is refused at once', async (t) => {
  const database = await createDatabase()
  const { code } = await refusalOf(t, withLogin(database, 'berth', ''))
  expect(code).toBe('database_login')
})

test('a missing database is refused at once', async (t) => {
  const { url } = await createDatabase()
  const { code, text } = await refusalOf(t, databaseAt(url, 'no_such_database').url)
  expect(code).toBe('database_missing')
  expect(text).toMatch(/"no_such_database" does not exist.*Create it/)
})

test('a role that may not make the schema is refused and told what to grant', async (t) => {
  const database = await createDatabase()
  const role = await createRole(t, database)
  const { code, text } = await refusalOf(t, withLogin(database, role, 'secret'))
  expect(code).toBe('database_permission')
  expect(text).toMatch(/permission denied.*grant it "create"/)
})

test('a role that owns its schema needs no more', async (t) => {
  const database = await createDatabase()
  const role = await createRole(t, database)
  await database.query(`create schema berth authorization ${role}`)
  const { store } = await openStore(t, withLogin(database, role, 'secret'))
  await store.run(append(entries(1, 1, 1), { term: 1, vote: 0, commit: 0 }))
  await store.close()
})

test('a read-only database is refused at the start', async (t) => {
  const database = await createDatabase()
  await database.query(`alter database ${database.name} set default_transaction_read_only = on`)
  const { code, text } = await refusalOf(t, database.url)
  expect(code).toBe('database_read_only')
  expect(text).toMatch(/default_transaction_read_only on and accepts no writes/)
})

test('a database that becomes read-only is waited for', async (t) => {
  const database = await createDatabase()
  const { store } = await openStore(t, database.url)
  await store.run(append(entries(1, 1, 1), { term: 1, vote: 0, commit: 0 }))
  const readOnly = `alter database ${database.name} set default_transaction_read_only`
  await database.query(`${readOnly} = on`)
  await database.query(
    `select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and pid <> pg_backend_pid()`,
  )
  const running = store.run(append(entries(2, 2, 1)))
  await eventually('the reason', () => /accepts no writes/.test(store.status.waiting?.reason ?? ''))
  expect(store.status.connected).toBe(false)
  await database.query(`begin read write; ${readOnly} = off; commit`)
  await running
})

test('a database in another encoding is refused', async (t) => {
  const database = await createDatabase()
  // It goes with the run's Postgres, as all of them do: dropping one takes a checkpoint.
  const name = `${database.name}_ascii`
  await database.query(`create database ${name} encoding 'SQL_ASCII' template template0`)
  const { code, text } = await refusalOf(t, databaseAt(database.url, name).url)
  expect(code).toBe('database_unsupported')
  expect(text).toMatch(/SQL_ASCII.*UTF8/)
})

test('synchronous_commit is on, whatever the role or the database says', async (t) => {
  const database = await createDatabase()
  await database.query(`alter database ${database.name} set synchronous_commit = off`)
  await database.query(`alter database ${database.name} set statement_timeout = '1s'`)
  const { store } = await openStore(t, database.url)
  await database.query(`create table public.shown (value text);
    create function show() returns trigger language plpgsql as $$ begin
      insert into public.shown select current_setting('synchronous_commit'); return null; end $$;
    create trigger show after insert on berth.log execute function show()`)
  await store.run(append(entries(1, 1, 1), { term: 1, vote: 0, commit: 0 }))
  const shown = await database.query('select value from public.shown')
  expect(shown).toEqual([{ value: 'on' }])
})

test('a server with fsync off is refused, unless that is allowed', async (t) => {
  const server = await startOwnPostgres(t, 'fsync = off')
  const { url } = await server.database('unsafe')
  const { code, text } = await refusalOf(t, url)
  expect(code).toBe('database_unsafe')
  expect(text).toMatch(/fsync off.*Turn fsync on/)
  const { store, lines } = await openStore(t, url, { allowUnsafeFsync: true })
  expect(lines.filter(({ level }) => level === 'warn')[0]?.message).toMatch(/fsync off/)
  await store.run(append(entries(1, 1, 1), { term: 1, vote: 0, commit: 0 }))
})

test('fsync turned off while the replica runs stops it', async (t) => {
  const server = await startOwnPostgres(t)
  const database = await server.database('safe')
  const { fatal } = await openStore(t, database.url)
  await database.query('alter system set fsync = off')
  await database.query('select pg_reload_conf()')
  expect(await fatal).toMatchObject({ code: 'database_unsafe' })
})

test('a URL or a schema that cannot be meant is refused before any connection', async (t) => {
  const config = { code: 'invalid_config' }
  await expect(openStore(t, 'mysql://127.0.0.1/x')).rejects.toMatchObject(config)
  await expect(openStore(t, 'postgres://[/x')).rejects.toMatchObject(config)
  const url = 'postgres://127.0.0.1/x'
  for (const schema of ['', 'Berth', 'a"; drop table x; --', 'a b', '1a']) {
    await expect(openStore(t, url, { schema })).rejects.toMatchObject(config)
  }
})

test('a server that is away is waited for, with a report, until the start is given up', async (t) => {
  const port = await freePort()
  const log = recordingLog()
  const giveUp = new AbortController()
  const opening = openStore(t, `postgres://berth:secret@127.0.0.1:${port}/x`, {
    ...{ log, signal: giveUp.signal },
  })
  const rejected = expect(opening).rejects.toMatchObject({
    ...{ code: 'unavailable', message: expect.stringMatching(/ECONNREFUSED/) },
  })
  const report = await eventually('a report with the reason', () =>
    log.lines.find(
      ({ message, fields }) =>
        message === 'Still waiting.' && /ECONNREFUSED/.test(String(fields.reason)),
    ),
  )
  expect(report.fields.waitingFor).toBe(`Postgres 127.0.0.1:${port}/x, to connect`)
  giveUp.abort()
  await rejected
})

test('a server that accepts and says nothing is waited for', async (t) => {
  const port = await freePort()
  const silent = createServer(() => {})
  await new Promise<void>((resolve) => silent.listen(port, '127.0.0.1', resolve))
  t.onTestFinished(() => void silent.close())
  const log = recordingLog()
  const giveUp = new AbortController()
  const opening = openStore(t, `postgres://berth:secret@127.0.0.1:${port}/x`, {
    ...{ log, signal: giveUp.signal },
    timing: { connectTimeoutMs: 100, stallAfterMs: 100, probeEveryMs: 100 },
  })
  const rejected = expect(opening).rejects.toMatchObject({ code: 'unavailable' })
  const report = () => log.lines.find(({ fields }) => /timeout/.test(String(fields.reason)))
  await eventually('a report', report)
  giveUp.abort()
  await rejected
})
