/** What `berth recover` makes of a database: what is written, whole or not at all. */
import { expect, test } from 'vitest'
import { withClient } from '../../src/cli/servers/postgres-server.js'
import { PlacementState } from '../../src/fsm/placement-state.js'
import { historyStep } from '../../src/fsm/recovered-state.js'
import { createHasher } from '../../src/hash/hasher.js'
import { plainConfiguration } from '../../src/raft/core/configuration.js'
import { termMax } from '../../src/raft/core/limits.js'
import { openSnapshot } from '../../src/raft/node/replay.js'
import { OfflineDatabase } from '../../src/raft/store/offline-database.js'
import { planRecovery, type RecoveryPlan } from '../../src/replica/recovery/plan.js'
import { createTableContext } from '../../src/table/table-context.js'
import { append, entries } from '../raft/store/operations.js'
import { startProxy } from '../raft/store/proxy.js'
import { recordingLog } from '../raft/store/recording-log.js'
import { openStore } from '../raft/store/store-fixture.js'
import { createDatabase, type TestDatabase } from '../support/database.js'
import { eventually } from '../support/eventually.js'
import type { Owner } from '../support/owner.js'
import { storeCluster } from './support/stored-cluster.js'

const context = createTableContext(await createHasher())
const atMs = 1_800_000_000_000
const names = {
  uuid: '00000000-0000-4000-8000-00000000000a',
  clusterId: '00000000-0000-4000-8000-00000000000b',
  lineage: '00000000-0000-4000-8000-00000000000c',
}
const meant = { id: 1, cluster: 'test' }

async function openOffline(owner: Owner, url: string): Promise<OfflineDatabase> {
  const options = { schema: 'berth', applicationName: 'recover', connectTimeoutMs: 2_000 }
  const database = await OfflineDatabase.open(
    { url, ...options, allowUnsafeFsync: false },
    recordingLog(),
  )
  owner.onTestFinished(() => database.close())
  return database
}

async function planOn(database: OfflineDatabase, of = names): Promise<RecoveryPlan> {
  const { state, chunks } = await database.read('nobody')
  return planRecovery(meant, state, chunks, of, context, atMs)
}

async function recover(owner: Owner, url: string, of = names): Promise<RecoveryPlan> {
  const database = await openOffline(owner, url)
  const plan = await planOn(database, of)
  await database.takeOver()
  await database.begin(plan.history)
  await database.close()
  return plan
}

/** All rows of all tables; of the replica's row without what every connection raises. */
async function rowsOf(database: TestDatabase): Promise<unknown> {
  const of = (table: string) => database.query(`select * from berth.${table} as t order by t::text`)
  const [row] = (await of('replica')) as Record<string, unknown>[]
  const { incarnation: _, owner: __, ...replica } = row!
  const tables = ['log', 'snapshot', 'snapshot_chunk', 'event', 'projection']
  return [replica, ...(await Promise.all(tables.map(of)))]
}

test.for([false, true])(
  'one replica alone begins it, above all numbers of before (snapshot: %s)',
  async (snapshot, t) => {
    const database = await createDatabase()
    const { replica } = await storeCluster(t, database.url, { snapshot })
    const [{ incarnation: before } = {}] = await database.query('select * from berth.replica')
    const index = replica.state.appliedIndex + historyStep
    const term = 3 + historyStep
    const { former } = await recover(t, database.url)
    expect(former).toMatchObject({ lineage: replica.state.origin?.lineage, voters: [1, 2, 3] })
    const { state, store } = await openStore(t, database.url)
    expect(state.identity).toMatchObject({
      ...{ uuid: names.uuid, clusterId: names.clusterId, replicaId: 1, initialVoters: [1] },
      ...{ latched: null, peers: [], incarnation: Number(before) + 2 },
    })
    expect(state.hardState).toEqual({ term, vote: 0, commit: index })
    expect([state.entries, state.compacted]).toEqual([[], { index, term }])
    expect(state.snapshot?.meta).toEqual({ index, term, configuration: plainConfiguration([1]) })
    await store.tidy()
    const left = await database.query(`select (select count(*)::int from berth.log) as entries,
      (select count(*)::int from berth.snapshot) as snapshots`)
    expect(left).toEqual([{ entries: 0, snapshots: 1 }])
  },
)

