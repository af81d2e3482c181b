import { createInbox, headers, type NatsConnection } from 'nats'
import { beforeAll, expect, test } from 'vitest'
import { heldOrdersMax } from '../../src/sidecar/held-orders.js'
import { connect, type Sidecar } from '../../src/sidecar/index.js'
import type { Order, TableAnswer, Update } from '../../src/wire/messages.js'
import { eventually } from '../support/eventually.js'
import { foreign, OrderTap } from '../support/order-tap.js'
import { type OwnNats, startOwnNats } from '../support/own-nats.js'
import { fileOwner, type Owner } from '../support/owner.js'
import { namesOf, patientEnv, RealCluster } from '../support/real-cluster.js'

// One cluster on a NATS that can be harmed, and that takes only small messages.

const owner = fileOwner()
const payloadBytesMax = 4_096
const subject = 'berth.local.default.table'
let nats: OwnNats
let cluster: RealCluster

beforeAll(async () => {
  nats = await startOwnNats(owner, `max_payload: ${payloadBytesMax}`)
  const flags = ['--nats-url', nats.url]
  // The orders that are forged below name the term; and a round waits for whom the test holds up.
  cluster = await RealCluster.start(owner, { hosts: 0, flags, env: patientEnv })
})

const urls = () => cluster.replicas.map((id) => cluster.webSocket(id))

/** A host of this process, attached to any replica; gone with the test. */
async function join(t: Owner, port: number, types: readonly string[] = ['Order']) {
  const host = { name: `127.0.0.1:${port}`, appId: 'guest', types }
  const sidecar = await connect({ replicas: urls(), host })
  t.onTestFinished(() => sidecar.leave())
  return sidecar
}

/** Waits until each of the sidecars answers by the table of the first replica. */
function untilAllHave(sidecars: readonly Sidecar[], members: number): Promise<number> {
  return eventually(`${members} members everywhere`, async () => {
    const tables = await Promise.all(cluster.replicas.map((id) => cluster.table(id)))
    const { digest, generation } = tables[0]!
    const states = sidecars.map((sidecar) => sidecar.state())
    const seen = [
      ...tables.map((table) => [table.digest, table.members.length]),
      ...states.map((state) => [state.digest, state.members]),
    ]
    if (seen.every(([of, size]) => of === digest && size === members)) return generation
    throw new Error(JSON.stringify(seen))
  })
}

/** Thirty types whose names take about two kilobytes, different for each number. */
const bulkyTypes = (number: number) =>
  Array.from({ length: 30 }, (_, i) => `${'T'.repeat(50)}-${number}-${i}`)

test('a change above the max payload of NATS goes out in parts and arrives whole', async (t) => {
  const tap = await OrderTap.open(t, nats.url)
  const slow = await join(t, 9_201)
  // While its release takes time the round runs on, and all who join meanwhile make one more.
  let letGo = () => {}
  const gate = new Promise<void>((resolve) => {
    letGo = resolve
  })
  slow.onRelease(() => gate)
  const first = join(t, 9_202)
  await committed(2)
  const joining = [1, 2, 3, 4].map((number) => join(t, 9_210 + number, bulkyTypes(number)))
  await committed(6)
  letGo()
  const sidecars = [slow, ...(await Promise.all([first, ...joining]))]
  const generation = await untilAllHave(sidecars, 6)
  await eventually('the unlock', () => tap.unlocked(generation))

  const updates = tap.orders.flatMap(({ order }) =>
    order.kind === 'update' && order.change.to === generation ? [order] : [],
  )
  expect(updates.length).toBeGreaterThan(2)
  expect(updates.map(({ part }) => part)).toEqual(updates.map((_, i) => i + 1))
  for (const { parts } of updates) expect(parts).toBe(updates.length)
  const names = updates.flatMap(({ change }) => change.upserts.map(({ name }) => name))
  expect(names.sort()).toEqual(namesOf(await cluster.table(1)).slice(2))
  for (const { payload, headers } of tap.orders) {
    const headerBytes = Object.entries(headers).join('').length
    expect(payload.length + headerBytes).toBeLessThan(payloadBytesMax)
  }
  // The table as a whole needs parts too, for whoever asks over NATS.
  const parts = await request(tap.connection, { kind: 'get', generation })
  expect(parts.length).toBeGreaterThan(2)
  const members = parts.flatMap(({ change }) => change.upserts)
  expect(members.map(({ name }) => name)).toEqual(namesOf(await cluster.table(1)))
})

