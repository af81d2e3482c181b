/** Poolers before Postgres: those that take the connection away after each transaction. */
import { connect, createServer } from 'node:net'
import { pipeline } from 'node:stream'
import { expect, test } from 'vitest'
import { createDatabase } from '../../support/database.js'
import type { Owner } from '../../support/owner.js'
import { freePort } from '../../support/ports.js'
import { type StandInPooler, startStandInPooler } from '../../support/stand-in-pooler.js'
import { append, entries } from './operations.js'
import { createRole, withLogin } from './roles.js'
import { openStore } from './store-fixture.js'

const query = { limit: 10 }

/** The URL of an address that leads to each of them in turn. */
async function balanced(owner: Owner, poolers: readonly StandInPooler[]): Promise<string> {
  const url = new URL(poolers[0]!.url)
  let turn = 0
  const balancer = createServer((client) => {
    const to = new URL(poolers[turn++ % poolers.length]!.url)
    const server = connect(Number(to.port), to.hostname)
    pipeline(client, server, client, () => {})
  })
  url.port = String(await freePort())
  await new Promise<void>((resolve) => balancer.listen(Number(url.port), '127.0.0.1', resolve))
  owner.onTestFinished(() => void balancer.close())
  return url.href
}

test.for([
  ['one backend', { size: 1, gives: 'last' }],
  ['the backend that became free last', { size: 2, gives: 'last' }],
  ['the backend that is free for longest', { size: 2, gives: 'first' }],
  ['any backend', { size: 3, gives: 'any' }],
] as const)('a pooler of transactions is refused at the start: it gives %s', async ([, how], t) => {
  const database = await createDatabase()
  const pooler = await startStandInPooler(t, database.url, { mode: 'transaction', ...how })
  await expect(openStore(t, pooler.url)).rejects.toMatchObject({
    code: 'database_unsupported',
    message: expect.stringMatching(
      /^Postgres 127\.0\.0\.1:\d+\/\w+ is behind a pooler .*session mode.*directly\.$/,
    ),
  })
  // Nothing was set that somebody else would find there, and nothing was made.
  const schemas = await database.query(`select from pg_namespace where nspname = 'berth'`)
  expect(schemas).toEqual([])
})

test('several poolers of transactions behind one address are refused, too', async (t) => {
  const { url } = await createDatabase()
  const how = { mode: 'transaction', size: 1, gives: 'last' } as const
  const poolers = [await startStandInPooler(t, url, how), await startStandInPooler(t, url, how)]
  await expect(openStore(t, await balanced(t, poolers))).rejects.toMatchObject({
    code: 'database_unsupported',
  })
})

test('a pooler of sessions is as good as none', async (t) => {
  const { url } = await createDatabase()
  const pooler = await startStandInPooler(t, url, { mode: 'session', size: 3, gives: 'last' })
  const { store } = await openStore(t, pooler.url)
  await store.run(append(entries(1, 1, 1), { term: 1, vote: 0, commit: 0 }))
  expect(await store.events(query)).toMatchObject({ events: [] })
  await store.run(append(entries(2, 2, 1)))
  await store.close()
  expect((await openStore(t, url)).state.entries).toHaveLength(2)
})

test('a pooler that turns to transactions stops the replica, and not its data', async (t) => {
  const { url } = await createDatabase()
  const how: { mode: 'session' | 'transaction' } = { mode: 'session' }
  const pooler = await startStandInPooler(t, url, {
    ...({ size: 3, gives: 'first' } as const),
    get mode() {
      return how.mode
    },
  })
  const { store, fatal } = await openStore(t, pooler.url)
  await store.run(append(entries(1, 1, 1), { term: 1, vote: 0, commit: 0 }))
  how.mode = 'transaction'
  expect(await fatal).toMatchObject({
    code: 'database_unsupported',
    message: expect.stringContaining('session mode'),
  })
  expect((await openStore(t, url)).state.entries).toHaveLength(1)
})

test('where no second connection is to be had, nobody can tell, and it is taken', async (t) => {
  const database = await createDatabase()
  const role = await createRole(t, database, 'connection limit 1')
  await database.query(`create schema berth authorization ${role}`)
  const url = withLogin(database, role, 'secret')
  const { store } = await openStore(t, url)
  await store.run(append(entries(1, 1, 1), { term: 1, vote: 0, commit: 0 }))
  await store.close()
})
