/** Connections to other sidecars: kept, bounded, and closed when nobody uses them. */
import { afterEach, expect, test } from 'vitest'
import { FunctionApplication } from '../../../src/calls/http/function-application.js'
import { eventually } from '../../support/eventually.js'
import { ask, problemIn } from './support/ask.js'
import { type CarryingHost, Owners, startHost } from './support/call-cluster.js'
import { serveBytes, type TestServer } from './support/raw-application.js'

const closing: (() => Promise<void>)[] = []

afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

const nothing = new FunctionApplication(() => ({}))

async function sidecar(answers = true): Promise<TestServer & { readonly heads: string[] }> {
  const heads: string[] = []
  const server = await serveBytes((socket, head) => {
    heads.push(head)
    if (answers) socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')
  })
  closing.push(() => server.close())
  return Object.assign(server, { heads })
}

async function hostWith(clients: object): Promise<[CarryingHost, Owners]> {
  const owners = new Owners()
  const settings = { backOffMinMs: 1 }
  const host = await startHost({ application: nothing, owners, clients, settings })
  closing.unshift(() => host.stop())
  return [host, owners]
}

test('a call says what it is to the other side', async () => {
  const [host, owners] = await hostWith({})
  const other = await sidecar()
  owners.move('Cart', '42', `127.0.0.1:${other.port}`)
  const headers = { 'berth-timeout': '5', 'berth-chain': 'a.1', 'berth-explain': '1', x: '1' }
  await ask(host.port, '/v1/call/Cart/42/x?y', { method: 'POST', headers })
  const [head = ''] = other.heads
  expect(head).toMatch(/^POST \/v1\/call\/Cart\/42\/x\?y HTTP\/1\.1\r\n/)
  for (const line of [
    'Berth-Hop: 1',
    'Berth-Generation: 2',
    'Berth-Chain: a.1',
    'Berth-Explain: 1',
  ]) {
    expect(head).toContain(`\r\n${line}\r\n`)
  }
  const [, left] = /\r\nBerth-Timeout: (.*)\r\n/.exec(head) ?? []
  expect(Number(left)).toBeGreaterThan(1)
  expect(Number(left)).toBeLessThan(5)
})

test('connections to a host are kept, and no more than so many', async () => {
  const [host, owners] = await hostWith({ limits: { connectionsReady: 2, patienceMs: 60_000 } })
  const other = await sidecar()
  owners.rest = `127.0.0.1:${other.port}`
  await Promise.all(
    Array.from({ length: 50 }, (_, i) => ask(host.port, `/v1/call/Cart/${i}`, { method: 'POST' })),
  )
  expect(other.connections).toBe(2)
})

test('a call that is cut while it waits for a connection leaves at once', async () => {
  const [host, owners] = await hostWith({ limits: { connectionsReady: 1, patienceMs: 60_000 } })
  const silent = await sidecar(false)
  owners.rest = `127.0.0.1:${silent.port}`
  const first = ask(host.port, '/v1/call/Cart/1', { method: 'POST' }).catch(() => null)
  await eventually('it is there', () => silent.heads.length === 1)
  const late = { 'berth-timeout': '0.05' }
  const second = await ask(host.port, '/v1/call/Cart/2', { method: 'POST', headers: late })
  // Nothing of it was sent.
  expect([second.status, problemIn(second).outcome]).toEqual([503, undefined])
  const leaving = new AbortController()
  const third = host.caller.call('Cart', '3', { signal: leaving.signal })
  expect(host.driver.size).toBe(2)
  leaving.abort(new Error('no longer wanted'))
  await expect(third).rejects.toThrow('no longer wanted')
  expect(host.driver.size).toBe(1)
  expect(silent.heads).toHaveLength(1)
  await host.stop()
  await first
})

test('more calls to a host than may be are answered at once, and nothing of them is sent', async () => {
  const limits = { connectionsReady: 1, connectionsMax: 2, patienceMs: 60_000, waitingMax: 1 }
  const [host, owners] = await hostWith({ limits })
  const silent = await sidecar(false)
  owners.rest = `127.0.0.1:${silent.port}`
  const under = ['1', '2'].map((id) => ask(host.port, `/v1/call/Cart/${id}`).catch(() => null))
  await eventually('one is there, one waits', () => host.driver.size === 2)
  const part = { headers: { 'berth-chain': 'a.1' } }
  under.push(ask(host.port, '/v1/call/Cart/3', part).catch(() => null))
  await eventually('a part of another goes at once', () => silent.heads.length === 2)
  for (const more of [{}, part]) {
    const got = await ask(host.port, '/v1/call/Cart/4', more)
    expect([got.status, got.headers['retry-after']]).toEqual([503, '1'])
    expect(problemIn(got)).toMatchObject({ code: 'too_many_calls' })
  }
  await host.stop()
  await Promise.all(under)
})

