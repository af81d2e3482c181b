/** Bodies that are held: so many bytes in all, and none that is not given back. */
import { connect } from 'node:net'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { FunctionApplication } from '../../../src/calls/http/function-application.js'
import { HeldBytes } from '../../../src/calls/http/held-bytes.js'
import { eventually } from '../../support/eventually.js'
import { ask, problemIn } from './support/ask.js'
import { type CarryingHost, Owners, startHost } from './support/call-cluster.js'

let owners: Owners
let host: CarryingHost
let finish: (() => void)[]

beforeEach(async () => {
  owners = new Owners()
  finish = []
  const application = new FunctionApplication(async ({ body }) => {
    await new Promise<void>((resolve) => finish.push(resolve))
    return { body: String((body as Buffer | null)?.length) }
  })
  host = await startHost({ application, owners, heldBytesInAllMax: 1_000 })
  owners.rest = host.name
})

afterEach(() => host.stop())

const path = '/v1/call/Cart/42'
const post = (length: number, headers: Record<string, string> = {}) =>
  ask(host.port, path, {
    ...{ method: 'POST', body: 'x'.repeat(length) },
    headers: { 'content-length': String(length), ...headers },
  })

test('what is over all of it is answered at once, with the reason, and what ends makes room', async () => {
  const first = post(900)
  await eventually('it runs', () => finish.length === 1)
  const got = await post(101)
  expect([got.status, got.headers['retry-after']]).toEqual([503, '1'])
  expect(problemIn(got)).toMatchObject({ code: 'too_many_calls' })
  expect(problemIn(got).detail).toContain('1000 bytes')
  const local = await host.caller.call('Cart', '42', { body: 'x'.repeat(101) })
  expect(local.status).toBe(503)
  const second = post(100)
  await eventually('it runs', () => finish.length === 2)
  expect(host.driver.heldBytes.size).toBe(1_000)
  for (const done of finish.splice(0)) done()
  expect([(await first).body, (await second).body]).toEqual(['900', '100'])
  const third = host.caller.call('Cart', '42', { body: 'x'.repeat(1_000) })
  await eventually('it runs', () => finish.length === 1)
  finish[0]?.()
  expect((await third).status).toBe(200)
  expect(host.driver.heldBytes.size).toBe(0)
})

test('what is broken off, late, gone or answered by a problem gives its room back', async () => {
  const broken = connect(host.port, '127.0.0.1')
  broken.write(`POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Length: 600\r\n\r\nsome of it`)
  await eventually('its head is there', () => host.driver.heldBytes.size === 600)
  broken.destroy()
  await eventually('it is forgotten', () => host.driver.heldBytes.size === 0)
  const leaving = new AbortController()
  const gone = host.caller.call('Cart', '42', { body: 'x'.repeat(500), signal: leaving.signal })
  await eventually('it runs', () => finish.length === 1)
  leaving.abort(new Error('no longer wanted'))
  await expect(gone).rejects.toThrow('no longer wanted')
  expect(host.driver.heldBytes.size).toBe(0)
  expect((await post(300, { 'berth-timeout': '0.05' })).status).toBe(504)
  owners.rest = null
  expect((await post(300)).status).toBe(404)
  expect(host.driver.heldBytes.size).toBe(0)
})

test('bytes are counted', () => {
  const bytes = new HeldBytes(10)
  expect([bytes.take(10), bytes.take(0), bytes.take(1)]).toEqual([true, true, false])
  bytes.give(10)
  expect([bytes.take(11), bytes.take(10), bytes.size]).toEqual([false, true, 10])
})
