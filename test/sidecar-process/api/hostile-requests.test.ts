import { request as nodeRequest } from 'node:http'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { exchange, problemOf, request } from '../../api/support/raw-http.js'
import { ask } from '../../calls/http/support/ask.js'
import { eventually } from '../../support/eventually.js'
import { scratchFolder } from '../../support/scratch.js'
import { startLocal } from './support/local-server.js'

describe('an actor is named byte for byte', () => {
  test.for([
    ['42', '42'],
    ['a%2Fb', 'a/b'],
    ['a%252Fb', 'a%2Fb'],
    ['a%25', 'a%'],
    ['a%20b+c', 'a b+c'],
    ['a;b=c', 'a;b=c'],
    ['%3Fx%23y', '?x#y'],
    ['%E2%98%83%F0%9F%9B%92', '☃🛒'],
    ['x'.repeat(1_024), 'x'.repeat(1_024)],
    ['%C3%A9'.repeat(512), 'é'.repeat(512)],
  ])('%s', async ([path, id]) => {
    const { number, port } = await startLocal()
    expect((await ask(number, `/v1/where/Cart/${path}`)).status).toBe(200)
    expect((await ask(number, `/v1/owns/Cart/${path}`)).status).toBe(200)
    expect(port.asked.map(([, asked]) => asked)).toEqual([id])
    expect(port.granted).toEqual([['Cart', id]])
  })

  test.for([
    ['/Cart/%FF', 'not of UTF-8'],
    ['/Cart/%ED%A0%80', 'half a surrogate'],
    ['/Cart/%', 'cut off'],
    ['/Cart/%zz', 'no digits'],
    ['/Cart/', 'empty'],
    [`/Cart/${'x'.repeat(1_025)}`, 'too long'],
    [`/Cart/${'%C3%A9'.repeat(513)}`, 'too long in bytes'],
    [`/Cart/${'x'.repeat(5_000)}`, 'far too long'],
    [`/${'x'.repeat(129)}/42`, 'a type too long'],
  ])('%s is refused', async ([path]) => {
    const { number, port, logs } = await startLocal()
    for (const what of ['where', 'owns']) {
      const answer = await request(number, `GET /v1/${what}${path}`)
      expect([400, 404]).toContain(problemOf(answer).status)
    }
    expect([port.asked, port.granted]).toEqual([[], []])
    expect(logs.filter(({ level }) => Number(level) >= 50)).toEqual([])
  })
})

test.for(['', '-1', '+1', '1e3', 'Infinity', '0x10', '86400.1', '86401', '1,5', '1&timeout=2'])(
  'a timeout of "%s" is refused',
  async (timeout) => {
    const { number, port } = await startLocal()
    const answer = await request(number, `GET /v1/where/Cart/42?timeout=${timeout.trimStart()}`)
    if (timeout.startsWith(' ')) return expect(answer.status).toBe(200)
    expect(problemOf(answer)).toMatchObject({ code: 'invalid_request' })
    expect(port.asked).toEqual([])
  },
)

test.for([
  ['0', 0],
  ['0.25', 250],
  ['86400', 86_400_000],
])('a timeout of %s s is %d ms', async ([text, ms]) => {
  const { number, port } = await startLocal()
  await ask(number, `/v1/where/Cart/42?timeout=${text}`)
  expect(port.asked.map(([, , { timeoutMs }]) => timeoutMs)).toEqual([ms])
})

test.for(['content-length: 2', 'transfer-encoding: chunked'])(
  'a body behind GET (%s) is refused, and ends the connection',
  async (framing) => {
    const { number, port } = await startLocal()
    const head = `GET /v1/where/Cart/42 HTTP/1.1\r\nHost: localhost\r\n${framing}`
    const answer = await exchange(number, `${head}\r\n\r\n2\r\n{}\r\n`)
    expect(problemOf(answer)).toMatchObject({ code: 'invalid_request' })
    expect(port.asked).toEqual([])
  },
)

test('a length of no bytes behind GET is none', async () => {
  const { number } = await startLocal()
  expect((await request(number, 'GET /v1/state', { 'Content-Length': '0' })).status).toBe(200)
})

test('whoever goes away while it waits is not waited for, and no error is logged', async () => {
  const { number, port, logs } = await startLocal()
  port.place = null
  const asked = nodeRequest({ host: '127.0.0.1', port: number, path: '/v1/where/Cart/42' })
  asked.on('error', () => undefined)
  asked.end()
  const [, , { signal }] = await eventually('it is asked', () => port.asked[0])
  expect(signal.aborted).toBe(false)
  asked.destroy()
  await eventually('the question is given up', () => signal.aborted)
  expect((await ask(number, '/v1/owns/Cart/42')).status).toBe(200)
  expect(logs.filter(({ level }) => Number(level) >= 40)).toEqual([])
})

test('who waits when the API closes is told, and waits no longer', async () => {
  const { number, port, api } = await startLocal()
  port.place = null
  const waiting = ask(number, '/v1/where/Cart/42')
  await eventually('it is asked', () => port.asked[0])
  await api.close()
  const answer = await waiting
  expect(answer.status).toBe(503)
  expect(JSON.parse(answer.body)).toMatchObject({ code: 'unavailable' })
  expect(answer.headers['retry-after']).toBe('1')
})

test('leave that is asked several times at once is one, and goes on without whoever asked', async () => {
  const { number, port } = await startLocal()
  const gone = nodeRequest({ host: '127.0.0.1', port: number, path: '/v1/leave', method: 'POST' })
  gone.on('error', () => undefined)
  gone.end()
  await eventually('it leaves', () => port.leaves === 1)
  gone.destroy()
  const asked = [1, 2].map(() => ask(number, '/v1/leave', { method: 'POST' }))
  await new Promise(setImmediate)
  expect((await ask(number, '/v1/state')).status).toBe(200)
  port.left()
  for (const { status, body } of await Promise.all(asked)) {
    expect([status, JSON.parse(body)]).toEqual([200, { left: true }])
  }
  const late = await ask(number, '/v1/leave', { method: 'POST' })
  expect([late.status, port.leaves]).toEqual([200, 1])
})

test('what a port answers beyond the document is a bug: 500, and logged', async () => {
  const { number, port, logs } = await startLocal()
  port.sidecarIs({ term: -1 })
  const answer = await ask(number, '/v1/state')
  expect(JSON.parse(answer.body)).toMatchObject({ code: 'internal' })
  const said = 'the response does not fit sidecar.openapi.yaml'
  expect(logs.map(({ msg }) => msg)).toContain(said)
})

test('over a unix socket it answers the same, under names of this machine alone', async (t) => {
  const path = join(scratchFolder(t), 'berth.sock')
  const local = await startLocal({}, { path })
  const get = (host: string) =>
    new Promise<number>((resolve, reject) => {
      const asked = nodeRequest({ socketPath: path, path: '/v1/state', headers: { host } })
      asked.once('response', (response) => {
        response.resume()
        resolve(response.statusCode ?? 0)
      })
      asked.once('error', reject)
      asked.end()
    })
  expect(await get('localhost')).toBe(200)
  expect(await get('127.0.0.1')).toBe(200)
  expect(await get('evil.example')).toBe(403)
  expect(local.number).toBe(0)
})