test.for([
  ['that say that they are parts', true, 60_000],
  ['that say nothing', false, 10],
] as const)(
  'actors that call one another in long chains, by calls %s, wait for no connection of their own',
  async ([, saysSo, patienceMs]) => {
    const owners = new Owners()
    const hosts: CarryingHost[] = []
    const settings = { backOffMinMs: 1 }
    const clients = { limits: { connectionsReady: 2, patienceMs } }
    for (const i of [0, 1]) {
      const application = new FunctionApplication(async ({ id, chain }) => {
        const [name, left] = id.split(' ') as [string, string]
        if (left === '0') return { body: 'the end' }
        const next = `${name} ${Number(left) - 1}`
        const more = saysSo ? { chain } : {}
        return { body: (await hosts[i]!.caller.call('Cart', next, more)).body }
      })
      const host = await startHost({ application, owners, clients, settings })
      closing.unshift(() => host.stop())
      hosts.push(host)
    }
    const names = Array.from({ length: 10 }, (_, i) => `chain${i}`)
    for (const name of names) {
      for (let left = 0; left <= 8; left += 1) {
        owners.move('Cart', `${name} ${left}`, hosts[left % 2]!.name)
      }
    }
    const answers = names.map((name) => ask(hosts[1]!.port, `/v1/call/Cart/${name}%208`))
    expect((await Promise.all(answers)).map(({ body }) => body)).toEqual(names.map(() => 'the end'))
  },
)

test('a client that nobody uses is closed', async () => {
  const [host, owners] = await hostWith({ idleMs: 40 })
  const other = await sidecar()
  owners.rest = `127.0.0.1:${other.port}`
  await ask(host.port, '/v1/call/Cart/42')
  expect(host.clients.size).toBe(1)
  await eventually('it is closed', () => host.clients.size === 0)
  expect((await ask(host.port, '/v1/call/Cart/42')).status).toBe(200)
})

test('of too many clients the one that was used longest ago goes', async () => {
  const [host, owners] = await hostWith({ hostsMax: 2 })
  const others = [await sidecar(), await sidecar(), await sidecar()]
  for (const [i, { port }] of others.entries()) owners.move('Cart', String(i), `127.0.0.1:${port}`)
  for (const id of ['0', '1', '2', '0']) {
    expect((await ask(host.port, `/v1/call/Cart/${id}`)).status).toBe(200)
    expect(host.clients.size).toBeLessThanOrEqual(2)
  }
})

test('where all clients are in use, a further host is waited for', async () => {
  const [host, owners] = await hostWith({ hostsMax: 1 })
  const silent = await sidecar(false)
  const other = await sidecar()
  owners.move('Cart', 'silent', `127.0.0.1:${silent.port}`)
  owners.move('Cart', 'other', `127.0.0.1:${other.port}`)
  const headers = { 'berth-timeout': '0.4' }
  const first = ask(host.port, '/v1/call/Cart/silent', { method: 'POST', headers })
  await eventually('it is there', () => silent.heads.length === 1)
  const late = { 'berth-timeout': '0.05' }
  const second = await ask(host.port, '/v1/call/Cart/other', { method: 'POST', headers: late })
  expect(second.status).toBe(503)
  expect(problemIn(second).outcome).toBeUndefined()
  expect((await first).status).toBe(504)
  expect((await ask(host.port, '/v1/call/Cart/other', { method: 'POST' })).status).toBe(200)
})

test('a host of a name that is no address is not reached, and harms nobody', async () => {
  const [host, owners] = await hostWith({})
  owners.rest = 'no address: at all'
  const headers = { 'berth-timeout': '0.05' }
  expect((await ask(host.port, '/v1/call/Cart/42', { headers })).status).toBe(503)
  owners.rest = host.name
  expect((await ask(host.port, '/v1/call/Cart/42')).status).toBe(200)
})
