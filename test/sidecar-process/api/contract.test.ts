import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { CallServer } from '../../../src/calls/http/call-server.js'
import { HttpApplication } from '../../../src/calls/http/http-application.js'
import { BerthError } from '../../../src/errors/berth-error.js'
import { createRestAjv } from '../../../src/rest/validation.js'
import type { LocalApi } from '../../../src/sidecar-process/api/create-local-api.js'
import { exchange } from '../../api/support/raw-http.js'
import { type Asked, type AskOptions, ask, open } from '../../calls/http/support/ask.js'
import {
  type CarryingHost,
  keysOf,
  Owners,
  startHost,
} from '../../calls/http/support/call-cluster.js'
import { serveBytes, serveHttp, type TestServer } from '../../calls/http/support/raw-application.js'
import { Contract, document, isCall, operations } from './support/contract.js'
import { createApi } from './support/local-server.js'
import { type TestPort, upState } from './support/test-port.js'

const contract = new Contract()
const owners = new Owners()

let application: TestServer
let breaking: TestServer
let mute: TestServer
let host: CarryingHost
let server: CallServer
let api: LocalApi
let port: TestPort
let number = 0

/** The whole local side: calls and all else at one port, as a sidecar has it. */
beforeAll(async () => {
  application = await serveHttp((request, response) => {
    if (/^\/(Cart\/silent|berth\/fenced)/.test(request.url ?? '')) return
    response.setHeader('x-seen', JSON.stringify([request.method, request.url, request.headers]))
    request.pipe(response.writeHead(request.url?.startsWith('/Cart/odd') === true ? 418 : 200))
  })
  breaking = await serveBytes((socket) => socket.destroy())
  mute = await serveBytes(() => undefined)
  host = await startHost({
    application: new HttpApplication({
      url: `http://127.0.0.1:${application.port}`,
      telling: { actors: 'none', fenced: true },
    }),
    owners,
    settings: { waitingPerKeyMax: 1 },
  })
  owners.rest = host.name
  owners.move('Cart', 'breaks', `127.0.0.1:${breaking.port}`)
  owners.move('Cart', 'mute', `127.0.0.1:${mute.port}`)
  owners.lock('Cart', 'moves')
  owners.lock('Cart', 'crowded')
  ;({ api, port } = await createApi())
  const limits = { heldBodyTimeoutMs: 50 }
  const options = { others: api.others, guard: api.guard, limits }
  server = new CallServer(host.driver, { ...options, origin: 'application', tls: null })
  number = await server.listen({ host: '127.0.0.1', port: 0 })
})

afterAll(async () => {
  await api.close()
  await server.destroy()
  await host.stop()
  await Promise.all([application.close(), breaking.close(), mute.close()])
})

/** Asks, and holds the answer to what the document says of this operation. */
async function look(id: string, path: string, options: AskOptions = {}): Promise<Asked> {
  const { method = 'GET' } = options
  return contract.check(id, method, await ask(number, path, options))
}

const codeOf = ({ body }: Asked) => JSON.parse(body).code