async function committed(members: number): Promise<void> {
  await cluster.until(`${members} members to be committed`, async () => {
    const { items } = await cluster.get<{ items: unknown[] }>(1, '/v1/namespaces/default/members')
    return items.length === members
  })
}

/** All parts of the answer to a request over NATS. */
async function request(connection: NatsConnection, get: object): Promise<readonly TableAnswer[]> {
  const inbox = createInbox()
  const parts: TableAnswer[] = []
  const subscription = connection.subscribe(inbox, {
    callback: (_error, { data }) => parts.push(foreign.decode(data) as TableAnswer),
  })
  connection.publish('berth.local.default.get', foreign.encode(get), { reply: inbox })
  await eventually('all parts', () => parts.length > 0 && parts.length === parts[0]?.parts)
  subscription.unsubscribe()
  return parts
}

/** Waits until all replicas and these sidecars see NATS like this. */
function untilNats(state: 'down' | 'listening', sidecars: readonly Sidecar[]): Promise<true> {
  return eventually(`NATS ${state} for everyone`, async () => {
    const shown = cluster.replicas.map((id) => cluster.metric(id, 'berth_nats_up'))
    const replicas = await Promise.all(shown)
    const states = sidecars.map((one) => one.state().nats)
    const isUp = state === 'listening' ? 1 : 0
    if (replicas.every((up) => up === isUp) && states.every((one) => one === state)) return true
    throw new Error(`replicas ${replicas.join()}, sidecars ${states.join()}`)
  })
}

test.each([
  ['stands still', () => nats.freeze(), async () => nats.thaw()],
  ['is killed', () => nats.kill(), () => nats.start()],
] as const)(
  'a NATS that %s delays a join and stops none, and serves again when it is back',
  async (_what, harm, heal) => {
    const t = { onTestFinished: owner.onTestFinished }
    const tap = await OrderTap.open(t, nats.url)
    const before = [await join(t, 9_221), await join(t, 9_222)]
    await harm()
    const late = await join(t, 9_223)
    await untilAllHave([...before, late], 3)
    for (const sidecar of before) expect(sidecar.state().isFenced).toBe(false)
    await untilNats('down', before)
    await heal()
    await untilNats('listening', [...before, late])
    await tap.hears()
    const seen = tap.orders.length
    const next = await join(t, 9_224)
    const generation = await untilAllHave([...before, late, next], 4)
    await eventually('the round on NATS', () => tap.unlocked(generation))
    expect(tap.orders.slice(seen).map(({ order }) => order.kind)).toContain('update')
    for (const sidecar of [...before, late, next]) await sidecar.leave()
  },
)

interface Forgery {
  readonly what: string
  readonly order: Order
  readonly signature?: Uint8Array
  /** As the header says; that of the order if nothing else is said. */
  readonly term?: number
}

function publish(connection: NatsConnection, { order, signature, term }: Forgery): void {
  const head = headers()
  head.set('Term', String(term ?? order.term))
  if (signature !== undefined) head.set('Signature', Buffer.from(signature).toString('base64url'))
  connection.publish(subject, foreign.encode(order), { headers: head })
}

