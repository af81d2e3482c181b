import { Unpackr } from 'msgpackr'
import { connect, type Msg, type NatsConnection } from 'nats'
import { pino } from 'pino'
import { expect, onTestFinished, test, vi } from 'vitest'
import { getBytesMax, NatsLink } from '../../src/broadcast/nats-link.js'
import { createSigner, type Signer } from '../../src/broadcast/signing.js'
import { createVerify } from '../../src/sidecar/signature.js'
import { difference, whole } from '../../src/table/table-change.js'
import type { Get, Order, TableAnswer } from '../../src/wire/messages.js'
import { decode, encode } from '../../src/wire/msgpack.js'
import { createChecks } from '../../src/wire/validate.js'
import { documented } from '../support/documented-nats.js'
import { eventually } from '../support/eventually.js'
import { hostileMessages, underAName } from '../support/hostile-msgpack.js'
import { freshClusterName, natsUrl } from '../support/nats.js'
import { startOwnNats } from '../support/own-nats.js'
import { rawNats } from '../support/raw-nats.js'
import { makeContext, member, tableOf, typeSet } from '../table/tables.js'
import { lineage, orders } from './support/rounds-bench.js'

const owner = { onTestFinished }
/** The client's own patience is a second. */
const answerTimeoutMs = 30_000
const checks = createChecks()
const context = await makeContext()
const table = tableOf(context, 7, [member('a:1', 5, orders), member('b:1', 6, orders)])

const answer: TableAnswer = {
  ...{ kind: 'table', namespace: 'shop', lineage },
  ...{ part: 1, parts: 1, change: whole(table) },
}

/** Counts its signatures. */
class CountingSigner implements Signer {
  readonly #signer = createSigner()
  readonly publicKey = this.#signer.publicKey
  signed = 0

  sign(payload: Uint8Array): Uint8Array {
    this.signed += 1
    return this.#signer.sign(payload)
  }
}

interface Linked {
  readonly link: NatsLink
  readonly signer: CountingSigner
  readonly cluster: string
  readonly answers: {
    get: (namespace: string, get: Get) => TableAnswer | null
    has: (namespace: string) => boolean
  }
  readonly log: string[]
  readonly isUp: boolean[]
}

/** A replica's link, up. */
async function linked(url: string, cluster = freshClusterName()): Promise<Linked> {
  const signer = new CountingSigner()
  const lines: string[] = []
  const isUp: boolean[] = []
  const answers: Linked['answers'] = { get: () => null, has: () => true }
  const log = pino({ level: 'info' }, { write: (line) => lines.push(line) })
  const options = { replica: 3, servers: [url], cluster, name: 'test', options: {} }
  const link = new NatsLink(options, signer, checks, log, {
    changed: (up) => isUp.push(up),
    get: (namespace, get) => answers.get(namespace, get),
    has: (namespace) => answers.has(namespace),
  })
  onTestFinished(() => link.close())
  link.start()
  await eventually('NATS', () => link.isUp)
  return { link, signer, cluster, answers, log: lines, isUp }
}

async function client(url: string): Promise<NatsConnection> {
  const connection = await connect({ servers: url })
  onTestFinished(() => connection.close())
  return connection
}

/** Collects what is published. */
async function listen(connection: NatsConnection, subject: string): Promise<Msg[]> {
  const messages: Msg[] = []
  connection.subscribe(subject, { callback: (_error, message) => void messages.push(message) })
  await connection.flush()
  return messages
}

function ordersOf(): Order[] {
  const head = { namespace: 'shop', lineage, term: 4 }
  const { generation, digest } = table
  const next = table.edit({ generation: 8, upserts: [], removes: ['b:1'] })
  const change = difference(table, next)
  return [
    { kind: 'lock', ...head, from: generation, digest, to: 8, touched: [1] },
    { kind: 'update', ...head, deadlineMs: 10_000, part: 1, parts: 1, change },
    { kind: 'unlock', ...head, generation: 8, digest: next.digest },
    { kind: 'beacon', ...head, generation: 8, digest: next.digest, newest: 9 },
  ]
}

