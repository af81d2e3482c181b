/** Applications in other processes than their sidecars: `berth sidecar`, with real replicas. */
import { copyFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { certificatePath } from '../support/certificates.js'
import { eventually } from '../support/eventually.js'
import { fileOwner } from '../support/owner.js'
import { freePort } from '../support/ports.js'
import { berth } from '../support/program.js'
import { scratchFolder } from '../support/scratch.js'
import {
  ask,
  call,
  type Host,
  json,
  owns,
  patientTimes,
  placed,
  ready,
  startHost,
  startReplica,
} from './sidecar-app.js'

const owner = fileOwner()
const settings = JSON.stringify({ ...patientTimes, admissionsPerMinuteMax: 1_000 })
const patient = ['--initial-settings', settings]
const carts = { types: ['Cart'] }
let replica = ''

beforeAll(async () => {
  replica = await startReplica(owner, patient)
})

interface State {
  readonly ready: boolean
  readonly application: { readonly state: string; readonly reason: string | null }
  readonly sidecar: { readonly waiting: { readonly code: string } | null }
}

const stateOf = (host: Host) => json<State>(`${host.local}/v1/state`)

async function twoHosts(t: Parameters<typeof startHost>[0], namespace: string, config: object) {
  const start = () => startHost(t, replica, { config, namespace })
  const [a, b] = await Promise.all([start(), start()])
  await Promise.all([ready(a), ready(b)])
  return [a, b] as const
}

test('calls from either side reach the owner, whatever the id is made of', async (t) => {
  const [a, b] = await twoHosts(t, 'either', carts)
  const ids = ['1', 'a%2Fb', '%20', '%E4%BD%A0', '%2Fa%2F..b', encodeURIComponent('x'.repeat(512))]
  for (const id of ids) {
    const [first, second] = [await call(a, `Cart/${id}/add`), await call(b, `Cart/${id}`)]
    expect(second).toEqual(first)
    expect(decodeURIComponent(first.actor)).toBe(decodeURIComponent(`Cart/${id}`))
    const { host } = await json<{ host: string }>(`${a.local}/v1/where/Cart/${id}`)
    expect(host).toBe([a, b].find(({ app }) => app.port === first.app)?.name)
  }
  const missing = await ask(`${a.local}/v1/call/Nobody/1`)
  const { code } = (await missing.json()) as { code: string }
  expect([missing.status, code]).toEqual([404, 'no_owner'])
  const metrics = await (await ask(`${a.local}/metrics`)).text()
  expect(metrics).toMatch(/berth_calls_total\{outcome="answered",hop="local"\} \d/)
  expect(metrics).toMatch(/^berth_call_wait_seconds_count [1-9]\d*$/m)
  expect(metrics).toMatch(/^berth_application_up 1$/m)
})

test('an actor that moves away is told to leave once, and the next call finds it', async (t) => {
  const a = await startHost(t, replica, { config: carts, namespace: 'moves' })
  await ready(a)
  const keys = Array.from({ length: 60 }, (_, i) => `Cart/${i}`)
  const before = await Promise.all(keys.map((key) => call(a, key)))
  expect(new Set(before.map(({ app }) => app))).toEqual(new Set([a.app.port]))
  const grant = await owns(a, 'Cart/1')
  expect(grant).toMatchObject({ owns: true, token: before[1]?.token })
  expect(grant.holdsMs).toBeGreaterThan(0)
  expect(grant.holdsMs).toBeLessThanOrEqual(500)
  const b = await startHost(t, replica, { config: carts, namespace: 'moves' })
  await ready(b)
  const after = await Promise.all(keys.map((key) => call(a, key)))
  const moved = keys.filter((_, i) => after[i]?.app === b.app.port)
  expect(moved.length).toBeGreaterThan(0)
  expect(a.app.released.toSorted()).toEqual(moved.toSorted())
  for (const [i, said] of after.entries()) {
    if (said.app === b.app.port) expect(said.token).toBeGreaterThan(before[i]!.token)
  }
  expect(await owns(a, moved[0]!)).toEqual({ owns: false })
  expect((await owns(b, moved[0]!)).owns).toBe(true)
})

test('SIGTERM loses none of a hundred calls that run, in either direction', async (t) => {
  const [a, b] = await twoHosts(t, 'term', carts)
  a.app.callMs = 1_000
  b.app.callMs = 1_000
  const found = await placed(a, 'Cart', 200)
  const [ofA, ofB] = [found.get(a.name)!.slice(0, 50), found.get(b.name)!.slice(0, 50)]
  expect([ofA.length, ofB.length]).toEqual([50, 50])
  const running = [...ofA.map((key) => call(b, key)), ...ofB.map((key) => call(a, key))]
  await eventually('all of them run', () => a.app.called.length + b.app.called.length === 100)
  a.process.signal('SIGTERM')
  const answers = await Promise.all(running)
  expect(answers.map(({ actor }) => actor)).toEqual([...ofA, ...ofB])
  expect(await a.process.exited).toEqual({ code: 0, signal: null })
  expect(a.app.called.length + b.app.called.length).toBe(100)
  expect(a.app.released.toSorted()).toEqual(ofA.toSorted())
  b.app.callMs = 0
  for (const key of ofA.slice(0, 5)) expect((await call(b, key)).app).toBe(b.app.port)
})

test('an application that is not up yet is waited for, and one that comes back is too', async (t) => {
  const up = await startHost(t, replica, { config: carts, namespace: 'late' })
  const late = await startHost(t, replica, { config: carts, namespace: 'late', isUp: false })
  await ready(up)
  await eventually('its state', async () => {
    return (await stateOf(late)).application.state === 'waiting'
  })
  expect(await stateOf(late)).toMatchObject({ ready: false })
  // What it cannot run it can call.
  expect((await call(late, 'Cart/1')).app).toBe(up.app.port)
  await late.app.start()
  await ready(late)
  const key = (await placed(up, 'Cart', 50)).get(late.name)![0]!
  expect((await call(up, key)).app).toBe(late.app.port)

  await late.app.stop()
  const waiting = call(up, key)
  await eventually('its types go', async () => {
    return (await stateOf(late)).application.state === 'unhealthy'
  })
  await late.app.start()
  // It waits for the application, or goes where the actor is by then.
  expect([up.app.port, late.app.port]).toContain((await waiting).app)
  await ready(late)
  await eventually('the actor is back', async () => (await call(up, key)).app === late.app.port)
})

test('types of an application that is not well are withdrawn, and come back', async (t) => {
  const [a, b] = await twoHosts(t, 'health', { ...carts, health: '/healthz' })
  const key = (await placed(a, 'Cart', 50)).get(b.name)![0]!
  expect((await call(a, key)).app).toBe(b.app.port)
  b.app.health = 503
  await eventually('the actor is elsewhere', async () => (await call(a, key)).app === a.app.port)
  expect((await stateOf(b)).application).toMatchObject({
    state: 'unhealthy',
    reason: 'GET /healthz was answered with 503',
  })
  expect(b.app.released).toEqual([key])
  b.app.health = 200
  await eventually('the actor is back', async () => (await call(a, key)).app === b.app.port)
})

test('one that hangs at a release is fenced alone, and what others own goes on', async (t) => {
  const [a, b] = await twoHosts(t, 'hangs', { ...carts, health: '/healthz' })
  const found = await placed(a, 'Cart', 60)
  const [stays, moves] = [found.get(b.name)![0]!, found.get(a.name)![0]!]
  await call(b, moves)
  a.app.hangsAtRelease = true
  a.app.health = 503
  await eventually('it is asked to let go', () => a.app.released.includes(moves))
  const waiting = call(b, moves)
  let isOver = false
  void waiting.finally(() => {
    isOver = true
  })
  let calls = 0
  while (!isOver) {
    expect((await call(b, stays)).app).toBe(b.app.port)
    calls += 1
  }
  expect(calls).toBeGreaterThan(10)
  expect((await waiting).app).toBe(b.app.port)
  a.app.hangsAtRelease = false
  a.app.health = 200
  await a.app.stop()
  await a.app.start()
  await ready(a)
  await eventually('it is back', async () => (await call(b, moves)).app === a.app.port)
})

test('a sidecar without an application calls and looks up', async (t) => {
  const a = await startHost(t, replica, { config: carts, namespace: 'caller' })
  await ready(a)
  const local = `127.0.0.1:${await freePort()}`
  const args = ['--listen', local, '--replicas', replica, '--namespace', 'caller', '--no-nats']
  const caller = berth(t, ['sidecar', ...args])
  await eventually('it is ready', async () => (await ask(`http://${local}/readyz`)).ok)
  const said = await json<{ app: number }>(`http://${local}/v1/call/Cart/1`)
  expect(said.app).toBe(a.app.port)
  expect(await json(`http://${local}/v1/owns/Cart/1`)).toEqual({ owns: false })
  caller.signal('SIGTERM')
  expect(await caller.exited).toEqual({ code: 0, signal: null })
})

test('who listens hears of tables, of what leaves and of what comes', async (t) => {
  const a = await startHost(t, replica, { config: carts, namespace: 'events' })
  await ready(a)
  const heard: string[] = []
  const stream = await fetch(`${a.local}/v1/events`)
  const reading = (async () => {
    for await (const chunk of stream.body!.pipeThrough(new TextDecoderStream())) heard.push(chunk)
  })()
  const all = () => heard.join('')
  await eventually('the state', () => all().includes('event: state'))
  const b = await startHost(t, replica, { config: carts, namespace: 'events' })
  await ready(b)
  await eventually('what leaves', () => /event: letting_go\ndata: .*"Cart"/.test(all()))
  expect(all()).not.toContain('event: gained')
  b.process.signal('SIGTERM')
  await eventually('what comes', () => /event: gained\ndata: .*"Cart"/.test(all()))
  expect(all().match(/event: table\n/g)).toHaveLength(2)
  a.process.signal('SIGTERM')
  await reading
  expect(await a.process.exited).toEqual({ code: 0, signal: null })
})

test('certificates are read anew while calls go on, and wrong ones are not used', async (t) => {
  const folder = scratchFolder(t)
  const put = (host: string, from: 'replica-1' | 'replica-2' | 'replica-3') => {
    copyFileSync(certificatePath(`${from}.pem`), join(folder, `${host}.pem`))
    copyFileSync(certificatePath(`${from}.key`), join(folder, `${host}.key`))
  }
  put('a', 'replica-1')
  put('b', 'replica-2')
  const tls = (host: string) => [
    ...['--call-tls-ca', certificatePath('ca.pem')],
    ...['--call-tls-cert', join(folder, `${host}.pem`)],
    ...['--call-tls-key', join(folder, `${host}.key`)],
  ]
  const of = { config: carts, namespace: 'tls' }
  const a = await startHost(t, replica, of, tls('a'))
  const b = await startHost(t, replica, of, tls('b'))
  await Promise.all([ready(a), ready(b)])
  const found = await placed(a, 'Cart', 50)
  const [ofA, ofB] = [found.get(a.name)![0]!, found.get(b.name)![0]!]
  const bothWays = async () =>
    expect([(await call(b, ofA)).app, (await call(a, ofB)).app]).toEqual([a.app.port, b.app.port])
  await bothWays()
  put('b', 'replica-3')
  b.process.signal('SIGHUP')
  await b.process.line('the certificates for calls were read anew')
  await bothWays()
  writeFileSync(join(folder, 'b.pem'), 'half a file')
  b.process.signal('SIGHUP')
  await b.process.line('the old ones stay')
  await bothWays()
})

test('POST /v1/leave hands everything over, and the process ends', async (t) => {
  const [a, b] = await twoHosts(t, 'leave', carts)
  const key = (await placed(a, 'Cart', 50)).get(a.name)![0]!
  await call(b, key)
  const answer = await ask(`${a.local}/v1/leave`, { method: 'POST' })
  expect(answer.status).toBe(200)
  expect(a.app.released).toEqual([key])
  expect((await call(b, key)).app).toBe(b.app.port)
  expect(await a.process.exited).toEqual({ code: 0, signal: null })
})

test('a killed one is fenced by its lease, and the next under its name takes over', async (t) => {
  const [a, b] = await twoHosts(t, 'killed', carts)
  const key = (await placed(a, 'Cart', 50)).get(a.name)![0]!
  const before = await call(b, key)
  await a.process.kill()
  const moved = await call(b, key)
  expect([moved.app, moved.token > before.token]).toEqual([b.app.port, true])
  a.process = berth(t, a.args)
  await ready(a)
  await eventually('the actor is back', async () => (await call(b, key)).app === a.app.port)
})

test('a second sidecar under one name waits, and says for what', async (t) => {
  const a = await startHost(t, replica, { config: carts, namespace: 'twice' })
  await ready(a)
  const b = await startHost(t, replica, { config: carts, namespace: 'twice', as: a.name })
  const { sidecar } = await eventually('it waits', async () => {
    const state = await json<State>(`${b.local}/v1/state`)
    return state.sidecar.waiting === null ? null : state
  })
  expect(sidecar.waiting).toMatchObject({ code: 'name_taken' })
  expect((await ask(`${b.local}/readyz`)).status).toBe(503)
  a.process.signal('SIGTERM')
  await ready(b)
  expect((await call(b, 'Cart/1')).app).toBe(b.app.port)
})

test('a port that is taken ends it with a line that names the flag', async (t) => {
  const a = await startHost(t, replica, { config: carts, namespace: 'port' })
  await ready(a)
  const second = berth(t, a.args)
  expect(await second.exited).toEqual({ code: 1, signal: null })
  expect(second.lines.at(-1)).toMatch(/^berth sidecar: --listen 127\.0\.0\.1:\d+ cannot be opened:/)
})

test('what is wrong is said in one line, before anything is opened', async (t) => {
  const wrong = berth(t, ['sidecar', '--replicas', replica, '--listen', '0.0.0.0:3600'])
  expect(await wrong.exited).toEqual({ code: 1, signal: null })
  expect(wrong.lines).toEqual([
    'berth sidecar: --listen 0.0.0.0:3600: the local API is for this machine alone; use ' +
      '127.0.0.1, or unix:/path.',
  ])
})
