/** Replicas that come back at other addresses, that are removed, and that their databases end. */
import { expect, test } from 'vitest'
import { eventually } from '../support/eventually.js'
import { RawHost } from '../support/raw-host.js'
import { ask, type Cluster, type Replica, Replicas, untilCluster } from '../support/replicas.js'

const ids = [1, 2, 3]
/** A leader that gets no CPU for a second and a half stays one; with leases that fit. */
const settings = JSON.stringify({ fenceAfterMs: 16_000, hostTimeoutMs: 18_000 })
const patientTicks = ['--election-ticks', '40', '--initial-settings', settings]
const path = '/v1/cluster/replicas'

type Status = Cluster['status']

const alarmsOf = ({ alarms }: Status) => alarms.map(({ code, replica }) => `${code} ${replica}`)
const addressesOf = ({ replicas }: Status) => replicas.map(({ addresses }) => addresses.peer)
/** All are led, well, and written down where they are. */
const isWell = (status: Status, addresses: readonly string[]) =>
  status.leader !== null &&
  status.alarms.length === 0 &&
  addressesOf(status).join() === addresses.join()

async function untilWell(all: readonly Replica[], replicas: Replicas): Promise<Status> {
  const addresses = ids.map((id) => replicas.peer(id))
  const seen = await Promise.all(
    all.map((one) => untilCluster(one, 'all to be well', (status) => isWell(status, addresses))),
  )
  return seen[0]!
}

async function stop(replica: Replica): Promise<void> {
  replica.signal('SIGTERM')
  await replica.exited
}

test('a follower, and then all of them, come back on other ports and are found', async (t) => {
  const replicas = await Replicas.prepare(t)
  const start = (id: number) => replicas.start(id, ids, patientTicks)
  let all = await Promise.all(ids.map(start))
  const { leader } = await untilWell(all, replicas)

  // The others run on, and were told of its old address alone.
  const moved = ids.find((id) => id !== leader)!
  await stop(all[moved - 1]!)
  replicas.move(moved)
  all[moved - 1] = await start(moved)
  await untilWell(all, replicas)

  // All logs know old addresses alone, and nobody is there to say a new one.
  await Promise.all(all.map(stop))
  for (const id of ids) replicas.move(id)
  all = await Promise.all(ids.map(start))
  await untilWell(all, replicas)

  // An operator may say where a member is, too, until it says so itself.
  const [one, two] = all
  const elsewhere = { id: 3, peer: '127.0.0.1:1' }
  expect(await ask(one!, 'POST', path, elsewhere)).toMatchObject({ status: 200 })
  await untilWell(all, replicas)
  expect(await ask(two!, 'POST', path, { id: 3, peer: replicas.peer(3) })).toMatchObject({
    status: 200,
    body: { changed: false },
  })
})

test('whoever is asked to remove the leader, or itself, says that it is done', async (t) => {
  const replicas = await Replicas.prepare(t)
  const all = await Promise.all(ids.map((id) => replicas.start(id, ids, patientTicks)))
  const { leader } = await untilWell(all, replicas)
  const [follower, other] = all.filter(({ id }) => id !== leader)
  const removed = await ask(follower!, 'DELETE', `${path}/${leader}`)
  expect(removed).toMatchObject({ status: 200, repeats: false, body: { changed: true } })
  expect((await all[leader! - 1]!.exited).code).toBe(0)

  const led = await untilCluster(other!, 'another leader', (status) => status.leader !== null)
  const last = [follower!, other!].find(({ id }) => id !== led.leader)!
  const itself = await ask(last, 'DELETE', `${path}/${last.id}`)
  expect(itself).toMatchObject({ status: 200, repeats: false, body: { changed: true } })
  expect((await last.exited).code).toBe(0)
})

test('a replica that its database ends is said to have stopped, and why', async (t) => {
  const replicas = await Replicas.prepare(t)
  const all = await Promise.all(ids.map((id) => replicas.start(id, ids, patientTicks)))
  const { leader } = await untilWell(all, replicas)
  const ended = all.find(({ id }) => id !== leader)!
  const who = { name: '127.0.0.1:9101', types: ['Order'] }
  const host = await RawHost.join(t, ended.api.replace('http', 'ws'), who)
  // As another process of it does that takes the database over.
  const owner = '00000000-0000-4000-8000-000000000000'
  const takeOver = `update berth.replica set incarnation = incarnation + 1, owner = '${owner}'`
  await replicas.database(ended.id).query(takeOver)
  expect((await ended.exited).code).toBe(1)
  await eventually('the end of its session', () => host.ended)
  expect(host.ended).toBe('4503 this replica stops')
  const staying = all.find(({ id }) => id !== ended.id)!
  const status = await untilCluster(staying, 'the alarm', ({ alarms }) => {
    return alarms.some(({ replica }) => replica === ended.id)
  })
  expect(alarmsOf(status)).toEqual([`replica_stopped ${ended.id}`])
  expect(status.alarms[0]!.detail).toContain('database_taken_over')
})