test('orders are published in order, with headers, and signed so that anybody can verify it', async () => {
  const { link, signer, cluster } = await linked(natsUrl())
  const messages = await listen(await client(natsUrl()), `berth.${cluster}.shop.table`)
  for (const order of ordersOf()) link.publish(order)
  await eventually('all orders', () => messages.length === 4)
  expect(messages.map(({ data }) => checks.order(decode(data)))).toEqual(ordersOf())
  const heads = messages.map(({ headers }) =>
    ['Operation', 'Generation', 'Term'].map((name) => headers?.get(name)),
  )
  expect(heads).toEqual([
    ['lock', '8', '4'],
    ['update', '8', '4'],
    ['unlock', '8', '4'],
    ['beacon', '8', '4'],
  ])
  const verify = createVerify()
  const stranger = createSigner()
  for (const { data, headers } of messages) {
    const signature = Buffer.from(headers!.get('Signature'), 'base64url')
    expect(verify(signer.publicKey, data, signature)).toBe(true)
    expect(verify(stranger.publicKey, data, signature)).toBe(false)
    const changed = Uint8Array.from(data)
    changed[0]! ^= 1
    expect(verify(signer.publicKey, changed, signature)).toBe(false)
    expect(verify(signer.publicKey, data, Buffer.from(''))).toBe(false)
    expect(verify('no key', data, signature)).toBe(false)
  }
  expect(link.counts).toEqual({ published: 4, unreadable: 0, refused: 0, unsendable: 0 })
})

test('a join into 1,000 hosts with 50 types each sends a sidecar less than 1 KB, signatures included', async () => {
  const { link, cluster } = await linked(natsUrl())
  const sidecar = await client(natsUrl())
  const messages = await listen(sidecar, `berth.${cluster}.shop.table`)
  const types = typeSet(1, ...Array.from({ length: 50 }, (_, i) => `Actor.Type.${10 + i}`))
  const host = (i: number) =>
    member(`10.0.${i >> 8}.${i & 255}:50002`, 1_000_000 + i, types, { appId: 'shop-checkout' })
  const before = tableOf(
    context,
    1_000,
    Array.from({ length: 1_000 }, (_, i) => host(i)),
  )
  const after = before.edit({ generation: 1_001, upserts: [host(1_000)], removes: [] })
  const { generation: from, digest } = before
  const head = { namespace: 'shop', lineage, term: 4 }
  const beforeBytes = sidecar.stats().inBytes
  link.publish({ kind: 'lock', ...head, from, digest, to: 1_001, touched: [1] })
  const change = difference(before, after)
  link.publish({ kind: 'update', ...head, deadlineMs: 10_000, part: 1, parts: 1, change })
  link.publish({ kind: 'unlock', ...head, generation: 1_001, digest: after.digest })
  await eventually('all orders', () => messages.length === 3)
  expect(sidecar.stats().inBytes - beforeBytes).toBeLessThan(1_024)
})

test('a request for a table is answered, unless the replica is behind what it needs', async () => {
  const { answers, cluster, signer } = await linked(natsUrl())
  const asker = await client(natsUrl())
  const asked: unknown[] = []
  answers.get = (namespace, get) => {
    asked.push([namespace, get])
    return get.generation > 7 ? null : answer
  }
  const ask = (generation: number) =>
    asker.request(`berth.${cluster}.shop.get`, encode({ kind: 'get', generation }), {
      timeout: generation > 7 ? 200 : answerTimeoutMs,
    })
  const { data, headers } = await ask(7)
  expect(checks.tableAnswer(decode(data))).toEqual(answer)
  expect([headers?.get('Operation'), headers?.get('Replica')]).toEqual(['table', '3'])
  const signature = Buffer.from(headers?.get('Signature') ?? '', 'base64url')
  expect(createVerify()(signer.publicKey, data, signature)).toBe(true)
  await expect(ask(8)).rejects.toMatchObject({ code: 'TIMEOUT' })
  await eventually('the request that it is behind', () => asked.length > 1)
  expect(asked).toEqual([
    ['shop', { kind: 'get', generation: 7 }],
    ['shop', { kind: 'get', generation: 8 }],
  ])
})

