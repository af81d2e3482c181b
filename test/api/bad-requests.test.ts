import { beforeAll, describe, expect, test } from 'vitest'
import { call, get } from './support/api-client.js'
import { type ApiServer, startApi } from './support/api-server.js'
import { idleReplica } from './support/idle-replica.js'
import { exchange, problemOf, request } from './support/raw-http.js'

// One replica takes all of it: whatever harms it shows in the tests that follow.
let server: ApiServer

beforeAll(async () => {
  server = await startApi(idleReplica())
  return () => server.app.close()
})

describe('a path or method that the contract does not have', () => {
  test.for([
    '/v1',
    '/v1/',
    '/v1/namespace',
    '/v1/namespaces/default/',
    '/v1//namespaces',
    '/V1/namespaces',
    '/v2/namespaces',
    '/v1/namespaces/default/actors/Order',
    '/v1/namespaces/default/actors/Order/1/2',
    '/.env',
    '/index.html',
    '/v1/watch',
  ])('%s is 404', async (path) => {
    const { status, body } = await get(server, path)
    expect(status).toBe(404)
    expect(body).toMatchObject({ code: 'not_found', detail: expect.stringContaining('/openapi') })
  })

  test.for([
    ['POST', '/v1/namespaces', 'GET, HEAD'],
    ['PUT', '/v1/namespaces/default/members/10.0.0.1:5000', 'GET, HEAD, DELETE'],
    ['GET', '/v1/namespaces/default/members/10.0.0.1:5000/cordon', 'POST'],
    ['DELETE', '/v1/namespaces/default/members', 'GET, HEAD'],
    ['PUT', '/v1/settings', 'GET, HEAD, PATCH'],
    ['GET', '/v1/cluster/replicas', 'POST'],
    ['GET', '/v1/cluster/replicas/3', 'DELETE'],
    ['OPTIONS', '/v1/cluster', 'GET, HEAD'],
    ['POST', '/', 'GET, HEAD'],
    ['POST', '/metrics', 'GET, HEAD'],
    ['PUT', '/v1/host', 'GET'],
  ] as const)('%s %s is 405 and allows %s', async ([method, path, allow]) => {
    const { status, headers, body } = await call(server, method, path)
    expect(status).toBe(405)
    expect(headers.get('allow')).toBe(allow)
    expect(body).toMatchObject({ code: 'method_not_allowed' })
  })

  test.for(['PROPFIND', 'QUERY', 'TRACE', 'LOCK'])('%s is 405', async (method) => {
    const response = await request(server.port, `${method} /v1/cluster`)
    expect(problemOf(response)).toMatchObject({ code: 'method_not_allowed' })
    expect(response.headers.allow).toBe('GET, HEAD')
  })

  test('a wrong method is told before its body is looked at', async () => {
    for (const type of ['application/json', 'text/csv']) {
      const { status } = await call(server, 'PUT', '/v1/settings', {
        body: 'not json',
        headers: { 'content-type': type },
      })
      expect(status).toBe(405)
    }
  })

  test('OPTIONS * is 404', async () => {
    expect(problemOf(await request(server.port, 'OPTIONS *'))).toMatchObject({ code: 'not_found' })
  })
})

describe('a URL that cannot be read', () => {
  test.for([
    '/v1/namespaces/%zz',
    '/v1/namespaces/%',
    '/%c0%ae%c0%ae/etc/passwd',
    '/v1/namespaces/%ff',
    '/v1/namespaces/default/members?type=%ff',
    '/v1/namespaces/default/members?type=%ED%A0%80',
    '/v1/namespaces/default/members?type=%C0%AF',
    '/v1/namespaces/default/members?type=%',
    '/v1/namespaces/default/members?%FF=1',
    '/v1/namespaces/default/actors/%ED%A0%80/1',
    '/v1/namespaces/default/actors/Order/%ED%B0%80',
    // Not encoded at all: Node would read each byte of it as a character.
    '/v1/namespaces/default/actors/Order/\u00e4',
    '/v1/namespaces/default/members?type=\u00e4',
    '/nowhere?x=%FF',
    '/v1/host?x=%FF',
  ])('%s is 400', async (path) => {
    const body = problemOf(await request(server.port, `GET ${path}`))
    expect(body).toMatchObject({ code: 'invalid_request' })
  })

  test('a part of the path longer than any id can be', async () => {
    const path = `/v1/namespaces/default/actors/Order/${'x'.repeat(5_000)}`
    const { status, body } = await get(server, path)
    expect(status).toBe(400)
    expect(body).toMatchObject({ code: 'invalid_request' })
  })
})

