/** Questions to applications that answer well, badly, slowly, too much and not at all. */
import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import { createServer as createTcpServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import {
  ApplicationAsker,
  askBytesMax,
} from '../../../src/sidecar-process/application/application-asker.js'
import { freePort } from '../../support/ports.js'
import { scratchFolder } from '../../support/scratch.js'

const config = { path: '/berth/config', wantsBody: true }
const health = { path: '/healthz', wantsBody: false }

function asker(app: string): ApplicationAsker {
  const made = new ApplicationAsker(app)
  onTestFinished(() => made.close())
  return made
}

async function http(listener: RequestListener, socket?: string) {
  const server = createServer(listener)
  server.listen(socket ?? { host: '127.0.0.1', port: 0 })
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const address = server.address()
  if (typeof address === 'string' || address === null) return asker(`unix:${socket}`)
  return asker(`http://127.0.0.1:${address.port}`)
}

/** A server that says these bytes to whoever connects. */
async function tcp(act: (socket: Socket) => void) {
  const sockets = new Set<Socket>()
  const server = createTcpServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.once('data', () => act(socket))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const { port } = server.address() as { port: number }
  return asker(`http://127.0.0.1:${port}`)
}

test('an answer is its status and the body that is wanted, over TCP and a unix socket', async () => {
  const socket = join(scratchFolder({ onTestFinished }), 'app.sock')
  for (const path of [undefined, socket]) {
    const app = await http((request, response) => response.end(`{"at":"${request.url}"}`), path)
    const body = '{"at":"/berth/config"}'
    expect(await app.ask(config)).toEqual({ kind: 'answer', status: 200, body })
    expect(await app.ask(health)).toEqual({ kind: 'answer', status: 200, body: null })
  }
})

test('many questions in a row are all answered', async () => {
  let asked = 0
  const app = await http((_request, response) => {
    asked += 1
    response.writeHead(asked % 2 === 0 ? 404 : 200).end('x'.repeat(1_000))
  })
  for (let i = 0; i < 50; i += 1) {
    expect(await app.ask(i % 3 === 0 ? config : health)).toMatchObject({ kind: 'answer' })
  }
})

test('nobody there is told from one that does not answer', async () => {
  const port = await freePort()
  expect(await asker(`http://127.0.0.1:${port}`).ask(config)).toMatchObject({ kind: 'refused' })
  expect(await asker('unix:/nowhere/app.sock').ask(config)).toMatchObject({ kind: 'refused' })
  const silent = await tcp(() => undefined)
  expect(await silent.ask(config)).toEqual({ kind: 'failed', reason: 'no answer in time' })
})

test('a body that drips is not waited for', async () => {
  const app = await http((_request, response) => {
    response.writeHead(200, { 'content-length': 1_000 })
    const drip = setInterval(() => response.write('x'), 50)
    response.once('close', () => clearInterval(drip))
  })
  expect(await app.ask(config)).toEqual({ kind: 'failed', reason: 'no answer in time' })
})

test('a body of 10 MB is no configuration, and is nothing to a health path', async () => {
  const app = await http((_request, response) => response.end(Buffer.alloc(10_000_000)))
  const reason = `its answer is longer than ${askBytesMax} bytes`
  expect(await app.ask(config)).toEqual({ kind: 'failed', reason })
  expect((await app.ask(health)).kind).not.toBe('refused')
  expect(await app.ask(config)).toEqual({ kind: 'failed', reason })
})

test('a redirect is not followed', async () => {
  let asked = 0
  const app = await http((_request, response) => {
    asked += 1
    response.writeHead(302, { location: '/elsewhere' }).end()
  })
  expect(await app.ask(config)).toEqual({ kind: 'answer', status: 302, body: null })
  expect(asked).toBe(1)
})

test.for([
  ['garbage', 'hello\r\n\r\n'],
  ['another protocol', 'SSH-2.0-OpenSSH_9.6\r\n'],
  ['101', 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n'],
  ['two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab'],
  ['headers without an end', `HTTP/1.1 200 OK\r\nX: ${'x'.repeat(100_000)}`],
  ['nothing', ''],
] as const)('%s is a failure, and the next question is asked all the same', async ([_, bytes]) => {
  const app = await tcp((socket) => socket.end(bytes))
  expect(await app.ask(config)).toMatchObject({ kind: 'failed' })
  expect(await app.ask(health)).toMatchObject({ kind: 'failed' })
})
