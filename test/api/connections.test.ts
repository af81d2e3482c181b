/** Connections beyond the limits: whoever has all the others, probes are answered. */
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { HttpLimits } from '../../src/api/limits.js'
import { eventually } from '../support/eventually.js'
import { type ApiServer, startApi } from './support/api-server.js'
import { hello, refusedUpgrade, SessionRecords } from './support/host-client.js'
import { idleReplica } from './support/idle-replica.js'
import { connectorTo, metric } from './support/open-door.js'
import { problemOf, request } from './support/raw-http.js'

const sessions = new SessionRecords()

async function serve(httpLimits: Partial<HttpLimits>): Promise<ApiServer> {
  const options = { httpLimits, doorLimits: { sessionsMax: 0 } }
  const server = await startApi(idleReplica(sessions.open), options)
  onTestFinished(() => server.app.close())
  return server
}

/** A connection that asks nothing. */
async function idle(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1')
  onTestFinished(() => void socket.destroy())
  socket.on('error', () => {})
  socket.resume()
  await once(socket, 'connect')
  return socket
}

/** The port of a way to a server on which everybody comes from this address. */
async function cameFrom({ app }: ApiServer, remoteAddress: string): Promise<number> {
  const way = createServer((socket) => {
    Object.defineProperty(socket, 'remoteAddress', { value: remoteAddress })
    app.server.emit('connection', socket)
  })
  await new Promise<void>((resolve) => way.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void way.close())
  return (way.address() as { port: number }).port
}

const open = (server: ApiServer) => metric(server, 'berth_http_connections')
const refused = (server: ApiServer, reason: string) =>
  metric(server, `berth_http_connections_refused_total{reason="${reason}"}`)

/** So many that ask nothing, known to the server. */
async function fill(server: ApiServer, count: number, port = server.port): Promise<Socket[]> {
  const before = await open(server)
  const sockets = await Promise.all(Array.from({ length: count }, () => idle(port)))
  await eventually('all of them', async () => (await open(server)) === before + count)
  return sockets
}

const probes = ['GET /livez', 'GET /readyz', 'GET /readyz?verbose', 'GET /metrics', 'HEAD /livez']
const others = [
  'GET /v1/cluster',
  'GET /',
  'POST /v1/cluster/snapshot',
  'POST /livez',
  'GET /nowhere',
]

describe('when all connections are taken', () => {
  test.for(probes)('%s is answered, and its connection closed', async (line) => {
    const server = await serve({ connectionsMax: 5 })
    await fill(server, 5)
    for (let i = 0; i < 20; i += 1) {
      const response = await request(server.port, line, { Connection: 'keep-alive' })
      expect(response.status).toBe(200)
      expect(response.headers.connection).toBe('close')
    }
    expect(await open(server)).toBe(5)
    expect(await refused(server, 'total')).toBe(20)
  })

  test.for(others)('%s is told why it is refused', async (line) => {
    const server = await serve({ connectionsMax: 5 })
    await fill(server, 5)
    const response = await request(server.port, line, { Connection: 'keep-alive' })
    expect(problemOf(response)).toMatchObject({ code: 'overloaded', status: 503, retryable: true })
    expect(response.body).toContain('has its 5 connections')
    expect(response.headers).toMatchObject({
      connection: 'close',
      'retry-after': '1',
      'x-content-type-options': 'nosniff',
    })
  })

  test('a host is told so before it is one', async () => {
    const server = await serve({ connectionsMax: 2 })
    await fill(server, 2)
    const { status, problem } = await refusedUpgrade(`${server.url}/v1/host`)
    expect([status, problem]).toEqual([503, expect.objectContaining({ code: 'overloaded' })])
    expect(await refused(server, 'total')).toBe(1)
  })

  test('whoever fills the reserve and asks nothing makes room for a probe', async () => {
    const server = await serve({ connectionsMax: 2, reserveMax: 4, reservePerAddressMax: 100 })
    await fill(server, 2)
    const idlers = await Promise.all(Array.from({ length: 12 }, () => idle(server.port)))
    await eventually(
      'the end of most',
      () => idlers.filter(({ destroyed }) => destroyed).length >= 8,
    )
    for (let i = 0; i < 10; i += 1) {
      expect((await request(server.port, 'GET /livez')).status).toBe(200)
      await idle(server.port)
    }
  })

  test('nobody stays in the reserve', async () => {
    const server = await serve({ connectionsMax: 1, reserveTimeoutMs: 30 })
    await fill(server, 1)
    const socket = await idle(server.port)
    if (!socket.destroyed) await once(socket, 'close')
  })

  test('a connection that ends makes room for another', async () => {
    const server = await serve({ connectionsMax: 3 })
    const [first] = await fill(server, 3)
    expect((await request(server.port, 'GET /')).status).toBe(503)
    first!.destroy()
    await eventually('room', async () => (await open(server)) === 2)
    expect((await request(server.port, 'GET /')).status).toBe(200)
  })
})

