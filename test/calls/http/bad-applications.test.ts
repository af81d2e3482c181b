/** Applications that do not answer as they should, and callers that do not wait. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import { connect, type Socket } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { HttpApplication } from '../../../src/calls/http/http-application.js'
import { exchange, problemOf, request } from '../../api/support/raw-http.js'
import { eventually } from '../../support/eventually.js'
import { ask, open, problemIn } from './support/ask.js'
import { type CarryingHost, Owners, startHost } from './support/call-cluster.js'
import { serveBytes, serveHttp, type TestServer } from './support/raw-application.js'

const closing: (() => Promise<void>)[] = []

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

const telling = { actors: 'none', fenced: false } as const

/** Two hosts, of which the second owns all, in front of this application. */
async function hostsBefore(application: TestServer | string): Promise<CarryingHost[]> {
  const owners = new Owners()
  const isServer = typeof application !== 'string'
  if (isServer) closing.push(() => application.close())
  const url = isServer ? `http://127.0.0.1:${application.port}` : application
  const hosts: CarryingHost[] = []
  for (const _ of [1, 2]) {
    const own = new HttpApplication({ url, telling })
    const host = await startHost({ application: own, owners, settings: { backOffMinMs: 1 } })
    closing.push(() => host.stop())
    hosts.push(host)
  }
  owners.rest = hosts[1]?.name ?? ''
  return hosts
}

const path = '/v1/call/Cart/42/x'
const soon = { 'berth-timeout': '0.3' }

const answers: [what: string, bytes: string][] = [
  ['is no HTTP', 'hello there, this is not HTTP\r\n\r\n'],
  ['has two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab'],
  ['has a header without a name', 'HTTP/1.1 200 OK\r\n: x\r\n\r\n'],
  ['has a status of letters', 'HTTP/1.1 abc OK\r\n\r\n'],
  [
    'switches protocols',
    'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n',
  ],
  ['says 101 and names no protocol', 'HTTP/1.1 101 Switching Protocols\r\n\r\n'],
  ['has headers without an end', `HTTP/1.1 200 OK\r\nX: ${'x'.repeat(200_000)}`],
  ['is cut in its head', 'HTTP/1.1 200 OK\r\nContent-Le'],
]

describe.for(answers)('an answer that %s', ([, bytes]) => {
  test('is a call of unknown outcome, held and streamed, here and on another host', async () => {
    let calls = 0
    const application = await serveBytes((socket) => {
      calls += 1
      socket.end(bytes, 'latin1')
    })
    const [first, second] = (await hostsBefore(application)) as [CarryingHost, CarryingHost]
    for (const { port } of [second, first]) {
      for (const headers of [{}, { 'transfer-encoding': 'chunked' }]) {
        const got = await ask(port, path, { method: 'POST', body: 'x', headers })
        expect(got.status).toBe(502)
        expect(problemIn(got)).toMatchObject({ code: 'call_lost', outcome: 'unknown' })
      }
    }
    expect(calls).toBe(4)
  })
})

test('an application that answers 101 is named as the reason', async () => {
  const application = await serveBytes((socket) => {
    socket.end('HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n')
  })
  const [, second] = (await hostsBefore(application)) as [CarryingHost, CarryingHost]
  for (const headers of [{}, { 'transfer-encoding': 'chunked' }]) {
    const got = await ask(second.port, path, { method: 'POST', body: 'x', headers })
    expect(problemIn(got).detail).toMatch(/101 Switching Protocols, and nobody asked/)
  }
})

test('a key that Connection names ends here, and makes no call repeatable', async () => {
  let calls = 0
  const application = await serveBytes((socket) => {
    calls += 1
    socket.destroy()
  })
  for (const { port } of (await hostsBefore(application)).toReversed()) {
    const head = `POST ${path} HTTP/1.1\r\nHost: a\r\nIdempotency-Key: 1\r\nContent-Length: 1\r\n`
    calls = 0
    const got = await exchange(port, `${head}Connection: close, Idempotency-Key\r\n\r\nx`)
    expect(problemOf(got)).toMatchObject({ code: 'call_lost', outcome: 'unknown' })
    expect(calls).toBe(1)
  }
})

