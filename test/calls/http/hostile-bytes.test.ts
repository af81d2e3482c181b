/** Requests that could be read as two, that do not end, or that are too much: on both ports. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { HttpApplication } from '../../../src/calls/http/http-application.js'
import { exchange, problemOf, request } from '../../api/support/raw-http.js'
import { eventually } from '../../support/eventually.js'
import { type CarryingHost, Owners, startHost } from './support/call-cluster.js'
import { bodyOf, serveHttp, type TestServer } from './support/raw-application.js'

let application: TestServer
let host: CarryingHost
let seen: string[] = []

const limits = {
  headersTimeoutMs: 200,
  heldBodyTimeoutMs: 200,
  idleTimeoutMs: 1_000,
  connectionsMax: 20,
}

beforeAll(async () => {
  application = await serveHttp(async (asked, response) => {
    // What does not come in full was not seen.
    const body = await bodyOf(asked).catch(() => null)
    if (body === null) return
    seen.push(`${asked.method} ${asked.url} ${body}`)
    response.end('ok')
  })
  const url = `http://127.0.0.1:${application.port}`
  const owners = new Owners()
  const own = new HttpApplication({ url, telling: { actors: 'none', fenced: false } })
  host = await startHost({ application: own, owners, limits })
  owners.rest = host.name
})

afterAll(async () => {
  await host.stop()
  await application.close()
})

beforeEach(() => {
  seen = []
})

const ports = [
  ['local side', () => host.port],
  ['call port', () => host.callPort],
] as const
const start = 'POST /v1/call/Cart/42/x HTTP/1.1\r\nHost: a\r\nBerth-Hop: 1\r\n'
const hidden = 'GET /v1/call/Cart/hidden/x HTTP/1.1\r\nHost: a\r\nBerth-Hop: 1\r\n\r\n'

describe.for(ports)('on the %s', ([, portOf]) => {
  const smuggled: [what: string, bytes: string][] = [
    ['a length beside chunks', 'Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'],
    ['chunks beside a length', 'Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n'],
    ['two lengths', 'Content-Length: 0\r\nContent-Length: 99\r\n\r\n'],
    ['two lengths in a list', 'Content-Length: 0, 99\r\n\r\n'],
    ['a length with a sign', 'Content-Length: +0\r\n\r\n'],
    ['a negative length', 'Content-Length: -1\r\n\r\n'],
    ['a length in hexadecimal', 'Content-Length: 0x0\r\n\r\n'],
    ['a length beyond all numbers', `Content-Length: ${'9'.repeat(30)}\r\n\r\n`],
    ['an encoding that is none', 'Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n'],
    [
      'chunks that are not the last encoding',
      'Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n',
    ],
    ['chunks twice', 'Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n'],
    ['a space before the colon', 'Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n'],
    ['a header in two lines', 'X: 1\r\n Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n'],
    ['a bare line feed', 'X: 1\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'],
    ['a chunk of no number', 'Transfer-Encoding: chunked\r\n\r\nzz\r\nx\r\n0\r\n\r\n'],
    [
      'a chunk that is longer than it says',
      'Transfer-Encoding: chunked\r\n\r\n1\r\nxxxx\r\n0\r\n\r\n',
    ],
    ['a NUL in a header', 'X: a\0b\r\n\r\n'],
    [
      'a coding before chunks',
      'Transfer-Encoding: gzip, chunked\r\nConnection: close\r\n\r\n0\r\n\r\n',
    ],
  ]

  test.for(smuggled)('%s hides no call', async ([, bytes]) => {
    const response = await exchange(portOf(), start + bytes + hidden)
    expect(response.status).toBe(400)
    expect(response.body).not.toContain('HTTP/1.1 2')
    expect(seen.filter((one) => one.includes('hidden'))).toEqual([])
  })

  test.for([
    ['noise', '\u0001\u0002 nothing of HTTP\r\n\r\n'],
    ['HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['no Host', 'GET /v1/call/Cart/42 HTTP/1.1\r\nConnection: close\r\n\r\n'],
    ['a method that is none', 'BERTH /v1/call/Cart/42 HTTP/1.1\r\nHost: a\r\n\r\n'],
  ])('%s is no call', async ([, bytes]) => {
    expect((await exchange(portOf(), bytes as string)).status).toBe(400)
    expect(seen).toEqual([])
  })

  test('a tunnel is refused', async () => {
    const response = await exchange(portOf(), 'CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\n')
    expect(problemOf(response)).toMatchObject({ code: 'method_not_allowed' })
  })

  test('a tunnel that is asked for and reset leaves the others alone', async () => {
    for (const isRefusalAwaited of [true, false]) {
      const sockets = await Promise.all(
        Array.from({ length: 5 }, async () => {
          const socket = connect(portOf(), '127.0.0.1')
          socket.write('CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\n')
          await once(socket, isRefusalAwaited ? 'data' : 'connect')
          return socket.resetAndDestroy()
        }),
      )
      await Promise.all(sockets.map((socket) => socket.closed || once(socket, 'close')))
    }
    const response = await request(portOf(), 'GET /v1/call/Cart/42', { 'Berth-Hop': '1' })
    expect(response.status).toBe(200)
  })

  test.for([
    ['a tunnel', 'CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\nsome bytes'],
    ['noise', 'nothing of HTTP\r\n\r\n'],
  ])('who asks for %s and stays, sending on, loses its place', async ([, bytes]) => {
    const socket = connect({ port: portOf(), host: '127.0.0.1', allowHalfOpen: true })
    const closed = new Promise((resolve) =>
      socket.on('error', () => undefined).once('close', resolve),
    )
    socket.write(bytes as string)
    const [answer] = await once(socket, 'data')
    expect(String(answer)).toMatch(/^HTTP\/1\.1 4/)
    const sending = setInterval(() => socket.write('x'), 50)
    await closed
    clearInterval(sending)
  })

  test('an expectation that nobody knows is refused', async () => {
    const response = await exchange(portOf(), `${start}Expect: x\r\nContent-Length: 1\r\n\r\n`)
    expect(problemOf(response)).toMatchObject({ code: 'expectation_failed', status: 417 })
    expect(response.headers.connection).toBe('close')
  })

  test('headers of more than 32 KiB, and 32 more for ours, are refused', async () => {
    const X = 'x'.repeat((portOf() === host.port ? 33 : 65) * 1_024)
    const response = await request(portOf(), 'GET /v1/call/Cart/42', { X })
    expect(problemOf(response)).toMatchObject({ code: 'headers_too_large', status: 431 })
  })

  test('headers that do not end are not waited for', async () => {
    const response = await exchange(portOf(), start)
    expect(problemOf(response)).toMatchObject({ code: 'request_timeout', status: 408 })
  })

  test('a connection on which nothing is ever said is closed', async () => {
    const socket = connect(portOf(), '127.0.0.1')
    socket.resume()
    await once(socket, 'close')
  })

  test('a held body that does not come is not waited for', async () => {
    const response = await exchange(portOf(), `${start}Content-Length: 10\r\n\r\nabc`)
    expect(problemOf(response)).toMatchObject({ code: 'request_timeout', status: 408 })
    expect(seen).toEqual([])
  })

  test('a streamed body that does not go on is cut', async () => {
    const response = await exchange(portOf(), `${start}Transfer-Encoding: chunked\r\n\r\n5\r\nab`)
    expect(response.status).toBeNaN()
    await eventually('no call is left', () => host.driver.size === 0)
    expect(seen).toEqual([])
  })

  test('what is said behind a call is the next call', async () => {
    const body = 'Content-Length: 1\r\n\r\nx'
    const last = `${start}Connection: close\r\n${body}`
    const response = await exchange(portOf(), start + body + start + body + last)
    expect(response.body.match(/HTTP\/1\.1 200 OK/g)).toHaveLength(2)
    expect(seen).toEqual(Array(3).fill('POST /Cart/42/x x'))
  })

  const call = `${start}Content-Length: 1\r\n\r\nx`
  test.for([
    ['noise', 'nothing of HTTP\r\n\r\n', '400 Bad Request'],
    ['noise that goes on', 'nothing of HTTP\r\n\r\n'.repeat(5_000), '400 Bad Request'],
    [
      'a call that breaks off',
      `${start}Transfer-Encoding: chunked\r\n\r\nzz\r\n`,
      '400 Bad Request',
    ],
    ['headers without an end', start, '408 Request Timeout'],
  ])('%s behind two calls is told of behind their answers', async ([, bytes, said]) => {
    const { status, body } = await exchange(portOf(), call + call + bytes)
    const answers = body.match(/HTTP\/1\.1 (\d+ [\w ]+)/g)
    expect([status, answers]).toEqual([200, ['HTTP/1.1 200 OK', `HTTP/1.1 ${said}`]])
    expect(seen).toEqual(Array(2).fill('POST /Cart/42/x x'))
    await eventually('no call is left', () => host.driver.size === 0)
  })

  test('connections beyond the limit are closed at once', async () => {
    const sockets: Socket[] = []
    let closed = 0
    for (let i = 0; i < 40; i += 1) {
      const socket = connect(portOf(), '127.0.0.1')
      socket.on('error', () => undefined)
      socket.once('close', () => {
        closed += 1
      })
      sockets.push(socket.resume())
    }
    await eventually('all are closed, by the limit or by silence', () => closed === 40)
    expect((await request(portOf(), 'GET /v1/call/Cart/42', { 'Berth-Hop': '1' })).status).toBe(200)
  })
})

test('the call port takes calls of sidecars alone', async () => {
  const response = await request(host.callPort, 'GET /v1/call/Cart/42/x')
  expect(problemOf(response)).toMatchObject({ code: 'invalid_request' })
  expect(problemOf(response).detail).toContain('sidecars')
  expect(seen).toEqual([])
})

test.for([
  ['Berth-Timeout', 'soon'],
  ['Berth-Chain', 'a b'],
])('a bad %s is refused on both ports', async ([name, value]) => {
  for (const port of [host.port, host.callPort]) {
    const headers = { 'Berth-Hop': '1', [name as string]: value as string }
    const response = await request(port, 'GET /v1/call/Cart/42/x', headers)
    expect(problemOf(response).detail).toContain(name)
  }
})

test('a generation that is none is refused where it counts, and means nothing elsewhere', async () => {
  const headers = { 'Berth-Hop': '1', 'Berth-Generation': 'x' }
  const refused = await request(host.callPort, 'GET /v1/call/Cart/42/x', headers)
  expect(problemOf(refused).detail).toContain('Berth-Generation')
  expect((await request(host.port, 'GET /v1/call/Cart/42/x', headers)).status).toBe(200)
})

test('a call that breaks off in the midst of its answer gets no second one', async () => {
  const early = await serveHttp((asked, response) => {
    asked.on('error', () => undefined).resume()
    response.write('begun')
  })
  const url = `http://127.0.0.1:${early.port}`
  const owners = new Owners()
  const own = new HttpApplication({ url, telling: { actors: 'none', fenced: false } })
  const other = await startHost({ application: own, owners, limits })
  owners.rest = other.name
  const socket = connect(other.port, '127.0.0.1')
  socket.on('error', () => undefined)
  let text = ''
  socket.on('data', (bytes: Buffer) => {
    text += String(bytes)
  })
  socket.write(`${start}Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n`)
  await eventually('the answer begins', () => text.includes('begun'))
  const closed = once(socket, 'close')
  socket.write('zz\r\n')
  await closed
  expect(text.match(/HTTP\/1\.1/g)).toHaveLength(1)
  await eventually('no call is left', () => other.driver.size === 0)
  await other.stop()
  await early.close()
})