describe('an address', () => {
  const few = { connectionsPerAddressMax: 3 }

  test('that has its share is told so; others are served, loopback too', async () => {
    const server = await serve(few)
    const [here, there] = [await cameFrom(server, '192.0.2.1'), await cameFrom(server, '192.0.2.2')]
    await fill(server, 3, here)
    const response = await request(here, 'GET /v1/cluster', { Host: 'localhost' })
    expect(problemOf(response)).toMatchObject({ code: 'overloaded' })
    expect(response.body).toContain('Your address has its 3 connections')
    await fill(server, 3, there)
    await fill(server, 10)
    expect((await request(server.port, 'GET /livez')).status).toBe(200)
    expect([await refused(server, 'address'), await refused(server, 'total')]).toEqual([
      1,
      Number.NaN,
    ])
  })

  test('that has its share gets its probes answered', async () => {
    const server = await serve(few)
    const here = await cameFrom(server, '192.0.2.1')
    await fill(server, 3, here)
    for (const line of probes) {
      expect((await request(here, line, { Host: 'localhost' })).status).toBe(200)
    }
  })

  test('has one share however many addresses its network has', async () => {
    const server = await serve(few)
    for (let i = 0; i < 3; i += 1) await fill(server, 1, await cameFrom(server, `2001:db8::${i}`))
    const here = await cameFrom(server, '2001:db8::ffff')
    const response = await request(here, 'GET /v1/cluster', { Host: 'localhost' })
    expect(problemOf(response)).toMatchObject({ code: 'overloaded' })
  })

  test('that floods the reserve takes nothing from others', async () => {
    const server = await serve({ ...few, reserveMax: 8, reservePerAddressMax: 2 })
    const [here, there] = [await cameFrom(server, '192.0.2.1'), await cameFrom(server, '192.0.2.2')]
    await fill(server, 3, here)
    await fill(server, 3, there)
    const idlers = await Promise.all(Array.from({ length: 40 }, () => idle(here)))
    await eventually(
      'the end of most',
      () => idlers.filter(({ destroyed }) => destroyed).length >= 38,
    )
    expect((await request(there, 'GET /livez', { Host: 'localhost' })).status).toBe(200)
    expect(idlers.filter(({ destroyed }) => !destroyed)).toHaveLength(2)
  })
})

test('a flood of connections beyond the limits is one line in the log, with a count', async () => {
  const server = await serve({ connectionsMax: 2 })
  await fill(server, 2)
  for (let i = 0; i < 200; i += 1) await request(server.port, 'GET /livez')
  const lines = () => server.logs.filter(({ msg }) => String(msg).includes('beyond the limits'))
  const line = { level: 40, reason: 'total', address: '127.0.0.1' }
  expect(lines()[0]).toMatchObject({ ...line, count: 1 })
  expect(lines().length).toBeLessThan(10)
  expect(await refused(server, 'total')).toBe(200)
  await server.app.close()
  const counts = lines().map(({ count }) => Number(count))
  expect(counts.reduce((sum, count) => sum + count, 0)).toBe(200)
  expect(lines().at(-1)).toMatchObject(line)
})

test('a host session counts as a connection of its address', async () => {
  const server = await startApi(idleReplica(sessions.open), {
    httpLimits: { connectionsPerAddressMax: 2 },
  })
  onTestFinished(() => server.app.close())
  const here = await cameFrom(server, '192.0.2.1')
  const dial = connectorTo({ ...server, url: `http://127.0.0.1:${here}` })
  const clients = [await dial(), await dial()]
  for (const client of clients) client.say(hello)
  await expect(dial()).rejects.toThrow('503')
  clients[0]!.socket.terminate()
  await eventually('room', async () => (await open(server)) === 1)
  await dial()
})