test.for([
  ['two links in one header', 'Link: </a>; rel=preload, </b>; rel=preload'],
  ['a link that is none', 'Link: <no link; "\xff'],
  ['an empty link', 'Link: '],
])('an early hint of %s is dropped, and its answer passed on', async ([, header]) => {
  const hint = `HTTP/1.1 103 Early Hints\r\n${header}\r\n\r\n`
  const application = await serveBytes((socket) => {
    socket.end(`${hint}HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello`, 'latin1')
  })
  for (const { port } of (await hostsBefore(application)).toReversed()) {
    for (const headers of [{}, { 'transfer-encoding': 'chunked' }]) {
      const got = await ask(port, path, { method: 'POST', body: 'x', headers })
      expect(got).toMatchObject({ status: 200, body: 'hello' })
    }
  }
})

describe('an answer that breaks off', () => {
  const broken: [what: string, bytes: string][] = [
    ['in a body of known length', 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello'],
    ['in a chunk', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\nhello'],
    ['between chunks', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n'],
  ]

  test.for(broken)('%s breaks off for its caller too', async ([, bytes]) => {
    const application = await serveBytes((socket) => socket.end(bytes))
    const hosts = await hostsBefore(application)
    for (const { port } of hosts.toReversed()) {
      for (const framing of [
        'Content-Length: 1\r\n\r\nx',
        'Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n',
      ]) {
        const head = `POST ${path} HTTP/1.1\r\nHost: a\r\n`
        const got = await exchange(port, head + framing)
        expect(got.status).toBe(200)
        expect(got.body).toContain('hello')
        expect(got.body).not.toMatch(/\r\n0\r\n\r\n$|problem/)
      }
    }
  })
})

describe('an application', () => {
  test('that never answers costs its caller the deadline, and sees its connection closed', async () => {
    const closed: Promise<unknown>[] = []
    const application = await serveBytes((socket) => closed.push(once(socket, 'close')))
    const hosts = await hostsBefore(application)
    for (const { port } of hosts.toReversed()) {
      const got = await ask(port, path, { method: 'POST', headers: soon })
      expect(got.status).toBe(504)
      expect(problemIn(got)).toMatchObject({ code: 'call_timeout', outcome: 'unknown' })
    }
    expect(closed).toHaveLength(2)
    await Promise.all(closed)
  })

  test('that answers slowly, byte by byte, is waited for once it has begun', async () => {
    const application = await serveBytes((socket) => {
      const bytes = 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello'
      let at = 0
      const more = () => {
        socket.write(bytes[at] as string)
        at += 1
        if (at < bytes.length) setImmediate(more)
      }
      more()
    })
    for (const { port } of (await hostsBefore(application)).toReversed()) {
      expect((await ask(port, path)).body).toBe('hello')
    }
  })

  test('that is not there is waited for, then the call is answered as not sent', async () => {
    const gone = await serveHttp(() => undefined)
    await gone.close()
    const hosts = await hostsBefore(`http://127.0.0.1:${gone.port}`)
    for (const { port } of hosts.toReversed()) {
      for (const headers of [soon, { ...soon, 'transfer-encoding': 'chunked' }]) {
        const got = await ask(port, path, { method: 'POST', headers, body: 'x' })
        expect(got.status).toBe(503)
        expect(problemIn(got).outcome).toBeUndefined()
      }
    }
  })

  test('that comes up meanwhile gets the call, with its body', async () => {
    const early = await serveHttp(() => undefined)
    const { port: applicationPort } = early
    await early.close()
    const url = `http://127.0.0.1:${applicationPort}`
    const [first, second] = (await hostsBefore(url)) as [CarryingHost, CarryingHost]
    const answers = Promise.all(
      [{}, { 'transfer-encoding': 'chunked' }].map((headers) =>
        ask(first.port, path, { method: 'POST', headers, body: 'here it is' }),
      ),
    )
    await eventually('both wait', () => second.driver.machine.measures.sentAgain > 2)
    const server = createServer((asked, response) => asked.pipe(response))
    await new Promise<void>((resolve) => server.listen(applicationPort, '127.0.0.1', resolve))
    closing.unshift(async () => {
      server.close()
      server.closeAllConnections()
    })
    expect((await answers).map(({ body }) => body)).toEqual(['here it is', 'here it is'])
  })

  test('that answers before the body has come in full has answered', async () => {
    const application = await serveBytes((socket) => {
      socket.end('HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno')
    })
    for (const { port } of (await hostsBefore(application)).toReversed()) {
      const head = `POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\nsome of it`
      const socket = connect(port, '127.0.0.1')
      socket.write(head)
      let text = ''
      while (!text.endsWith('no')) text += String((await once(socket, 'data'))[0])
      expect(text).toMatch(/^HTTP\/1\.1 413 /)
      socket.destroy()
    }
  })
})

describe('a caller that goes away', () => {
  test('is seen by the application, whose connection closes', async () => {
    const arrived: Socket[] = []
    const application = await serveBytes((socket) => arrived.push(socket))
    const hosts = await hostsBefore(application)
    for (const { port } of hosts.toReversed()) {
      for (const framing of [
        'Content-Length: 1\r\n\r\nx',
        'Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n',
      ]) {
        const caller = connect(port, '127.0.0.1')
        caller.write(`POST ${path} HTTP/1.1\r\nHost: a\r\n${framing}`)
        const socket = await eventually('the call is there', () => arrived.pop() ?? null)
        const closed = once(socket, 'close')
        caller.destroy()
        await closed
      }
    }
    for (const { driver } of hosts) {
      await eventually('no call is left', () => driver.size === 0)
      expect(driver.machine.measures).toMatchObject({ running: 0, forwarded: 0, waiting: 0 })
    }
  })

  test('leaves none of the calls behind that it sent one behind another', async () => {
    const application = await serveHttp((asked, response) => {
      // The first is never answered; of the next ones long answers come, which have to wait.
      if (asked.url !== '/Cart/1') response.end(Buffer.alloc(1_000_000))
    })
    for (const { port, driver } of await hostsBefore(application)) {
      const caller = connect(port, '127.0.0.1')
      const requests = ['1', '2', '3'].map((id) => {
        return `POST /v1/call/Cart/${id} HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n`
      })
      caller.write(requests.join(''))
      await eventually('they are there', () => driver.size === 3)
      caller.destroy()
      await eventually('no call is left', () => driver.size === 0)
    }
  })

  test('in the middle of its body leaves no call behind', async () => {
    let heads = 0
    const application = await serveBytes(() => {
      heads += 1
    })
    const hosts = await hostsBefore(application)
    for (const { port } of hosts) {
      for (const length of [1_000, 1_000_000]) {
        const caller = connect(port, '127.0.0.1')
        caller.write(`POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Length: ${length}\r\n\r\nabc`)
        if (length > 64 * 1_024) {
          const before = heads
          await eventually('its beginning is there', () => heads > before)
        }
        caller.destroy()
        await once(caller, 'close')
      }
    }
    // A held body that was cut never became a call; a streamed one had begun.
    expect(heads).toBe(2)
    for (const { driver } of hosts) await eventually('no call is left', () => driver.size === 0)
  })

  test('that does not read its answer holds the application back', async () => {
    let written = 0
    const application = await serveHttp((_asked, response) => {
      const more = () => {
        response.write(Buffer.alloc(64 * 1_024))
        written += 64 * 1_024
        response.once('drain', more)
      }
      more()
    })
    const [first] = (await hostsBefore(application)) as [CarryingHost]
    const response = await open(first.port, path)
    response.pause()
    let last = -1
    await eventually('nothing more is written', () => {
      const isStill = written === last && written > 0
      last = written
      return isStill
    })
    expect(written).toBeLessThan(64 * 1_024 * 1_024)
    response.destroy()
  })
})

test('a call that comes byte by byte is served as any, and so is TRACE', async () => {
  const application = await serveHttp((asked, response) => response.end(asked.method))
  const [first] = (await hostsBefore(application)) as [CarryingHost]
  const socket = connect(first.port, '127.0.0.1')
  socket.setNoDelay(true)
  const bytes = `DELETE ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`
  for (const byte of bytes)
    await new Promise<void>((resolve) => socket.write(byte, () => resolve()))
  let text = ''
  for await (const chunk of socket) text += chunk
  expect(text).toMatch(/DELETE$/)
  expect((await request(first.port, `TRACE ${path}`)).body).toBe('TRACE')
})
