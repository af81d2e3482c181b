import { beforeAll, expect, test } from 'vitest'
import { connect } from '../../src/sidecar/index.js'
import { processesOf } from '../support/local-cluster.js'
import { fileOwner, type Owner } from '../support/owner.js'
import { RawHost } from '../support/raw-host.js'
import { type Consistency, type HostState, namesOf, RealCluster } from '../support/real-cluster.js'
import { type TableView, TableWatch } from '../support/table-watch.js'

// The tests go on from one another's cluster: each brings it back to five hosts and three replicas.

const owner = fileOwner()
/**
 * The margin beyond its lease within which a dead host is out: fence margin, a commit, a round, and
 * what a busy machine adds.
 */
const expiryMarginMs = 20_000
/**
 * Leases outlast a start of all replicas at once, which takes a slow machine more than six seconds.
 * A sidecar leaves a replica that does not answer for two heartbeats: longer than an election takes
 * there, or a replica that gets no CPU.
 */
const times = { heartbeatMs: 3_000, fenceAfterMs: 16_000, hostTimeoutMs: 18_000 }
const env = { BERTH_INITIAL_SETTINGS: JSON.stringify(times) }
let cluster: RealCluster

beforeAll(async () => {
  cluster = await RealCluster.start(owner, { env })
})

const tableOf = async (replica: number, consistency: Consistency): Promise<TableView> => {
  const { generation, digest, members } = await cluster.table(replica, consistency)
  return { generation, digest, memberCount: members.length }
}

interface Watched {
  readonly membersMin: number
  /** Replicas that are not killed: they show their own table while there is no leader, too. */
  readonly survivors: readonly number[]
  see?(host: string, state: HostState): void
}

/** Watches the tables of all replicas and sample hosts, and each state of a host. */
function watchAll(t: Owner, { membersMin, survivors, see = () => undefined }: Watched) {
  const watch = new TableWatch(t, membersMin)
  for (const id of cluster.replicas) {
    watch.observe(`replica ${id}`, () => tableOf(id, 'default'))
    if (survivors.includes(id)) watch.observe(`stale ${id}`, () => tableOf(id, 'stale'))
  }
  for (const host of cluster.hosts) {
    watch.observe(`host ${host}`, async () => {
      const state = await cluster.hostState(host)
      see(host, state)
      const { generation, digest, members } = state
      if (generation === null || digest === null) throw new Error('no table yet')
      return { generation, digest, memberCount: members }
    })
  }
  return watch
}

/** Waits until every sample host serves, with the table of the replicas. */
function untilHostsServe(hosts: readonly string[], generation: number): Promise<true> {
  return cluster.until('all hosts to serve', async () => {
    const states = await Promise.all(hosts.map((host) => cluster.hostState(host)))
    const behind = states.filter((state) => !state.ready || state.generation !== generation)
    if (behind.length === 0) return true as const
    throw new Error(JSON.stringify(behind))
  })
}

test('kill -9 of the leader: the others elect, and who is attached elsewhere notices nothing', async (t) => {
  const leader = await cluster.leader()
  const others = cluster.replicas.filter((id) => id !== leader)
  const attached = new Map<string, string | null>()
  for (const host of cluster.hosts) attached.set(host, (await cluster.hostState(host)).replica)
  const elsewhere = cluster.hosts.filter((host) => attached.get(host) !== cluster.webSocket(leader))
  const raw = await RawHost.join(t, cluster.webSocket(others[0]!), {
    name: '127.0.0.1:9101',
    types: ['Order'],
  })
  const before = (await cluster.untilTables('six', ({ members }) => members.length === 6))[0]!

  const moves: string[] = []
  const fenced = new Set<string>()
  const watch = watchAll(t, {
    ...{ membersMin: 6, survivors: others },
    see: (host, { replica, isFenced }) => {
      if (isFenced) fenced.add(host)
      const moved = elsewhere.includes(host) && replica !== attached.get(host)
      if (moved) moves.push(`${host} ${replica}`)
    },
  })
  const killedAtMs = performance.now()
  const line = await cluster.kill(`replica ${leader}`)
  const joining = { name: '127.0.0.1:9102', appId: 'late', types: ['Cart', 'Order'] }
  const late = await connect({ replicas: others.map((id) => cluster.webSocket(id)), host: joining })
  t.onTestFinished(() => late.close())
  const hasLate = ({ members }: { members: readonly { name: string }[] }) =>
    members.some(({ name }) => name === joining.name)
  const [after] = await cluster.untilTables('the late host', hasLate, others)
  const tookMs = Math.round(performance.now() - killedAtMs)
  console.log(`measured: kill of the leader → next finished round ${tookMs} ms`)

  await untilHostsServe(cluster.hosts, after!.generation)
  expect(await cluster.leader(others)).not.toBe(leader)
  await cluster.up.line(/^replica \d leads now, in place of replica \d$/)
  expect(after!.generation).toBeGreaterThan(before.generation)
  expect(namesOf(after!)).toEqual([...namesOf(before), joining.name].sort())

  // The line that was printed starts it again, and it catches up.
  cluster.startAgain(`replica ${leader}`, line)
  const all = await cluster.untilTables('the replica that was dead', hasLate)
  for (const id of others) {
    await cluster.until('looks at it', async () => watch.looks(`stale ${id}`) > 10)
  }
  await watch.stop()
  expect(new Set(all.map(({ digest }) => digest)).size).toBe(1)
  expect(raw.ended).toBeNull()
  expect(moves).toEqual([])
  expect([...fenced]).toEqual([])
  expect(watch.faults).toEqual([])
  await late.leave()
  await raw.leave()
})