describe('calls', () => {
  test.for(operations.filter(({ operation }) => isCall(operation)))(
    '$operation.operationId goes through with its path, its query and its headers',
    async ({ method, operation }) => {
      const headers = { 'x-mine': '1', 'idempotency-key': 'k', 'berth-timeout': '20.5' }
      const answer = await look(operation.operationId, '/v1/call/Cart/4%2F2/items/7?a=%20', {
        method,
        headers,
      })
      const [asked, url, got] = JSON.parse(String(answer.headers['x-seen']))
      expect([answer.status, asked, url]).toEqual([200, method, '/Cart/4%2F2/items/7?a=%20'])
      expect(got).toMatchObject({ 'x-mine': '1', 'idempotency-key': 'k' })
      expect(got['berth-actor']).toBe('Cart/4%2F2')
      expect(Number(got['berth-token'])).toBeGreaterThan(0)
      expect(Number(got['berth-generation'])).toBeGreaterThan(0)
      expect(Number(got['berth-timeout'])).toBeLessThanOrEqual(20.5)
      expect(got['berth-chain']).toMatch(/^[\w.-]+$/)
    },
  )

  test('a body comes back, and the status is the one of the application', async () => {
    const answer = await look('callPost', '/v1/call/Cart/odd', { method: 'POST', body: 'milk' })
    expect([answer.status, answer.body]).toEqual([418, 'milk'])
  })

  test('the path behind the actor may be empty, or left out', async () => {
    for (const path of ['/Cart/42', '/Cart/42/', '/Cart/42?a=b']) {
      const { headers } = await look('callGet', `/v1/call${path}`)
      expect(JSON.parse(String(headers['x-seen']))[1]).toBe(path)
    }
  })

  test('a call is explained to those who ask for it', async () => {
    const { headers } = await look('callGet', '/v1/call/Cart/42', {
      headers: { 'berth-explain': '1' },
    })
    const explanation = JSON.parse(String(headers['berth-explanation']))
    const ajv = createRestAjv({ validateSchema: true })
    ajv.addVocabulary(['components'])
    ajv.addSchema({ $id: 'sidecar', components: document.components })
    const validate = ajv.compile({ $ref: 'sidecar#/components/schemas/Explanation' })
    validate(explanation)
    expect(validate.errors ?? []).toEqual([])
    expect(explanation.steps.map(({ what }: { what: string }) => what)).toContain('deliver')
  })

  const soon = { 'berth-timeout': '0.05' }

  test.for([
    ['call_lost', '/v1/call/Cart/breaks', {}],
    ['call_timeout', '/v1/call/Cart/silent', soon],
    ['call_moving', '/v1/call/Cart/moves', soon],
    ['invalid_request', '/v1/call/Cart/42', { 'berth-timeout': 'soon' }],
    ['invalid_request', '/v1/call/Cart/42', { 'berth-chain': 'a b' }],
    ['invalid_request', '/v1/call/Cart', {}],
    ['invalid_request', '/v1/call/Cart/%FF', {}],
    ['invalid_request', '/v1/call/Cart/42/..', {}],
    ['expectation_failed', '/v1/call/Cart/42', { expect: 'wonders' }],
    ['headers_too_large', '/v1/call/Cart/42', { 'x-long': 'x'.repeat(40_000) }],
  ] as const)('%s: %s %o', async ([code, path, headers]) => {
    const answer = await look('callPost', path, { method: 'POST', headers, body: '{}' })
    expect(codeOf(answer)).toBe(code)
    const { outcome } = JSON.parse(answer.body)
    expect(outcome).toBe(/lost|timeout/.test(code) ? 'unknown' : undefined)
  })

  test('call_unreachable: its owner does not let a long body in', async () => {
    const options = { method: 'POST', headers: soon, body: 'x'.repeat(70_000) }
    const answer = await look('callPost', '/v1/call/Cart/mute', options)
    expect(codeOf(answer)).toBe('call_unreachable')
  })

  test('no_owner: no host has the type', async () => {
    const { rest } = owners
    owners.rest = null
    const answer = await look('callPost', '/v1/call/Nothing/1', { method: 'POST' })
    owners.rest = rest
    expect(codeOf(answer)).toBe('no_owner')
  })

  test('too_many_calls: one that waits for the actor is all there may be', async () => {
    const first = ask(number, '/v1/call/Cart/crowded', { headers: { 'berth-timeout': '3' } })
    const others = await Promise.all(
      [1, 2].map(() =>
        look('callPost', '/v1/call/Cart/crowded', {
          method: 'POST',
          headers: { 'berth-timeout': '2' },
        }),
      ),
    )
    expect(others.map(codeOf)).toContain('too_many_calls')
    owners.move('Cart', 'crowded', host.name)
    host.events.changed()
    expect((await first).status).toBe(200)
  })

  test('request_timeout: a body that is held does not come', async () => {
    const bytes = `POST /v1/call/Cart/42 HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\n`
    const { status, headers, body } = await exchange(number, bytes)
    contract.check('callPost', 'POST', { status, headers, body })
    expect(JSON.parse(body).code).toBe('request_timeout')
  })
})

describe('where', () => {
  test('its host', async () => {
    const answer = await look('whereIsActor', '/v1/where/Cart/42?timeout=2.5')
    expect(JSON.parse(answer.body)).toEqual(port.place)
    expect(port.asked.at(-1)).toEqual(['Cart', '42', expect.objectContaining({ timeoutMs: 2_500 })])
  })

  test('for 30 s unless it is said otherwise', async () => {
    await look('whereIsActor', '/v1/where/Cart/42')
    expect(port.asked.at(-1)?.[2].timeoutMs).toBe(30_000)
  })

  test('timeout: it moves for longer', async () => {
    const { place } = port
    port.place = null
    const answer = await look('whereIsActor', '/v1/where/Cart/42?timeout=0.01')
    port.place = place
    expect(codeOf(answer)).toBe('timeout')
  })

  test.for(['no_owner', 'overloaded', 'unavailable'] as const)('%s', async (code) => {
    port.failure = new BerthError(code, 'As the sidecar says it.')
    const answer = await look('whereIsActor', '/v1/where/Cart/42')
    port.failure = undefined
    expect(codeOf(answer)).toBe(code)
  })

  test('internal: what is not known is told to the log alone', async () => {
    port.failure = new TypeError('the secret cause')
    const answer = await look('whereIsActor', '/v1/where/Cart/42')
    port.failure = undefined
    expect(codeOf(answer)).toBe('internal')
    expect(answer.body).not.toContain('secret')
  })
})