describe('parameters outside the contract', () => {
  test.for([
    ['/v1/namespaces?page=2', 'query', 'There is no query name "page"'],
    ['/v1/namespaces?consistency=strong', 'query', 'stale, default, consistent'],
    ['/v1/namespaces?consistency=', 'query', 'stale, default, consistent'],
    ['/v1/namespaces?limit=0', 'query', '>= 1'],
    ['/v1/namespaces?limit=1001', 'query', '<= 1000'],
    ['/v1/namespaces?limit=ten', 'query', 'an integer'],
    ['/v1/namespaces?limit=1.5', 'query', 'an integer'],
    ['/v1/namespaces?limit=1&limit=2', 'query', 'an integer'],
    ['/v1/namespaces?cursor=', 'query', 'fewer than 1'],
    ['/v1/namespaces?cursor=a.b', 'query', 'has not the form'],
    ['/v1/namespaces?__proto__=1', 'query', '__proto__'],
    ['/v1/namespaces/', 'path', 'has not the form'],
    ['/v1/namespaces/default/actors/Order/', 'path', 'fewer than 1'],
    ['/v1/namespaces/a.b', 'path', 'has not the form'],
    ['/v1/namespaces/A', 'path', 'has not the form'],
    ['/v1/namespaces/a%20b', 'path', 'has not the form'],
    ['/v1/namespaces/%2A', 'path', 'has not the form'],
    [`/v1/namespaces/${'a'.repeat(64)}`, 'path', 'has not the form'],
    ['/v1/namespaces/default/members/shop', 'path', 'has not the form'],
    ['/v1/namespaces/default/members/10.0.0.1:65536', 'path', 'has not the form'],
    ['/v1/namespaces/default/members/cart_1:7999', 'path', 'and this has _.'],
    ['/v1/namespaces/default/members/[FD00::7]:7999', 'path', 'write [fd00::7]:7999.'],
    ['/v1/events?member=Cart-1:7999', 'query', 'write cart-1:7999.'],
    ['/v1/namespaces/default/members?cordoned=yes', 'query', 'a boolean'],
    ['/v1/namespaces/default/members?type=', 'query', 'fewer than 1'],
    ['/v1/namespaces/default/table?generation=-1', 'query', 'no sign'],
    ['/v1/namespaces/default/table?generation=9007199254740992', 'query', '<= 9007199254740991'],
    ['/v1/namespaces/default/diff', 'query', '"from" is missing'],
    [`/v1/namespaces/default/types/${'%C3%A4'.repeat(65)}/table`, 'path', 'longer than 128 bytes'],
    [`/v1/namespaces/default/actors/T/${'%C3%A4'.repeat(513)}`, 'path', 'longer than 1024 bytes'],
    ['/v1/events?kind=DROP', 'query', 'has not the form'],
    ['/v1/events?order=up', 'query', 'newest, oldest'],
    ['/livez?verbose=please', 'query', 'must be one of'],
    ['/metrics?name=x', 'query', 'There is no query name "name"'],
    ['/?x=1', 'query', 'There is no query name "x"'],
  ] as const)('%s is 400', async ([path, place, said]) => {
    const { status, body } = await get(server, path)
    expect(status).toBe(400)
    expect(body.code).toBe('invalid_request')
    expect(body.errors[0].in).toBe(place)
    expect(JSON.stringify(body.errors)).toContain(said.replaceAll('"', '\\"'))
  })

  test.for(['', ' ', 'a b', 'ä', 'x'.repeat(129), 'a,b\tc'])(
    'the Idempotency-Key "%s" is 400',
    async (key) => {
      const response = await request(
        server.port,
        'DELETE /v1/namespaces/default/members/10.0.0.1:1',
        {
          'Idempotency-Key': key,
        },
      )
      const body = problemOf(response)
      expect(body).toMatchObject({ code: 'invalid_request', errors: [{ in: 'header' }] })
      expect(body.detail).toContain('idempotency-key')
    },
  )

  test('two Idempotency-Keys are 400', async () => {
    const bytes = [
      'DELETE /v1/namespaces/default/members/10.0.0.1:1 HTTP/1.1',
      `Host: 127.0.0.1:${server.port}`,
      'Connection: close',
      'Idempotency-Key: one',
      'Idempotency-Key: two',
      'Content-Length: 0',
      '',
      '',
    ].join('\r\n')
    expect(problemOf(await exchange(server.port, bytes))).toMatchObject({ code: 'invalid_request' })
  })

  test('every fault is listed once, not only the first', async () => {
    const { body } = await get(server, '/v1/events?limit=0&order=up&page=1&member=a_b:1')
    expect(body.errors).toHaveLength(4)
  })
})