test('kill -9 of a host: it leaves the table within its lease, and its actors have new owners everywhere', async (t) => {
  await cluster.untilTables('five hosts', ({ members }) => members.length === 5)
  const victim = cluster.hosts[4]!
  const survivors = cluster.hosts.slice(0, 4)
  const ids = Array.from({ length: 40 }, (_, i) => String(i))
  const owners = await Promise.all(ids.map((id) => cluster.owner(1, 'Order', id)))
  const orphans = ids.filter((_, i) => owners[i] === victim)
  expect(orphans.length).toBeGreaterThan(0)
  const watch = watchAll(t, { membersMin: 4, survivors: cluster.replicas })
  const { leaseLeftMs } = await cluster.hostState(victim)
  const killedAtMs = performance.now()
  const line = await cluster.kill('host 5')
  await cluster.until('new owners everywhere', async () => {
    const answers = await Promise.all(
      orphans.flatMap((id) => [
        ...cluster.replicas.map((replica) => cluster.owner(replica, 'Order', id)),
        ...survivors.map(async (host) => (await cluster.where(host, 'Order', id)).host),
      ]),
    )
    return answers.every((host) => host !== victim)
  })
  const tookMs = Math.round(performance.now() - killedAtMs)
  console.log(`measured: kill of a host → new owners everywhere ${tookMs} ms`)
  expect(tookMs).toBeLessThan(leaseLeftMs + expiryMarginMs)
  const [table] = await cluster.untilTables('four hosts', ({ members }) => members.length === 4)
  expect(namesOf(table!)).toEqual(survivors)
  const told = /^generation \d+: host 5 out after \d+\.\d s; \w+\/\d+ now on host [1-4]$/
  await cluster.up.line(told)
  await watch.stop()
  expect(watch.faults).toEqual([])

  cluster.startAgain('host 5', line)
  const [five] = await cluster.untilTables('five hosts', ({ members }) => members.length === 5)
  await untilHostsServe(cluster.hosts, five!.generation)
})

test('kill -9 of all replicas together, then start: the same members and generation as before', async (t) => {
  const [before] = await cluster.untilTables('a table', ({ members }) => members.length === 5)
  const watch = watchAll(t, { membersMin: 5, survivors: [] })
  const names = cluster.replicas.map((id) => `replica ${id}`)
  const lines = await cluster.killAll(names)
  for (const [i, name] of names.entries()) cluster.startAgain(name, lines[i]!)
  await cluster.leader()
  const tables = await cluster.untilTables('all tables', ({ members }) => members.length === 5)
  for (const table of tables) expect(table).toEqual(before)
  await untilHostsServe(cluster.hosts, before!.generation)
  await watch.stop()
  expect(watch.faults).toEqual([])
  expect(await cluster.table(1)).toEqual(before)
})

test('after Ctrl-C nothing runs, and a second start goes on with the same members and history', async () => {
  const before = await cluster.table(1)
  // Replicas that were pasted into a shell are not the supervisor's to stop.
  await cluster.endPasted()
  expect(await cluster.stop()).toBe(0)
  expect(processesOf(cluster.ground)).toEqual([])
  await cluster.start()
  const tables = await cluster.untilTables('five hosts', ({ members }) => members.length === 5)
  for (const table of tables) {
    expect(table.lineage).toBe(before.lineage)
    expect(namesOf(table)).toEqual(namesOf(before))
    expect(table.generation).toBeGreaterThanOrEqual(before.generation)
  }
  await untilHostsServe(cluster.hosts, tables[0]!.generation)
})
