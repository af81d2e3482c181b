/** What of a call and of its answer passes through, to an application here and on another host. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { HttpApplication } from '../../../src/calls/http/http-application.js'
import { exchange, problemOf } from '../../api/support/raw-http.js'
import { ask, open, problemIn } from './support/ask.js'
import { type CarryingHost, Owners, startHost } from './support/call-cluster.js'
import { bodyOf, serveHttp, type TestServer } from './support/raw-application.js'

interface Seen {
  readonly method: string
  readonly url: string
  readonly headers: IncomingMessage['headers']
  readonly rawHeaders: readonly string[]
  readonly body: Buffer
}

let servers: TestServer[]
let first: CarryingHost
let second: CarryingHost
/** What the application of the second host, which owns all, has seen. */
let seen: Seen[] = []
let answer: (request: IncomingMessage, response: ServerResponse) => void

beforeAll(async () => {
  const owners = new Owners()
  servers = [
    await serveHttp((_request, response) => response.writeHead(500).end('not the owner')),
    await serveHttp(async (request, response) => {
      const { method = '', url = '', headers, rawHeaders } = request
      seen.push({ method, url, headers, rawHeaders, body: await bodyOf(request) })
      answer(request, response)
    }),
  ]
  const [one, two] = servers.map(({ port }) => {
    const telling = { actors: 'none', fenced: false } as const
    return new HttpApplication({ url: `http://127.0.0.1:${port}`, telling })
  }) as [HttpApplication, HttpApplication]
  first = await startHost({ application: one, owners })
  second = await startHost({ application: two, owners })
  owners.rest = second.name
})

afterAll(async () => {
  await Promise.all([first.stop(), second.stop()])
  await Promise.all(servers.map((server) => server.close()))
})

beforeEach(() => {
  seen = []
  answer = (_request, response) => response.end('ok')
})

const ways = [
  ['here', () => second.port],
  ['on another host', () => first.port],
] as const

