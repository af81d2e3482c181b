/** Replicas that come back at other addresses, that are removed, and that their databases end. */
import { beforeAll, expect, test } from 'vitest'
import { eventually } from '../support/eventually.js'
import { fileOwner } from '../support/owner.js'
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

async function untilWell(): Promise<Status> {
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

// The tests go on from one another's cluster.
const owner = fileOwner()
let replicas: Replicas
let all: Replica[]
const start = (id: number) => replicas.start(id, ids, patientTicks)

beforeAll(async () => {
  replicas = await Replicas.prepare(owner)
  all = await Promise.all(ids.map(start))
  await untilWell()
})

test('a follower that comes back on another port is found by those who knew the old one', async () => {
  const { leader } = await untilWell()
  const moved = ids.find((id) => id !== leader)!
  await stop(all[moved - 1]!)
  replicas.move(moved)
  all[moved - 1] = await start(moved)
  await untilWell()
})

test('all of them at once on other ports find one another by their new lists', async () => {
  // All logs know old addresses alone, and nobody is there to say a new one.
  await Promise.all(all.map(stop))
  for (const id of ids) replicas.move(id)
  all = await Promise.all(ids.map(start))
  await untilWell()
})

test('an operator may say where a member is, until it says so itself', async () => {
  const [one, two] = all
  const elsewhere = { id: 3, peer: '127.0.0.1:1' }
  const said = await ask(one!, 'POST', path, elsewhere)
  expect(said).toMatchObject({ status: 200, body: { changed: true } })
  await untilWell()
  const again = await ask(two!, 'POST', path, { id: 3, peer: replicas.peer(3) })
  expect(again).toMatchObject({ status: 200, body: { changed: false } })
})

test('a replica that its database ends is said to have stopped, and why', async (t) => {
  const { leader } = await untilWell()
  const ended = all.find(({ id }) => id !== leader)!
  const who = { name: '127.0.0.1:9101', types: ['Order'] }
  const host = await RawHost.join(t, ended.api.replace('http', 'ws'), who)
  // As another process of it does that takes the database over.
  const another = '00000000-0000-4000-8000-000000000000'
  const takeOver = `update berth.replica set incarnation = incarnation + 1, owner = '${another}'`
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
  all[ended.id - 1] = await start(ended.id)
  await untilWell()
})

test('a follower that removes the leader, and then one that removes itself, say that it is done', async () => {
  const { leader } = await untilWell()
  const [follower, other] = all.filter(({ id }) => id !== leader)
  const removed = await ask(follower!, 'DELETE', `${path}/${leader}`)
  expect(removed).toMatchObject({ status: 200, repeats: false, body: { changed: true } })
  expect((await all[leader! - 1]!.exited).code).toBe(0)

  const isLed = ({ leader: id, replicas: left }: Status) => id !== null && left.length === 2
  const led = await untilCluster(follower!, 'another leader', isLed)
  const last = [follower!, other!].find(({ id }) => id !== led.leader)!
  await untilCluster(last, 'another leader', isLed)
  const itself = await ask(last, 'DELETE', `${path}/${last.id}`)
  expect(itself).toMatchObject({ status: 200, repeats: false, body: { changed: true } })
  expect((await last.exited).code).toBe(0)
})
