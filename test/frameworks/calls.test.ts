/** Calls that reach actors which are routes of a web framework, here and from another host. */
import { once } from 'node:events'
import { Readable } from 'node:stream'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { FrameworkApplication } from '../../src/frameworks/framework-application.js'
import { ask, open, problemIn } from '../calls/http/support/ask.js'
import { type CarryingHost, Owners, startHost } from '../calls/http/support/call-cluster.js'
import { eventually } from '../support/eventually.js'
import { createWatch, frameworks, listenerOf, type Watch } from './support/applications.js'

const mebibyte = 2 ** 20

describe.for(frameworks)('an application of %s', (framework) => {
  let watch: Watch
  let owner: CarryingHost
  let other: CarryingHost
  let failures: unknown[]

  beforeEach(async () => {
    const owners = new Owners()
    watch = createWatch()
    failures = []
    const listener = await listenerOf(framework, watch)
    const onFailure = (error: unknown) => failures.push(error)
    const start = () =>
      startHost({ application: new FrameworkApplication(listener, { onFailure }), owners })
    owner = await start()
    other = await start()
    owners.rest = owner.name
  })

  afterEach(async () => {
    await Promise.all([owner.stop(), other.stop()])
  })

  test('is told of a call as it came, and of its actor; of what is ours it hears from us alone', async () => {
    const forged = { 'Berth-Token': '999', berth_token: '999', 'Berth-Actor': 'Cart/1', 'X-A': 'b' }
    for (const { port } of [owner, other]) {
      const path = '/Cart/a%2Fb%20%C3%A9%7C%22/who?x=%2F&y={"'
      const got = await ask(port, `/v1/call${path}`, { headers: forged, method: 'PUT', body: '' })
      const { actor, method, url, headers, rawHeaders } = JSON.parse(got.body)
      expect([got.status, method, url]).toEqual([200, 'PUT', path])
      const held = { token: 1, generation: 1, chain: [expect.stringMatching(/^r/)] }
      expect(actor).toEqual({ type: 'Cart', id: 'a/b é|"', ...held })
      const { 'berth-token': token, 'berth-generation': generation, 'berth-actor': name } = headers
      expect([token, generation, name]).toEqual(['1', '1', 'Cart/a%2Fb%20%C3%A9%7C%22'])
      expect([headers['x-a'], headers.berth_token]).toEqual(['b', undefined])
      expect(rawHeaders).not.toContain('999')
    }
  })

  test('streams a call and its answer, each of them as it comes', async () => {
    for (const { caller } of [owner, other]) {
      const body = new Readable({ read: () => undefined })
      const answering = caller.call('Cart', '42', { path: '/echo', body })
      body.push('first')
      const answer = await answering
      const [first] = await once(answer.body, 'data')
      expect(String(first)).toBe('first')
      body.push('last')
      body.push(null)
      expect(String((await answer.body.toArray())[0])).toBe('last')
    }
  })

  test('takes a body of 100 MiB, and one of nothing', async () => {
    const chunk = Buffer.alloc(mebibyte, 'x')
    for (const { port } of [owner, other]) {
      const body = Readable.from(Array.from({ length: 100 }, () => chunk))
      const headers = { 'content-type': 'application/octet-stream' }
      const long = await ask(port, '/v1/call/Cart/42/count', { method: 'PUT', body, headers })
      expect(JSON.parse(long.body)).toEqual({ length: 100 * mebibyte })
      const empty = await ask(port, '/v1/call/Cart/42/count', { method: 'PUT' })
      expect(JSON.parse(empty.body)).toEqual({ length: 0 })
    }
  })

  test('gives no more of an answer than its caller takes, and hears that it goes away', async () => {
    for (const { port } of [owner, other]) {
      watch.events.length = 0
      const answer = await open(port, '/v1/call/Cart/42/endless')
      let written = -1
      await eventually('that it waits', () => {
        const same = watch.written === written
        written = watch.written
        return same
      })
      expect(watch.written).toBeLessThan(64 * mebibyte)
      answer.destroy()
      await eventually('its end', () => watch.events.includes('source destroyed'))
    }
  })

  test('that never answers hears that its caller went away', async () => {
    for (const { caller, driver } of [owner, other]) {
      watch.events.length = 0
      const hung = watch.hung.length
      const given = new AbortController()
      const answer = caller.call('Cart', '42', { path: '/hang', signal: given.signal })
      await eventually('the call', () => watch.hung.length > hung)
      given.abort(new Error('no longer wanted'))
      await expect(answer).rejects.toThrow('no longer wanted')
      await eventually('what it hears', () => watch.events.length === 2)
      expect(watch.events.sort()).toEqual(['aborted', 'closed, false'])
      expect(driver.size).toBe(0)
    }
  })

  test('that never answers is told by the deadline of the call', async () => {
    const headers = { 'Berth-Timeout': '0.2' }
    const got = await ask(owner.port, '/v1/call/Cart/42/hang', { method: 'POST', headers })
    expect([got.status, problemIn(got).outcome]).toEqual([504, 'unknown'])
    await eventually('what it hears', () => watch.events.length === 2)
  })

  test('answers with 500 where a route fails', async () => {
    for (const { port } of [owner, other]) {
      const { status } = await ask(port, '/v1/call/Cart/42/throw')
      expect(status).toBe(500)
    }
    // Frameworks answer by themselves; of a bare function we do, and tell of it.
    expect(failures).toHaveLength(framework === 'node:http' ? 2 : 0)
  })

  test('takes a thousand calls at once', async () => {
    const calls = Array.from({ length: 1_000 }, (_, i) =>
      owner.caller.call('Cart', `${i}`, { path: '/hang' }).catch(() => null),
    )
    await eventually('that all run', () => watch.hung.length === 1_000)
    await Promise.all([owner.stop(), ...calls])
    await eventually('that all are aborted', () => watch.events.length === 2_000)
  })
})
