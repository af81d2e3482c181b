import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { FunctionApplication } from '../../../src/calls/http/function-application.js'
import { IncomingCalls } from '../../../src/calls/http/incoming-calls.js'
import { answerError } from '../../../src/calls/http/problem-answer.js'
import { ServerSink } from '../../../src/calls/http/server-sink.js'
import { exchange, problemOf, request } from '../../api/support/raw-http.js'
import { Owners, startHost } from '../../calls/http/support/call-cluster.js'
import { createApi } from './support/local-server.js'

/** Calls and all else at one port, each behind the guard. @returns what was called */
async function startGuarded() {
  const called: string[] = []
  const owners = new Owners()
  const application = new FunctionApplication(({ method, path }) => {
    called.push(`${method} ${path}`)
    return { body: 'done' }
  })
  const host = await startHost({ application, owners })
  owners.rest = host.name
  const { api, port, logs } = await createApi()
  const timeouts = { heldBodyTimeoutMs: 1_000 }
  const calls = new IncomingCalls(host.driver, { origin: 'application', ...timeouts })
  const server = createServer((asked, response) => {
    const refusal = api.guard(asked)
    if (refusal !== null) answerError(new ServerSink(response, null), refusal, true)
    else if (asked.url?.startsWith('/v1/call/')) calls.handle(asked, response)
    else api.others(asked, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(async () => {
    server.close()
    server.closeAllConnections()
    await api.close()
    await host.stop()
  })
  return { number: (server.address() as AddressInfo).port, called, port, logs }
}

const paths = ['GET /v1/call/Cart/42/empty', 'POST /v1/call/Cart/42/add', 'POST /v1/leave']

describe('a page of another site calls no actor and ends no host', () => {
  test.for([
    ['its script', { origin: 'http://evil.example' }],
    ['a page of another server of this machine', { origin: 'http://localhost:3000' }],
    ['a page without an origin', { origin: 'null' }],
    ['an extension', { origin: 'chrome-extension://abcdef' }],
    ['an image or a link', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' }],
    ['an image of another server of this machine', { 'sec-fetch-site': 'same-site' }],
    ['a name that leads here', { host: 'evil.example' }],
    ['a name that leads here, at this port', { host: 'rebound.example:3600' }],
    ['another address of loopback', { host: '127.0.0.2' }],
  ])('%s', async ([, headers]) => {
    const { number, called, port, logs } = await startGuarded()
    const { host = `127.0.0.1:${number}`, ...others } = headers as Record<string, string>
    // Whoever came in before lets nobody else in.
    expect((await request(number, 'GET /v1/state')).status).toBe(200)
    for (const path of paths) {
      const answer = await request(number, path, { Host: host, ...others })
      expect(problemOf(answer)).toMatchObject({ code: 'foreign_origin', status: 403 })
    }
    expect([called, port.leaves]).toEqual([[], 0])
    expect(logs.map(({ msg }) => msg)).toContain('a request is refused')
  })

  test('nor may it ask before it does (CORS)', async () => {
    const { number, called } = await startGuarded()
    const headers = { Origin: 'http://evil.example', 'Access-Control-Request-Method': 'POST' }
    for (const path of ['/v1/call/Cart/42', '/v1/leave']) {
      const answer = await request(number, `OPTIONS ${path}`, headers)
      expect(answer.status).toBe(403)
      expect(answer.headers['access-control-allow-origin']).toBeUndefined()
    }
    expect(called).toEqual([])
  })
})

test.for([
  ['the same twice', 'localhost', 'Host: localhost'],
  ['a foreign one behind its own', 'localhost', 'hOsT: evil.example'],
  ['its own behind a foreign one', 'evil.example', 'Host: localhost'],
])('two headers Host are refused: %s', async ([, first, second]) => {
  const { number, called, port } = await startGuarded()
  // Whoever came in before lets nobody else in.
  expect((await request(number, 'GET /v1/state', { Host: 'localhost' })).status).toBe(200)
  for (const path of paths) {
    const bytes = `${path} HTTP/1.1\r\nHost: ${first}\r\n${second}\r\n\r\n`
    expect(problemOf(await exchange(number, bytes))).toMatchObject({ code: 'invalid_request' })
  }
  expect([called, port.leaves]).toEqual([[], 0])
})

describe('whoever is no page calls', () => {
  test.for([
    ['with nothing special', {}],
    ['by name', { Host: 'localhost' }],
    ['as a person at a browser', { 'Sec-Fetch-Site': 'none' }],
  ])('%s', async ([, headers]) => {
    const { number, called } = await startGuarded()
    const answer = await request(
      number,
      'GET /v1/call/Cart/42/empty',
      headers as Record<string, string>,
    )
    expect([answer.status, called]).toEqual([200, ['GET /empty']])
    expect((await request(number, 'GET /v1/state', headers as Record<string, string>)).status).toBe(
      200,
    )
  })

  test('without a Host, as HTTP/1.0 allows', async () => {
    const { api } = await createApi()
    const asked = {
      headers: {},
      rawHeaders: [],
      url: '/v1/state',
      socket: { localAddress: '127.0.0.1' },
    }
    expect(api.guard(asked as never)).toBeNull()
    await api.close()
  })
})
