import { connect, headers as makeHeaders } from 'nats'
import { pino } from 'pino'
import { expect, onTestFinished, test } from 'vitest'
import { NatsLink } from '../../src/broadcast/nats-link.js'
import { createSigner } from '../../src/broadcast/signing.js'
import { getSubject, pulseSubject, tableSubject } from '../../src/broadcast/subjects.js'
import { NatsListener } from '../../src/sidecar/nats-listener.js'
import { createVerify } from '../../src/sidecar/signature.js'
import type { SignedByLeader, SignedByReplica } from '../../src/sidecar/signed-messages.js'
import { whole } from '../../src/table/table-change.js'
import type { Beacon, Pulse, TableAnswer } from '../../src/wire/messages.js'
import { decode, encode } from '../../src/wire/msgpack.js'
import { createChecks } from '../../src/wire/validate.js'
import { certificatePath } from '../support/certificates.js'
import { eventually } from '../support/eventually.js'
import { hostileMessages, underAName } from '../support/hostile-msgpack.js'
import { startHostileNats } from '../support/hostile-nats.js'
import { freshClusterName, natsUrl } from '../support/nats.js'
import { startOwnNats } from '../support/own-nats.js'
import { rawNats } from '../support/raw-nats.js'
import { makeContext, member, tableOf } from '../table/tables.js'
import { lineage, orders } from './support/bench.js'

const owner = { onTestFinished }
const checks = createChecks()
const table = tableOf(await makeContext(), 7, [member('a:1', 5, orders)])

/** A sidecar's side of NATS, with what it heard. */
function listening(url: string, cluster: string, options = {}) {
  const heard = {
    isUp: [] as boolean[],
    orders: [] as SignedByLeader[],
    pulses: [] as SignedByLeader[],
    tables: [] as SignedByReplica[],
  }
  const lines: string[] = []
  const note = (_fields: object, message: string) => void lines.push(message)
  const address = {
    servers: [url],
    table: tableSubject(cluster, 'shop'),
    pulse: pulseSubject(cluster),
    get: getSubject(cluster, 'shop'),
  }
  const log = { info: note, warn: note, error: note }
  const listener = new NatsListener(address, options, log, {
    changed: (up) => heard.isUp.push(up),
    order: (order) => heard.orders.push(order),
    pulse: (pulse) => heard.pulses.push(pulse),
    table: (answer) => heard.tables.push(answer),
  })
  listener.start()
  onTestFinished(() => listener.close())
  return { listener, heard, lines }
}

/** A replica's side. */
async function publishing(url: string, cluster: string) {
  const signer = createSigner()
  const answer: TableAnswer = {
    ...{ kind: 'table', namespace: 'shop', lineage },
    ...{ part: 1, parts: 1, change: whole(table) },
  }
  const options = { replica: 3, servers: [url], cluster, name: 'test', options: {} }
  const link = new NatsLink(options, signer, checks, pino({ level: 'silent' }), {
    changed: () => undefined,
    get: (_namespace, get) => (get.generation > 7 ? null : answer),
    has: () => true,
  })
  onTestFinished(() => link.close())
  link.start()
  await eventually('NATS', () => link.isUp)
  return { link, signer, answer }
}

function beacon(): Beacon {
  const { generation, digest } = table
  const head = { namespace: 'shop', lineage, term: 4 }
  return { kind: 'beacon', ...head, generation, digest, newest: generation }
}

