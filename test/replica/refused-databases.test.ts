/** Databases that a replica cannot use: one line that says what to do, exit code 1. */
import { expect, test } from 'vitest'
import { createDatabase, databaseAt } from '../support/database.js'
import { startOwnPostgres } from '../support/own-postgres.js'
import { planReplica, refusalOf, startReplica, untilReady } from './support/replica-process.js'

test('a wrong password is refused, and not shown', async (t) => {
  const database = await createDatabase()
  const url = new URL(database.url)
  url.password = 'not-the-secret'
  const refusal = await refusalOf(startReplica(t, await planReplica(url.href)))
  expect(refusal).toMatch(/^berth replica: Postgres 127\.0\.0\.1:\d+\/test_.*password auth/)
  expect(refusal).toMatch(/Check user, password and pg_hba\.conf/)
  expect(refusal).not.toContain('not-the-secret')
})

test('a database that does not exist is refused', async (t) => {
  const { url } = await createDatabase()
  const { url: missing } = databaseAt(url, 'no_such_database')
  const refusal = await refusalOf(startReplica(t, await planReplica(missing)))
  expect(refusal).toMatch(/database "no_such_database" does not exist.*Create it \(createdb\)/)
})

test('a read-only database is refused', async (t) => {
  const database = await createDatabase()
  await database.query(`alter database ${database.name} set default_transaction_read_only = on`)
  const refusal = await refusalOf(startReplica(t, await planReplica(database.url)))
  expect(refusal).toMatch(/default_transaction_read_only on and accepts no writes\. Name a primary/)
})

test('an empty database is migrated; one of a newer version, of another replica or damaged is refused', async (t) => {
  const database = await createDatabase()
  const plan = await planReplica(database.url)
  const first = startReplica(t, plan)
  await untilReady(first)
  expect((await first.cordon('10.0.0.1:1')).status).toBe(200)
  first.process.signal('SIGTERM')
  expect(await first.process.exited).toEqual({ code: 0, signal: null })
  expect(first.log().map(({ msg }) => msg)).toContain('Took over the database.')

  const other = { ...plan, id: 2, peers: plan.peers.replace('1=', '2=') }
  expect(await refusalOf(startReplica(t, other))).toMatch(
    /This database belongs to replica 1, not to replica 2/,
  )

  // One bit of the entry that cordons.
  const [found] = await database.query<{ index: string }>(`update berth.log
    set data = set_byte(data, length(data) - 1, get_byte(data, length(data) - 1) # 1)
    where index = (select max(index) from berth.log where length(data) > 0) returning index`)
  expect(await refusalOf(startReplica(t, plan))).toMatch(
    new RegExp(`the checksum of log entry ${found!.index} does not match.*under a new id`),
  )

  await database.query(`insert into berth.schema_migration (number, name, checksum)
    select 9999, 'later', checksum
    from berth.schema_migration limit 1`)
  expect(await refusalOf(startReplica(t, plan))).toMatch(
    /has migration later, which this version does not know\. Start the version that applied it/,
  )
})

test('a server with fsync off is refused, and serves with a warning when told to', async (t) => {
  const server = await startOwnPostgres(t, 'fsync = off')
  const plan = await planReplica((await server.database('unsafe')).url)
  expect(await refusalOf(startReplica(t, plan))).toMatch(
    /runs with fsync off: a power loss may lose what was acknowledged\. Turn fsync on/,
  )
  const allowed = startReplica(t, plan, ['--allow-unsafe-fsync'])
  const warning = await allowed.logged(/fsync off/)
  expect(warning).toMatchObject({ level: 40, replica: 1 })
  await untilReady(allowed)
})