test('orders of a stranger, forged, replayed or unreadable, move nobody and are counted', async (t) => {
  const tap = await OrderTap.open(t, nats.url)
  const [host, other] = [await join(t, 9_231), await join(t, 9_232)]
  const observer = await connect({ replicas: urls() })
  t.onTestFinished(() => observer.close())
  const victims = [host, other, observer]
  const generation = await untilAllHave(victims, 2)
  await eventually('the unlock', () => tap.unlocked(generation))
  await untilNats('listening', victims)
  const { term, lineage, digest } = host.state()
  const genuine = tap.orders.findLast(({ order }) => order.kind === 'update')!
  const ids = Array.from({ length: 30 }, (_, i) => String(i))
  const owned = () => ids.map((id) => [host.owns('Order', id), other.owns('Order', id)])
  const before = { owned: owned(), generation, digest, isFenced: false, missing: null }

  const unlock: Order = {
    ...{ kind: 'unlock', namespace: 'default', lineage: lineage! },
    ...{ term, generation: generation + 7, digest: 'f'.repeat(43) },
  }
  const update = genuine.order as Update
  const change = { ...update.change, from: generation, to: generation + 1 }
  const signature = Buffer.from(genuine.headers.Signature!, 'base64url')
  const forgeries: Forgery[] = [
    { what: 'a lower term', order: { ...unlock, term: term - 1 } },
    { what: 'a lower term as the current one', order: { ...unlock, term: term - 1 }, term },
    { what: 'no signature', order: unlock },
    { what: 'a made-up signature', order: unlock, signature: new Uint8Array(64).fill(7) },
    { what: "another order's signature", order: { ...update, change }, signature },
    { what: 'a short signature', order: { ...update, change }, signature: signature.subarray(9) },
    { what: 'another lineage', order: { ...unlock, lineage: crypto.randomUUID() } },
    { what: 'another namespace', order: { ...unlock, namespace: 'foreign' } },
  ]
  for (const forgery of forgeries) publish(tap.connection, forgery)
  const spare = 5
  for (let i = 0; i < heldOrdersMax + spare; i += 1) {
    publish(tap.connection, { what: 'a made-up term', order: { ...unlock, term: 1_000_000 + i } })
  }
  const replayed = headers()
  replayed.set('Signature', genuine.headers.Signature!)
  replayed.set('Term', genuine.headers.Term!)
  tap.connection.publish(subject, genuine.payload, { headers: replayed })
  const garbage = [
    ...[new Uint8Array(0), Buffer.from('not MessagePack'), Buffer.alloc(2_000, 0x91)],
    ...[Buffer.from([0xc1]), foreign.encode({ kind: 'unlock' }), foreign.encode([1, 2])],
  ]
  for (const bytes of garbage) tap.connection.publish(subject, bytes)
  await tap.connection.flush()

  for (const victim of victims) {
    await eventually('all of it to be counted', () => {
      expect(victim.state().rejectedOrders).toEqual({
        ...{ old_term: 1, bad_signature: 7 },
        ...{ held_too_many: spare, unreadable: garbage.length },
      })
      return true
    })
    expect({ ...victim.state(), owned: owned() }).toMatchObject(before)
  }
  // The next true round goes through all the same.
  const late = await join(t, 9_233)
  await untilAllHave([...victims, late], 3)
})

test('garbage on the request subject gets no answer, is counted, and the next request is served', async (t) => {
  const { connection } = await OrderTap.open(t, nats.url)
  const unreadable = async () => {
    const counts = cluster.replicas.map((id) =>
      cluster.metric(id, 'berth_nats_unreadable_requests_total'),
    )
    return (await Promise.all(counts)).reduce((sum, count) => sum + count, 0)
  }
  expect(await unreadable()).toBe(0)
  const inbox = createInbox()
  const answers: Uint8Array[] = []
  connection.subscribe(inbox, { callback: (_error, { data }) => answers.push(data) })
  const garbage = [
    ...[new Uint8Array(0), Buffer.from('{"kind":"get"}'), Buffer.alloc(3_000, 0x91)],
    ...[foreign.encode({ kind: 'get', generation: -1 }), foreign.encode({ kind: 'hello' })],
  ]
  for (const bytes of garbage) {
    connection.publish('berth.local.default.get', bytes, { reply: inbox })
  }
  await eventually('all of it to be counted', async () => (await unreadable()) === garbage.length)
  // The hosts of the test before have left; any replica may answer.
  const tables = await cluster.untilTables(
    'an empty table',
    ({ members, generation, committed }) => members.length === 0 && generation === committed,
  )
  const { generation, digest } = tables[0]!
  expect(tables.map((table) => table.generation)).toEqual(tables.map(() => generation))
  const [answer] = await request(connection, { kind: 'get', generation })
  expect(answer?.change).toMatchObject({ to: generation, digest })
  expect(answers).toEqual([])
})