describe('bodies outside the contract', () => {
  const add = (body: unknown, headers = {}) =>
    call(server, 'POST', '/v1/cluster/replicas', { body, headers })
  const replica = { id: 4, peer: '10.0.0.4:7410' }

  test.for([
    [{ ...replica, weight: 3 }, 'There is no field "weight"'],
    [{ id: 4 }, '"peer" is missing'],
    [{ ...replica, id: '4' }, 'an integer'],
    [{ ...replica, id: 0 }, '>= 1'],
    [{ ...replica, id: 1.5 }, 'an integer'],
    [{ ...replica, peer: '10.0.0.4' }, 'has not the form host:port: it has no port'],
    [{ ...replica, peer: '0.0.0.0:7410' }, 'stands for all addresses of a machine'],
    [{ ...replica, peer: '[FD00::4]:7410' }, 'write [fd00::4]:7410'],
    [{ ...replica, membership: 'observer' }, 'voter, learner'],
    [[replica], 'an object'],
    ['null', 'an object'],
    ['4', 'an object'],
    ['"x"', 'an object'],
    ['', 'an object'],
  ] as const)('%j is 400', async ([body, said]) => {
    const answer = await add(body)
    expect(answer.status).toBe(400)
    expect(answer.body.code).toBe('invalid_request')
    expect(JSON.stringify(answer.body.errors)).toContain(said.replaceAll('"', '\\"'))
  })

  test.for(['{', '{"id":4,}', 'id=4', '{"id":4}{"id":5}', '\u0000'])(
    'a body that is not JSON is 400: %s',
    async (body) => {
      const answer = await add(body)
      expect(answer.status).toBe(400)
      expect(answer.body).toMatchObject({ code: 'invalid_request', detail: /JSON/ })
    },
  )

  test.for(['{"__proto__":{"id":1},"id":4}', '{"constructor":{"prototype":{}},"id":4}'])(
    'a body that would poison an object is 400: %s',
    async (body) => {
      expect((await add(body)).status).toBe(400)
      expect(({} as { id?: unknown }).id).toBeUndefined()
    },
  )

  test('a body nested thirty thousand deep is 400', async () => {
    expect((await add('['.repeat(30_000) + ']'.repeat(30_000))).status).toBe(400)
  })

  test.for([
    'text/plain',
    'text/html',
    'application/x-www-form-urlencoded',
    'application/problem+json',
    'application/jsonp',
    'nonsense',
  ])('a body of type %s is 415', async (type) => {
    const answer = await add(JSON.stringify(replica), { 'content-type': type })
    expect(answer.status).toBe(415)
    expect(answer.body.code).toBe('unsupported_media_type')
  })

  test('a charset beside the type changes nothing: the fields are still checked', async () => {
    const type = { 'content-type': 'application/json; charset=utf-8' }
    const answer = await add({ ...replica, weight: 3 }, type)
    expect(answer.body.errors[0].detail).toContain('weight')
  })

  test('no body where one is needed is 400', async () => {
    const { status, body } = await call(server, 'POST', '/v1/cluster/replicas')
    expect(status).toBe(400)
    expect(body.detail).toContain('an object')
  })

  test.for([
    ['POST', '/v1/namespaces/default/members/10.0.0.1:5000/cordon'],
    ['DELETE', '/v1/cluster/replicas/3'],
    ['POST', '/v1/cluster/snapshot'],
  ] as const)('a body where none belongs is 400: %s %s', async ([method, path]) => {
    const { status, body } = await call(server, method, path, { body: { force: true } })
    expect(status).toBe(400)
    expect(body.errors[0].detail).toBe('This operation takes no body.')
  })

  test('a change of no setting is 400', async () => {
    const { status, body } = await call(server, 'PATCH', '/v1/settings', { body: {} })
    expect(status).toBe(400)
    expect(body.code).toBe('invalid_request')
  })

  test('more than 64 KiB is 413', async () => {
    const { status, body } = await add(`{"id":${' '.repeat(64 * 1024)}4}`)
    expect(status).toBe(413)
    expect(body.code).toBe('too_large')
  })

  test('more than 64 KiB in chunks is 413', async () => {
    const chunk = `4000\r\n${' '.repeat(0x4000)}\r\n`
    const response = await request(
      server.port,
      'POST /v1/cluster/replicas',
      { 'Content-Type': 'application/json', 'Transfer-Encoding': 'chunked' },
      `${chunk.repeat(5)}0\r\n\r\n`,
    )
    expect(problemOf(response)).toMatchObject({ code: 'too_large' })
  })
})

describe('a web page', () => {
  test('under a name of its own (DNS rebinding) is refused', async () => {
    const response = await request(server.port, 'GET /v1/cluster', { Host: 'rebound.example' })
    expect(problemOf(response)).toMatchObject({ code: 'foreign_origin', status: 403 })
  })

  test('of another site is refused, for reads and for writes', async () => {
    for (const line of ['GET /v1/cluster', 'POST /v1/cluster/snapshot', 'GET /', 'GET /nowhere']) {
      const response = await request(server.port, line, { Origin: 'https://evil.example' })
      expect(problemOf(response)).toMatchObject({ code: 'foreign_origin' })
    }
  })

  test('of another port of this machine is refused', async () => {
    const origin = `http://127.0.0.1:${server.port + 1}`
    const response = await request(server.port, 'GET /livez', { Origin: origin })
    expect(problemOf(response)).toMatchObject({ code: 'foreign_origin' })
  })

  test('of this replica is taken', async () => {
    const origin = `http://localhost:${server.port}`
    expect((await request(server.port, 'GET /livez', { Origin: origin })).status).toBe(200)
  })

  test('gets no permission from any answer', async () => {
    const { headers } = await get(server, '/livez')
    expect([...headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([])
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('cross-origin-resource-policy')).toBe('same-origin')
    expect(headers.get('content-security-policy')).toContain("default-src 'none'")
  })
})