describe('owns', () => {
  test('yes, with the token and how long that holds, never rounded up', async () => {
    port.grantOfAll = { token: 311, generation: 42, holdsMs: 499.9 }
    const answer = await look('ownsActor', '/v1/owns/Cart/42')
    const here = { owns: true, token: 311, generation: 42, holdsMs: 499 }
    expect(JSON.parse(answer.body)).toEqual(here)
  })

  test('no', async () => {
    const { grantOfAll } = port
    port.grantOfAll = null
    const answer = await look('ownsActor', '/v1/owns/Cart/42')
    port.grantOfAll = grantOfAll
    expect(JSON.parse(answer.body)).toEqual({ owns: false })
  })
})

describe('host', () => {
  test('its state, whole, with what never was as null', async () => {
    const { body } = await look('getState', '/v1/state')
    const state = JSON.parse(body)
    expect(state).toMatchObject({
      ready: true,
      host: upState.host,
      application: { state: 'up', forMs: 901, reason: null },
      calls: upState.calls,
      sidecar: { leaseLeftMs: 2_500, replicaSilentMs: 12, ordersSilentMs: null, generation: 42 },
    })
    expect(Object.keys(state.sidecar).sort()).toEqual(Object.keys(upState.sidecar).sort())
  })

  test('its state where it has no application and was let in nowhere', async () => {
    port.current = { ...upState, ready: false, host: null, application: null }
    const why = { code: 'evicted', detail: 'An operator has evicted it.' }
    port.sidecarIs({ waiting: { kind: 'waiting', ...why, code: 'evicted', retryAfterMs: 5 } })
    const { body } = await look('getState', '/v1/state')
    port.current = upState
    expect(JSON.parse(body)).toMatchObject({
      host: null,
      application: null,
      sidecar: { waiting: why },
    })
  })

  test('its events', async () => {
    const response = await open(number, '/v1/events')
    response.destroy()
    const { statusCode: status = 0, headers } = response
    const type = headers['content-type']
    contract.seen.add(`streamEvents ${status}`)
    expect([status, type]).toEqual([200, 'text/event-stream'])
  })

  test('no more than 64 streams', async () => {
    const opened = await Promise.all(Array.from({ length: 64 }, () => open(number, '/v1/events')))
    expect(codeOf(await look('streamEvents', '/v1/events'))).toBe('overloaded')
    for (const response of opened) response.destroy()
  })

  test('leaves', async () => {
    const answer = look('leave', '/v1/leave', { method: 'POST' })
    while (port.leaves === 0) await new Promise(setImmediate)
    port.left()
    expect(JSON.parse((await answer).body)).toEqual({ left: true })
  })

  test('leaves in vain', async () => {
    const other = await createApi()
    const local = new CallServer(host.driver, {
      ...{ origin: 'application', tls: null, others: other.api.others },
    })
    const at = await local.listen({ host: '127.0.0.1', port: 0 })
    const answer = ask(at, '/v1/leave', { method: 'POST' })
    while (other.port.leaves === 0) await new Promise(setImmediate)
    other.port.left(new BerthError('not_handed_over', 'It was fenced while it left.'))
    expect(codeOf(contract.check('leave', 'POST', await answer))).toBe('not_handed_over')
    await other.api.close()
    expect(codeOf(contract.check('getState', 'GET', await ask(at, '/v1/state')))).toBe(
      'unavailable',
    )
    await local.destroy()
  })

  test('takes no body where it has no use for one', async () => {
    const json = { 'content-type': 'application/json' }
    for (const [code, headers, body] of [
      ['unsupported_media_type', { 'content-type': 'text/plain' }, 'x'],
      ['invalid_request', json, '{}'],
      ['too_large', json, `"${'x'.repeat(70_000)}"`],
    ] as const) {
      const answer = await look('leave', '/v1/leave', { method: 'POST', headers, body })
      expect(codeOf(answer)).toBe(code)
    }
    expect(port.leaves).toBe(1)
  })
})

