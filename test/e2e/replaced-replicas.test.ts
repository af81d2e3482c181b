/** Hosts while all replicas of their cluster are replaced, one after the other, by new ones. */
import { setTimeout as pause } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { connect, type Sidecar } from '../../src/sidecar/index.js'
import { eventually } from '../support/eventually.js'
import type { Owner } from '../support/owner.js'
import { ask, clusterOf, type Replica, Replicas, untilCluster } from '../support/replicas.js'

/** No one who stands still for seconds on a busy machine loses anything here. */
const settings = JSON.stringify({ fenceAfterMs: 20_000, hostTimeoutMs: 22_000 })
const flags = ['--initial-settings', settings]
const path = '/v1/cluster/replicas'
const type = 'Order'
const oldIds = [1, 2, 3]
const newIds = [4, 5, 6]

const urlOf = ({ api }: Replica) => api.replace('http', 'ws')

interface Host {
  readonly name: string
  readonly given: readonly Replica[]
  readonly sidecar: Sidecar
  readonly fences: string[]
}

async function joinAs(owner: Owner, name: string, given: readonly Replica[]): Promise<Host> {
  const host = { name, appId: 'app', types: [type] }
  const sidecar = await connect({ replicas: given.map(urlOf), host, nats: false })
  owner.onTestFinished(() => sidecar.close())
  const fences: string[] = []
  sidecar.onFenced(({ reason }) => void fences.push(reason))
  return { name, given, sidecar, fences }
}

/** Callers of all hosts, all the while: nobody joins or leaves, so each owner is known at once. */
function callAllTheWhile(hosts: readonly Host[]) {
  const calls = { made: 0, failed: [] as string[] }
  let isOver = false
  const callOf = async ({ name, sidecar }: Host, id: string) => {
    const said = await sidecar.where(type, id).then(({ host }) => host, String)
    const owners = hosts.filter((one) => one.sidecar.owns(type, id)).map((one) => one.name)
    calls.made += 1
    if (owners.join() !== said) calls.failed.push(`${id}: ${name} says ${said}, own it: ${owners}`)
  }
  const load = (async () => {
    for (let i = 0; !isOver; i += 1) {
      await Promise.all(hosts.map((host) => callOf(host, String(i))))
      await pause(5)
    }
  })()
  const end = async () => {
    isOver = true
    await load
    return calls
  }
  return { calls, end }
}

/** Done when it is a voter whose address for hosts is known. */
async function add({ id, peer }: Replica, asked: Replica): Promise<void> {
  expect(await ask(asked, 'POST', path, { id, peer })).toMatchObject({ status: 200 })
  await untilCluster(asked, `replica ${id} as a voter`, ({ replicas }) => {
    const added = replicas.find((one) => one.id === id)
    return added?.membership === 'voter' && added.addresses.api !== null
  })
}

/** Done when it has ended. */
async function remove(old: Replica, asked: Replica): Promise<void> {
  expect(await ask(asked, 'DELETE', `${path}/${old.id}`)).toMatchObject({ status: 200 })
  expect(await old.exited).toEqual({ code: 0, signal: null })
}

/** Asks until it leads. */
async function lead(replica: Replica): Promise<void> {
  await eventually(`the leadership of replica ${replica.id}`, async () => {
    const { status } = await clusterOf(replica)
    if (status.leader === replica.id) return true
    await ask(replica, 'POST', '/v1/cluster/transfer', { to: replica.id })
    return false
  })
}

test('hosts outlive all replicas that there were when they came, whether given one or all', async (t) => {
  const replicas = await Replicas.prepare(t)
  const startAll = (ids: readonly number[], ...more: string[]) =>
    Promise.all(ids.map((id) => replicas.start(id, oldIds, [...flags, ...more])))
  const olds = await startAll(oldIds)
  const [first] = olds as [Replica]
  await untilCluster(first, 'three voters', ({ leader, replicas: all }) => {
    return leader !== null && all.filter(({ membership }) => membership === 'voter').length === 3
  })
  const hosts = [await joinAs(t, '10.0.0.1:5000', [first]), await joinAs(t, '10.0.0.2:5000', olds)]
  await eventually('two hosts in both tables', () =>
    hosts.every(
      ({ sidecar }) => sidecar.state().members === 2 && sidecar.state().movingTo === null,
    ),
  )
  const admissions = hosts.map(({ sidecar }) => sidecar.state().epoch)
  const { calls, end } = callAllTheWhile(hosts)

  const news = await startAll(newIds, '--join')
  const last = olds.at(-1)!
  for (const [i, old] of olds.entries()) {
    const before = calls.made
    await add(news[i]!, last)
    // One of them goes as the leader.
    if (old === last) await lead(old)
    await remove(old, news[i]!)
    expect(calls.made).toBeGreaterThan(before)
  }

  for (const { name, given, sidecar } of hosts) {
    await eventually(`a session of ${name} with a new replica`, () => {
      const { phase, replica } = sidecar.state()
      return phase === 'serving' && news.some((one) => urlOf(one) === replica)
    })
    await eventually(`a list of ${name} without the old replicas that it was not given`, () => {
      const urls = sidecar.state().replicas.map(({ url }) => url)
      return urls.join() === [...given, ...news].map(urlOf).join()
    })
  }
  const { made, failed } = await end()
  expect(failed).toEqual([])
  expect(made).toBeGreaterThan(100)
  expect(hosts.flatMap(({ fences }) => fences)).toEqual([])
  expect(hosts.map(({ sidecar }) => sidecar.state().epoch)).toEqual(admissions)

  // Their sessions are worth something: they hear of the next host.
  await joinAs(t, '10.0.0.3:5000', news)
  await eventually('three hosts in all tables', () =>
    hosts.every(({ sidecar }) => sidecar.state().members === 3),
  )
})
