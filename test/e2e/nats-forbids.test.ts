import { expect, test } from 'vitest'
import { connect } from '../../src/sidecar/index.js'
import { eventually } from '../support/eventually.js'
import { startOwnNats } from '../support/own-nats.js'
import type { Owner } from '../support/owner.js'
import { RealCluster } from '../support/real-cluster.js'

/** A server with one user, who may publish and subscribe to these. */
const allowing = (publish: string, subscribe: string) =>
  `authorization { users: [ { user: u, password: p, permissions: {
    publish: { allow: [${publish}] }, subscribe: { allow: [${subscribe}] } } } ] }`

async function join(t: Owner, cluster: RealCluster, port: number) {
  const sidecar = await connect({
    replicas: [cluster.webSocket(1)],
    host: { name: `127.0.0.1:${port}`, appId: 'guest', types: ['Order'] },
    nats: { user: 'u', pass: 'p' },
  })
  t.onTestFinished(() => sidecar.close())
  return sidecar
}

test('what NATS forbids is named on both sides, and orders go over WebSocket', async (t) => {
  const nats = await startOwnNats(t, allowing('">"', '">"'))
  const url = nats.url.replace('://', '://u:p@')
  const cluster = await RealCluster.start(t, { replicas: 1, hosts: 0, flags: ['--nats-url', url] })
  const first = await join(t, cluster, 9_301)
  await eventually('orders over NATS', () => first.state().nats === 'listening')

  nats.reconfigure(allowing('"_INBOX.>"', '"_INBOX.>", "berth.local.*.get"'))
  const alarm = await eventually('the alarm', async () => {
    const { alarms } = await cluster.status(1)
    return alarms.find(({ code }) => code === 'nats_forbids')
  })
  expect(alarm.detail).toMatch(/^NATS forbids this replica to publish to "berth\.local\.\S+"; let/)
  const ready = await fetch(`${cluster.api(1)}/readyz`)
  const { detail } = (await ready.json()) as { readonly detail: string }
  expect([ready.status, detail]).toEqual([
    503,
    expect.stringMatching(/nats \(NATS forbids this replica to publish to "berth\.local\./),
  ])
  await eventually('both subscriptions', () => first.state().natsForbids.length === 2)
  expect(first.state()).toMatchObject({ phase: 'serving', nats: 'down', isFenced: false })
  expect([...first.state().natsForbids].sort()).toEqual([
    'subscribe to "berth.local.default.table"',
    'subscribe to "berth.local.pulse"',
  ])
  expect(await cluster.metric(1, 'berth_nats_up')).toBe(0)

  const { generation } = first.state()
  await join(t, cluster, 9_302)
  await eventually('its join', () => first.state().generation! > generation!)
})
