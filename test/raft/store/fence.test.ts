/** Who may write: other processes, old connections that wake up, databases that are others. */
import pg from 'pg'
import { expect, test } from 'vitest'
import { descendantsOf, sendSignal } from '../../../src/process/process-table.js'
import type { StorageOperation } from '../../../src/raft/node/disk/storage.js'
import { Checksum } from '../../../src/raft/store/checksum.js'
import { toStatement } from '../../../src/raft/store/operation-sql.js'
import { createDatabase, type TestDatabase } from '../../support/database.js'
import { eventually } from '../../support/eventually.js'
import { startOwnPostgres } from '../../support/own-postgres.js'
import type { Owner } from '../../support/owner.js'
import { randomOperations } from './contract-random.js'
import { StorageModel } from './model.js'
import { append, entries, snapshotOf } from './operations.js'
import { startProxy } from './proxy.js'
import { Random } from './random.js'
import type { LogLine } from './recording-log.js'
import { plain } from './storage-under-test.js'
import { openStore } from './store-fixture.js'

const hardState = { term: 1, vote: 1, commit: 0 }

async function logOf(database: TestDatabase): Promise<string> {
  const rows = await database.query<{ index: string; term: string }>(
    'select index, term from berth.log order by index',
  )
  return rows.map(({ index, term }) => `${index}@${term}`).join(' ')
}

async function sequenceOf(database: TestDatabase): Promise<number> {
  const [row] = await database.query<{ sequence: string }>('select sequence from berth.replica')
  return Number(row!.sequence)
}

/** Backends of the store's writer, oldest first. */
async function writers(database: TestDatabase): Promise<readonly number[]> {
  const rows = await database.query<{ pid: number }>(
    `select pid from pg_stat_activity
      where datname = $1 and application_name = 'berth' order by backend_start`,
    [database.name],
  )
  return rows.map(({ pid }) => pid)
}

async function session(owner: Owner, url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url })
  client.on('error', () => {})
  await client.connect()
  owner.onTestFinished(() => client.end())
  return client
}

test('a second process takes over, and the first writes nothing any more', async (t) => {
  const database = await createDatabase()
  const first = await openStore(t, database.url, { timing: { probeEveryMs: 60_000 } as never })
  await first.store.run(append(entries(1, 3, 1), hardState))
  const second = await openStore(t, database.url)
  expect(second.state.entries).toHaveLength(3)
  const late = first.store.run(append(entries(2, 9, 1)))
  const taken = { code: 'database_taken_over', message: /another process has taken over this/ }
  await expect(late).rejects.toMatchObject({
    ...taken,
    message: expect.stringMatching(taken.message),
  })
  expect((await first.fatal).message).toMatch(taken.message)
  await expect(first.store.run(append([], hardState))).rejects.toMatchObject({ code: taken.code })
  expect(await logOf(database)).toBe('1@1 2@1 3@1')
  await second.store.run(append(entries(4, 4, 1)))
  expect(await logOf(database)).toBe('1@1 2@1 3@1 4@1')
})

test('an idle process notices within a probe that another has taken over', async (t) => {
  const database = await createDatabase()
  const first = await openStore(t, database.url)
  const second = await openStore(t, database.url)
  expect(await first.fatal).toMatchObject({ code: 'database_taken_over' })
  await second.store.run(append(entries(1, 1, 1), hardState))
})

test('a dropped connection is replaced, and what was under way is done once', async (t) => {
  const database = await createDatabase()
  const { store, state, lines } = await openStore(t, database.url)
  for (let index = 1; index <= 60; index += 1) {
    const running = store.run(append(entries(index, index, 1), hardState))
    if (index % 10 === 0) {
      for (const pid of await writers(database)) {
        await database.query('select pg_terminate_backend($1)', [pid])
      }
    }
    await running
  }
  expect(await sequenceOf(database)).toBe(60)
  expect((await logOf(database)).split(' ')).toHaveLength(60)
  expect(store.status.incarnation).toBeGreaterThan(state.identity.incarnation)
  expect(lines.map(({ message }) => message)).toContain('The database answers again.')
})

test('an operation whose answer was lost is looked up and not done again', async (t) => {
  const database = await createDatabase()
  const proxy = await startProxy(t, database.url)
  // Nobody but the cut below ends the connection.
  const timing = { probeEveryMs: 60_000, stallAfterMs: 60_000, connectTimeoutMs: 2_000 }
  const { store } = await openStore(t, proxy.url, { timing })
  await store.run(append(entries(1, 1, 1), hardState))
  await store.tidy()
  proxy.swallowAnswers()
  const event = {
    ...{ index: 1, position: 0, namespace: 'n', generation: 1, kind: 'joined', atMs: Date.now() },
    ...{ member: 'a:1', reason: null, detail: null },
  }
  const running = store.run({ kind: 'project', through: 1, events: [event] })
  await eventually('the statement', async () => (await sequenceOf(database)) === 2)
  // What a second sending would do to the row would show.
  await database.query(`update berth.event set reason = 'seen'`)
  proxy.cut()
  await running
  expect(await sequenceOf(database)).toBe(2)
  expect(await database.query('select reason from berth.event')).toEqual([{ reason: 'seen' }])
})