test('a request for what no namespace can be called is not answered, and counted', async () => {
  const { link, answers, cluster } = await linked(natsUrl())
  const asked: string[] = []
  answers.get = (namespace) => {
    asked.push(namespace)
    return { ...answer, namespace }
  }
  const asker = await client(natsUrl())
  const get = encode({ kind: 'get', generation: 7 })
  const names = ['Shop', '_', '-shop', 'a'.repeat(64), 'für', '__proto__', 'shop']
  for (const name of names) asker.publish(`berth.${cluster}.${name}.get`, get, { reply: 'nobody' })
  await eventually('the last one', () => asked.length > 0)
  expect(asked).toEqual(['shop'])
  expect(link.counts.unreadable).toBe(names.length - 1)
})

test('small requests for a large table are answered at a rate; the others are counted', async () => {
  const { link, answers, cluster } = await linked(natsUrl())
  const asker = await client(natsUrl())
  const members = Array.from({ length: 8_000 }, (_, i) => member(`10.0.0.1:${i}`, i + 1, orders))
  const change = whole(tableOf(context, 7, members))
  let composed = 0
  answers.get = () => {
    composed += 1
    return { ...answer, change }
  }
  const inbox = `answers.${cluster}`
  const messages = await listen(asker, inbox)
  const asked = 600
  const get = encode({ kind: 'get', generation: 7 })
  for (let i = 0; i < asked; i += 1)
    asker.publish(`berth.${cluster}.shop.get`, get, { reply: inbox })
  await eventually('all requests', () => composed + link.counts.refused === asked)
  await eventually('all answers', () => messages.length === composed)
  const tableBytes = messages[0]!.data.length
  expect(tableBytes).toBeGreaterThan(300_000)
  // What may go out at once, and what was earned since; never all of it.
  expect(composed).toBeLessThan(asked / 2)
  // Whoever asks again later is answered.
  await eventually('an answer', async () => {
    const again = await asker.request(`berth.${cluster}.shop.get`, get, { timeout: 1_000 })
    return again.data.length === tableBytes
  })
})

test('the answer for a namespace is signed once, that for one that is not there is not kept', async () => {
  const { answers, cluster, signer } = await linked(natsUrl())
  answers.get = (namespace) => ({ ...answer, namespace })
  answers.has = (namespace) => namespace === 'shop'
  const asker = await client(natsUrl())
  const get = encode({ kind: 'get', generation: 7 })
  const signs = async (namespace: string) => {
    const before = signer.signed
    for (let i = 0; i < 5; i += 1) {
      const subject = `berth.${cluster}.${namespace}.get`
      const { data } = await asker.request(subject, get, { timeout: answerTimeoutMs })
      expect(checks.tableAnswer(decode(data)).namespace).toBe(namespace)
    }
    return signer.signed - before
  }
  expect(await signs('shop')).toBe(1)
  expect(await signs('nowhere')).toBe(5)
})

test('of all replicas one answers a request', async () => {
  const first = await linked(natsUrl())
  const links = [
    first,
    await linked(natsUrl(), first.cluster),
    await linked(natsUrl(), first.cluster),
  ]
  const asker = await client(natsUrl())
  let asked = 0
  for (const { answers } of links) {
    answers.get = () => {
      asked += 1
      return answer
    }
  }
  for (let i = 1; i <= 20; i += 1) {
    await asker.request(`berth.${first.cluster}.shop.get`, encode({ kind: 'get', generation: 7 }))
  }
  // Whatever else a request led to has come by the time when a later one is answered.
  expect(asked).toBe(20)
})

test('garbage on the request subject is counted and harms nobody', async () => {
  const { link, answers, cluster } = await linked(natsUrl())
  const stranger = await client(natsUrl())
  answers.get = () => answer
  const subject = `berth.${cluster}.shop.get`
  const garbage = [
    Buffer.from(''),
    Buffer.from('\xc1', 'latin1'),
    Buffer.alloc(100_000, 0x91),
    Buffer.from('GET / HTTP/1.1\r\n'),
    encode({ kind: 'get', generation: -1 }),
    encode({ kind: 'unlock', generation: 1 }),
    ...hostileMessages.map(([, bytes]) => bytes),
    underAName(encode({ kind: 'get', generation: 1 })),
    encode({ kind: 'get', generation: 1, held: Array(2_000).fill(0) }),
  ]
  for (const data of garbage) stranger.publish(subject, data, { reply: 'nobody' })
  // A good one that wants no answer.
  stranger.publish(subject, encode({ kind: 'get', generation: 1 }))
  await stranger.flush()
  await eventually('the count', () => link.counts.unreadable === garbage.length)
  const get = encode({ kind: 'get', generation: 1 })
  const good = await stranger.request(subject, get, { timeout: answerTimeoutMs })
  expect(checks.tableAnswer(decode(good.data)).change.to).toBe(7)
  expect(link.isUp).toBe(true)
})

