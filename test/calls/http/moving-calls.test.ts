/** Calls between two hosts while actors move: what is declined, waits, goes on, and never twice. */
import { once } from 'node:events'
import { connect } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { FunctionApplication } from '../../../src/calls/http/function-application.js'
import { HttpApplication } from '../../../src/calls/http/http-application.js'
import { exchange, request } from '../../api/support/raw-http.js'
import { eventually } from '../../support/eventually.js'
import { ask, problemIn } from './support/ask.js'
import { type CarryingHost, keysOf, Owners, startHost } from './support/call-cluster.js'
import { bodies, path, type Ran, startNotingHosts } from './support/noting-hosts.js'
import { serveBytes, serveHttp } from './support/raw-application.js'

let owners: Owners
let ran: Ran[]
let first: CarryingHost
let second: CarryingHost
let hosts: CarryingHost[]

beforeEach(async () => {
  ;({ owners, ran, hosts } = await startNotingHosts())
  ;[first, second] = hosts as [CarryingHost, CarryingHost]
})

afterEach(async () => {
  await Promise.all(hosts.map((host) => host.stop()))
})

describe.for(bodies)('a call with %s', ([, body, headers]) => {
  const post = (port: number) => ask(port, path, { method: 'POST', body, headers })

  test('goes where the actor is', async () => {
    for (const host of hosts) {
      owners.move('Cart', '42', host.name)
      for (const { port } of hosts) await post(port)
    }
    expect(ran.map((one) => one.host)).toEqual(['first', 'first', 'second', 'second'])
    expect(ran.every((one) => one.body === body)).toBe(true)
  })

  test('that comes to a host that does not own it any more is declined, and sent on', async () => {
    owners.move('Cart', '42', second.name)
    // The first host has not heard of it that the actor moved to it.
    const old = new Owners()
    old.move('Cart', '42', second.name)
    first.believe(old)
    owners.move('Cart', '42', first.name)
    const answer = post(first.port)
    await eventually('it hears of a newer table', () => first.refreshes.length > 0)
    first.believe(owners)
    expect((await answer).body).toBe('first')
    expect(ran).toEqual([{ host: 'first', id: '42', body, token: owners.generation }])
  })

  test('waits while its actor moves, and then goes on in full', async () => {
    owners.move('Cart', '42', first.name)
    owners.lock('Cart', '42')
    for (const host of hosts) host.events.changed()
    const answers = hosts.map(({ port }) => post(port))
    await eventually('both wait', () =>
      hosts.every(({ driver }) => driver.machine.measures.waiting === 1),
    )
    expect(ran).toEqual([])
    owners.move('Cart', '42', second.name)
    for (const host of hosts) host.events.changed()
    expect((await Promise.all(answers)).map((one) => one.body)).toEqual(['second', 'second'])
    expect(ran.map((one) => one.body)).toEqual([body, body])
  })

  test('that waits longer than its deadline is answered, and nothing ran', async () => {
    owners.lock('Cart', '42')
    const late = { ...headers, 'berth-timeout': '0.05' }
    const got = await ask(first.port, path, { method: 'POST', body, headers: late })
    expect(got.status).toBe(503)
    expect(got.headers['retry-after']).toBe('1')
    expect(problemIn(got).code).toBe('call_moving')
    expect(ran).toEqual([])
  })
})

describe('the refusal of a host', () => {
  test('is a 421 with its generation, before the application hears of the call', async () => {
    owners.move('Cart', '42', first.name)
    const headers = { 'Berth-Hop': '1', 'Berth-Generation': '1' }
    const got = await request(second.callPort, `POST ${path}`, headers)
    expect(got.status).toBe(421)
    expect(got.headers['berth-refused']).toBe('call_declined')
    expect(got.headers['berth-generation']).toBe('2')
    expect(JSON.parse(got.body)).toMatchObject({ code: 'call_declined', retryable: true })
    expect(ran).toEqual([])
  })

  test('comes instead of a go-ahead, and nothing of the body is wanted', async () => {
    owners.move('Cart', '42', first.name)
    const head = `POST ${path} HTTP/1.1\r\nHost: a\r\nBerth-Hop: 1\r\nBerth-Generation: 2\r\n`
    const bytes = `${head}Expect: 100-continue\r\nContent-Length: 100000\r\n\r\n`
    const got = await exchange(second.callPort, bytes)
    expect(got.status).toBe(421)
    expect(got.headers.connection).toBe('close')
  })
})