const cutSteps = 80

test.for([1, 2])(
  'any operations under cut connections end as in the model: seed %i',
  async (seed, t) => {
    const random = new Random(seed)
    const database = await createDatabase()
    const proxy = await startProxy(t, database.url)
    const { store, state } = await openStore(t, proxy.url)
    const model = new StorageModel(state)
    for (let step = 0; step < cutSteps; step += 1) {
      for (const operation of randomOperations(random, model.state)) {
        if (random.chance(0.2)) {
          if (random.chance(0.5)) proxy.swallowAnswers()
          setTimeout(proxy.cut, random.between(0, 6))
        }
        await store.run(operation)
        model.run(operation)
      }
    }
    await store.close()
    const found = await openStore(t, database.url)
    model.restart(found.state.identity.incarnation)
    expect(plain(found.state), `seed ${seed}`).toEqual(plain(model.state))
    expect(found.state.identity.incarnation).toBeGreaterThan(5)
  },
)

test('an operation that never reached the server is sent again', async (t) => {
  const database = await createDatabase()
  const proxy = await startProxy(t, database.url)
  const timing = { probeEveryMs: 60_000, stallAfterMs: 200, connectTimeoutMs: 2_000 }
  const { store, lines } = await openStore(t, proxy.url, { timing })
  proxy.blackhole()
  await store.run(append(entries(1, 2, 1), hardState))
  expect(await sequenceOf(database)).toBe(1)
  expect(await logOf(database)).toBe('1@1 2@1')
  const lost = lines.find(({ message }) => message === 'Lost the connection to the database.')
  expect(lost?.fields.reason).toBe('no answer for 200 ms')
})

test('a stalled first statement that wakes up after a reconnect writes nothing', async (t) => {
  const server = await startOwnPostgres(t)
  const database = await server.database('stall')
  const timing = { probeEveryMs: 60_000, stallAfterMs: 300, connectTimeoutMs: 2_000 }
  const { store } = await openStore(t, database.url, { timing })
  await store.run(append(entries(1, 5, 1), hardState))
  // One that was given up because the machine is busy may not have ended yet.
  const stalled = await eventually('one writer', async () => {
    const [writer, ...more] = await writers(database)
    return more.length === 0 && writer
  })
  expect(descendantsOf(server.pid)).toContain(stalled)
  sendSignal(stalled, 'SIGSTOP')
  // Arrives at the stopped backend, is given up, and sent again by another connection.
  await store.run(append(entries(6, 8, 1)))
  await store.run(append(entries(4, 4, 2), { term: 2, vote: 1, commit: 0 }))
  const before = await logOf(database)
  expect(before).toBe('1@1 2@1 3@1 4@2')
  sendSignal(stalled, 'SIGCONT')
  await eventually('its end', async () => !(await writers(database)).includes(stalled))
  expect(await logOf(database)).toBe(before)
  expect(await sequenceOf(database)).toBe(3)
  await store.run(append(entries(5, 5, 2)))
  expect(await logOf(database)).toBe('1@1 2@1 3@1 4@2 5@2')
})

const small = snapshotOf(2, 1, [10])

/** One of each kind and more, on a log of five entries with a snapshot in the making. */
const late: readonly StorageOperation[] = [
  append(entries(3, 9, 1), { term: 1, vote: 3, commit: 2 }),
  append(entries(3, 3, 1)),
  append([], { term: 1, vote: 3, commit: 2 }),
  { kind: 'append', hardState: null, entries: [], identity: { latched: 'late', replicaId: 4 } },
  snapshotOf(2, 1, [10, 10]).parts[1]!,
  { kind: 'snapshot-discard', index: 2, term: 1 },
  ...small.parts,
  { kind: 'snapshot-complete', snapshot: small.snapshot },
  ...small.parts,
  { kind: 'snapshot-install', snapshot: small.snapshot, hardState },
  append(entries(3, 4, 1)),
  append(entries(5, 5, 1)),
  { kind: 'compact', index: 3, term: 1 },
  { kind: 'project', through: 5, events: [] },
]

async function everything(client: pg.Client): Promise<string> {
  const tables = ['replica', 'log', 'snapshot', 'snapshot_chunk', 'event', 'projection']
  const rows = tables.map((table) => `(select json_agg(t) from berth.${table} t) as ${table}`)
  return JSON.stringify((await client.query(`select ${rows.join(', ')}`)).rows)
}

async function lastIndexOf(database: TestDatabase): Promise<number> {
  const [row] = await database.query<{ last: number }>(
    'select coalesce(max(index), 0)::int as last from berth.log',
  )
  return row!.last
}

