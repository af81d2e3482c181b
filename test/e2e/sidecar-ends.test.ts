/** How `berth sidecar` ends where something is in the way, and what it says then. */
import { beforeAll, expect, test } from 'vitest'
import { eventually } from '../support/eventually.js'
import { fileOwner, type Owner } from '../support/owner.js'
import { startProcess } from '../support/process.js'
import { root } from '../support/program.js'
import {
  ask,
  call,
  type Host,
  json,
  placed,
  ready,
  startHost,
  startReplica,
} from './sidecar-app.js'

const owner = fileOwner()
/**
 * A deadline that ends well before the leases, and is long enough for who is no straggler but gets
 * no CPU for some seconds.
 */
const times = {
  ...{ roundDeadlineMs: 5_000, heartbeatMs: 250 },
  ...{ fenceAfterMs: 8_000, fenceMarginMs: 1_100, hostTimeoutMs: 9_200 },
  admissionsPerMinuteMax: 1_000,
}
const settings = ['--initial-settings', JSON.stringify(times), '--election-ticks', '8']
/** What a busy machine may add to a limit. */
const slackMs = 15_000
const carts = { types: ['Cart'] }
let replica = ''

beforeAll(async () => {
  replica = await startReplica(owner, settings)
})

/** An application in a process of its own that has run an actor, with its sidecar. */
async function counting(t: Owner, namespace: string, flags: readonly string[]) {
  const of = { config: null, namespace, isUp: false }
  const host = await startHost(t, replica, of, flags)
  const env = { PORT: String(host.app.port) }
  const file = `${root}examples/sidecar/counter.mjs`
  const app = startProcess(t, process.execPath, [file], { env })
  await ready(host)
  await json(`${host.local}/v1/call/Counter/ada/add`, { method: 'POST' })
  return { host, app }
}

const exited = { code: 1, signal: null }
const lastOf = ({ process }: Host) => JSON.parse(process.lines.at(-1)!) as { readonly msg: string }

test('POST /v1/leave says that a straggler was fenced, and its sidecar ends with 1', async (t) => {
  const of = { config: carts, namespace: 'leave' }
  const [a, b] = await Promise.all([startHost(t, replica, of), startHost(t, replica, of)])
  await Promise.all([ready(a), ready(b)])
  const key = (await placed(a, 'Cart', 50)).get(a.name)![0]!
  const before = await call(b, key)
  a.app.hangsAtRelease = true
  const answer = await ask(`${a.local}/v1/leave`, { method: 'POST' })
  expect(answer.status).toBe(409)
  const problem = (await answer.json()) as { readonly code: string; readonly detail: string }
  expect(problem.code).toBe('not_handed_over')
  expect(problem.detail).toMatch(/not confirmed that its actors have stopped.* before the deadline/)
  expect(await a.process.exited).toEqual(exited)
  expect(lastOf(a)).toMatchObject({ level: 50, msg: problem.detail, code: 'failed' })
  const after = await call(b, key)
  expect([after.app, after.token > before.token]).toEqual([b.app.port, true])
})

test('SIGTERM beside an application that is frozen ends with 1, and says why', async (t) => {
  const { host, app } = await counting(t, 'frozen', [])
  app.signal('SIGSTOP')
  host.process.signal('SIGTERM')
  expect(await host.process.exited).toEqual(exited)
  expect(lastOf(host)).toMatchObject({
    level: 50,
    msg: 'not everything was handed over',
    reason: expect.stringContaining('not confirmed that its actors have stopped'),
  })
})

test('SIGTERM beside an application that is frozen takes no longer than it may', async (t) => {
  const { host, app } = await counting(t, 'limit', ['--stop-limit-ms', '2000'])
  app.signal('SIGSTOP')
  const fromMs = performance.now()
  host.process.signal('SIGTERM')
  expect(await host.process.exited).toEqual(exited)
  expect(performance.now() - fromMs).toBeLessThan(2_000 + slackMs)
  expect(lastOf(host)).toMatchObject({ level: 50, msg: expect.stringContaining('cut short') })
})

test('a --drain-ms that does not fit into the rounds of the cluster ends it, with the reason', async (t) => {
  const of = { config: carts, namespace: 'drain' }
  const host = await startHost(t, replica, of, ['--drain-ms', '2501'])
  expect(await host.process.exited).toEqual(exited)
  const messages = host.process.lines.map((line) => (JSON.parse(line) as { msg: string }).msg)
  expect(messages).toContainEqual(
    expect.stringMatching(/^--drain-ms: drainMs is 2501 and may be 2500 at most here/),
  )
})

test('a drainMs of the application that does not fit is cut down aloud, and goes on', async (t) => {
  const host = await startHost(t, replica, {
    config: { ...carts, drainMs: 2_501 },
    namespace: 'long',
  })
  await host.process.line(/drainMs is 2501 and may be 2500.*calls of keys that move away get less/)
  await ready(host)
  expect((await call(host, 'Cart/1')).app).toBe(host.app.port)
})

test('types that the cluster is too old for are told, and taken once it is not', async (t) => {
  const old = ['--initial-settings', JSON.stringify({ ...times, levelMax: 1 })]
  const at = await startReplica(t, [...old, '--election-ticks', '8'])
  const of = { config: carts, namespace: 'level' }
  const host = await startHost(t, at, of)
  await ready(host)
  host.app.config = { types: ['Cart', 'Order'] }
  await host.process.line('the cluster has not taken the types of the application')
  const { application, host: shown } = await json<{
    readonly application: { readonly state: string; readonly reason: string }
    readonly host: { readonly types: readonly string[] }
  }>(`${host.local}/v1/state`)
  expect(application).toMatchObject({
    state: 'up',
    reason: expect.stringMatching(/^its types: .*level/),
  })
  expect(shown.types).toEqual(['Cart'])
  expect((await call(host, 'Cart/1')).app).toBe(host.app.port)
  const changed = await ask(`${at.replace('ws', 'http')}/v1/settings`, {
    method: 'PATCH',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ levelMax: 2 }),
  })
  expect(changed.status).toBe(200)
  await eventually('the types', async () => (await call(host, 'Order/1')).app === host.app.port)
})