test('a go-ahead that was given, and no body behind it: the application hears of nothing', async () => {
  owners.move('Cart', '42', second.name)
  const head = `POST ${path} HTTP/1.1\r\nHost: a\r\nBerth-Hop: 1\r\nBerth-Generation: 2\r\n`
  const sender = connect(second.callPort, '127.0.0.1')
  sender.write(`${head}Expect: 100-continue\r\nContent-Length: 100000\r\n\r\n`)
  expect(String((await once(sender, 'data'))[0])).toBe('HTTP/1.1 100 Continue\r\n\r\n')
  sender.destroy()
  await eventually('the call is over', () => second.driver.size === 0)
  expect(ran).toEqual([])
})

test('a host that is not there is tried again until the actor is elsewhere', async () => {
  const dead = await serveBytes(() => undefined)
  await dead.close()
  owners.move('Cart', '42', `127.0.0.1:${dead.port}`)
  const answers = bodies.map(([, body, headers]) =>
    ask(first.port, path, { method: 'POST', body, headers }),
  )
  await eventually('it was tried', () => first.driver.machine.measures.waiting === bodies.length)
  owners.move('Cart', '42', second.name)
  first.events.changed()
  expect((await Promise.all(answers)).map((one) => one.body)).toEqual(Array(4).fill('second'))
  expect(ran.map((one) => one.body).sort()).toEqual(bodies.map(([, body]) => body).sort())
})

describe('a host that breaks off', () => {
  const calls: [what: string, method: string, headers: Record<string, string>, status: number][] = [
    ['is tried again with a method that may be repeated', 'PUT', {}, 200],
    ['is tried again with a key that makes it so', 'POST', { 'idempotency-key': 'a' }, 200],
    ['is not tried again otherwise', 'POST', {}, 502],
    ['is not tried again with an empty key', 'POST', { 'idempotency-key': '' }, 502],
  ]

  test.for(calls)('%s', async ([, method, headers, status]) => {
    let heads = 0
    const breaking = await serveBytes((socket) => {
      heads += 1
      owners.move('Cart', '42', second.name)
      first.events.changed()
      socket.destroy()
    })
    owners.move('Cart', '42', `127.0.0.1:${breaking.port}`)
    const got = await ask(first.port, path, { method, body: 'x', headers })
    expect(got.status).toBe(status)
    expect([heads, ran.length]).toEqual([1, status === 200 ? 1 : 0])
    await breaking.close()
  })

  test('before its go-ahead has got nothing: the call goes on', async () => {
    const breaking = await serveBytes((socket) => {
      owners.move('Cart', '42', second.name)
      first.events.changed()
      socket.destroy()
    })
    owners.move('Cart', '42', `127.0.0.1:${breaking.port}`)
    const headers = { 'transfer-encoding': 'chunked' }
    const got = await ask(first.port, path, { method: 'POST', body: 'all of it', headers })
    expect(got.body).toBe('second')
    expect(ran.map((one) => one.body)).toEqual(['all of it'])
    await breaking.close()
  })

  test('behind its go-ahead may have got it: a streamed body goes nowhere else', async () => {
    const breaking = await serveBytes((socket, head) => {
      if (head.startsWith('PUT')) socket.write('HTTP/1.1 100 Continue\r\n\r\n')
      socket.once('data', () => {
        owners.move('Cart', '42', second.name)
        socket.destroy()
      })
    })
    owners.move('Cart', '42', `127.0.0.1:${breaking.port}`)
    const headers = { 'transfer-encoding': 'chunked' }
    const got = await ask(first.port, path, { method: 'PUT', body: 'all of it', headers })
    expect(got.status).toBe(502)
    expect(problemIn(got)).toMatchObject({ code: 'call_lost', outcome: 'unknown' })
    expect(ran).toEqual([])
    await breaking.close()
  })
})

test.for(bodies.slice(2))(
  'what a host took and then declines, %s, goes nowhere else in part',
  async ([, body, headers]) => {
    const dead = await serveBytes(() => undefined)
    await dead.close()
    const url = `http://127.0.0.1:${dead.port}`
    const application = new HttpApplication({ url, telling: { actors: 'none', fenced: false } })
    const third = await startHost({ application, owners, settings: { backOffMinMs: 1 } })
    hosts.push(third)
    owners.move('Cart', '42', third.name)
    const answer = ask(first.port, path, { method: 'PUT', body, headers })
    await eventually('it waits there', () => third.driver.machine.measures.waiting === 1)
    owners.move('Cart', '42', second.name)
    third.events.changed()
    const got = await answer
    expect([got.status, got.headers['retry-after']]).toEqual([503, '1'])
    expect(problemIn(got)).toMatchObject({ code: 'call_moving' })
    expect(problemIn(got).outcome).toBeUndefined()
    expect(ran).toEqual([])
  },
)

