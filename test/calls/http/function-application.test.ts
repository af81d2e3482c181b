/** An application that is a function, called over HTTP and from within this process. */
import { once } from 'node:events'
import { Readable } from 'node:stream'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { ActorFunction } from '../../../src/calls/http/actor-function.js'
import { FunctionApplication } from '../../../src/calls/http/function-application.js'
import { eventually } from '../../support/eventually.js'
import { ask, problemIn } from './support/ask.js'
import { type CarryingHost, Owners, startHost } from './support/call-cluster.js'

let owners: Owners
let run: ActorFunction
let failures: unknown[]
let owner: CarryingHost
let other: CarryingHost

beforeEach(async () => {
  owners = new Owners()
  failures = []
  const start = () =>
    startHost({
      application: new FunctionApplication((call) => run(call), {
        onFailure: (error) => failures.push(error),
      }),
      owners,
    })
  owner = await start()
  other = await start()
  owners.rest = owner.name
})

afterEach(async () => {
  await Promise.all([owner.stop(), other.stop()])
})

async function textOf(body: Readable): Promise<string> {
  let text = ''
  for await (const chunk of body) text += chunk
  return text
}

test('a function gets the whole call', async () => {
  let got: unknown
  run = ({ type, id, token, generation, chain, method, path, headers, body, signal }) => {
    const { cookie } = headers
    got = { type, id, token, generation, method, path, cookie, body: String(body) }
    expect(chain).toHaveLength(1)
    expect(signal.aborted).toBe(false)
    return { status: 201, headers: { 'X-A': ['1', '2'], 'content-length': '999' }, body: 'made' }
  }
  const call = { type: 'Cart', id: 'a/b', token: 1, generation: 1, method: 'PUT' }
  const expected = { ...call, path: '/x%2F?q', cookie: 'a=1', body: 'hello' }
  const headers = { cookie: 'a=1' }
  const {
    status,
    headers: answered,
    body,
  } = await ask(other.port, '/v1/call/Cart/a%2Fb/x%2F?q', {
    method: 'PUT',
    body: 'hello',
    headers: { ...headers, 'content-length': '5' },
  })
  expect(got).toEqual(expected)
  expect({ status, body, a: answered['x-a'] }).toEqual({ status: 201, body: 'made', a: '1, 2' })
  for (const { caller } of [owner, other]) {
    got = undefined
    const options = { method: 'PUT', path: '/x%2F?q', headers, body: 'hello' }
    const answer = await caller.call('Cart', 'a/b', options)
    expect(got).toEqual(expected)
    expect(answer.status).toBe(201)
    expect(answer.headers['x-a']).toBe('1, 2')
    expect(await textOf(answer.body)).toBe('made')
  }
})

test('a function may stream both ways', async () => {
  run = ({ body }) => ({ body: body as Readable })
  const pieces = Array.from({ length: 300 }, (_, i) => `${i} ${'x'.repeat(5_000)}\n`)
  for (const { caller } of [owner, other]) {
    const answer = await caller.call('Cart', '42', { body: Readable.from(pieces) })
    expect(await textOf(answer.body)).toBe(pieces.join(''))
  }
  const got = await ask(other.port, '/v1/call/Cart/42', {
    method: 'POST',
    body: Readable.from(pieces),
  })
  expect(got.body).toBe(pieces.join(''))
})

test.for([
  ['throws', () => Promise.reject(new Error('it broke'))],
  [
    'throws at once',
    () => {
      throw new Error('it broke')
    },
  ],
  ['gives no status', () => ({ status: 99 })],
  ['gives nothing', () => undefined],
  ['gives a status that is no number', () => ({ status: 'ok' })],
] as [string, ActorFunction][])('a function that %s is a 500, and told of', async ([, failing]) => {
  run = failing
  for (const { port } of [owner, other]) {
    const got = await ask(port, '/v1/call/Cart/42')
    expect(got.status).toBe(500)
    expect(problemIn(got)).toMatchObject({
      code: 'call_failed',
      outcome: 'unknown',
      retryable: false,
    })
    expect(got.body).not.toContain('it broke')
  }
  expect(failures).toHaveLength(2)
})

test('a function that answers with a header that is none is a call of unknown outcome', async () => {
  run = () => ({ headers: { 'x y': '1' } })
  const got = await ask(owner.port, '/v1/call/Cart/42', { method: 'POST' })
  expect(got.status).toBe(502)
})

test('an answer gives its whole body as a text, whether it is here or on its way', async () => {
  const pieces = ['f\u00fcr ', 'alle']
  const bodies: (() => string | Readable | null)[] = [
    ...[() => pieces.join(''), () => Readable.from(pieces), () => null],
  ]
  for (const make of bodies) {
    run = () => ({ body: make() })
    for (const { caller } of [owner, other]) {
      const answer = await caller.call('Cart', '42')
      const text = make() === null ? '' : 'f\u00fcr alle'
      expect([await answer.text(), await answer.text()]).toEqual([text, text])
    }
  }
  run = () => ({ body: Readable.from(pieces).destroy() })
  const answer = await owner.caller.call('Cart', '42')
  await expect(answer.text()).rejects.toThrow('broke off')
})

