/**
 * What is left behind by tries at servers that are no NATS servers: nothing. A replica and a
 * sidecar go on trying for as long as they live.
 */
import { getEventListeners } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { NatsSession } from '../../src/nats/nats-session.js'
import { eventually } from '../support/eventually.js'
import { freePort } from '../support/ports.js'

const triesMin = 300
/** A round of tries goes through all servers; the same one many times makes it a long round. */
const triesPerRound = 100

/** All signals that are made from here on, and how many listen to them now. */
function countListeners(): () => number {
  const signals: AbortSignal[] = []
  const original = globalThis.AbortController
  globalThis.AbortController = class extends original {
    constructor() {
      super()
      signals.push(this.signal)
    }
  }
  onTestFinished(() => {
    globalThis.AbortController = original
  })
  return () => signals.reduce((sum, signal) => sum + getEventListeners(signal, 'abort').length, 0)
}

const openSockets = () =>
  process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length

/** A server that does this to whoever connects; its sockets do not count as ours. */
async function server(greet: (socket: Socket) => void): Promise<{ port: number; open(): number }> {
  const sockets = new Set<Socket>()
  const listening = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
    greet(socket)
  })
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void listening.close())
  return { port: (listening.address() as AddressInfo).port, open: () => sockets.size }
}

async function tryOften(port: number) {
  const listeners = countListeners()
  const before = openSockets()
  let rounds = 0
  const session = new NatsSession(
    {
      servers: Array.from({ length: triesPerRound }, () => `nats://127.0.0.1:${port}`),
      client: {},
      connectTimeoutMs: 5,
      retryMs: 1,
    },
    {
      opened: () => expect.unreachable('this is no NATS server'),
      lost: () => undefined,
      failed: () => {
        rounds += 1
      },
    },
  )
  onTestFinished(() => session.close('at once'))
  session.start()
  await eventually('the tries', () => rounds * triesPerRound >= triesMin, 60_000)
  // One may listen to the pause, or to the try that is under way.
  expect(listeners()).toBeLessThanOrEqual(1)
  await session.close('at once')
  await eventually('the end of all sockets', () => openSockets() <= before)
  expect(listeners()).toBe(0)
}

test('hundreds of tries where nobody listens leave no listener and no socket behind', async () => {
  await tryOften(await freePort())
})

test('nor do hundreds of tries at a server that says nothing', async () => {
  const silent = await server(() => undefined)
  await tryOften(silent.port)
  await eventually('the end of all', () => silent.open() === 0)
})

test('nor do hundreds of tries at a server of another kind', async () => {
  const other = await server((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'))
  await tryOften(other.port)
  await eventually('the end of all', () => other.open() === 0)
})

test('nor do hundreds of tries at a server that says something and never ends its line', async () => {
  const other = await server((socket) => socket.write('hello, who'))
  await tryOften(other.port)
  await eventually('the end of all', () => other.open() === 0)
})