test('orders arrive with the bytes that were signed, and tables that were asked for', async () => {
  const cluster = freshClusterName()
  // In this order: the server has read what is subscribed to before the other has connected.
  const { listener, heard } = listening(natsUrl(), cluster)
  await eventually('NATS', () => heard.isUp.length > 0)
  const { link, signer, answer } = await publishing(natsUrl(), cluster)
  link.publish(beacon())
  await eventually('the order', () => heard.orders.length > 0)
  const { term, payload, signature } = heard.orders[0]!
  expect([term, decode(payload)]).toEqual([4, beacon()])
  expect(createVerify()(signer.publicKey, payload, signature)).toBe(true)
  const pulse: Pulse = { kind: 'pulse', lineage, term: 4 }
  link.publish(pulse)
  await eventually('the pulse', () => heard.pulses.length > 0)
  expect(heard.pulses[0]?.term).toBe(4)
  expect(decode(heard.pulses[0]!.payload)).toEqual(pulse)
  listener.ask({ kind: 'get', generation: 8 })
  listener.ask({ kind: 'get', generation: 7 })
  await eventually('the table', () => heard.tables.length > 0)
  const [table] = heard.tables
  expect([table!.replica, decode(table!.payload)]).toEqual([3, answer])
  expect(createVerify()(signer.publicKey, table!.payload, table!.signature)).toBe(true)
})

test('what does not name its term is counted and dropped, whatever it is, and told once', async () => {
  const cluster = freshClusterName()
  const { listener, heard, lines } = listening(natsUrl(), cluster)
  await eventually('NATS', () => heard.isUp.length > 0)
  const stranger = await connect({ servers: natsUrl() })
  onTestFinished(() => stranger.close())
  const subject = tableSubject(cluster, 'shop')
  stranger.publish(subject, Buffer.from('\xc1', 'latin1'))
  stranger.publish(subject, Buffer.from('hello'))
  stranger.publish(subject)
  for (const [, bytes] of hostileMessages) stranger.publish(subject, bytes)
  stranger.publish(subject, underAName(encode(beacon())))
  const unreadable = 4 + hostileMessages.length
  await eventually('the count', () => listener.unreadable === unreadable)
  expect(heard.orders).toEqual([])
  expect(lines.filter((line) => line.includes('could not be read')).length).toBe(1)
})

test('a number in a header has one form; an answer with another one is not read', async () => {
  const cluster = freshClusterName()
  const { listener, heard } = listening(natsUrl(), cluster)
  await eventually('NATS', () => heard.isUp.length > 0)
  const stranger = await rawNats(owner, natsUrl())
  const inboxes: string[] = []
  const asked = await connect({ servers: natsUrl() })
  onTestFinished(() => asked.close())
  asked.subscribe(getSubject(cluster, 'shop'), {
    callback: (_error, { reply }) => void inboxes.push(reply ?? ''),
  })
  await asked.flush()
  listener.ask({ kind: 'get', generation: 7 })
  await eventually('the request', () => inboxes.length > 0)
  const change = whole(table)
  const answer = { kind: 'table', namespace: 'shop', lineage, part: 1, parts: 1, change }
  const forms = [
    '0x1',
    '0b1',
    '1e0',
    '+1',
    '-1',
    '01',
    '1.0',
    '',
    '1 1',
    'Infinity',
    '1\r\nReplica: 1',
  ]
  for (const form of [...forms, '1']) {
    const head = Buffer.from(`NATS/1.0\r\nReplica: ${form}\r\n\r\n`)
    stranger.publish(inboxes[0]!, head, encode(answer))
  }
  await eventually('the last one', () => heard.tables.some(({ replica }) => replica === 1))
  expect(heard.tables.map(({ replica }) => replica)).toEqual([1])
  expect(listener.unreadable).toBe(forms.length)
})

