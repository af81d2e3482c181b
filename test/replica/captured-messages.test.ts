/**
 * What real replicas and real sidecars say to one another, read on its way: each message is to the
 * letter what asyncapi.yaml says. Each kind has to be said.
 */
import { connect as connectNats, type Msg } from 'nats'
import { expect, type TestContext, test } from 'vitest'
import { defaultSettings } from '../../src/fsm/settings.js'
import { type ConnectOptions, connect } from '../../src/sidecar/index.js'
import { typesLevel } from '../../src/versions/versions.js'
import { decode } from '../../src/wire/msgpack.js'
import { type Captured, documented } from '../support/documented-nats.js'
import { eventually } from '../support/eventually.js'
import { HostTap, type Side } from '../support/host-tap.js'
import { natsUrl } from '../support/nats.js'
import { RawHost } from '../support/raw-host.js'
import { ask, Replicas, untilCluster } from '../support/replicas.js'

/** A leader that gets no CPU for two seconds stays one; with leases that fit. */
const settings = JSON.stringify({ fenceAfterMs: 20_000, hostTimeoutMs: 22_000 })
const patient = ['--election-ticks', '60', '--initial-settings', settings]
/** Of a round, and what goes to hosts that do not listen to NATS: all but the beacon. */
const orders = ['lock', 'unlock', 'update']
/** A sidecar is never behind by its own doing, so none is `refused` here. */
const saidInMsgpack: Readonly<Record<Side, readonly string[]>> = {
  host: ['bye', 'fenced', 'get', 'heartbeat', 'hello', 'leave', 'types'],
  replica: [
    ...['answer', ...orders, 'error', 'fence', 'go_elsewhere', 'leader', 'left', 'registry'],
    ...['table', 'types_taken', 'types_waiting', 'waiting', 'welcome'],
  ],
}
const saidInJson = ['answer', ...orders, 'leader', 'refused', 'registry', 'welcome']

const host = (port: number) => ({ name: `127.0.0.1:${port}`, appId: 'guest', types: ['Order'] })

/** Two replicas that tell hosts the addresses of two taps as their own. */
async function startReplicas(t: TestContext) {
  const replicas = await Replicas.prepare(t)
  const taps = [await HostTap.open(t), await HostTap.open(t)] as const
  const start = async (id: 1 | 2) => {
    const tap = taps[id - 1]!
    const replica = await replicas.start(id, [1, 2], ['--advertise', tap.address, ...patient])
    tap.target = new URL(replica.api).host
    return replica
  }
  const all = [await start(1), await start(2)] as const
  await untilCluster(all[0], 'a leader', ({ leader }) => leader !== null)
  const join = async (tap: HostTap, options: Partial<ConnectOptions>) => {
    const sidecar = await connect({ replicas: [tap.url], timeoutMs: 60_000, ...options })
    t.onTestFinished(() => sidecar.close())
    return sidecar
  }
  const until = (
    what: string,
    ...kinds: [side: Side, encoding: 'json' | 'msgpack', kind: string]
  ) =>
    eventually(what, () => {
      const [side, encoding, kind] = kinds
      return taps.some((tap) => tap.kinds(side, encoding).includes(kind))
    })
  return { taps, all, start, join, until }
}

type Started = Awaited<ReturnType<typeof startReplicas>>

/** Everything that is published under the subjects of a cluster. */
async function tapNats(t: TestContext, cluster: string): Promise<readonly Msg[]> {
  const connection = await connectNats({ servers: natsUrl() })
  t.onTestFinished(() => connection.close())
  const messages: Msg[] = []
  const keep = { callback: (_error: unknown, message: Msg) => void messages.push(message) }
  connection.subscribe(`berth.${cluster}.>`, keep)
  await connection.flush()
  return messages
}