describe('health', () => {
  test.for(['healthz', 'readyz'])('%s is well', async (id) => {
    expect(JSON.parse((await look(id, `/${id}`)).body)).toEqual({ ok: true })
  })

  test('readyz says what keeps it', async () => {
    port.current = {
      ...upState,
      ready: false,
      application: { state: 'unhealthy', forMs: 1, reason: 'connection refused' },
    }
    const answer = await look('readyz', '/readyz')
    port.current = upState
    expect(codeOf(answer)).toBe('unavailable')
    expect(answer.body).toContain('the application is unhealthy (connection refused)')
  })

  test('healthz says why a restart would help', async () => {
    port.sidecarIs({ broken: 'onFenced failed: the application hangs' })
    const answer = await look('healthz', '/healthz')
    port.current = upState
    expect(codeOf(answer)).toBe('unavailable')
    expect(answer.body).toContain('the application hangs')
  })

  test('metrics, those of the API among them', async () => {
    const { body } = await look('metrics', '/metrics')
    expect(body).toContain('berth_http_request_duration_seconds_count{method="GET"')
    expect(body).toContain('route="/v1/where/:type/:id"')
  })

  test('the document is sidecar.openapi.yaml', async () => {
    const { body } = await look('openapiDocument', '/v1/openapi.json')
    expect(JSON.parse(body)).toEqual(JSON.parse(JSON.stringify(document)))
  })
})

describe('each operation that is no call', () => {
  const template = (path: string) => path.replace('{type}', 'Cart').replace('{id}', '42')
  const bound = operations.filter(({ operation }) => !isCall(operation))

  test.for(bound)('$operation.operationId lets no page of another site in', async (one) => {
    const headers = { origin: 'http://evil.example' }
    const { method, operation } = one
    const answer = await look(operation.operationId, template(one.template), { method, headers })
    expect(codeOf(answer)).toBe('foreign_origin')
  })

  test.for(bound)('$operation.operationId refuses queries that it has not', async (one) => {
    const { method, operation } = one
    const answer = await look(operation.operationId, `${template(one.template)}?x=1`, { method })
    expect(codeOf(answer)).toBe('invalid_request')
  })

  test.for(bound)('$operation.operationId has no other methods', async (one) => {
    const answer = await look(one.operation.operationId, template(one.template), { method: 'PUT' })
    expect(codeOf(answer)).toBe('method_not_allowed')
    const allowed = one.method === 'GET' ? 'GET, HEAD' : 'POST'
    expect(answer.headers.allow).toBe(allowed)
  })

  test('is asked about with HEAD, where it can be got', async () => {
    for (const one of bound.filter(({ method }) => method === 'GET')) {
      const answer = await look(one.operation.operationId, template(one.template), {
        method: 'HEAD',
      })
      expect([one.template, answer.status, answer.body]).toEqual([one.template, 200, ''])
    }
  })
})

test('other paths are not found', async () => {
  for (const path of [
    '/',
    '/v1',
    '/v1/call',
    '/v1/where/Cart',
    '/v1/where/Cart/42/x',
    '/v2/state',
  ]) {
    const answer = contract.check(undefined, 'GET', await ask(number, path))
    expect([path, codeOf(answer)]).toEqual([path, 'not_found'])
  }
})

test('fenced hosts and ends refuse calls', async () => {
  owners.lock('Cart', 'fenced')
  // The application never says that it has heard of it.
  void host.events.fence(keysOf(['Cart', 'fenced']), true)
  const answer = await look('callPost', '/v1/call/Cart/fenced', { method: 'POST' })
  expect(codeOf(answer)).toBe('call_fenced')
  host.driver.input((machine, now) => machine.close(now))
  const late = await look('callPost', '/v1/call/Cart/42', { method: 'POST' })
  expect(codeOf(late)).toBe('unavailable')
})

test('all that the document names was answered here', () => {
  const missing: string[] = []
  for (const { operation } of operations) {
    const { operationId, responses } = operation
    const statuses = Object.keys(responses).filter((status) => status !== 'default')
    // The methods of calls differ in nothing but their names.
    const codes = isCall(operation) && operationId !== 'callPost' ? [] : operation['x-problems']
    const wanted = [...(isCall(operation) ? ['200'] : statuses), ...(codes ?? [])]
    missing.push(
      ...wanted.map((one) => `${operationId} ${one}`).filter((one) => !contract.seen.has(one)),
    )
  }
  const codesSeen = new Set([...contract.seen].map((one) => one.split(' ')[1]))
  missing.push(...document['x-problems'].filter((code) => !codesSeen.has(code)))
  expect(missing).toEqual([])
})