describe.for(ways)('a call of an actor %s', ([, portOf]) => {
  test.for([
    ['a%2Fb', 'a/b'],
    ['a%2fb', 'a/b'],
    ['%25', '%'],
    ['%252F', '%2F'],
    ['a%20b', 'a b'],
    ['a+b', 'a+b'],
    ['%E8%BB%8A', '車'],
    ["~.-_!$&'()*,%3B=:@", "~.-_!$&'()*,;=:@"],
    ['%61'.repeat(512), 'a'.repeat(512)],
    ['%C3%A4'.repeat(256), 'ä'.repeat(256)],
  ])('has its id byte for byte: %s', async ([raw, id]) => {
    await ask(portOf(), `/v1/call/Cart/${raw}/x%2Fy?q=%41&&=%`)
    expect(seen[0]?.url).toBe(`/Cart/${raw}/x%2Fy?q=%41&&=%`)
    const [type, encoded] = String(seen[0]?.headers['berth-actor']).split('/')
    expect([type, decodeURIComponent(encoded as string)]).toEqual(['Cart', id])
  })

  test.for([
    [['a@b', 'a%40b', '%61@%62'], 'Cart/a%40b'],
    [
      ["~.-_!$&'()*,%3B=:", '%7e.-_%21$%26%27()%2A%2c%3b%3d%3a'],
      'Cart/~.-_%21%24%26%27%28%29%2A%2C%3B%3D%3A',
    ],
    [['%e8%bb%8a', '%E8%BB%8A'], 'Cart/%E8%BB%8A'],
    [['42', '%342'], 'Cart/42'],
  ] as const)(
    'is of an actor with one name, however it is spelt: %s',
    async ([spellings, actor]) => {
      for (const one of spellings) await ask(portOf(), `/v1/call/Cart/${one}/x`)
      expect(seen.map(({ headers }) => headers['berth-actor'])).toEqual(spellings.map(() => actor))
    },
  )

  test('with bytes in its id that are not percent-encoded is refused, and told so', async () => {
    const head = 'GET /v1/call/Cart/größe/x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'
    const got = problemOf(await exchange(portOf(), Buffer.from(head, 'utf8')))
    expect(got).toMatchObject({ code: 'invalid_request', status: 400 })
    expect(got.detail).toContain('Percent-encode')
    expect(seen).toHaveLength(0)
  })

  test.for(['GET', 'PUT', 'POST', 'DELETE', 'PATCH', 'OPTIONS', 'PROPFIND', 'M-SEARCH'])(
    'keeps its method %s, with a body and without',
    async (method) => {
      await ask(portOf(), '/v1/call/Cart/42/x', { method })
      await ask(portOf(), '/v1/call/Cart/42/x', {
        method,
        body: 'hello',
        headers: { 'content-length': '5' },
      })
      expect(seen.map((one) => [one.method, one.body.toString()])).toEqual([
        [method, ''],
        [method, 'hello'],
      ])
    },
  )

  test('keeps its headers, and loses those of ours and of its connection', async () => {
    const headers = {
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
      cookie: 'a=1',
      authorization: 'Bearer x',
      'x-many': ['1', '2'],
      'x-hop': 'gone',
      connection: 'x-hop',
      'berth-token': '666',
      'berth-actor': 'Cart/666',
      'berth-hop': '1',
      'berth-generation': '999',
      berth_token: '666',
      te: 'trailers',
      'proxy-authorization': 'Basic x',
    }
    await ask(portOf(), '/v1/call/Cart/42/x', { headers })
    const got = seen[0]?.headers ?? {}
    expect(got).toMatchObject({
      traceparent: headers.traceparent,
      cookie: 'a=1',
      authorization: 'Bearer x',
      'x-many': '1, 2',
      'berth-token': '1',
      'berth-generation': '1',
      'berth-actor': 'Cart/42',
      host: `127.0.0.1:${servers[1]?.port}`,
    })
    const names = Object.keys(got)
    for (const gone of ['x-hop', 'berth-hop', 'berth_token', 'te', 'proxy-authorization']) {
      expect(names).not.toContain(gone)
    }
    expect(got['berth-chain']).toMatch(/^[\w.]+$/)
  })

  test('has what is left of its deadline', async () => {
    await ask(portOf(), '/v1/call/Cart/42/x', { headers: { 'berth-timeout': '7.5' } })
    const left = Number(seen[0]?.headers['berth-timeout'])
    expect(left).toBeGreaterThan(1)
    expect(left).toBeLessThanOrEqual(7.5)
  })

  test('gets status, headers and body of the answer', async () => {
    answer = (_request, response) => {
      response.writeHead(418, [
        ...['X-One', '1', 'Set-Cookie', 'a=1', 'Set-Cookie', 'b=2', 'Berth-Token', '7'],
        ...['Berth-Refused', 'x', 'X-Hop', '1', 'Connection', 'x-hop', 'Keep-Alive', 'timeout=9'],
      ])
      response.end('short and stout')
    }
    const { status, headers, body } = await ask(portOf(), '/v1/call/Cart/42/x')
    expect({ status, body }).toEqual({ status: 418, body: 'short and stout' })
    expect(headers).toMatchObject({ 'x-one': '1', 'set-cookie': ['a=1', 'b=2'] })
    expect(Object.keys(headers).filter((name) => /berth|x-hop/.test(name))).toEqual([])
    expect(headers['keep-alive']).not.toBe('timeout=9')
  })

  test('gets a 421 of the application as its answer', async () => {
    answer = (_request, response) => {
      response.writeHead(421, { 'Berth-Refused': 'call_declined', 'Berth-Generation': '99' })
      response.end('mine')
    }
    const { status, headers, body } = await ask(portOf(), '/v1/call/Cart/42/x')
    expect({ status, body, refused: headers['berth-refused'] }).toEqual({
      status: 421,
      body: 'mine',
      refused: undefined,
    })
    expect(seen).toHaveLength(1)
  })

  test.for([204, 304])('gets a %i without a body', async (status) => {
    answer = (_request, response) => response.writeHead(status, { etag: '"1"' }).end()
    const got = await ask(portOf(), '/v1/call/Cart/42/x')
    expect(got).toMatchObject({ status, body: '', headers: { etag: '"1"' } })
    expect(got.headers['content-length']).toBeUndefined()
  })

  test('by HEAD gets the length and no body', async () => {
    answer = (_request, response) => response.writeHead(200, { 'content-length': '1234' }).end()
    for (const _ of [1, 2]) {
      const got = await ask(portOf(), '/v1/call/Cart/42/x', { method: 'HEAD' })
      expect(got).toMatchObject({ status: 200, body: '' })
      expect(got.headers['content-length']).toBe('1234')
    }
  })

  test('gets early hints before the answer', async () => {
    answer = (_request, response) => {
      response.writeEarlyHints({ link: '</a.css>; rel=preload', 'berth-token': '1' }, () => {
        response.end('late')
      })
    }
    const hints: unknown[] = []
    const onInformation = (status: number, headers: object) => hints.push({ status, headers })
    expect((await ask(portOf(), '/v1/call/Cart/42/x', { onInformation })).body).toBe('late')
    expect(hints).toEqual([{ status: 103, headers: { link: '</a.css>; rel=preload' } }])
  })

  test('with a chunked body has it chunked, whatever its length; trailers end here', async () => {
    const head = 'POST /v1/call/Cart/42/x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n'
    const chunks = '5\r\nhello\r\n6\r\n world\r\n0\r\nX-Sum: 1\r\n\r\n'
    const got = await exchange(
      portOf(),
      `${head}Trailer: X-Sum\r\nTransfer-Encoding: chunked\r\n\r\n${chunks}`,
    )
    expect(got.status).toBe(200)
    expect(seen[0]?.body.toString()).toBe('hello world')
    expect(seen[0]?.headers['transfer-encoding']).toBe('chunked')
    expect(seen[0]?.headers.trailer).toBeUndefined()
  })

  test.for([1, 64 * 1_024, 64 * 1_024 + 1, 1_000_000])(
    'has a body of %i bytes, with its length',
    async (length) => {
      const body = Buffer.alloc(length, 'abcdefgh')
      const headers = { 'content-length': String(length) }
      await ask(portOf(), '/v1/call/Cart/42/x', { method: 'POST', body, headers })
      expect(seen[0]?.body.equals(body)).toBe(true)
      expect(seen[0]?.headers['content-length']).toBe(String(length))
    },
  )

  test('with "Expect: 100-continue" is told to go on', async () => {
    const head = 'POST /v1/call/Cart/42/x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n'
    const got = await exchange(
      portOf(),
      `${head}Expect: 100-continue\r\nContent-Length: 5\r\n\r\nhello`,
    )
    expect(got.status).toBe(100)
    expect(got.body).toMatch(/^HTTP\/1.1 200 OK\r\n/)
    expect(seen[0]?.body.toString()).toBe('hello')
    expect(seen[0]?.headers.expect).toBeUndefined()
  })

  test('of a type that nobody has is answered with a problem', async () => {
    const ownersBefore = seen.length
    const got = await ask(portOf(), '/v1/call/Cart/%2F', {})
    expect(got.status).toBe(200)
    const bad = await ask(portOf(), '/v1/call/Cart')
    expect(bad.status).toBe(400)
    expect(problemIn(bad).code).toBe('invalid_request')
    expect(seen).toHaveLength(ownersBefore + 1)
  })

  test('that wants an upgrade is refused, unless it is one that may be passed over', async () => {
    const upgrade = { connection: 'upgrade', upgrade: 'websocket' }
    const refused = await ask(portOf(), '/v1/call/Cart/42/x', { headers: upgrade })
    expect(refused.status).toBe(400)
    expect(problemIn(refused).detail).toContain('upgraded')
    expect(seen).toHaveLength(0)
    const java = { connection: 'Upgrade, HTTP2-Settings', upgrade: 'h2c', 'http2-settings': 'AA' }
    expect((await ask(portOf(), '/v1/call/Cart/42/x', { headers: java })).status).toBe(200)
  })
})

