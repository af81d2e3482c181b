/** Mutual TLS between sidecars, and unix sockets to and from an application. */
import { createServer, request } from 'node:http'
import { connect, Server } from 'node:net'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { CallServer } from '../../../src/calls/http/call-server.js'
import { FunctionApplication } from '../../../src/calls/http/function-application.js'
import { HttpApplication } from '../../../src/calls/http/http-application.js'
import { peerTlsOf } from '../../support/certificates.js'
import { eventually } from '../../support/eventually.js'
import { scratchFolder } from '../../support/scratch.js'
import { ask, problemIn } from './support/ask.js'
import { type CarryingHost, Owners, startHost } from './support/call-cluster.js'

const closing: (() => Promise<void>)[] = []

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

const echo = () =>
  new FunctionApplication(async ({ body }) => {
    if (!(body instanceof Readable)) return { body }
    const chunks: Buffer[] = []
    for await (const chunk of body) chunks.push(chunk as Buffer)
    return { body: Buffer.concat(chunks) }
  })

type Owner = Parameters<typeof peerTlsOf>[0]

async function hostsOf(...certificates: Owner[]): Promise<[CarryingHost, CarryingHost]> {
  const owners = new Owners()
  const settings = { backOffMinMs: 1 }
  const hosts = await Promise.all(
    certificates.map((one) =>
      startHost({ application: echo(), owners, settings, tls: peerTlsOf(one) }),
    ),
  )
  for (const host of hosts) closing.push(() => host.stop())
  owners.rest = hosts[1]?.name ?? ''
  return hosts as [CarryingHost, CarryingHost]
}

describe('mutual TLS', () => {
  test('carries calls between hosts of one authority, held bodies and streams', async () => {
    const [first] = await hostsOf('replica-1', 'replica-2')
    for (const headers of [{ 'content-length': '5' }, { 'transfer-encoding': 'chunked' }]) {
      const got = await ask(first.port, '/v1/call/Cart/42', {
        method: 'POST',
        body: 'hello',
        headers,
      })
      expect(got).toMatchObject({ status: 200, body: 'hello' })
    }
  })

  test('sends nothing to a host of another authority', async () => {
    const [first, second] = await hostsOf('replica-1', 'stranger')
    for (const framing of [{ 'content-length': '5' }, { 'transfer-encoding': 'chunked' }]) {
      const headers = { ...framing, 'berth-timeout': '0.3' }
      const got = await ask(first.port, '/v1/call/Cart/42', {
        method: 'POST',
        body: 'hello',
        headers,
      })
      expect(got.status).toBe(503)
      expect(problemIn(got)).toMatchObject({ code: 'call_unreachable' })
    }
    expect(second.driver.machine.measures.actors).toBe(0)
  })

  test('does not wait for a handshake for longer than for headers', async () => {
    const tls = peerTlsOf('replica-1')
    const limits = { headersTimeoutMs: 100 }
    const host = await startHost({ application: echo(), owners: new Owners(), tls, limits })
    closing.push(() => host.stop())
    const socket = connect(host.callPort, '127.0.0.1').resume()
    socket.on('error', () => undefined)
    await new Promise((resolve) => socket.once('close', resolve))
  })

  test('lets in nobody without a certificate', async () => {
    const [, second] = await hostsOf('replica-1', 'replica-2')
    const plain = await startHost({ application: echo(), owners: new Owners() })
    closing.push(() => plain.stop())
    const owners = new Owners()
    owners.rest = second.name
    plain.believe(owners)
    const headers = { 'berth-timeout': '0.3' }
    const got = await ask(plain.port, '/v1/call/Cart/42', { method: 'PUT', headers })
    expect(got.status).toBeGreaterThan(500)
    expect(second.driver.machine.measures.actors).toBe(0)
  })
})

test('an application on a unix socket is called, and told', async (t) => {
  const path = join(scratchFolder(t), 'application.sock')
  const seen: string[] = []
  const server = createServer((asked, response) => {
    seen.push(`${asked.method} ${asked.url} ${asked.headers.host}`)
    asked.pipe(response)
  })
  await new Promise<void>((resolve) => server.listen(path, resolve))
  closing.push(async () => {
    server.close()
    server.closeAllConnections()
  })
  const telling = { actors: 'each', fenced: false } as const
  const application = new HttpApplication({ url: `unix:${path}`, telling })
  const owners = new Owners()
  const host = await startHost({ application, owners })
  closing.push(() => host.stop())
  owners.rest = host.name
  for (const headers of [{ 'content-length': '5' }, { 'transfer-encoding': 'chunked' }]) {
    const got = await ask(host.port, '/v1/call/Cart/42/x', {
      method: 'POST',
      body: 'hello',
      headers,
    })
    expect(got.body).toBe('hello')
  }
  let isTold = false
  application.leave([{ type: 'Cart', id: '42' }], 'idle', () => {
    isTold = true
  })
  await eventually('it is told', () => isTold)
  expect(seen).toEqual([
    'POST /Cart/42/x localhost',
    'POST /Cart/42/x localhost',
    'DELETE /berth/actors/Cart/42 localhost',
  ])
})

test('the local side may be a unix socket, with other paths beside calls', async (t) => {
  const owners = new Owners()
  const host = await startHost({ application: echo(), owners })
  closing.push(() => host.stop())
  owners.rest = host.name
  const server = new CallServer(host.driver, {
    origin: 'application',
    tls: null,
    others: (_request, response) => response.end('another path'),
  })
  const socketPath = join(scratchFolder(t), 'local.sock')
  expect(await server.listen({ path: socketPath })).toBe(0)
  closing.push(() => server.destroy())
  const get = (path: string) =>
    new Promise<string>((resolve, reject) => {
      const asked = request({ socketPath, path, method: 'POST', agent: false })
      asked.once('error', reject).once('response', async (response) => {
        let text = ''
        for await (const chunk of response) text += chunk
        resolve(text)
      })
      asked.end('hello')
    })
  expect(await get('/v1/call/Cart/42')).toBe('hello')
  expect(await get('/v1/state')).toBe('another path')
})

test('a server that has no descriptor for a connection goes on', async () => {
  const listening = vi.spyOn(Server.prototype, 'listen')
  const owners = new Owners()
  const host = await startHost({ application: echo(), owners })
  const servers = listening.mock.contexts.slice() as Server[]
  listening.mockRestore()
  closing.push(() => host.stop())
  owners.rest = host.name
  expect(servers).toHaveLength(2)
  for (const server of servers) {
    // As Node does when it cannot accept.
    server.emit('error', Object.assign(new Error('accept EMFILE'), { code: 'EMFILE' }))
  }
  expect((await ask(host.port, '/v1/call/Cart/42')).status).toBe(200)
})

test('a server that stops ends its connections with the calls on them', async () => {
  let finish: () => void = () => undefined
  const slow = new FunctionApplication(async () => {
    await new Promise<void>((resolve) => {
      finish = resolve
    })
    return { body: 'in time' }
  })
  const owners = new Owners()
  const host = await startHost({ application: slow, owners })
  closing.push(() => host.stop())
  owners.rest = host.name
  const options = { origin: 'application', tls: null, others: null } as const
  const server = new CallServer(host.driver, options)
  const port = await server.listen({ host: '127.0.0.1', port: 0 })
  const answer = ask(port, '/v1/call/Cart/42', { headers: { connection: 'keep-alive' } })
  await eventually('it runs', () => host.driver.machine.measures.running === 1)
  const stopped = server.stop()
  finish()
  expect((await answer).body).toBe('in time')
  await stopped
})