test('a call that waits for a connection goes on when its actor moves, and not here', async () => {
  const paths: string[] = []
  let finish: () => void = () => undefined
  const busy = await serveHttp((asked, answer) => {
    paths.push(asked.url ?? '')
    finish = () => answer.end('third')
  })
  const application = new HttpApplication({
    url: `http://127.0.0.1:${busy.port}`,
    telling: { actors: 'none', fenced: false },
    limits: { connectionsReady: 1, patienceMs: 60_000 },
  })
  const third = await startHost({ application, owners, settings: { backOffMinMs: 1 } })
  hosts.push(third)
  owners.rest = third.name
  const other = ask(third.port, '/v1/call/Cart/other')
  await eventually('the one connection is taken', () => paths.length === 1)
  const moved = ask(third.port, path, { method: 'POST', body: 'held' })
  await eventually('it was let in', () => third.driver.machine.measures.running === 2)
  owners.move('Cart', '42', second.name)
  third.events.changed()
  finish()
  expect([(await other).body, (await moved).body]).toEqual(['third', 'second'])
  expect(paths).toEqual(['/Cart/other'])
  expect(ran.map((one) => one.body)).toEqual(['held'])
  expect(busy.connections).toBe(1)
  await busy.close()
})

test('a sidecar that expects too much of an expectation is tried no further with it', async () => {
  const refusing = await serveBytes((socket) => {
    owners.move('Cart', '42', second.name)
    first.events.changed()
    socket.end('HTTP/1.1 417 Expectation Failed\r\nContent-Length: 0\r\n\r\n')
  })
  owners.move('Cart', '42', `127.0.0.1:${refusing.port}`)
  const headers = { 'transfer-encoding': 'chunked' }
  const got = await ask(first.port, path, { method: 'POST', body: 'x', headers })
  expect(got.body).toBe('second')
  await refusing.close()
})

test('what two hosts did with a call is told to whoever asks', async () => {
  owners.move('Cart', '42', second.name)
  const got = await ask(first.port, path, { headers: { 'berth-explain': '1' } })
  const told = [got.headers['berth-explanation']].flat().join(', ')
  expect(told).toContain('forward')
  expect(told).toContain('deliver')
  const silent = await ask(first.port, path)
  expect(silent.headers['berth-explanation']).toBeUndefined()
})

test('an actor that is released is let go of when its calls have ended, and not before', async () => {
  const events: string[] = []
  let finish: () => void = () => undefined
  const application = new FunctionApplication(
    async () => {
      await new Promise<void>((resolve) => {
        finish = resolve
      })
      events.push('ran to its end')
      return {}
    },
    { onLeave: ({ id }, why) => void events.push(`${id} left: ${why}`) },
  )
  const own = new Owners()
  const host = await startHost({ application, owners: own, settings: { drainMs: 10 } })
  hosts.push(host)
  own.move('Cart', '42', host.name)
  const answer = ask(host.port, path, { method: 'POST' })
  await eventually('it runs', () => host.driver.machine.measures.running === 1)
  own.lock('Cart', '42')
  let isReleased = false
  const release = host.events.release(keysOf(['Cart', '42']), 5_000).then(() => {
    isReleased = true
  })
  // Its connection is cut when the time for it is over, but the function runs on.
  expect((await answer).status).toBe(502)
  expect({ isReleased, events }).toEqual({ isReleased: false, events: [] })
  finish()
  await release
  expect(events).toEqual(['ran to its end', '42 left: moved'])
})

test('a fence cuts all calls at once, and answers new ones', async () => {
  const never = new FunctionApplication(() => new Promise(() => undefined))
  const own = new Owners()
  const host = await startHost({ application: never, owners: own })
  own.move('Cart', '42', host.name)
  const answer = ask(host.port, path, { method: 'POST' })
  await eventually('it runs', () => host.driver.machine.measures.running === 1)
  own.lock('Cart', '42')
  void host.events.fence(keysOf(['Cart', '42']), true)
  expect(problemIn(await answer)).toMatchObject({ outcome: 'unknown' })
  const next = await ask(host.port, path, { method: 'POST' })
  expect(problemIn(next).code).toBe('call_fenced')
  host.driver.close()
})

test('bodies of all lengths come through many hops in full', async () => {
  owners.move('Cart', '42', second.name)
  const lengths = [0, 1, 65_535, 65_536, 65_537, 300_000]
  await Promise.all(
    lengths.map(async (length) => {
      const body = Buffer.alloc(length, 'z')
      const headers = { 'content-length': String(length) }
      expect((await ask(first.port, path, { method: 'POST', body, headers })).status).toBe(200)
    }),
  )
  expect(ran.map((one) => one.body.length).sort((a, b) => a - b)).toEqual(lengths)
})
