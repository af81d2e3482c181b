/** A sidecar over ways that are long or narrow: a relay of the test slows them. */
import { expect, test } from 'vitest'
import { connect } from '../../src/sidecar/index.js'
import { whole } from '../../src/table/table-change.js'
import type { ReplicaMessage } from '../../src/wire/messages.js'
import type { Owner } from '../support/owner.js'
import { startSlowRelay } from '../support/slow-relay.js'
import { makeContext, member, tableOf } from '../table/tables.js'
import { orders, times, welcomeHead } from './support/bench.js'
import { FakeReplica } from './support/fake-replica.js'

/** A replica with a table of so many hosts, and how it welcomes an observer. */
async function welcoming(owner: Owner, hosts: number) {
  const replica = await FakeReplica.start(owner)
  const members = Array.from({ length: hosts }, (_, i) =>
    member(`host-${i}.a-long-name-of-a-domain.example:5000`, 5 + i, orders),
  )
  const table = tableOf(await makeContext(), 10, members)
  const { generation, digest } = table
  const welcome: ReplicaMessage = {
    ...welcomeHead,
    ...{ term: 1, epoch: 0 },
    ...{ times, key: Buffer.alloc(32).toString('base64url') },
    nats: { servers: ['nats://127.0.0.1:1'], table: 't', pulse: 'p', get: 'g' },
    registry: { version: 1, replicas: [] },
    disseminated: { generation, digest },
    table: whole(table),
  }
  replica.reply = ({ kind }) => {
    if (kind === 'hello') replica.say(welcome)
  }
  const port = Number(new URL(replica.url).port)
  return { replica, port }
}

test.concurrent('a way of 600 ms to and fro is no obstacle, and is remembered', async (t) => {
  const { replica, port } = await welcoming(t, 1)
  const far = await startSlowRelay(t, port, { delayMs: 300 })
  const tried: unknown[] = []
  const note = (fields: object) => void tried.push(fields)
  const log = { info: note, warn: note, error: note }
  const replicas = [`ws://127.0.0.1:${far}`]
  const sidecar = await connect({ replicas, nats: false, log })
  t.onTestFinished(() => sidecar.close())
  expect(tried).toContainEqual(expect.objectContaining({ reason: 'no connection within 500 ms' }))
  const hellos = () => replica.heard.filter(({ kind }) => kind === 'hello').length
  replica.hangUp()
  await expect.poll(hellos, { timeout: 5_000 }).toBe(2)
  expect(sidecar.state().replicas[0]!.reason).not.toContain('no connection within')
})

test.concurrent('a table that takes longer than an answer may is waited for while it comes', async (t) => {
  const { replica, port } = await welcoming(t, 6_000)
  const narrow = await startSlowRelay(t, port, { delayMs: 1, bytesPerSecond: 125_000 })
  const replicas = [`ws://127.0.0.1:${narrow}`]
  const sidecar = await connect({ replicas, nats: false, timeoutMs: 15_000 })
  t.onTestFinished(() => sidecar.close())
  expect(sidecar.state()).toMatchObject({ members: 6_000, generation: 10 })
  expect(replica.heard.filter(({ kind }) => kind === 'hello')).toHaveLength(1)
})
