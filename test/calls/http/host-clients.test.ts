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
  const [host, owners] = await hostWith({ limits: { connectionsMax: 2 } })
  const other = await sidecar()
  owners.rest = `127.0.0.1:${other.port}`
  await Promise.all(
    Array.from({ length: 50 }, (_, i) => ask(host.port, `/v1/call/Cart/${i}`, { method: 'POST' })),
  )
  expect(other.connections).toBe(2)
})

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
