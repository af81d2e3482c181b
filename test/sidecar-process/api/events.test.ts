import type { IncomingMessage } from 'node:http'
import { connect } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { ask, open } from '../../calls/http/support/ask.js'
import { eventually } from '../../support/eventually.js'
import { Contract } from './support/contract.js'
import { createApi, type LocalServer, startLocal } from './support/local-server.js'

/** Reads a stream as a client of events does. */
class Reader {
  readonly events: { readonly name: string; readonly data: unknown }[] = []
  hasEnded = false
  #text = ''

  constructor(response: IncomingMessage) {
    onTestFinished(() => void response.destroy())
    response.on('error', () => undefined)
    response.once('close', () => {
      this.hasEnded = true
    })
    response.setEncoding('utf8').on('data', (text: string) => this.#read(text))
  }

  #read(text: string): void {
    const parts = (this.#text + text).split('\n\n')
    this.#text = parts.pop() ?? ''
    for (const part of parts) {
      const [, name, data] = /^event: (\w+)\ndata: (.*)$/.exec(part) ?? []
      if (name !== undefined) this.events.push({ name, data: JSON.parse(data ?? '') })
    }
  }
}

async function read({ number }: LocalServer): Promise<Reader> {
  return new Reader(await open(number, '/v1/events'))
}

test('a stream begins with the state, and goes on with what happens, in order', async () => {
  const local = await startLocal()
  const [first, second] = [await read(local), await read(local)]
  local.port.happens({ kind: 'table', generation: 43 })
  local.port.happens({ kind: 'gained', generation: 43, types: ['Cart'] })
  local.port.happens({ kind: 'letting_go', generation: 44, types: ['Order'], deadlineMs: 30_000 })
  local.port.happens({ kind: 'fenced', types: ['Cart'], isFinal: false, reason: 'behind' })
  for (const { events } of [first, second]) {
    await eventually('all events are here', () => events.length === 5)
    expect(events).toEqual([
      { name: 'state', data: { host: '10.0.0.5:7999', generation: 42, ready: true } },
      { name: 'table', data: { generation: 43 } },
      { name: 'gained', data: { generation: 43, types: ['Cart'] } },
      { name: 'letting_go', data: { generation: 44, types: ['Order'], deadlineMs: 30_000 } },
      { name: 'fenced', data: { types: ['Cart'], final: false, reason: 'behind' } },
    ])
  }
})

test('a stream says that nothing of it is to be kept, nor read by other sites', async () => {
  const { number } = await startLocal()
  const response = await open(number, '/v1/events')
  expect(response.headers).toMatchObject({
    'content-type': 'text/event-stream',
    'cache-control': 'no-cache',
    'cross-origin-resource-policy': 'same-origin',
    'x-content-type-options': 'nosniff',
  })
  response.destroy()
})

test('a stream whose reader went away makes room for another one', async () => {
  const local = await startLocal({ feedLimits: { streamsMax: 1 } })
  const response = await open(local.number, '/v1/events')
  expect((await ask(local.number, '/v1/events')).status).toBe(503)
  response.destroy()
  await eventually('there is room', async () => {
    const again = await open(local.number, '/v1/events')
    again.destroy()
    return again.statusCode === 200
  })
})

test('a reader that takes nothing is cut, and the others go on', async () => {
  const local = await startLocal()
  const reader = await read(local)
  const mute = connect(local.number, '127.0.0.1')
  onTestFinished(() => void mute.destroy())
  mute.on('error', () => undefined)
  mute.write('GET /v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n')
  await eventually('both are open', () => local.sockets.size === 2)
  mute.pause()
  const types = Array.from({ length: 1_000 }, (_, i) => `Type${String(i).padStart(60, '0')}`)
  let said = 0
  await eventually('the mute one is cut', () => {
    local.port.happens({ kind: 'gained', generation: said, types })
    said += 1
    return local.sockets.size === 1
  })
  await eventually('the other one has all', () => reader.events.length === said + 1)
  expect(reader.hasEnded).toBe(false)
})

test('HEAD has the headers of a stream, and opens none', async () => {
  const { number } = await startLocal({ feedLimits: { streamsMax: 1 } })
  for (let i = 0; i < 3; i += 1) {
    const { status, headers, body } = await ask(number, '/v1/events', { method: 'HEAD' })
    expect([status, headers['content-type'], body]).toEqual([200, 'text/event-stream', ''])
  }
  const response = await open(number, '/v1/events')
  expect(response.statusCode).toBe(200)
  response.destroy()
})

test('all streams end with the API, one that takes nothing too', async () => {
  const local = await startLocal()
  const reader = await read(local)
  const mute = connect(local.number, '127.0.0.1')
  onTestFinished(() => void mute.destroy())
  mute.on('error', () => undefined)
  mute.write('GET /v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n')
  await eventually('both are open', () => local.sockets.size === 2)
  mute.pause()
  const types = ['x'.repeat(100_000)]
  for (let i = 0; i < 3; i += 1) local.port.happens({ kind: 'gained', generation: i, types })
  await local.api.close()
  await eventually('the stream has ended', () => reader.hasEnded)
  expect(local.port.listeners).toBe(0)
  const late = new Contract().check(undefined, 'GET', await ask(local.number, '/v1/events'))
  expect(JSON.parse(late.body).code).toBe('unavailable')
})

test('an API that nobody asks anything closes at once, twice too', async () => {
  const { api } = await createApi()
  await Promise.all([api.close(), api.close()])
  await api.close()
})
