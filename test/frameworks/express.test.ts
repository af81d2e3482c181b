/** Applications of Express as hosts, at replicas that say what a test says. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import express from 'express'
import express4 from 'express-4'
import { describe, expect, onTestFinished, test } from 'vitest'
import { actorOf, callsOnly, type NodeListener, serve } from '../../src/frameworks/express.js'
import { ask, problemIn } from '../calls/http/support/ask.js'
import { owned } from '../sidecar/support/bench.js'
import { twoHosts } from '../sidecar/support/two-hosts.js'

const owner = { onTestFinished }
const portOf = (name: string) => Number(name.split(':')[1])

async function jsonOf(body: AsyncIterable<unknown>) {
  let text = ''
  for await (const chunk of body) text += String(chunk)
  return JSON.parse(text)
}

function createApp(make: typeof express, name: string) {
  const app = make()
  app.use('/Order', callsOnly)
  app.post('/Order/:id/add', express.json(), (request, response) => {
    response.json({ name, actor: actorOf(request), body: request.body })
  })
  app.get('/health', ({ headers, headersDistinct, rawHeaders }, response) => {
    const all = [...Object.keys(headers), ...Object.keys(headersDistinct), ...rawHeaders]
    response.json({ name, ours: all.filter((text) => /^berth-/i.test(text)) })
  })
  return app
}

async function served(
  app: NodeListener,
  name: string,
  at: { readonly replicas: readonly string[] },
) {
  const host = { name, appId: 'app', types: ['Order'] }
  const sidecar = await serve(app, { ...at, nats: false, host })
  onTestFinished(() => sidecar.close())
  return sidecar
}

describe.for([
  ['5', express],
  ['4', express4],
] as const)('Express %s', ([, make]) => {
  test('gets the calls of its actors, and answers what is no call', async () => {
    const { names, base, welcome } = await twoHosts(owner)
    const apps = names.map((name) => createApp(make, name))
    const sidecars = [
      await served(apps[0]!, names[0], await welcome()),
      await served(apps[1]!, names[1], await welcome()),
    ]
    const headers = { 'content-type': 'application/json' }
    for (const sidecar of sidecars) {
      for (const name of names) {
        const id = owned(name, base)
        const request = { path: '/add', body: '{"by":1}', headers }
        const { status, body } = await sidecar.call('Order', id, request)
        const actor = { type: 'Order', id, token: 10, generation: 10, chain: [expect.any(String)] }
        expect([status, await jsonOf(body)]).toEqual([200, { name, actor, body: { by: 1 } }])
      }
    }
    const port = portOf(names[0])
    const forged = { 'Berth-Token': '1', 'Berth-Hop': '1' }
    const well = await ask(port, '/health', { headers: forged })
    expect(JSON.parse(well.body)).toEqual({ name: names[0], ours: [] })
    const hop = { headers: forged, method: 'POST' }
    const refused = await ask(port, `/v1/call/Order/${owned(names[1], base)}/add`, hop)
    expect([refused.status, problemIn(refused).code]).toEqual([421, 'call_declined'])
  })

  test('lets nobody come to its actors but by calls, also where it listens by itself', async () => {
    const { names, base, welcome } = await twoHosts(owner)
    const app = createApp(make, names[0])
    await served(app, names[0], await welcome())
    const server = createServer(app).listen(0, '127.0.0.1')
    onTestFinished(() => void server.close())
    await once(server, 'listening')
    const id = owned(names[0], base)
    const ports = [portOf(names[0]), (server.address() as AddressInfo).port]
    for (const port of ports) {
      const spelt = ['Order', 'order', 'ORDER'].map((type) => `/${type}/${id}/add`)
      for (const path of [...spelt, `http://here/Order/${id}/add`]) {
        const got = await ask(port, path, { method: 'POST' })
        expect([path, got.status, problemIn(got).code]).toEqual([path, 404, 'not_found'])
      }
    }
  })
})

test('a handler that fails is answered for and told of in the log; what is no application is refused', async () => {
  const { names, base, welcome } = await twoHosts(owner)
  const at = await welcome()
  const host = { name: names[0], appId: 'app', types: ['Order'] }
  await expect(serve({} as NodeListener, { ...at, host })).rejects.toThrow('app must be')
  let told = 0
  const error = (fields: object) => {
    told += (fields as { readonly count: number }).count
  }
  const log = { info: () => undefined, warn: () => undefined, error }
  const app: NodeListener = async (_request, response) => {
    if (_request.url === '/begun') response.write('some')
    throw new Error('it broke')
  }
  const sidecar = await serve(app, { ...at, host, log })
  onTestFinished(() => sidecar.close())
  const { status, body } = await sidecar.call('Order', owned(names[0], base))
  expect([status, (await jsonOf(body)).code]).toEqual([500, 'call_failed'])
  expect((await ask(portOf(names[0]), '/other')).status).toBe(500)
  await expect(ask(portOf(names[0]), '/begun')).rejects.toThrow()
  // What it does at each call is told at once, and then by a count.
  expect(told).toBe(1)
  await sidecar.close()
  expect(told).toBe(3)
})