test('its state has the members, the entries too that were not known to be committed', async (t) => {
  const { url } = await createDatabase()
  const { replica } = await storeCluster(t, url)
  await recover(t, url)
  const { state, store } = await openStore(t, url)
  const { snapshot } = state
  const chunks = await Promise.all(
    Array.from({ length: snapshot!.chunks }, (_, chunk) => store.readChunk(snapshot!, chunk)),
  )
  const { roster, machine } = openSnapshot(chunks)
  const removed = [1, 2, 3, 4].filter((id) => roster.isRemoved(id))
  expect([removed, roster.members()]).toEqual([[2, 3], []])
  const restored = new PlacementState(context)
  restored.restore(machine)
  expect(restored.origin).toEqual({ ...names, uuid: undefined, cluster: 'test' })
  const namespace = restored.namespace('default')!
  expect([namespace.disseminated, namespace.newest]).toEqual([2 + historyStep, 3 + historyStep])
  expect([...namespace.members()].map(({ name }) => name)).toEqual(['a:1', 'b:1', 'c:1'])
  expect(namespace.isCordoned('b:1')).toBe(true)
  expect(restored.settings).toEqual(replica.state.settings)
})

test('its events go on after a gap, which says that something may be missing', async (t) => {
  const { url } = await createDatabase()
  const { replica } = await storeCluster(t, url)
  await recover(t, url)
  // The commands of the fixture are years old.
  const retention = { days: 36_500, rows: 1_000 }
  const { store, state } = await openStore(t, url, { retention })
  const { events, projected } = await store.events({ limit: 100 })
  const index = replica.state.appliedIndex + historyStep
  expect([projected, state.projected]).toEqual([index, index])
  expect(events.map(({ kind }) => kind)).toEqual([
    ...['cordoned', 'disseminated', 'joined'],
    ...['gap', 'recovered'],
  ])
  expect(events.slice(3)).toMatchObject([
    { index, position: 0, reason: 'recovery', detail: { after: replica.state.appliedIndex } },
    { index, position: 1, atMs, detail: { lineage: names.lineage } },
  ])
})

test('a second recovery is another history above the first', async (t) => {
  const { url } = await createDatabase()
  const { replica } = await storeCluster(t, url)
  await recover(t, url)
  const again = { ...names, uuid: names.lineage, lineage: names.uuid }
  const { former, namespaces } = await recover(t, url, again)
  expect(former).toMatchObject({ lineage: names.lineage, voters: [1], others: [2, 3] })
  expect(namespaces).toMatchObject([{ name: 'default', after: 3 + 2 * historyStep }])
  const { state } = await openStore(t, url)
  const index = replica.state.appliedIndex + 2 * historyStep
  expect(state.hardState).toEqual({ term: 3 + 2 * historyStep, vote: 0, commit: index })
})

test('a database that says it must never be used again can begin a new history', async (t) => {
  const database = await createDatabase()
  await storeCluster(t, database.url)
  await database.query(`update berth.replica set latched = 'identity_lost'`)
  expect((await recover(t, database.url)).former.latched).toBe('identity_lost')
  expect((await openStore(t, database.url)).state.identity.latched).toBe(null)
})

test('a history in whose terms nobody could be elected is not begun', async (t) => {
  const { url } = await createDatabase()
  await storeCluster(t, url)
  const { state, chunks } = await (await openOffline(t, url)).read('nobody')
  const plan = (term: number) => {
    const hardState = { ...state.hardState, term }
    return planRecovery(meant, { ...state, hardState }, chunks, names, context, atMs)
  }
  expect(plan(termMax - historyStep).history.hardState.term).toBe(termMax)
  expect(() => plan(termMax - historyStep + 1)).toThrow(
    expect.objectContaining({ code: 'conflict' }),
  )
})