/** Hosts come, are evicted and go; who listens to no NATS hears of it over its WebSocket. */
async function comeAndGo(t: TestContext, { taps: [tap], all: [one], join, until }: Started) {
  const a = await join(tap, { host: host(9_401), nats: false })
  await join(tap, { nats: false })
  const raw = await RawHost.join(t, tap.url, { name: '127.0.0.1:9402', types: ['Order'] })
  const b = await join(tap, { host: host(9_403), nats: false })
  await until('a get of the observer', 'host', 'msgpack', 'get')
  await until('its table', 'replica', 'msgpack', 'table')
  for (const order of orders) {
    await until(order, 'replica', 'msgpack', order)
    await until(`${order} as JSON`, 'replica', 'json', order)
  }
  const inVain = async (kind: string, options: Partial<ConnectOptions>) => {
    const given = new AbortController()
    const joining = join(tap, { nats: false, signal: given.signal, ...options })
    const failed = expect(joining).rejects.toThrow('enough')
    await until(kind, 'replica', 'msgpack', kind)
    given.abort(new Error('enough'))
    await failed
  }
  await inVain('waiting', { host: host(9_401) })
  await inVain('error', { cluster: 'another' })
  await ask(one, 'DELETE', '/v1/namespaces/default/members/127.0.0.1:9401')
  await until('what a has stopped', 'host', 'msgpack', 'fenced')
  await b.leave()
  // It has come anew, and has something to say when it goes.
  await eventually('a to be back', () => a.state().phase === 'serving')
  await a.close()
  return raw
}

/** A host changes its types until it is damped. */
async function changeTypes({ taps: [tap], all: [one], join, until }: Started) {
  await untilCluster(one, 'the level', ({ level }) => level.active >= typesLevel)
  const sidecar = await join(tap, { host: host(9_404), nats: false })
  for (let i = 0; i < defaultSettings.admissionsPerMinuteMax; i += 1)
    await sidecar.setTypes([`T${i}`])
  const setting = sidecar.setTypes(['Order'])
  const ended = expect(setting).rejects.toMatchObject({ code: 'unavailable' })
  await until('the damping', 'replica', 'msgpack', 'types_waiting')
  await sidecar.close()
  await ended
}

/** The leader is another one; a replica stops and comes back with another key. */
async function changeReplicas({ taps, all, start, join, until }: Started) {
  const { leader } = await untilCluster(all[0], 'a leader', (status) => status.leader !== null)
  await ask(all[0], 'POST', '/v1/cluster/transfer', { to: leader === 1 ? 2 : 1 })
  await until('the new leader', 'replica', 'json', 'leader')
  await join(taps[1], { nats: false })
  all[1].signal('SIGTERM')
  await all[1].exited
  await until('the end', 'replica', 'msgpack', 'go_elsewhere')
  await start(2)
  await until('another key', 'replica', 'json', 'registry')
  await until('another key', 'replica', 'msgpack', 'registry')
}

test('what replicas and sidecars say is what asyncapi.yaml says, field by field', async (t) => {
  const started = await startReplicas(t)
  const { taps, join, until } = started
  const listener = await join(taps[0], {})
  const { cluster } = listener.state()
  const published = await tapNats(t, cluster!)
  await eventually('NATS', () => listener.state().nats === 'listening')
  const raw = await comeAndGo(t, started)
  await changeTypes(started)
  await changeReplicas(started)
  raw.forget()
  await until('a refusal', 'replica', 'json', 'refused')

  // Cut off from all replicas, a sidecar asks over NATS.
  for (const tap of taps) await tap.close()
  const gets = () => published.filter(({ subject }) => subject.endsWith('.get'))
  await eventually('a request over NATS', () => gets().length > 0)
  // A while after the last round.
  const said = () => published.map(({ data }) => (decode(data) as { readonly kind: string }).kind)
  await eventually('a beacon', () => said().includes('beacon'))

  expect(taps.flatMap(({ faults }) => faults)).toEqual([])
  const seen = (side: Side, encoding: 'json' | 'msgpack') =>
    [...new Set(taps.flatMap((tap) => tap.kinds(side, encoding)))].sort()
  expect(seen('host', 'msgpack')).toEqual(saidInMsgpack.host.toSorted())
  expect(seen('replica', 'msgpack')).toEqual(
    expect.arrayContaining([...saidInMsgpack.replica].sort()),
  )
  expect(seen('replica', 'json')).toEqual(expect.arrayContaining(saidInJson))
  checkPublished(cluster!, published)
})

function checkPublished(cluster: string, published: readonly Captured[]): void {
  const checks = {
    table: documented('table', 'default'),
    pulse: documented('pulse'),
    get: documented('get', 'default'),
  }
  const kinds = new Set<string>()
  for (const message of published) {
    const channel = message.subject.split('.').at(-1) as keyof typeof checks
    const said = decode(message.data) as { readonly kind: string }
    kinds.add(said.kind)
    const right = { isAt: true, isKnown: true, isOnce: true }
    expect([said, checks[channel](cluster, message)]).toEqual([said, right])
  }
  expect([...kinds].sort()).toEqual([...orders, 'beacon', 'get', 'pulse'].sort())
}
