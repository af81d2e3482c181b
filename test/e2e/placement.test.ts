import { beforeAll, expect, test } from 'vitest'
import { connect } from '../../src/sidecar/index.js'
import type { TableAnswer, Update } from '../../src/wire/messages.js'
import { eventually } from '../support/eventually.js'
import { foreign, isSigned, OrderTap, spanOf } from '../support/order-tap.js'
import { fileOwner } from '../support/owner.js'
import { RawHost } from '../support/raw-host.js'
import { namesOf, patientEnv, RealCluster, type RestTable } from '../support/real-cluster.js'

const owner = fileOwner()
const types = ['Cart', 'Order', 'Payment']
/** So many that each host has some, whatever its port; of twelve, one had none in a run of ours. */
const ids = Array.from({ length: 40 }, (_, i) => `actor-${i}`)
let cluster: RealCluster

beforeAll(async () => {
  // What is said of orders is said of one leader's.
  cluster = await RealCluster.start(owner, { env: patientEnv })
})

test('the table of every replica has all five hosts, under one generation and digest', async () => {
  const tables = await cluster.untilTables(
    'five hosts in all tables',
    ({ members }) => members.length === 5,
  )
  for (const table of tables) {
    expect(namesOf(table)).toEqual(cluster.hosts)
    expect(table).toEqual(tables[0])
  }
})

test('what the start has printed is so: who leads, and what the last host runs', async () => {
  const text = cluster.up.text()
  const leading = [...text.matchAll(/^ {2}replica (\d) .* leads$/gm)].map(([, id]) => Number(id))
  expect(leading).toEqual([await cluster.leader()])
  const line = /(127\.0\.0\.1:\d+)\/where\/(\w+)\/(\w+).* # host 5 runs it$/m
  const [, asked, type, id] = line.exec(text) ?? []
  expect(cluster.hosts).toContain(asked)
  expect((await cluster.where(asked!, type!, id!)).host).toBe(cluster.hosts[4])
})

test('every replica and every sidecar names the same owner for each actor', async () => {
  const seen = new Map<string, ReadonlySet<string | null>>()
  for (const type of types) {
    for (const id of ids) {
      const answers = await Promise.all([
        ...cluster.replicas.map((replica) => cluster.owner(replica, type, id)),
        ...cluster.hosts.map(async (host) => (await cluster.where(host, type, id)).host),
      ])
      seen.set(`${type}/${id}`, new Set(answers))
    }
  }
  for (const [actor, owners] of seen) expect([actor, owners.size]).toEqual([actor, 1])
  const all = new Set([...seen.values()].flatMap((owners) => [...owners]))
  expect([...all].sort()).toEqual(cluster.hosts)
})

test('every host tells its table, its lease and where it is attached', async () => {
  const { generation, digest } = await settledTable(5)
  for (const host of cluster.hosts) {
    const state = await cluster.until('a host with the table, on NATS', async () => {
      const seen = await cluster.hostState(host)
      return seen.generation === generation && seen.nats === 'listening' && seen
    })
    expect(state).toMatchObject({
      ...{ ready: true, phase: 'serving', isFenced: false, nats: 'listening' },
      ...{ cluster: 'local', members: 5, generation, digest, movingTo: null, missing: null },
    })
    expect(state.leaseLeftMs).toBeGreaterThan(0)
    expect(cluster.replicas.map((id) => cluster.webSocket(id))).toContain(state.replica)
  }
})

/** The table of all replicas, once they have so many members and no round runs. */
async function settledTable(memberCount: number): Promise<RestTable> {
  let [first]: readonly RestTable[] = []
  await cluster.until('one settled table', async () => {
    const tables = await Promise.all(cluster.replicas.map((id) => cluster.table(id)))
    first = tables[0]!
    return tables.every(
      ({ generation, committed, members }) =>
        generation === committed &&
        generation === first!.generation &&
        members.length === memberCount,
    )
  })
  return first!
}