test('a request that is too long to be one is not read, and takes nothing from the others', async () => {
  const { link, answers, cluster } = await linked(natsUrl())
  answers.get = () => answer
  const unpack = vi.spyOn(Unpackr.prototype, 'unpack')
  onTestFinished(() => unpack.mockRestore())
  const stranger = await client(natsUrl())
  const subject = `berth.${cluster}.shop.get`
  const long = encode({ kind: 'get', generation: 'x'.repeat(getBytesMax) })
  // Read, they would use up what a namespace is answered, several times.
  const times = 3_000
  for (let i = 0; i < times; i += 1) stranger.publish(subject, long, { reply: 'nobody' })
  await stranger.flush()
  const get = encode({ kind: 'get', generation: 7 })
  const good = await stranger.request(subject, get, { timeout: answerTimeoutMs })
  expect(link.counts).toMatchObject({ unreadable: times, refused: 0 })
  expect(unpack.mock.calls.filter(([{ length }]) => length > getBytesMax)).toEqual([])
  expect(checks.tableAnswer(decode(good.data)).change.to).toBe(7)
  // The longest that is one, and room.
  const most = Number.MAX_SAFE_INTEGER
  const held = { generation: most, digest: 'd'.repeat(43) }
  expect(encode({ kind: 'get', generation: most, held }).length).toBeLessThan(getBytesMax / 4)
})

test('headers that nobody can read cost their request, and not the connection', async () => {
  const { link, answers, cluster, isUp } = await linked(natsUrl())
  answers.get = () => answer
  const stranger = await rawNats(owner, natsUrl())
  const subject = `berth.${cluster}.shop.get`
  const get = encode({ kind: 'get', generation: 1 })
  for (const name of ['\xff', 'a b', '\u0000', 'x'.repeat(100_000)]) {
    stranger.publish(subject, Buffer.from(`NATS/1.0\r\n${name}: x\r\n\r\n`, 'latin1'), get)
  }
  await stranger.flush()
  const asker = await client(natsUrl())
  const good = await asker.request(subject, get, { timeout: answerTimeoutMs })
  expect(checks.tableAnswer(decode(good.data)).change.to).toBe(7)
  // The head of the last one alone is too large.
  expect(link.counts.unreadable).toBe(1)
  expect(isUp).toEqual([true])
})

test('an order above what the server takes is counted and told; the next one goes out', async () => {
  const nats = await startOwnNats(owner, 'max_payload: 1100')
  const { link, cluster, log } = await linked(nats.url)
  const messages = await listen(await client(nats.url), `berth.${cluster}.shop.table`)
  const set = { id: 1, types: Array.from({ length: 20 }, (_, i) => `a-rather-long-type-${i}`) }
  const large = tableOf(context, 7, [member('a:1', 5, set)])
  const [, update, unlock] = ordersOf()
  link.publish({ ...(update as Extract<Order, { kind: 'update' }>), change: whole(large) })
  link.publish(unlock!)
  await eventually('the next order', () => messages.length > 0)
  expect(messages.map(({ data }) => checks.order(decode(data)))).toEqual([unlock])
  expect(link.counts).toMatchObject({ published: 1, unsendable: 1 })
  expect(log.some((line) => line.includes('does not take a message'))).toBe(true)
})

test('whoever asks and cannot be answered does not flood the log', async () => {
  const nats = await startOwnNats(owner, 'max_payload: 1100')
  const { link, cluster, answers, log } = await linked(nats.url)
  const asker = await client(nats.url)
  const get = encode({ kind: 'get', generation: 0 })
  const subject = `berth.${cluster}.shop.get`
  const set = { id: 1, types: Array.from({ length: 20 }, (_, i) => `a-rather-long-type-${i}`) }
  const large = tableOf(context, 7, [member('a:1', 5, set)])
  let asked = 0
  answers.get = () => {
    asked += 1
    return { ...answer, change: whole(large) }
  }
  for (let i = 0; i < 30; i += 1) asker.publish(subject, get)
  for (let i = 0; i < 30; i += 1) asker.publish(subject, get, { reply: 'somewhere' })
  await eventually('the requests', () => link.counts.unsendable >= 30)
  expect(asked, 'nobody waits for the answers to the others').toBe(30)
  expect(link.counts).toMatchObject({ unsendable: 30 })
  expect(log.filter((line) => line.includes('does not take a message'))).toHaveLength(1)
})

