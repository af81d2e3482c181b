import { expect, test } from 'vitest'
import { levels } from '../../src/versions/levels.js'
import { rangeInWords } from '../../src/versions/range.js'
import { makeNextBuild } from '../support/next-build.js'
import { berthFile } from '../support/program.js'
import { patientEnv, RealCluster, type Refusal, request } from '../support/real-cluster.js'

const env = { ...patientEnv, BERTH_SNAPSHOT_ENTRIES: '16', BERTH_TRAILING_ENTRIES: '0' }
const { newest: own } = levels
/** Of the next build. */
const further = own + 1

test('two builds run one cluster: replicas, snapshots and hosts of both, until all are upgraded', async (t) => {
  const next = makeNextBuild(t)
  const cluster = await RealCluster.start(t, { hosts: 2, env })
  const [one, other] = cluster.hosts as [string, string]
  const toNext = (line: string) => {
    expect(line).toContain(berthFile)
    return line.replaceAll(berthFile, next)
  }
  const allIn = () => {
    return cluster.untilTables('both hosts', (table) => {
      return table.members.length === 2 && table.generation === table.committed
    })
  }
  const level = async (replica: number) => (await cluster.status(replica)).level
  /** Stops a replica, lets the others go on so far that it needs a snapshot, and starts it. */
  const restartBehind = async (replica: number, by: (line: string) => string) => {
    const line = await cluster.kill(`replica ${replica}`)
    const others = cluster.replicas.filter((id) => id !== replica)
    const leader = await cluster.leader(others)
    await cluster.purgeFor(others, leader, one)
    cluster.startAgain(`replica ${replica}`, by(line))
    const tables = await allIn()
    expect(new Set(tables.map(({ digest }) => digest)).size).toBe(1)
    await cluster.until('the gap that its snapshot left', async () => {
      const gaps = '/v1/events?consistency=stale&kind=gap'
      const { items } = await cluster.get<{ items: unknown[] }>(replica, gaps)
      return items.length > 0
    })
    return leader
  }
  const expectSameOwners = async () => {
    for (let i = 0; i < 20; i += 1) {
      const places = [
        await cluster.where(one, 'Order', String(i)),
        await cluster.where(other, 'Order', String(i)),
      ]
      expect(places[0]).toEqual(places[1])
      expect(await cluster.owner(1, 'Order', String(i))).toBe(places[0]!.host)
    }
  }
  const untilServes = (host: string) =>
    cluster.until(`${host} to serve`, async () => (await cluster.hostState(host)).ready)
  /** A host of the next build while this one leads, which it was told of alone; then as it was. */
  const tryNextHost = async (leader: number) => {
    const line = await cluster.kill('host 2', 'SIGTERM')
    const atLeader = `--replicas ${cluster.webSocket(leader)}`
    const started = cluster.startAgain('host 2', toNext(line).replace(/--replicas \S+/, atLeader))
    await started.line(`at ${cluster.webSocket(leader)}`)
    await untilServes(other)
    // Each is a round, which waits for what the host acknowledges.
    await cluster.changeTables(leader, one, 2)
    await allIn()
    await expectSameOwners()
    expect(await cluster.leader()).toBe(leader)
    expect(await level(leader)).toMatchObject({ active: own })
    await cluster.kill('host 2', 'SIGTERM')
    cluster.startAgain('host 2', line)
    await untilServes(other)
    await allIn()
  }

  await allIn()
  const first = await cluster.leader()
  await cluster.until('the level', async () => (await level(first)).active === own)
  const [a, b] = cluster.replicas.filter((id) => id !== first) as [number, number]
  // From a leader of this build to a replica of the next one.
  expect(await restartBehind(a, toNext)).toBe(first)
  await tryNextHost(first)
  const moved = await cluster.until('the leadership of the next build', async () => {
    await cluster.post(a, '/v1/cluster/transfer', { to: a })
    return (await cluster.leader()) === a
  })
  expect(moved).toBe(true)
  // And the other way round.
  expect(await restartBehind(b, (line) => line)).toBe(a)
  expect(await level(first)).toMatchObject({ active: own })
  await expectSameOwners()

  const drop = (replica: number) =>
    request('DELETE', `${cluster.api(replica)}/v1/namespaces/nobody`).catch(
      (error: Refusal) => error,
    )
  expect(await drop(b)).toMatchObject({
    status: 409,
    message: expect.stringContaining('level_too_low'),
  })

  for (const replica of [b, first]) {
    const line = await cluster.kill(`replica ${replica}`)
    cluster.startAgain(`replica ${replica}`, toNext(line))
    await cluster.leader()
  }
  for (const host of [1, 2]) {
    const waiting = await cluster.until('who is waited for', async () => {
      const { active, waitsFor } = await level(a)
      expect(active).toBe(own)
      return waitsFor.length === 2 && waitsFor
    })
    expect(waiting).toEqual([
      expect.stringContaining(`hosts that know no level ${further}: `),
      `the setting levelMax, which is ${own}`,
    ])
    const line = await cluster.kill(`host ${host}`, 'SIGTERM')
    cluster.startAgain(`host ${host}`, toNext(line))
    const name = cluster.hosts[host - 1]!
    await untilServes(name)
    await allIn()
    await expectSameOwners()
  }
  expect(await cluster.patch(a, '/v1/settings', { levelMax: further })).toMatchObject({
    changed: true,
  })
  await cluster.until('the level', async () => {
    const all = await Promise.all(cluster.replicas.map(level))
    return all.every(({ active, waitsFor }) => active === further && waitsFor.length === 0)
  })
  await cluster.untilTables('tables of it', (table) => table.level === further)
  await expectSameOwners()
  expect(await drop(b)).toMatchObject({ status: 404 })
  await restartBehind(b, (line) => line)

  // Nobody goes back now, and each says why.
  const line = (await cluster.kill('host 1', 'SIGTERM')).replaceAll(next, berthFile)
  const host = cluster.startAgain('host 1', line)
  await host.line(
    `feature level ${further}, this host knows ${rangeInWords(levels.range)}: upgrade its sidecar`,
  )
  const back = (await cluster.kill(`replica ${b}`)).replaceAll(next, berthFile)
  const ended = await cluster.runToEnd(back)
  expect(ended).toContain('newer_version')
})
