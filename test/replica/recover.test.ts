/** `berth recover` as an operator calls it: whom it refuses, and what a lost cluster becomes. */
import { expect, test } from 'vitest'
import { historyStep } from '../../src/fsm/recovered-state.js'
import { connect } from '../../src/sidecar/index.js'
import { createDatabase, type TestDatabase } from '../support/database.js'
import { eventually } from '../support/eventually.js'
import type { Owner } from '../support/owner.js'
import { freePorts } from '../support/ports.js'
import type { TestProcess } from '../support/process.js'
import { berth } from '../support/program.js'
import {
  planReplicas,
  type ReplicaPlan,
  type ReplicaUnderTest,
  startReplica,
  untilReady,
} from './support/replica-process.js'
import { storeCluster } from './support/stored-cluster.js'

/** As patient as a replica for real use: the machine may have other work. */
const flags = ['--tick-ms', '50']
const path = '/v1/cluster/replicas'

interface ClusterAnswer {
  readonly lineage: string
  readonly status: {
    readonly leader: number | null
    readonly alarms: readonly unknown[]
    readonly replicas: readonly { id: number; membership: string }[]
  }
}

function recover(
  owner: Owner,
  { id, cluster, postgresUrl }: Pick<ReplicaPlan, 'id' | 'cluster' | 'postgresUrl'>,
  more: readonly string[] = ['--yes'],
): TestProcess {
  const args = ['--id', String(id), '--cluster', cluster, '--postgres-url', postgresUrl]
  return berth(owner, ['recover', ...args, ...more], { env: { PGPASSWORD: null } })
}

async function refusalOf(refused: TestProcess): Promise<string> {
  expect(await refused.exited).toEqual({ code: 1, signal: null })
  expect(refused.lines).toHaveLength(1)
  return refused.lines[0]!
}

const rowOf = async (database: TestDatabase) =>
  (await database.query('select * from berth.replica'))[0]

test('it refuses what is no database of this replica, in one line, and changes nothing', async (t) => {
  const database = await createDatabase()
  const of = { id: 1, cluster: 'test', postgresUrl: database.url }
  expect(await refusalOf(recover(t, of))).toMatch(
    /^berth recover: Postgres \S+, schema berth: nothing of Berth is in it\.$/,
  )
  await storeCluster(t, database.url)
  const before = await rowOf(database)
  const refused = async (what: Partial<typeof of>, why: RegExp) => {
    expect(await refusalOf(recover(t, { ...of, ...what }))).toMatch(why)
    expect(await rowOf(database)).toEqual(before)
  }
  await refused({ cluster: 'shop' }, /This database is of cluster "test", not of "shop"\.$/)
  await refused({ id: 2 }, /This database belongs to replica 1, not to replica 2\.$/)

  const [{ index } = {}] = await database.query<{ index: string }>(`update berth.log
    set data = set_byte(data, 0, get_byte(data, 0) # 1)
    where index = (select max(index) from berth.log) returning index`)
  await refused({}, new RegExp(`checksum of log entry ${index} .* or from an older backup\\.$`))

  await database.query(`insert into berth.schema_migration (number, name, checksum)
    values (900, '900-later.sql', 'x')`)
  await refused({}, /has migration 900-later\.sql, which this version does not know/)
})

test('it refuses a database on which no cluster began', async (t) => {
  const [plan, other] = await planReplicas([(await createDatabase()).url, 'unused'])
  // It waits for the other one, which does not run.
  const waiting = startReplica(t, plan!, flags)
  await waiting.logged(new RegExp(`The first start waits for replica ${other!.id}`))
  await waiting.process.kill()
  const text = await eventually('the end of its connections', async () => {
    const refusal = await refusalOf(recover(t, plan!))
    return /runs on it/.test(refusal) ? null : refusal
  })
  expect(text).toMatch(/^berth recover: No cluster has begun on this database: there is nothing/)
})

test('without --yes it shows what it would do, and changes nothing', async (t) => {
  const database = await createDatabase()
  const { replica, commit } = await storeCluster(t, database.url)
  const before = await rowOf(database)
  const shown = recover(t, { id: 1, cluster: 'test', postgresUrl: database.url }, [])
  expect(await shown.exited).toEqual({ code: 0, signal: null })
  const { appliedIndex: last } = replica.state
  const text = shown.lines.join('\n')
  for (const said of [
    `through entry ${commit} for sure; entry ${last} is taken for committed too`,
    'voters          1, 2, 3',
    '1 alone; ids never used again: 2, 3',
    `entry ${last + historyStep} (term ${3 + historyStep})`,
    `default (members: 3, cordoned: 1): generation 3 becomes ${3 + historyStep}`,
    `Lost is whatever was committed after entry ${last}, on other replicas alone.`,
    'Nothing was changed.',
  ]) {
    expect(text).toContain(said)
  }
  expect(await rowOf(database)).toEqual(before)
})

/** Three replicas with a cordoned name, and a host that is a member. */
async function startCluster(owner: Owner) {
  const databases = await Promise.all([createDatabase(), createDatabase(), createDatabase()])
  const plans = await planReplicas(databases.map(({ url }) => url))
  const replicas = plans.map((plan) => startReplica(owner, plan, flags))
  await Promise.all(replicas.map(untilReady))
  expect((await replicas[0]!.cordon('10.0.0.9:9')).status).toBe(200)
  const host = { name: '10.0.0.1:1', appId: 'shop', types: ['Cart'] }
  const urls = replicas.map(({ url }) => url.replace('http', 'ws'))
  const sidecar = await connect({ replicas: urls, host })
  owner.onTestFinished(() => sidecar.close())
  return { plans, replicas, sidecar, host }
}