describe.for(ways)('100 MB for an actor %s', ([, portOf]) => {
  const size = 100 * 1_024 * 1_024
  const piece = Buffer.alloc(64 * 1_024, 'x')
  let sent = 0
  const stream = () => {
    sent = 0
    return Readable.from(
      (function* () {
        for (; sent < size; sent += piece.length) yield piece
      })(),
    )
  }

  test('go there and back, and no side holds more than a little of it', async () => {
    let most = 0
    answer = (_request, response) => {
      seen = []
      stream().pipe(response)
    }
    const response = await open(portOf(), '/v1/call/Cart/42/x', {
      method: 'POST',
      body: 'x',
      headers: { 'content-length': '1' },
    })
    let got = 0
    for await (const chunk of response) {
      got += (chunk as Buffer).length
      most = Math.max(most, sent - got)
      // A reader that is slower than who writes.
      await new Promise((resolve) => setImmediate(resolve))
    }
    expect(got).toBe(size)
    expect(most).toBeLessThan(size / 2)
    for (const headers of [{ 'content-length': String(size) }, {}]) {
      answer = (_request, response) => response.end('ok')
      await ask(portOf(), '/v1/call/Cart/42/x', { method: 'POST', body: stream(), headers })
      expect(seen.at(-1)?.body.length).toBe(size)
    }
  })
})