test('a statement that waited while another incarnation was raised does nothing', async (t) => {
  const database = await createDatabase()
  const { store } = await openStore(t, database.url)
  await store.run(append(entries(1, 5, 1), hardState))
  await store.run(snapshotOf(2, 1, [10]).parts[0]!)
  await store.close()
  const checksum = await Checksum.create()
  const [row] = await database.query<{ incarnation: string }>(
    'select incarnation from berth.replica',
  )
  let incarnation = Number(row!.incarnation)
  for (const operation of late) {
    const [newer, older] = [await session(t, database.url), await session(t, database.url)]
    await older.query('set search_path = berth')
    await newer.query('begin; update berth.replica set incarnation = incarnation + 1')
    const last = await lastIndexOf(database)
    const { text, values } = toStatement(operation, incarnation, checksum, last)
    const running = older.query({ text, values: [...values!] })
    const blocked = `select from pg_stat_activity where wait_event_type = 'Lock' and datname = $1`
    await eventually('the wait', async () => (await database.query(blocked, [database.name]))[0])
    const before = await everything(newer)
    await newer.query('commit')
    expect((await running).rows, operation.kind).toEqual([])
    expect(await everything(newer), operation.kind).toBe(before)
    incarnation += 1
    const { text: again, values: same } = toStatement(operation, incarnation, checksum, last)
    expect((await older.query({ text: again, values: [...same!] })).rows).toHaveLength(1)
    expect(await everything(newer), `${operation.kind} under its own`).not.toBe(before)
  }
})

test('a statement that stalls holding the lock is waited for, and counts when it ends', async (t) => {
  const database = await createDatabase()
  const timing = { probeEveryMs: 60_000, stallAfterMs: 200, connectTimeoutMs: 2_000 }
  const { store, lines } = await openStore(t, database.url, { timing })
  await store.run(append(entries(1, 1, 1), hardState))
  const blocker = await session(t, database.url)
  await blocker.query('begin; lock table berth.log in share mode')
  let done = false
  const running = store.run(append(entries(2, 4, 1))).then(() => {
    done = true
  })
  // Not of a start that took its time.
  const isReport = ({ message, fields }: LogLine) =>
    message === 'Still waiting.' && /to append entries 2 to 4$/.test(String(fields.waitingFor))
  await eventually('a report', () => lines.find(isReport))
  expect(done).toBe(false)
  // Of a try to connect in between, for an instant.
  await eventually('the reason', () => store.status.waiting?.reason === 'no answer for 200 ms')
  await blocker.query('rollback')
  await running
  expect(await logOf(database)).toBe('1@1 2@1 3@1 4@1')
  expect(await sequenceOf(database)).toBe(2)
})

test('a database that was set back while the replica ran stops it', async (t) => {
  const database = await createDatabase()
  const { store, fatal } = await openStore(t, database.url)
  await store.run(append(entries(1, 1, 1), hardState))
  await store.run(append(entries(2, 2, 1)))
  await database.query(
    'update berth.replica set sequence = 1; delete from berth.log where index = 2',
  )
  const [pid] = await writers(database)
  await database.query('select pg_terminate_backend($1)', [pid])
  const error = await fatal
  expect(error).toMatchObject({ code: 'database_replaced' })
  expect(error.message).toMatch(/backup or a standby that lagged/)
})

test('a database that was made anew while the replica ran stops it', async (t) => {
  const database = await createDatabase()
  const gone = await openStore(t, database.url)
  await database.query('drop schema berth cascade')
  expect(await gone.fatal).toMatchObject({ code: 'database_replaced' })

  const other = await openStore(t, database.url)
  await other.store.run(append(entries(1, 1, 1), hardState))
  await database.query('update berth.replica set uuid = gen_random_uuid(), incarnation = 9')
  expect(await other.fatal).toMatchObject({ code: 'database_replaced' })
})

test('two replicas live in two schemas of one database', async (t) => {
  const database = await createDatabase()
  const one = await openStore(t, database.url, { schema: 'replica_1' })
  const two = await openStore(t, database.url, { schema: 'replica_2' })
  await one.store.run(append(entries(1, 1, 1), hardState))
  await two.store.run(append(entries(1, 2, 4), { term: 4, vote: 0, commit: 0 }))
  expect(one.state.identity.uuid).not.toBe(two.state.identity.uuid)
  await one.store.close()
  const again = await openStore(t, database.url, { schema: 'replica_1' })
  expect(again.state.entries.map(({ term }) => term)).toEqual([1])
})

test('a closed store rejects what comes after, and what waits', async (t) => {
  const database = await createDatabase()
  const { store } = await openStore(t, database.url)
  const blocker = await session(t, database.url)
  await blocker.query('begin; lock table berth.log in share mode')
  const operation: StorageOperation = append(entries(1, 1, 1), hardState)
  const running = store.run(operation)
  const rejected = expect(running).rejects.toMatchObject({ code: 'unavailable' })
  await store.close()
  await rejected
  await expect(store.run(operation)).rejects.toMatchObject({ code: 'unavailable' })
})