test('reading and planning change nothing', async (t) => {
  const database = await createDatabase()
  await storeCluster(t, database.url)
  const all = () => database.query('select * from berth.replica')
  const before = [await all(), await rowsOf(database)]
  await planOn(await openOffline(t, database.url))
  expect([await all(), await rowsOf(database)]).toEqual(before)
})

test('a replica that started while it was read is noticed, and nothing is changed', async (t) => {
  const database = await createDatabase()
  await storeCluster(t, database.url)
  const offline = await openOffline(t, database.url)
  await planOn(offline)
  await openStore(t, database.url)
  const before = await rowsOf(database)
  await expect(offline.takeOver()).rejects.toMatchObject({
    code: 'conflict',
    message: expect.stringMatching(/a replica wrote to it just now\. Stop it\.$/),
  })
  expect(await rowsOf(database)).toEqual(before)
})

test('a replica that starts before the new history stops it, and nothing is changed', async (t) => {
  const database = await createDatabase()
  await storeCluster(t, database.url)
  const offline = await openOffline(t, database.url)
  const { history } = await planOn(offline)
  await offline.takeOver()
  await openStore(t, database.url)
  const before = await rowsOf(database)
  await expect(offline.begin(history)).rejects.toMatchObject({ code: 'database_taken_over' })
  await offline.close()
  await eventually('the end of its transaction', async () => {
    const left = await database.query(
      `select from pg_stat_activity where application_name = 'recover' and datname = $1`,
      [database.name],
    )
    return left.length === 0
  })
  expect(await rowsOf(database)).toEqual(before)
})

test('a replica that still runs on the database unseen is cut off', async (t) => {
  const database = await createDatabase()
  await storeCluster(t, database.url)
  // Its name is not that of a replica: nothing shows that it runs.
  const running = await openStore(t, database.url)
  const offline = await openOffline(t, database.url)
  const { history } = await planOn(offline)
  await offline.takeOver()
  expect(await running.fatal).toMatchObject({ code: 'database_taken_over' })
  await offline.begin(history)
  const next = running.state.entries.at(-1)!.index + 1
  const late = running.store.run(append(entries(next, next, 9)))
  await expect(late).rejects.toMatchObject({ code: 'database_taken_over' })
})

test('a new history that cannot be written whole leaves everything as it was', async (t) => {
  const database = await createDatabase()
  await storeCluster(t, database.url)
  const before = await rowsOf(database)
  const offline = await openOffline(t, database.url)
  const { history } = await planOn(offline)
  await offline.takeOver()
  // The last statement fails: all others were done.
  await expect(offline.begin({ ...history, uuid: 'none' })).rejects.toThrow(/uuid: "none"/)
  await offline.close()
  expect(await rowsOf(database)).toEqual(before)
})

test('when the answer to the commit is lost, the database tells that it was done', async (t) => {
  const database = await createDatabase()
  await storeCluster(t, database.url)
  const proxy = await startProxy(t, database.url)
  const offline = await openOffline(t, proxy.url)
  const { history } = await planOn(offline)
  await offline.takeOver()
  // A deferred trigger runs within the commit: until it may, the commit is under way.
  await database.query('create table public.door (open int)')
  await database.query(`create function public.wait() returns trigger language plpgsql as
    $$ begin lock table public.door in share mode; return null; end $$`)
  await database.query(`create constraint trigger slow after update on berth.replica
    deferrable initially deferred for each row execute function public.wait()`)
  const begun = await withClient(database.url, async (client) => {
    await client.query('begin; lock table public.door in exclusive mode')
    const under = { way: offline.begin(history) }
    await eventually('the commit', async () => {
      const found = await database.query(`select from pg_stat_activity where query = 'commit'
        and wait_event_type = 'Lock' and datname = current_database()`)
      return found.length === 1
    })
    proxy.swallowAnswers()
    await client.query('commit')
    return under
  })
  await eventually('the new history', async () => {
    const [row] = await database.query<{ uuid: string }>('select uuid from berth.replica')
    return row?.uuid === names.uuid
  })
  proxy.cut()
  await begun.way
})