test('a stream of an answer that breaks is seen to break', async () => {
  run = () => {
    const body = new Readable({ read: () => undefined })
    body.push('some')
    queueMicrotask(() => setImmediate(() => body.destroy(new Error('the disk is gone'))))
    return { body }
  }
  for (const { caller } of [owner, other]) {
    const answer = await caller.call('Cart', '42')
    await expect(textOf(answer.body)).rejects.toThrow('broke off')
  }
})

test.for([
  ['was destroyed before', () => new Readable({ read: () => undefined }).destroy()],
  [
    'is destroyed without an error',
    () => {
      const body = new Readable({ read: () => undefined })
      setImmediate(() => body.destroy())
      return body
    },
  ],
  ['gives what is no bytes', () => Readable.from([{}])],
] as [string, () => Readable][])('a stream of an answer that %s breaks off', async ([, make]) => {
  run = () => ({ body: make() })
  const { body } = await owner.caller.call('Cart', '42')
  await expect(textOf(body)).rejects.toThrow('broke off')
  // Nothing had gone out to the other host: there it is known before the answer begins.
  const lost = await other.caller.call('Cart', '42')
  expect(JSON.parse(await textOf(lost.body))).toMatchObject({ code: 'call_lost' })
  expect(failures).toHaveLength(2)
  expect(owner.driver.size + other.driver.size).toBe(0)
})

test.for([
  [
    'throws',
    () => {
      throw new Error('no log')
    },
  ],
  ['rejects', () => Promise.reject(new Error('no log'))],
] as [string, () => void][])(
  'a hook for failures that %s changes no answer',
  async ([, onFailure]) => {
    const onLeave = () => Promise.reject(new Error('it does not let go'))
    const fail = () => Promise.reject(new Error('it broke'))
    const application = new FunctionApplication(fail, { onFailure, onLeave })
    const host = await startHost({ application, owners })
    owners.rest = host.name
    expect((await ask(host.port, '/v1/call/Cart/42')).status).toBe(500)
    application.leave([{ type: 'Cart', id: '42' }], 'idle', () => expect.unreachable())
    await host.stop()
  },
)

test('a stream that comes when nobody waits for it any more may break, and is closed', async () => {
  for (const make of [
    // Its call is over, its status is none, its head is none.
    async () => {
      const given = new AbortController()
      let finish: (body: Readable) => void = () => undefined
      const started = new Promise<void>((resolve) => {
        run = async () => {
          resolve()
          return {
            body: await new Promise<Readable>((done) => {
              finish = done
            }),
          }
        }
      })
      const answer = owner.caller.call('Cart', '42', { signal: given.signal })
      await started
      given.abort(new Error('no longer wanted'))
      await expect(answer).rejects.toThrow('no longer wanted')
      return finish
    },
    async () => (body: Readable) => {
      run = () => ({ status: 99, body })
      return owner.caller.call('Cart', '42')
    },
    async () => (body: Readable) => {
      run = () => ({ headers: { 'x y': '1' }, body })
      return ask(owner.port, '/v1/call/Cart/42', { method: 'POST' })
    },
  ]) {
    const give = await make()
    const source = new Readable({
      read: () => undefined,
      destroy: (_error, done) => done(new Error('the disk is gone')),
    })
    await give(source)
    // Without anybody who listens for its error this process would end.
    await eventually('it is closed', () => source.closed)
    expect(source.errored?.message).toBe('the disk is gone')
  }
})

test('a hook that fails is called again until it does not, and each failure is told of', async () => {
  const asked: string[] = []
  const told: string[] = []
  const hook = async (what: string) => {
    asked.push(what)
    if (asked.length < 4) throw new Error(`not ${asked.length}`)
  }
  const onFailure = (error: unknown, of: string) => told.push(`${of}: ${(error as Error).message}`)
  const hooks = { onLeave: ({ id }: { id: string }) => hook(id), onFenced: () => hook('fenced') }
  const application = new FunctionApplication(() => ({}), { ...hooks, onFailure })
  const left = new Promise<void>((resolve) => {
    application.leave([{ type: 'Cart', id: '42' }], 'moved', () => resolve())
  })
  await left
  expect(asked).toEqual(Array(4).fill('42'))
  expect(told).toEqual(['leave: not 1', 'leave: not 2', 'leave: not 3'])
  asked.length = 2
  await application.fenced(true)
  expect([asked.slice(2), told.slice(3)]).toEqual([['fenced', 'fenced'], ['fence: not 3']])
  await application.close()
})

