import { Unpackr } from 'msgpackr'
import { connect as connectNats, headers as makeHeaders, type NatsConnection } from 'nats'
import { expect, onTestFinished, test, vi } from 'vitest'
import { createSigner } from '../../src/broadcast/signing.js'
import { getSubject, pulseSubject, tableSubject } from '../../src/broadcast/subjects.js'
import { connect } from '../../src/sidecar/index.js'
import { whole } from '../../src/table/table-change.js'
import type { Beacon, Pulse, TableAnswer } from '../../src/wire/messages.js'
import { encode } from '../../src/wire/msgpack.js'
import { eventually } from '../support/eventually.js'
import { freshClusterName, natsUrl } from '../support/nats.js'
import { makeContext, member, tableOf } from '../table/tables.js'
import { lineage, orders, times, welcomeHead } from './support/bench.js'
import { FakeReplica } from './support/fake-replica.js'

// Whatever a stranger publishes costs the sidecar its bytes, once: nothing is decoded of it.

const owner = { onTestFinished }
const context = await makeContext()
const base = tableOf(context, 10, [member('b:1', 6, orders)])
const next = tableOf(context, 11, [member('b:1', 6, orders), member('c:1', 7, orders)])
const term = 5

/** Maps of one field each, all of different names: a decoder makes a shape for every one. */
function manyShapes(maps: number): Uint8Array {
  const key = (i: number) => Buffer.from(i.toString(36).padStart(4, '0'))
  const head = Buffer.from([0xdd, maps >>> 24, (maps >> 16) & 255, (maps >> 8) & 255, maps & 255])
  const all = Array.from({ length: maps }, (_, i) => [0x81, 0xa4, ...key(i), 0xc0])
  return Buffer.concat([head, Buffer.from(all.flat())])
}

const hostile = manyShapes(10_000)

/** Headers as a stranger may choose them, to have his message looked at. */
const lies: Readonly<Record<string, string>>[] = [
  {},
  { Term: String(term) },
  { Term: String(term + 1) },
  { Term: String(term - 1) },
  { Term: '0x5', Replica: '0x1' },
  { Term: String(term), Replica: '1', Operation: 'update' },
]

const madeUp = Buffer.alloc(64, 7).toString('base64url')

function publish(
  to: NatsConnection,
  subject: string,
  payload: Uint8Array,
  fields: Readonly<Record<string, string>>,
): void {
  const head = makeHeaders()
  for (const [name, value] of Object.entries(fields)) head.set(name, value)
  to.publish(subject, payload, { headers: head })
}

/** An observer that listens to NATS, its replica, and somebody on that NATS who is both. */
async function listening() {
  const cluster = freshClusterName()
  const signer = createSigner()
  const subjects = {
    table: tableSubject(cluster, 'default'),
    pulse: pulseSubject(cluster),
    get: getSubject(cluster, 'default'),
  }
  const replica = await FakeReplica.start(owner)
  const { generation, digest } = base
  replica.reply = (message) => {
    if (message.kind === 'hello') {
      replica.say({
        ...welcomeHead,
        ...{ epoch: 0, term },
        ...{ key: signer.publicKey, times: { ...times, beaconMs: 100 } },
        nats: { servers: [natsUrl()], ...subjects },
        registry: { version: 1, replicas: [{ id: 1, key: signer.publicKey }] },
        ...{ disseminated: { generation, digest }, table: whole(base) },
      })
    } else if (message.kind === 'heartbeat') {
      const { number } = message
      replica.say({ kind: 'answer', lineage, number, term, disseminated: generation })
    }
  }
  const sidecar = await connect({ replicas: [replica.url] })
  onTestFinished(() => sidecar.close())
  const stranger = await connectNats({ servers: natsUrl() })
  onTestFinished(() => stranger.close())
  const say = (subject: string, message: object, fields: Readonly<Record<string, string>> = {}) => {
    const payload = encode(message)
    const Signature = Buffer.from(signer.sign(payload)).toString('base64url')
    publish(stranger, subject, payload, { Term: String(term), Signature, ...fields })
  }
  await eventually('NATS', () => sidecar.state().nats === 'listening')
  return { sidecar, replica, stranger, subjects, say }
}

/** How many messages as large as the hostile one are decoded from now on. */
function countDecoded(): () => number {
  const unpack = vi.spyOn(Unpackr.prototype, 'unpack')
  onTestFinished(() => unpack.mockRestore())
  const large = () => unpack.mock.calls.filter(([{ length }]) => length >= hostile.length)
  return () => large().length
}

test('nothing is decoded of an order or a pulse that nobody has signed', async () => {
  const { sidecar, stranger, subjects, say } = await listening()
  const decoded = countDecoded()
  for (const subject of [subjects.table, subjects.pulse]) {
    for (const fields of lies) {
      publish(stranger, subject, hostile, fields)
      publish(stranger, subject, hostile, { ...fields, Signature: madeUp })
    }
  }
  const { generation, digest } = next
  const fact = { namespace: 'default', lineage, term, generation, digest, newest: generation }
  say(subjects.table, { kind: 'beacon', ...fact } satisfies Beacon)
  await eventually('the true one', () => sidecar.state().missing === generation)
  expect(decoded()).toBe(0)
  const { rejectedOrders, heldOrders } = sidecar.state()
  expect(heldOrders).toBe(2)
  expect(rejectedOrders).toEqual({ unreadable: 8, bad_signature: 8, old_term: 2 })
})

test('nothing is decoded of an answer that no replica has signed', async () => {
  const { sidecar, replica, stranger, subjects, say } = await listening()
  const inboxes: string[] = []
  stranger.subscribe(subjects.get, {
    callback: (_error, { reply }) => void inboxes.push(reply ?? ''),
  })
  await stranger.flush()
  await replica.close()
  await eventually('a request', () => {
    say(subjects.pulse, { kind: 'pulse', lineage, term } satisfies Pulse)
    return inboxes.length > 0
  })
  const decoded = countDecoded()
  for (const fields of lies) publish(stranger, inboxes[0]!, hostile, fields)
  const answer: TableAnswer = {
    ...{ kind: 'table', namespace: 'default', lineage, part: 1, parts: 1 },
    change: whole(next),
  }
  say(inboxes[0]!, answer, { Replica: '1' })
  await eventually('the true one', () => sidecar.state().generation === next.generation)
  expect(decoded()).toBe(0)
  expect(sidecar.state().rejectedOrders).toEqual({ unreadable: 5, bad_signature: 1 })
})
