import { once } from 'node:events'
import { Agent, get as httpGet } from 'node:http'
import { connect } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { ApiOptions } from '../../src/api/create-api.js'
import { get } from './support/api-client.js'
import { startApi } from './support/api-server.js'
import { request } from './support/raw-http.js'
import { TestReplica } from './support/test-replica.js'

async function serve(options: Partial<ApiOptions> = {}) {
  const replica = await TestReplica.create()
  const server = await startApi(replica, options)
  onTestFinished(() => server.app.close())
  return { replica, server }
}

/** Makes the next reads wait until they are let go. */
function holdReads(replica: TestReplica): { readonly asked: Promise<void>; release(): void } {
  let release = () => {}
  const held = new Promise<void>((resolve) => {
    release = resolve
  })
  const read = replica.read.bind(replica)
  const asked = new Promise<void>((resolve) => {
    replica.read = async (consistency) => {
      resolve()
      await held
      return read(consistency)
    }
  })
  return { asked, release }
}

describe('a server', () => {
  test('starts without a warning', async () => {
    const { server } = await serve()
    expect(server.logs.filter(({ level }) => Number(level) >= 40)).toEqual([])
  })

  test('logs a request at debug, with its route and no more', async () => {
    const { server } = await serve()
    await get(server, '/v1/namespaces/default')
    const record = server.logs.find(({ msg }) => msg === 'request')
    expect(record).toMatchObject({
      level: 20,
      method: 'GET',
      url: '/v1/namespaces/default',
      route: '/v1/namespaces/:namespace',
      status: 200,
      ms: expect.any(Number),
      remote: '127.0.0.1',
    })
    const others = server.logs.filter(({ reqId }) => reqId === record?.reqId)
    expect(others).toEqual([record])
  })

  test('answers 504 when the replica does not answer in time', async () => {
    const { replica, server } = await serve({ httpLimits: { handlerTimeoutMs: 50 } })
    const { release } = holdReads(replica)
    const { status, body } = await get(server, '/v1/cluster')
    release()
    expect(status).toBe(504)
    expect(body).toMatchObject({ code: 'timeout', retryable: true })
  })

  test('answers what is running before it closes', async () => {
    const { replica, server } = await serve()
    const { asked, release } = holdReads(replica)
    const answer = get(server, '/v1/cluster')
    await asked
    const closed = server.app.close()
    release()
    expect((await answer).status).toBe(200)
    await closed
  })

  test('closes although clients keep connections open', async () => {
    const { server } = await serve()
    const agent = new Agent({ keepAlive: true })
    onTestFinished(() => void agent.destroy())
    const [response] = await once(httpGet(`${server.url}/livez`, { agent }), 'response')
    response.resume()
    await once(response, 'end')
    await server.app.close()
  })

  test.for([
    ['asked nothing yet', ''],
    ['asks half a question', 'GET /livez HTTP/1.1\r\nHost:'],
    ['asked, and asks half a question more', 'GET /livez HTTP/1.1\r\nHost: x\r\n\r\nGET /'],
  ])('closes although a client %s', async ([, bytes]) => {
    const { server } = await serve({ httpLimits: { headersTimeoutMs: 60_000 } })
    const socket = connect(server.port, '127.0.0.1')
    onTestFinished(() => void socket.destroy())
    await once(socket, 'connect')
    socket.write(bytes!)
    // Behind what it sent: whatever came is with the server now.
    expect((await request(server.port, 'GET /livez')).status).toBe(200)
    await server.app.close()
  })

  test('closes although a client keeps the connection open on which it got a late answer', async () => {
    const { replica, server } = await serve({ httpLimits: { keepAliveTimeoutMs: 60_000 } })
    const agent = new Agent({ keepAlive: true })
    onTestFinished(() => void agent.destroy())
    const { asked, release } = holdReads(replica)
    const responded = once(httpGet(`${server.url}/v1/cluster`, { agent }), 'response')
    await asked
    const closed = server.app.close()
    while (server.app.server.listening) await new Promise(setImmediate)
    release()
    const [response] = await responded
    response.resume()
    await closed
    expect(response.statusCode).toBe(200)
  })

  test('drops connections beyond their number and takes new ones when some are gone', async () => {
    const { server } = await serve({
      httpLimits: { connectionsMax: 1, reserveTimeoutMs: 50 },
      doorLimits: { sessionsMax: 1 },
    })
    const open = async () => {
      const socket = connect(server.port, '127.0.0.1')
      onTestFinished(() => void socket.destroy())
      await once(socket, 'connect')
      return socket
    }
    const first = await open()
    await open()
    const third = await open()
    await once(third.resume(), 'close')
    first.destroy()
    await once(first, 'close')
    while ((await connections(server.app.server)) > 1) await new Promise(setImmediate)
    expect((await request(server.port, 'GET /livez')).status).toBe(200)
  })

  test('closes a connection on which nothing comes', async () => {
    const { server } = await serve({ httpLimits: { idleTimeoutMs: 50 } })
    const socket = connect(server.port, '127.0.0.1')
    await once(socket.resume(), 'close')
  })

  test('goes on when a client leaves in the middle of an answer', async () => {
    const { replica, server } = await serve()
    const { asked, release } = holdReads(replica)
    const socket = connect(server.port, '127.0.0.1')
    socket.write(`GET /v1/cluster HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\n\r\n`)
    await asked
    socket.resetAndDestroy()
    release()
    expect((await get(server, '/livez')).status).toBe(200)
    expect(server.logs.filter(({ level }) => Number(level) >= 40)).toEqual([])
  })

  test('takes requests under names that it was given, and under no others', async () => {
    const { server } = await serve({
      names: { advertised: ['http://berth-1.example:7400'], aliases: ['berth.example'] },
    })
    const status = async (host: string) =>
      (await request(server.port, 'GET /v1/cluster', { Host: host })).status
    for (const host of ['berth-1.example:7400', 'berth.example']) {
      expect(await status(host)).toBe(200)
    }
    expect(await status('berth-2.example')).toBe(403)
  })
})

function connections(server: { getConnections(done: (e: Error | null, n: number) => void): void }) {
  return new Promise<number>((resolve) => server.getConnections((_, count) => resolve(count)))
}