describe('a caller in this process', () => {
  test('that gives up is seen by the function, here and on another host', async () => {
    for (const { caller } of [owner, other]) {
      let seen: Promise<unknown> | null = null
      const started = new Promise<void>((resolve) => {
        run = ({ signal }) => {
          seen = once(signal, 'abort')
          resolve()
          return new Promise(() => undefined)
        }
      })
      const given = new AbortController()
      const answer = caller.call('Cart', '42', { signal: given.signal })
      await started
      given.abort(new Error('no longer wanted'))
      await expect(answer).rejects.toThrow('no longer wanted')
      await seen
    }
  })

  test('that gave up before makes no call', async () => {
    run = () => expect.unreachable()
    await expect(
      owner.caller.call('Cart', '42', { signal: AbortSignal.abort(new Error('early')) }),
    ).rejects.toThrow('early')
    expect(owner.driver.size).toBe(0)
  })

  test('that destroys the answer is seen by the function', async () => {
    let source: Readable | null = null
    run = () => {
      source = new Readable({ read: () => source?.push(Buffer.alloc(1_000)) })
      return { body: source }
    }
    for (const { caller, driver } of [owner, other]) {
      const answer = await caller.call('Cart', '42')
      await once(answer.body, 'readable')
      answer.body.destroy()
      await once(source as unknown as Readable, 'close')
      expect(driver.size).toBe(0)
    }
  })

  test('whose body breaks is told so', async () => {
    run = async ({ body }) => ({ body: await textOf(body as Readable) })
    for (const { caller } of [owner, other]) {
      const body = new Readable({ read: () => undefined })
      body.push('some')
      const answer = caller.call('Cart', '42', { body })
      body.destroy(new Error('the file is gone'))
      await expect(answer).rejects.toThrow('the file is gone')
    }
  })

  test('gets problems as answers', async () => {
    owners.rest = null
    const answer = await owner.caller.call('Cart', '42')
    expect(answer.status).toBe(404)
    expect(answer.headers['content-type']).toBe('application/problem+json')
    expect(JSON.parse(await textOf(answer.body))).toMatchObject({ code: 'no_owner' })
  })

  test('gets no body by HEAD', async () => {
    run = () => ({ body: 'hello' })
    const answer = await owner.caller.call('Cart', '42', { method: 'HEAD' })
    expect(answer.headers['content-length']).toBe('5')
    expect(await textOf(answer.body)).toBe('')
  })

  test.for([
    ['an id that is empty', { id: '' }],
    ['an id of dots', { id: '..' }],
    ['an id that is too long', { id: 'x'.repeat(1_025) }],
    ['a path with a space', { path: '/a b' }],
    ['a path that leads elsewhere', { path: '/../43' }],
    ['a path without a slash', { path: 'x' }],
    ['a method that is none', { method: 'A B' }],
    ['a tunnel', { method: 'CONNECT' }],
    ['a header with a line end', { headers: { x: 'a\r\nBerth-Token: 1' } }],
    ['a header of a bad name', { headers: { 'x y': '1' } }],
    ['a time that is none', { timeoutMs: Number.NaN }],
    ['a time below nothing', { timeoutMs: -1 }],
    ['a time without end', { timeoutMs: Number.POSITIVE_INFINITY }],
  ] as [string, { id?: string }][])('is refused for %s', async ([, { id = '42', ...call }]) => {
    run = () => expect.unreachable()
    await expect(owner.caller.call('Cart', id, call)).rejects.toMatchObject({
      code: 'invalid_request',
    })
    expect(owner.driver.size).toBe(0)
  })
})

test('headers that one host takes the next one takes too, with ours beside them', async () => {
  const chain = Array.from({ length: 31 }, (_, i) => `${i}.${'r'.repeat(190)}`).join(',')
  const headers = { 'berth-chain': chain, 'berth-explain': '1', x: 'x'.repeat(25_500) }
  run = ({ headers: { x } }) => ({ headers: { x: 'y'.repeat(64_500) }, body: String(x?.length) })
  const got = await ask(other.port, '/v1/call/Cart/42', { headers })
  expect(got.body).toBe('25500')
  expect(got.headers['berth-explanation']).toContain('deliver')
})

test('a call within a call is part of its chain', async () => {
  const chains: (readonly string[])[] = []
  run = async ({ id, chain }) => {
    chains.push(chain)
    if (id === 'outer') {
      const inner = await owner.caller.call('Cart', 'inner', { chain })
      return { body: inner.body }
    }
    return { body: 'inner' }
  }
  const answer = await other.caller.call('Cart', 'outer')
  expect(await textOf(answer.body)).toBe('inner')
  expect(chains[1]?.slice(0, -1)).toEqual(chains[0])
})
