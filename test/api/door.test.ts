import { once } from 'node:events'
import { connect as connectTcp } from 'node:net'
import { describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { closeCodes } from '../../src/api/door/host-connection.js'
import { EncodedMessage } from '../../src/api/door/subprotocol.js'
import { BerthError } from '../../src/errors/berth-error.js'
import { endOf, heartbeat, hello, refusedUpgrade } from './support/host-client.js'
import { metric, openDoor, refusal } from './support/open-door.js'
import { request } from './support/raw-http.js'

describe('a session', () => {
  for (const protocol of ['berth.v1+json', 'berth.v1+msgpack'] as const) {
    test(`begins with its hello and goes both ways in ${protocol}`, async () => {
      const { sessions, connect } = await openDoor()
      const client = await connect([protocol])
      expect(client.socket.protocol).toBe(protocol)
      client.say(hello)
      const session = await sessions.nth(1)
      client.say({ ...heartbeat, number: 2 ** 40 })
      await session.until(({ messages }) => messages.length === 2)
      expect(session.messages).toEqual([hello, { ...heartbeat, number: 2 ** 40 }])
      expect(session.connection.subprotocol).toBe(protocol)
      expect(session.connection.remote).toMatch(/^127\.0\.0\.1:\d+$/)

      const left = { kind: 'left', lineage: hello.instance, epoch: 7 } as const
      session.connection.send(left)
      session.connection.sendEncoded(new EncodedMessage({ kind: 'go_elsewhere' }))
      session.connection.close(closeCodes.left, 'the hand-over is finished')
      expect(await client.closed).toEqual({ code: 4410, reason: 'the hand-over is finished' })
      expect(client.received).toEqual([left, { kind: 'go_elsewhere' }])
      await session.until(({ closedCount }) => closedCount === 1)
    })
  }

  test('speaks JSON when the client offers no subprotocol', async () => {
    const { sessions, connect } = await openDoor()
    const client = await connect()
    client.socket.send(JSON.stringify(hello))
    expect((await sessions.nth(1)).connection.subprotocol).toBe('berth.v1+json')
  })

  test('speaks the first known subprotocol of those that the client offers', async () => {
    const { connect } = await openDoor()
    const client = await connect(['berth.v9+xml', 'berth.v1+msgpack', 'berth.v1+json'])
    expect(client.socket.protocol).toBe('berth.v1+msgpack')
  })

  test('passes on an acknowledgement of a round that never was: it does not judge', async () => {
    const { sessions, connect } = await openDoor()
    const client = await connect()
    client.say(hello)
    const invented = { term: 99, generation: 12_345, digest: 'f'.repeat(43) }
    client.say({ ...heartbeat, epoch: 5, acknowledged: invented })
    const session = await sessions.nth(1)
    await session.until(({ messages }) => messages.length === 2)
    expect(session.messages[1]).toMatchObject({ acknowledged: invented })
    expect(client.socket.readyState).toBe(WebSocket.OPEN)
  })

  test('is told closed once when the client goes away', async () => {
    const { server, sessions, connect } = await openDoor()
    const client = await connect()
    client.say(hello)
    const session = await sessions.nth(1)
    client.socket.terminate()
    await session.until(({ closedCount }) => closedCount > 0)
    session.connection.send({ kind: 'go_elsewhere' })
    session.connection.close(closeCodes.left, 'too late')
    await server.app.close()
    expect(session.closedCount).toBe(1)
  })

  test('gets nothing after it closed its connection', async () => {
    const { sessions, connect } = await openDoor()
    const client = await connect()
    client.say(hello)
    const session = await sessions.nth(1)
    session.connection.close(closeCodes.replaced, 'another session took over')
    for (let number = 1; number <= 20; number += 1) client.say({ ...heartbeat, number })
    expect((await client.closed).code).toBe(4409)
    await session.until(({ closedCount }) => closedCount === 1)
    expect(session.messages).toEqual([hello])
  })

  test('that the replica does not take is told why', async () => {
    const { sessions, connect } = await openDoor()
    sessions.failure = new BerthError('unavailable', 'This replica has lost its database.')
    const client = await connect()
    client.say(hello)
    const { code, error } = await endOf(client)
    expect(code).toBe(4503)
    expect(error).toEqual(refusal('unavailable', /lost its database/, true))
  })

  test('whose message the replica refuses is told why and closed', async () => {
    const { sessions, connect } = await openDoor()
    const client = await connect()
    client.say(hello)
    const session = await sessions.nth(1)
    session.failure = new BerthError('invalid_message', 'The cluster has another name.')
    client.say(heartbeat)
    const { code, reason, error } = await endOf(client)
    expect(code).toBe(4400)
    expect(reason).toBe('The cluster has another name.')
    expect(error).toEqual(refusal('invalid_message', /another name/))
  })

  test('that meets a bug is closed with 1011, and the log has the cause', async () => {
    const { server, sessions, connect } = await openDoor()
    const client = await connect()
    client.say(hello)
    const session = await sessions.nth(1)
    session.failure = new TypeError('secret of the inside')
    client.say(heartbeat)
    const { code, error } = await endOf(client)
    expect(code).toBe(1011)
    expect(error).toEqual(refusal('internal', /log of the replica/, true))
    expect(JSON.stringify(error)).not.toContain('secret')
    expect(JSON.stringify(server.logs)).toContain('secret of the inside')
  })
})

describe('an upgrade', () => {
  test('with only unknown subprotocols is refused with 400', async () => {
    const { server } = await openDoor()
    const answer = await refusedUpgrade(`${server.url}/v1/host`, ['berth.v2+json', 'mqtt'])
    expect(answer.status).toBe(400)
    expect(answer.problem).toMatchObject({
      code: 'invalid_request',
      detail: expect.stringContaining('berth.v1+json and berth.v1+msgpack'),
    })
  })

  test('with a query that the path does not have is refused with 400', async () => {
    const { server } = await openDoor()
    const answer = await refusedUpgrade(`${server.url}/v1/host?token=x`)
    expect(answer).toMatchObject({ status: 400, problem: { code: 'invalid_request' } })
  })

  test('from a web page is refused with 403', async () => {
    const { server } = await openDoor()
    const answer = await refusedUpgrade(`${server.url}/v1/host`, [], {
      headers: { Origin: 'https://evil.example' },
    })
    expect(answer).toMatchObject({ status: 403, problem: { code: 'foreign_origin' } })
  })

  test('under a foreign name is refused with 403', async () => {
    const { server } = await openDoor()
    const answer = await refusedUpgrade(`${server.url}/v1/host`, [], {
      headers: { Host: 'rebound.example' },
    })
    expect(answer).toMatchObject({ status: 403, problem: { code: 'foreign_origin' } })
  })

  test('beyond the number of sessions is refused with 503 until one is closed', async () => {
    const { server, sessions, connect } = await openDoor({ sessionsMax: 2 })
    const [first] = [await connect(), await connect()]
    first.say(hello)
    const answer = await refusedUpgrade(`${server.url}/v1/host`)
    expect(answer).toMatchObject({ status: 503, problem: { code: 'overloaded', retryable: true } })
    const session = await sessions.nth(1)
    first.socket.terminate()
    await session.until(({ closedCount }) => closedCount === 1)
    await connect()
  })

  test('to another path is answered as if it had not asked for one', async () => {
    const { server } = await openDoor()
    const answer = await refusedUpgrade(`${server.url}/v1/hosts`)
    expect(answer).toMatchObject({ status: 404, problem: { code: 'not_found' } })
  })

  test('to HTTP/2, as some clients offer with every request, is ignored', async () => {
    const { server } = await openDoor()
    const answer = await request(server.port, 'GET /livez', {
      Connection: 'Upgrade, HTTP2-Settings',
      Upgrade: 'h2c',
      'HTTP2-Settings': 'AAEAAEAAAAIAAAAB',
    })
    expect(answer).toMatchObject({ status: 200, body: '{"ok":true}' })
  })

  test('to HTTP/2 with a body is refused with what to do', async () => {
    const { server } = await openDoor()
    const headers = { Connection: 'Upgrade', Upgrade: 'h2c', 'Content-Length': '2' }
    const answer = await request(server.port, 'POST /v1/cluster/transfer', headers, '{}')
    expect(answer.status).toBe(400)
    expect(answer.body).toContain('without an Upgrade header')
  })

  test.for([
    ['Transfer-Encoding', 'chunked'],
    ['Content-Length', '2'],
  ] as const)('with HEAD and %s is refused without a body', async ([name, value]) => {
    const { server } = await openDoor()
    const headers = { Connection: 'Upgrade', Upgrade: 'h2c', [name]: value }
    const answer = await request(server.port, 'HEAD /livez', headers)
    expect(answer).toMatchObject({ status: 400, body: '' })
    expect(Number(answer.headers['content-length'])).toBeGreaterThan(0)
  })

  test('that is none gets 426', async () => {
    const { server } = await openDoor()
    const answer = await request(server.port, 'GET /v1/host')
    expect(answer.status).toBe(426)
    expect(answer.headers.upgrade).toBe('websocket')
    expect(JSON.parse(answer.body)).toMatchObject({ code: 'upgrade_required' })
  })
})

describe('a connection', () => {
  test('that is silent is pinged, and stays while it answers', async () => {
    const { connect } = await openDoor({ pingAfterMs: 40, deadAfterMs: 200, helloTimeoutMs: 5_000 })
    const client = await connect()
    for (let i = 0; i < 10; i += 1) await once(client.socket, 'ping')
    expect(client.socket.readyState).toBe(WebSocket.OPEN)
  })

  test('that does not answer pings is dropped', async () => {
    const { sessions, connect } = await openDoor({ pingAfterMs: 40, deadAfterMs: 120 })
    const client = await connect([], { autoPong: false })
    client.say(hello)
    const session = await sessions.nth(1)
    expect((await client.closed).code).toBe(1006)
    await session.until(({ closedCount }) => closedCount === 1)
  })

  test('that does not read is dropped instead of buffered without end', async () => {
    const limits = { bufferedBytesMax: 256 * 1024, deadAfterMs: 60_000 }
    const { server, sessions, connect } = await openDoor(limits)
    const client = await connect()
    client.say(hello)
    const session = await sessions.nth(1)
    client.socket.pause()
    const big = new EncodedMessage({
      kind: 'error',
      code: 'x',
      detail: 'y'.repeat(64 * 1024),
      retryable: false,
    })
    // Far more than the buffers of two sockets hold.
    for (let i = 0; i < 1_000 && session.closedCount === 0; i += 1) {
      session.connection.sendEncoded(big)
      await new Promise((resolve) => setImmediate(resolve))
    }
    await session.until(({ closedCount }) => closedCount === 1)
    expect(await metric(server, 'berth_host_connections_slow_total')).toBe(1)
    expect(await metric(server, 'berth_host_connections')).toBe(0)
  })

  test('that has taken a part of a large table only may be told of more meanwhile', async () => {
    const { server, sessions, connect } = await openDoor()
    const client = await connect()
    client.say(hello)
    const session = await sessions.nth(1)
    client.socket.pause()
    const detail = 'y'.repeat(24 * 1024 * 1024)
    session.connection.send({ kind: 'error', code: 'large', detail, retryable: false })
    for (let i = 0; i < 50; i += 1) await new Promise(setImmediate)
    session.connection.send({ kind: 'error', code: 'small', detail: '', retryable: false })
    client.socket.resume()
    await once(client.socket, 'message')
    while (client.received.length < 2) await once(client.socket, 'message')
    expect(client.received.map((told) => told.kind === 'error' && told.code)).toEqual([
      ...['large', 'small'],
    ])
    expect(await metric(server, 'berth_host_connections_slow_total')).toBe(0)
  })

  test('that takes nothing of what waits for it is dropped, though it goes on talking', async () => {
    const { server, sessions, connect } = await openDoor({ notReadingAfterMs: 300 })
    const client = await connect()
    client.say(hello)
    const session = await sessions.nth(1)
    client.socket.pause()
    const detail = 'y'.repeat(24 * 1024 * 1024)
    session.connection.send({ kind: 'error', code: 'large', detail, retryable: false })
    const talking = setInterval(() => client.say(heartbeat), 100)
    await session.until(({ closedCount }) => closedCount === 1)
    clearInterval(talking)
    expect(await metric(server, 'berth_host_connections_slow_total')).toBe(1)
  })

  test('is told all that was said before the close', async () => {
    const { sessions, connect } = await openDoor({ closeTimeoutMs: 60_000 })
    const client = await connect()
    client.say(hello)
    const session = await sessions.nth(1)
    const detail = 'y'.repeat(8 * 1024 * 1024)
    session.connection.send({ kind: 'error', code: 'large', detail, retryable: false })
    session.connection.close(closeCodes.left, 'bye')
    expect((await client.closed).code).toBe(closeCodes.left)
    expect(client.received[0]).toMatchObject({ detail })
  })

  test('takes one message that is larger than the limit of what may wait', async () => {
    const { sessions, connect } = await openDoor({ bufferedBytesMax: 1024 })
    const client = await connect()
    client.say(hello)
    const session = await sessions.nth(1)
    const detail = 'y'.repeat(3 * 1024 * 1024)
    session.connection.send({ kind: 'error', code: 'x', detail, retryable: false })
    await once(client.socket, 'message')
    expect(client.received[0]).toMatchObject({ detail })
  })

  test('that does not close in its turn is dropped', async () => {
    const { server, sessions, connect } = await openDoor({ closeTimeoutMs: 50 })
    const client = await connect()
    client.say(hello)
    const session = await sessions.nth(1)
    client.socket.pause()
    session.connection.close(closeCodes.left, 'bye')
    await session.until(({ closedCount }) => closedCount === 1)
    expect(await metric(server, 'berth_host_connections')).toBe(0)
  })

  test('whose upgrade is cut off half way harms nobody', async () => {
    const { server, connect } = await openDoor()
    const socket = connectTcp(server.port, '127.0.0.1')
    socket.write(
      `GET /v1/host HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\nConnection: Upgrade\r\n` +
        'Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n' +
        'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
    )
    socket.resetAndDestroy()
    const client = await connect()
    expect(client.socket.readyState).toBe(WebSocket.OPEN)
  })
})

test('a flood of refused hosts is a few lines in the log, and every one of them is counted', async () => {
  const { server, connect } = await openDoor()
  for (let i = 0; i < 40; i += 1) {
    const client = await connect()
    client.say({ kind: 'nonsense' })
    await client.closed
  }
  const lines = () => server.logs.filter(({ msg }) => msg === 'a host connection is refused')
  expect(lines().length).toBeLessThan(10)
  await server.app.close()
  const counts = lines().map(({ count }) => Number(count))
  expect(counts.reduce((sum, count) => sum + count, 0)).toBe(40)
})

test('a replica that stops closes its host connections with 4503', async () => {
  const { server, sessions, connect } = await openDoor()
  const client = await connect()
  client.say(hello)
  const session = await sessions.nth(1)
  await server.app.close()
  expect(await client.closed).toEqual({ code: 4503, reason: 'this replica stops' })
  expect(session.closedCount).toBe(1)
  await expect(connect()).rejects.toThrow()
})

test('a message for many is encoded once for each subprotocol', () => {
  const message = new EncodedMessage({ kind: 'go_elsewhere' })
  const json = message.frame('berth.v1+json')
  const packed = message.frame('berth.v1+msgpack')
  expect(message.frame('berth.v1+json')).toBe(json)
  expect(message.frame('berth.v1+msgpack')).toBe(packed)
  expect(json).toEqual({ data: Buffer.from('{"kind":"go_elsewhere"}'), binary: false })
  expect(packed.binary).toBe(true)
})

test('the door counts connections, messages and close codes without naming a host', async () => {
  const { server, sessions, connect } = await openDoor()
  const client = await connect()
  client.say(hello)
  const session = await sessions.nth(1)
  client.socket.close(4999)
  await session.until(({ closedCount }) => closedCount === 1)
  expect(await metric(server, 'berth_host_connections_opened_total')).toBe(1)
  expect(await metric(server, 'berth_host_messages_received_total{kind="hello"}')).toBe(1)
  expect(await metric(server, 'berth_host_connections_closed_total{code="other"}')).toBe(1)
  expect(await server.registry.metrics()).not.toContain(hello.name)
})
