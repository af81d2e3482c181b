/** A sidecar on a NATS server that does not let it do all that it needs. */
import { expect, onTestFinished, test } from 'vitest'
import { connect } from '../../src/sidecar/index.js'
import { whole } from '../../src/table/table-change.js'
import { eventually } from '../support/eventually.js'
import { startOwnNats } from '../support/own-nats.js'
import { makeContext, member, tableOf } from '../table/tables.js'
import { lineage, orders, times } from './support/bench.js'
import { FakeReplica } from './support/fake-replica.js'

const owner = { onTestFinished }

/** A host at a replica that tells of a NATS server with these permissions, and its log. */
async function joined(permissions: string) {
  const users = `authorization { users: [ { user: u, password: p, permissions: ${permissions} } ] }`
  const { url } = await startOwnNats(owner, users)
  const replica = await FakeReplica.start(owner)
  const table = tableOf(await makeContext(), 10, [member('a:1', 5, orders)])
  const { generation, digest } = table
  replica.reply = (message) => {
    if (message.kind === 'heartbeat') {
      const { number } = message
      replica.say({ kind: 'answer', lineage, number, term: 1, disseminated: generation, digest })
    }
    if (message.kind !== 'hello') return
    replica.say({
      ...{ kind: 'welcome', protocol: 1, cluster: 'shop', namespace: 'default', lineage, term: 1 },
      times: { ...times, heartbeatMs: 100 },
      ...{ epoch: 5, key: Buffer.alloc(32).toString('base64url') },
      nats: {
        servers: [url],
        table: 'berth.shop.default.table',
        pulse: 'berth.shop.pulse',
        get: 'berth.shop.default.get',
      },
      registry: { version: 1, replicas: [] },
      ...{ disseminated: { generation, digest }, table: whole(table) },
    })
  }
  const lines: { message: string; forbidden?: string; allow?: string }[] = []
  const line = (fields: object, message: string) => void lines.push({ ...fields, message })
  const sidecar = await connect({
    replicas: [replica.url],
    host: { name: 'a:1', appId: 'app', types: ['Order'] },
    nats: { user: 'u', pass: 'p' },
    log: { info: line, warn: line, error: line },
  })
  onTestFinished(() => sidecar.close())
  return { sidecar, replica, lines }
}

test('a sidecar that may not hear orders says which, and tells replicas that it hears none', async () => {
  const { sidecar, replica, lines } = await joined('{ subscribe: { deny: "berth.*.*.table" } }')
  await eventually('the refusal', () => sidecar.state().natsForbids.length > 0)
  expect(sidecar.state()).toMatchObject({
    nats: 'down',
    natsForbids: ['subscribe to "berth.shop.default.table"'],
  })
  expect(sidecar.describe()).toMatch(
    /NATS down, which forbids it to subscribe to "berth\.shop\.default\.table"/,
  )
  expect(lines.filter(({ forbidden }) => forbidden !== undefined)).toMatchObject([
    {
      message: 'NATS forbids what this sidecar needs',
      allow:
        'publish to berth.shop.default.get; ' +
        'subscribe to berth.shop.default.table, berth.shop.pulse, _INBOX.>',
    },
  ])
  const before = replica.heartbeats().length
  await eventually('a heartbeat', () => replica.heartbeats().length > before)
  expect(replica.heartbeats().at(-1)!.listening).toBe(false)
})

test('a sidecar whose questions are refused hears orders all the same', async () => {
  const { sidecar } = await joined('{ subscribe: { deny: "_INBOX.>" } }')
  await eventually('the refusal', () => sidecar.state().natsForbids.length > 0)
  await eventually('NATS', () => sidecar.state().nats === 'listening')
  expect(sidecar.state().natsForbids).toEqual(['subscribe to "_INBOX.>"'])
})

test('a sidecar that may do what it needs, and nothing else, is told of nothing', async () => {
  const subscribe = '["berth.shop.default.table", "berth.shop.pulse", "_INBOX.>"]'
  const { sidecar, lines } = await joined(
    `{ publish: { allow: ["berth.shop.default.get"] }, subscribe: { allow: ${subscribe} } }`,
  )
  await eventually('NATS', () => sidecar.state().nats === 'listening')
  expect(sidecar.state().natsForbids).toEqual([])
  expect(lines.filter(({ forbidden }) => forbidden !== undefined)).toEqual([])
})