const clusterOf = async (replica: ReplicaUnderTest) =>
  (await replica.get('/v1/cluster')).body as unknown as ClusterAnswer

const membershipsOf = async (replica: ReplicaUnderTest) =>
  (await clusterOf(replica)).status.replicas.map(({ id, membership }) => `${id} ${membership}`)

test('a cluster whose majority is lost goes on from one database, as another history', async (t) => {
  const { plans, replicas, sidecar, host } = await startCluster(t)
  const [plan1, plan2] = plans as [ReplicaPlan, ReplicaPlan]
  await sidecar.where('Cart', '1')
  const former = { state: sidecar.state(), cluster: await clusterOf(replicas[0]!) }
  const formerToken = sidecar.token('Cart', '1')!
  const fenced: { reason: string; owns: boolean }[] = []
  sidecar.onFenced(({ reason }) => {
    fenced.push({ reason, owns: sidecar.owns('Cart', '1') })
  })

  expect(await refusalOf(recover(t, plan2))).toMatch(/a replica runs on it, .* Stop it first\.$/)
  await Promise.all(replicas.map(({ process }) => process.kill()))
  const recovered = await eventually('no connection of the killed one', async () => {
    const command = recover(t, plan2)
    const { code } = await command.exited
    if (code !== 0) throw new Error(command.lines.join('\n'))
    return command
  })
  expect(recovered.lines.at(-3)).toMatch(/^Done: lineage /)
  // Its wait outlasts all leases that the old history gave.
  expect(recovered.lines.join('\n')).toContain('Waiting 7.5 s')
  expect([fenced.length, sidecar.owns('Cart', '1')]).toEqual([1, false])

  const peers = `2=127.0.0.1:${plan2.peerPort}`
  const two = startReplica(t, { ...plan2, peers }, flags)
  await untilReady(two)
  const cluster = await eventually('a leader, and no alarm', async () => {
    const seen = await clusterOf(two)
    return seen.status.leader === 2 && seen.status.alarms.length === 0 && seen
  })
  expect(cluster.lineage).not.toBe(former.cluster.lineage)
  expect(await membershipsOf(two)).toEqual(['2 voter'])

  // The host comes back as new, to the place that it had.
  await eventually('the host to serve again', () => sidecar.owns('Cart', '1'))
  expect(sidecar.state()).toMatchObject({
    lineage: cluster.lineage,
    generation: former.state.generation! + historyStep,
    epoch: former.state.epoch + historyStep,
  })
  expect(sidecar.token('Cart', '1')).toBeGreaterThan(formerToken + historyStep - 1)
  expect(fenced).toEqual([{ reason: expect.any(String), owns: false }])
  const table = await two.get('/v1/namespaces/default/table')
  expect(table.body).toMatchObject({ lineage: cluster.lineage, members: [{ name: host.name }] })
  const member = await two.get('/v1/namespaces/default/members')
  expect(JSON.stringify(member.body)).toContain(host.name)
  expect(await two.cordon('10.0.0.9:9')).toMatchObject({ status: 200, body: { changed: false } })
  const { body: history } = await two.get('/v1/events?order=newest')
  const kinds = (history.items as { kind: string }[]).map(({ kind }) => kind)
  expect(kinds).toEqual(expect.arrayContaining(['recovered', 'gap', 'joined', 'genesis']))

  await aFormerReplicaIsRefused(t, plan1, two)
  await aNewReplicaJoins(t, plan2, peers, two)
})

async function aFormerReplicaIsRefused(
  owner: Owner,
  plan: ReplicaPlan,
  leader: ReplicaUnderTest,
): Promise<void> {
  const before = await clusterOf(leader)
  const former = startReplica(owner, plan, flags)
  const isForeign = /"foreign_cluster"/
  await Promise.all([former.logged(isForeign), leader.logged(isForeign)])
  expect((await former.get('/readyz')).status).toBe(503)
  expect(await membershipsOf(leader)).toEqual(['2 voter'])
  expect(await clusterOf(leader)).toMatchObject({ lineage: before.lineage })
  await former.process.kill()
}

async function aNewReplicaJoins(
  owner: Owner,
  { cluster, id }: ReplicaPlan,
  peers: string,
  leader: ReplicaUnderTest,
): Promise<void> {
  const add = (replica: number, port: number) =>
    fetch(`${leader.url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ id: replica, peer: `127.0.0.1:${port}` }),
    })
  const [port, postgresUrl] = [await freePorts(2), (await createDatabase()).url]
  const again = await add(1, port + 1)
  expect([again.status, await again.text()]).toEqual([409, expect.stringMatching(/was removed/)])
  const plan = { id: 4, cluster, peers, postgresUrl, port, peerPort: port + 1 }
  const four = startReplica(owner, plan, [...flags, '--join'])
  expect((await add(4, port + 1)).status).toBe(200)
  await eventually('a second voter', async () => {
    const memberships = await membershipsOf(leader)
    return memberships.join() === `${id} voter,4 voter`
  })
  await untilReady(four)
  const [theirs, ours] = await Promise.all([clusterOf(four), clusterOf(leader)])
  expect(theirs.lineage).toBe(ours.lineage)
}
