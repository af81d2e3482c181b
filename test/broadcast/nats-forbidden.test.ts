/** A replica on a NATS server that does not let it do all that it needs. */
import { pino } from 'pino'
import { expect, onTestFinished, test } from 'vitest'
import { NatsLink } from '../../src/broadcast/nats-link.js'
import { createSigner } from '../../src/broadcast/signing.js'
import type { Pulse } from '../../src/wire/messages.js'
import { createChecks } from '../../src/wire/validate.js'
import { eventually } from '../support/eventually.js'
import { startOwnNats } from '../support/own-nats.js'
import { lineage } from './support/rounds-bench.js'

const owner = { onTestFinished }
const pulse: Pulse = { kind: 'pulse', lineage, term: 4 }

/** The link of a replica of the cluster `shop`, with what it told. */
async function linked(permissions: string) {
  const users = `authorization { users: [ { user: u, password: p, permissions: ${permissions} } ] }`
  const { url } = await startOwnNats(owner, users)
  const told: [isUp: boolean, forbidden: string | null][] = []
  const lines: { msg: string; forbidden?: string; allow?: string }[] = []
  const log = pino({ level: 'info' }, { write: (line) => lines.push(JSON.parse(line)) })
  const servers = [url.replace('://', '://u:p@')]
  const options = { replica: 3, servers, cluster: 'shop', name: 'test', options: {} }
  const link = new NatsLink(options, createSigner(), createChecks(), log, {
    changed: (isUp, forbidden) => told.push([isUp, forbidden]),
    get: () => null,
    has: () => true,
  })
  onTestFinished(() => link.close())
  link.start()
  await eventually('the connection', () => lines.some(({ msg }) => msg === 'Connected to NATS.'))
  return { link, told, lines }
}

const needs =
  'publish to berth.shop.*.table, berth.shop.pulse, _INBOX.>; subscribe to berth.shop.*.get'

test('a replica that may not publish its orders says so, and counts as one without NATS', async () => {
  const { link, told, lines } = await linked('{ publish: { deny: "berth.>" } }')
  expect(link.isUp).toBe(true)
  link.publish(pulse)
  await eventually('the refusal', () => !link.isUp)
  expect(told.at(-1)).toEqual([
    false,
    `NATS forbids this replica to publish to "berth.shop.pulse"; let it ${needs}`,
  ])
  link.publish(pulse)
  const warned = () => lines.filter(({ forbidden }) => forbidden !== undefined)
  expect(warned()).toMatchObject([
    {
      msg: 'NATS forbids what this replica needs: orders go over WebSocket meanwhile.',
      forbidden: 'publish to "berth.shop.pulse"',
      allow: needs,
    },
  ])
  expect(link.forbiddenCount).toBe(1)
})

test('a replica that may not hear requests says so, and publishes all the same', async () => {
  const { link, told } = await linked('{ subscribe: { deny: "berth.*.*.get" } }')
  await eventually('the refusal', () => told.some(([, forbidden]) => forbidden !== null))
  expect(link.isUp).toBe(true)
  expect(told.at(-1)).toEqual([
    true,
    `NATS forbids this replica to subscribe to "berth.shop.*.get"; let it ${needs}`,
  ])
})

test('a replica that may do what it needs, and nothing else, is told of nothing', async () => {
  const publish = '["berth.shop.*.table", "berth.shop.pulse", "_INBOX.>"]'
  const { link, told, lines } = await linked(
    `{ publish: { allow: ${publish} }, subscribe: { allow: ["berth.shop.*.get"] } }`,
  )
  link.publish(pulse)
  await link.close()
  expect(told.every(([, forbidden]) => forbidden === null)).toBe(true)
  expect(lines.filter(({ forbidden }) => forbidden !== undefined)).toEqual([])
})