test('a plain NATS subscriber sees lock, update and unlock of each generation, in order', async (t) => {
  const tap = await OrderTap.open(t, cluster.natsUrl)
  const before = (await settledTable(5)).generation
  for (let i = 0; i < 3; i += 1) {
    const name = `127.0.0.1:${9_001 + i}`
    const host = { name, appId: 'guest', types: ['Order'] }
    const guest = await connect({ replicas: [cluster.webSocket(1)], host })
    await guest.leave()
  }
  await eventually('the last unlock', () => tap.unlocked(before + 6))
  const orders = tap.rounds
  let generation = before
  for (const [i, { order, headers }] of orders.entries()) {
    const kind = (['lock', 'update', 'unlock'] as const)[i % 3]!
    const [from, to] = spanOf(order)
    expect(order.kind).toBe(kind)
    if (kind === 'lock') expect([from, to > generation]).toEqual([generation, true])
    if (kind === 'update') expect([from, to]).toEqual(spanOf(orders[i - 1]!.order))
    if (kind === 'unlock') {
      expect(to).toBe(spanOf(orders[i - 1]!.order)[1])
      generation = to
    }
    expect(headers).toMatchObject({
      Operation: kind,
      Generation: String(to),
      Term: String(order.term),
    })
  }
  expect(generation).toBe(before + 6)
})

test('an order carries members and never virtual nodes, so a join takes a few hundred bytes', async (t) => {
  await settledTable(5)
  const tap = await OrderTap.open(t, cluster.natsUrl)
  const host = { name: '127.0.0.1:9010', appId: 'guest', types: ['Order', 'Payment'] }
  const guest = await connect({ replicas: [cluster.webSocket(2)], host })
  const { factor, generation } = await cluster.table(2)
  await eventually('the unlock', () => tap.unlocked(generation))
  const [join] = tap.rounds.filter(({ order }) => order.kind === 'update')
  const { change } = join!.order as Update
  expect(change.upserts).toMatchObject([{ name: '127.0.0.1:9010', appId: 'guest' }])
  expect(Object.keys(change)).toEqual(['from', 'to', 'digest', 'upserts'])
  // A hundred virtual nodes of eight bytes each would already be more.
  expect(factor).toBe(100)
  for (const { payload } of tap.orders) expect(payload.length).toBeLessThan(400)
  await guest.leave()
})

test('orders verify with the key that a WebSocket names, and with no other bytes', async (t) => {
  const tap = await OrderTap.open(t, cluster.natsUrl)
  const observer = await RawHost.join(t, cluster.webSocket(3))
  const guest = await RawHost.join(t, cluster.webSocket(3), { name: '127.0.0.1:9020', types })
  await eventually('a whole round', () => tap.rounds.length >= 3)
  for (const order of tap.orders) {
    expect(isSigned(order, observer.leaderKey)).toBe(true)
    const altered = Uint8Array.from(order.payload, (byte, i) => (i === 0 ? byte ^ 1 : byte))
    expect(isSigned({ ...order, payload: altered }, observer.leaderKey)).toBe(false)
  }
  await guest.leave()
})

test('a request over NATS is answered with the disseminated table', async (t) => {
  const { connection } = await OrderTap.open(t, cluster.natsUrl)
  const table = await settledTable(5)
  const ask = (generation: number, timeout: number) =>
    connection.request('berth.local.default.get', foreign.encode({ kind: 'get', generation }), {
      timeout,
    })
  const { data } = await ask(table.generation, 30_000)
  const { change, lineage } = foreign.decode(data) as TableAnswer
  expect(lineage).toBe(table.lineage)
  expect(change).toMatchObject({ from: 0, to: table.generation, digest: table.digest })
  expect(change.upserts.map(({ name }) => name)).toEqual(namesOf(table))
  // All replicas are behind a generation that never was, and stay silent.
  await expect(ask(table.generation + 100, 1_000)).rejects.toThrow(/TIMEOUT/)
})