test('headers that nobody can read cost their message, and not the connection', async () => {
  const cluster = freshClusterName()
  const { listener, heard } = listening(natsUrl(), cluster)
  await eventually('NATS', () => heard.isUp.length > 0)
  const stranger = await rawNats(owner, natsUrl())
  const [table, get] = [tableSubject(cluster, 'shop'), getSubject(cluster, 'shop')]
  const many = Array.from({ length: 100_000 }, (_, i) => `k${i}:`).join('\r\n')
  const hostile = [
    'NATS/1.0\r\n\xff: x\r\n\r\n',
    'NATS/1.0\r\na b: x\r\n\r\n',
    'NATS/1.0\r\n\u0000: x\r\n\r\n',
    'NATS/1.0\r\nSignature\xff: x\r\n\r\n',
    'NATS/1.0\r\n\xff\xff\xff\xff',
    `NATS/1.0\r\n${'x'.repeat(200_000)}: y\r\n\r\n`,
    `NATS/1.0\r\n${many}\r\n\r\n`,
  ].map((text) => Buffer.from(text, 'latin1'))
  for (const headers of hostile) stranger.publish(table, headers, encode(beacon()))
  for (const headers of hostile)
    stranger.publish(get, headers, encode({ kind: 'get', generation: 7 }))
  await stranger.flush()
  const { link } = await publishing(natsUrl(), cluster)
  link.publish(beacon())
  await eventually('the order', () => heard.orders.length > 0)
  expect(listener.unreadable).toBe(hostile.length)
  expect(heard.orders).toHaveLength(1)
  expect(heard.isUp).toEqual([true])
})

test('a server that takes nothing is asked in vain, and no harm is done', async () => {
  const { url } = await startHostileNats(owner, { info: { max_payload: 1, headers: false } })
  const { listener, heard, lines } = listening(url, 'test')
  await eventually('NATS', () => heard.isUp.length > 0)
  listener.ask({ kind: 'get', generation: 7 })
  expect(lines).toContain('NATS does not take a request')
  expect(heard.isUp).toEqual([true])
})

test('a server that shows its certificate is talked to by TLS', async () => {
  const [cert, key] = [certificatePath('replica-1.pem'), certificatePath('replica-1.key')]
  const nats = await startOwnNats(owner, `tls { cert_file: "${cert}", key_file: "${key}" }`)
  const tls = { caFile: certificatePath('ca.pem') }
  const { heard } = listening(nats.url, 'test', { tls })
  await eventually('NATS', () => heard.isUp.length > 0)
  const strange = { caFile: certificatePath('other-ca.pem') }
  const wary = listening(nats.url, 'test', { tls: strange })
  await eventually('the line', () => wary.lines.includes('waiting for NATS'))
  const client = await connect({ servers: nats.url, tls })
  onTestFinished(() => client.close())
  const named = makeHeaders()
  named.set('Term', '4')
  client.publish(tableSubject('test', 'shop'), encode(beacon()), { headers: named })
  await eventually('the order', () => heard.orders.length > 0)
  expect([heard.isUp, wary.heard.isUp]).toEqual([[true], []])
})

test('a server that goes away and comes back is told, and orders come through again', async () => {
  const nats = await startOwnNats(owner)
  const { listener, heard } = listening(nats.url, 'test')
  await eventually('NATS', () => heard.isUp.length > 0)
  await nats.kill()
  await eventually('the end', () => heard.isUp.at(-1) === false)
  listener.ask({ kind: 'get', generation: 1 })
  await nats.start()
  await eventually('the server', () => heard.isUp.at(-1) === true)
  const { link } = await publishing(nats.url, 'test')
  link.publish(beacon())
  await eventually('an order', () => heard.orders.length > 0)
  expect(heard.isUp).toEqual([true, false, true])
})

test('a server that refuses the login is tried again until it accepts it', async () => {
  const nats = await startOwnNats(owner, 'authorization { token: "right" }')
  const login = { auth_token: 'wrong' }
  const { heard, lines } = listening(nats.url, 'test', { authenticator: () => ({ ...login }) })
  await eventually('the line', () => lines.includes('waiting for NATS'))
  expect(heard.isUp).toEqual([])
  login.auth_token = 'right'
  await eventually('NATS', () => heard.isUp.at(-1) === true)
})

test('a listener that is closed before its server is there leaves nothing behind', async () => {
  const nats = await startOwnNats(owner)
  await nats.kill()
  const { listener, heard, lines } = listening(nats.url, 'test')
  await eventually('the line', () => lines.includes('waiting for NATS'))
  await listener.close()
  await nats.start()
  const { link } = await publishing(nats.url, 'test')
  link.publish(beacon())
  expect(heard).toEqual({ isUp: [], orders: [], pulses: [], tables: [] })
})
