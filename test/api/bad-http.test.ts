/** Bytes that are no request, come too slowly, or expect what a replica does not have. */
import { connect } from 'node:net'
import { beforeAll, describe, expect, test } from 'vitest'
import { get } from './support/api-client.js'
import { type ApiServer, startApi } from './support/api-server.js'
import { idleReplica } from './support/idle-replica.js'
import { exchange, problemOf, request } from './support/raw-http.js'

// One replica takes all of it: whatever harms it shows in the tests that follow.
let server: ApiServer

beforeAll(async () => {
  server = await startApi(idleReplica(), {
    httpLimits: { headersTimeoutMs: 200, requestTimeoutMs: 300 },
  })
  return () => server.app.close()
})

describe('an expectation', () => {
  test.for(['x', '200-ok', '100-continued', ' '])(
    '"%s" is refused, whatever the request is',
    async (expectation) => {
      for (const line of ['GET /livez', 'POST /v1/cluster/snapshot', 'GET /nowhere', 'PUT /']) {
        const response = await request(server.port, line, { Expect: expectation })
        const body = problemOf(response)
        expect(body).toMatchObject({ code: 'expectation_failed', status: 417 })
        expect(body.detail).toContain('Expect: 100-continue')
      }
    },
  )

  test('is refused with a body behind it, which is not read as a request', async () => {
    const headers = { Expect: 'x', Connection: 'keep-alive', 'Content-Length': '500' }
    const response = await request(server.port, 'POST /v1/cluster/snapshot', headers)
    expect(problemOf(response)).toMatchObject({ code: 'expectation_failed' })
    expect(response.headers.connection).toBe('close')
  })

  test('of a foreign page is the smaller fault', async () => {
    const headers = { Expect: 'x', Origin: 'http://evil.example' }
    const response = await request(server.port, 'GET /livez', headers)
    expect(problemOf(response)).toMatchObject({ code: 'foreign_origin' })
  })

  test('with HEAD is refused without a body', async () => {
    const response = await request(server.port, 'HEAD /livez', { Expect: 'x' })
    expect(response).toMatchObject({ status: 417, body: '' })
  })

  test('to be told to go on is met', async () => {
    const bytes = [
      'POST /v1/cluster/snapshot HTTP/1.1',
      `Host: 127.0.0.1:${server.port}`,
      'Connection: close',
      'Expect: 100-continue',
      'Content-Length: 0',
      '',
      '',
    ].join('\r\n')
    const { status, body } = await exchange(server.port, bytes)
    expect(status).toBe(100)
    expect(body).toContain('"no_leader"')
  })
})

describe('what is not a request', () => {
  test.for([
    ['noise', '\u0001\u0002\u0003 nothing of HTTP\r\n\r\n'],
    ['TLS', Buffer.from('160301020001000001fc0303', 'hex')],
    ['HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['no Host in HTTP/1.1', 'GET /livez HTTP/1.1\r\nConnection: close\r\n\r\n'],
    ['an unknown method', 'BERTH /livez HTTP/1.1\r\nHost: localhost\r\n\r\n'],
    [
      'two lengths',
      'POST /v1/cluster/snapshot HTTP/1.1\r\nHost: localhost\r\n' +
        'Content-Length: 1\r\nContent-Length: 2\r\n\r\nxx',
    ],
    [
      'a length beside chunks',
      'POST /v1/cluster/snapshot HTTP/1.1\r\nHost: localhost\r\n' +
        'Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    ],
  ] as const)('%s is 400', async ([, bytes]) => {
    const response = await exchange(server.port, bytes)
    expect(problemOf(response)).toMatchObject({ code: 'invalid_request', status: 400 })
  })

  test('a WebSocket without a Host is 400', async () => {
    const headers = 'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n'
    const key = `Sec-WebSocket-Key: ${Buffer.alloc(16).toString('base64')}\r\n\r\n`
    const response = await exchange(server.port, `GET /v1/host HTTP/1.1\r\n${headers}${key}`)
    expect(problemOf(response)).toMatchObject({ code: 'invalid_request' })
  })

  test('no Host in HTTP/1.0 is nothing wrong', async () => {
    expect(await exchange(server.port, 'GET /livez HTTP/1.0\r\n\r\n')).toMatchObject({
      status: 200,
    })
  })

  test('HEAD that cannot be read is refused without a body', async () => {
    for (const bytes of ['HEAD / HTTP/1.1\r\nno header\r\n\r\n', 'HEAD  HTTP/1.1\r\n\r\n']) {
      expect(await exchange(server.port, bytes)).toMatchObject({ status: 400, body: '' })
    }
    const response = await request(server.port, 'HEAD /livez', { 'X-Pad': 'x'.repeat(17 * 1024) })
    expect(response).toMatchObject({ status: 431, body: '' })
  })

  test('headers of more than 16 KiB are 431', async () => {
    const response = await request(server.port, 'GET /livez', { 'X-Pad': 'x'.repeat(17 * 1024) })
    expect(problemOf(response)).toMatchObject({ code: 'headers_too_large', status: 431 })
  })

  test('headers that do not end are 408', async () => {
    const response = await exchange(server.port, 'GET /livez HTTP/1.1\r\nHost: localhost\r\n')
    expect(problemOf(response)).toMatchObject({ code: 'request_timeout', status: 408 })
  })

  test('a body that does not come is 408', async () => {
    const response = await request(
      server.port,
      'POST /v1/cluster/replicas',
      { 'Content-Type': 'application/json', 'Content-Length': '10' },
      '{',
    )
    expect(problemOf(response)).toMatchObject({ code: 'request_timeout' })
  })

  test('a connection that is cut in the middle of a request harms nobody', async () => {
    const socket = connect(server.port, '127.0.0.1')
    socket.write(
      'POST /v1/cluster/replicas HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n{',
    )
    socket.resetAndDestroy()
    expect((await get(server, '/livez')).status).toBe(200)
  })
})