test('with the server away orders are lost in silence; when it is back they go out again', async () => {
  const nats = await startOwnNats(owner)
  const { link, cluster, isUp } = await linked(nats.url)
  const [lock, update, unlock, beacon] = ordersOf()
  link.publish(lock!)
  await nats.kill()
  await eventually('the end', () => !link.isUp)
  link.publish(update!)
  link.publish(unlock!)
  await nats.start()
  await eventually('the server', () => link.isUp)
  const messages = await listen(await client(nats.url), `berth.${cluster}.shop.table`)
  link.publish(beacon!)
  await eventually('an order', () => messages.length > 0)
  expect(messages.map(({ data }) => checks.order(decode(data)))).toEqual([beacon])
  expect(isUp).toEqual([true, false, true])
  expect(link.counts).toMatchObject({ published: 2, unsendable: 0 })
})

test('a server that freezes is noticed within seconds', async () => {
  const nats = await startOwnNats(owner)
  const { link } = await linked(nats.url)
  nats.freeze()
  // Without pings of its own the client would take minutes.
  await eventually('the end', () => !link.isUp, 30_000)
  nats.thaw()
  await eventually('the server', () => link.isUp)
})

test('a link that starts before its server waits for it; one that is closed stops waiting', async () => {
  const nats = await startOwnNats(owner)
  await nats.kill()
  const make = () => {
    const signer = createSigner()
    const options = { replica: 3, servers: [nats.url], cluster: 'test', name: 'test', options: {} }
    const events = { changed: () => undefined, get: () => null, has: () => true }
    const link = new NatsLink(options, signer, checks, pino({ level: 'silent' }), events)
    onTestFinished(() => link.close())
    link.start()
    return link
  }
  const [waiting, closed] = [make(), make()]
  await closed.close()
  waiting.publish(ordersOf()[0]!)
  await nats.start()
  await eventually('the server', () => waiting.isUp)
  expect(closed.isUp).toBe(false)
})

test('what was published goes out before the link closes', async () => {
  const { link, cluster } = await linked(natsUrl())
  const listener = await client(natsUrl())
  const messages = await listen(listener, `berth.${cluster}.shop.table`)
  const all = Array.from({ length: 50 }, () => ordersOf()).flat()
  for (const order of all) link.publish(order)
  await link.close()
  await eventually('all orders', () => messages.length === all.length)
  link.publish(all[0]!)
  expect(link.isUp).toBe(false)
})

test('what is captured on NATS is what asyncapi.yaml says: subjects, headers and payloads', async () => {
  const { link, cluster, answers } = await linked(natsUrl())
  const asker = await client(natsUrl())
  const orders = await listen(asker, `berth.${cluster}.shop.table`)
  const pulses = await listen(asker, `berth.${cluster}.pulse`)
  for (const order of ordersOf()) link.publish(order)
  link.publish({ kind: 'pulse', lineage, term: 4 })
  answers.get = () => answer
  const get = encode({ kind: 'get', generation: 7 })
  const options = { timeout: answerTimeoutMs }
  const { headers, data } = await asker.request(`berth.${cluster}.shop.get`, get, options)
  await eventually('all messages', () => orders.length === 4 && pulses.length === 1)
  const right = { isAt: true, isKnown: true, isOnce: true }
  for (const order of orders) expect(documented('table')(cluster, order)).toEqual(right)
  expect(documented('pulse')(cluster, pulses[0]!)).toEqual(right)
  const reply = { subject: `berth.${cluster}.shop.get`, headers, data }
  expect(documented('get')(cluster, reply)).toEqual(right)
  const wrong = documented('table')(cluster, { ...orders[0]!, subject: 'x', headers })
  expect(wrong).toEqual({ isAt: false, isKnown: false, isOnce: true })
})
