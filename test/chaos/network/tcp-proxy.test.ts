import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { expect, test } from 'vitest'
import { encodeHello } from '../../../src/raft/node/identity/handshake.js'
import { encodeFrameHead, encodePreamble } from '../../../src/raft/peers/peer-socket.js'
import { handshakeOf } from '../../raft/node/support/handshakes.js'
import { eventually } from '../../support/eventually.js'
import type { Owner } from '../../support/owner.js'
import { freePort } from '../../support/ports.js'
import { resetSocket } from '../../support/reset-socket.js'
import { hostHeader } from '../hosts/actors.mjs'
import { hostThatAsks } from './host-line.js'
import { Line } from './line.js'
import { dialledBy } from './peer-line.js'
import { TcpProxy } from './tcp-proxy.js'

interface End {
  readonly socket: Socket
  readonly heard: string[]
}

function listen(socket: Socket): End {
  const heard: string[] = []
  socket.setEncoding('utf8').on('data', (text: string) => heard.push(text))
  socket.on('error', () => {})
  return { socket, heard }
}

/** `once` would take a reset for a failure of the test. */
function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.once('close', () => resolve()))
}

/** A client and a server with a line between them. */
async function joined(owner: Owner) {
  const line = new Line('test')
  const [port, targetPort] = [await freePort(), await freePort()]
  const accepted: End[] = []
  const server = createServer({ allowHalfOpen: true }, (socket) => accepted.push(listen(socket)))
  await new Promise<void>((resolve) => server.listen(targetPort, '127.0.0.1', resolve))
  const proxy = await TcpProxy.start({ port, targetPort, lineOf: () => line })
  const client = listen(connect({ port, host: '127.0.0.1' }))
  owner.onTestFinished(async () => {
    await proxy.close()
    client.socket.destroy()
    for (const { socket } of accepted) socket.destroy()
    server.close()
  })
  const far = await eventually('the connection', () => accepted[0])
  return { line, client, far, proxy }
}

test('a line passes both ways, and ends by themselves', async (t) => {
  const { line, client, far } = await joined(t)
  client.socket.write('there')
  far.socket.write('back')
  await eventually('both', () => client.heard.length === 1 && far.heard.length === 1)
  expect([client.heard, far.heard]).toEqual([['back'], ['there']])
  client.socket.end()
  await once(far.socket, 'end')
  far.socket.end('bye')
  await once(client.socket, 'close')
  expect(client.heard).toEqual(['back', 'bye'])
  await eventually('the end of the connection', () => line.connectionCount === 0)
})

test('a direction that is silent holds back what it was given, and the other goes on', async (t) => {
  const { line, client, far } = await joined(t)
  const lifts = [line.there.silence(), line.there.silence()]
  client.socket.write('a')
  far.socket.write('x')
  await eventually('what goes back', () => client.heard.length === 1)
  client.socket.write('b')
  lifts[0]!()
  lifts[0]!()
  far.socket.write('y')
  await eventually('what goes back', () => client.heard.join('') === 'xy')
  expect(far.heard).toEqual([])
  lifts[1]!()
  await eventually('what was held back', () => far.heard.join('') === 'ab')
})

test('a direction that is silent tells nobody of an end', async (t) => {
  const { line, client, far } = await joined(t)
  const lift = line.there.silence()
  client.socket.resetAndDestroy()
  far.socket.write('x')
  expect(far.socket.destroyed).toBe(false)
  lift()
  await closed(far.socket)
})

test('a slow direction keeps the order', async (t) => {
  const { line, client, far } = await joined(t)
  const lift = line.there.slow(200)
  const startMs = performance.now()
  client.socket.write('slow ')
  // Each look is a turn of the event loop, in which the proxy reads what has come.
  let looks = 0
  await eventually('the proxy to hold it', () => {
    looks += 1
    return looks > 4
  })
  lift()
  client.socket.write('fast')
  await eventually('all of it', () => far.heard.join('') === 'slow fast')
  expect(performance.now() - startMs).toBeGreaterThan(190)
})

test('a cut resets the connections that are open', async (t) => {
  const { line, client, far } = await joined(t)
  const both = [closed(client.socket), closed(far.socket)]
  line.cut()
  await Promise.all(both)
  await eventually('the end of the connection', () => line.connectionCount === 0)
})

test('a connection can be reset while its end is on its way', async (t) => {
  const { client } = await joined(t)
  const errors: Error[] = []
  client.socket.on('error', (error) => errors.push(error))
  client.socket.end()
  resetSocket(client.socket)
  await closed(client.socket)
  expect(errors).toEqual([])
})

test('who asks over HTTP is told by a header, as soon as the head is whole', () => {
  const header = `${hostHeader.toUpperCase()}: 12`
  expect(hostThatAsks(Buffer.from(`GET / HTTP/1.1\r\n${header}\r\n\r\n`))).toBe(12)
  expect(hostThatAsks(Buffer.from(`GET / HTTP/1.1\r\n${hostHeader}: 12`))).toBeNull()
  expect(hostThatAsks(Buffer.from('GET / HTTP/1.1\r\nHost: a\r\n\r\n'))).toBe('nobody')
  expect(() => hostThatAsks(Buffer.alloc(20_000, 'a'))).toThrow()
})

test('who dials a replica is told by the hello, as soon as it is whole', () => {
  const body = encodeHello({ to: 2, advertised: 'a:1', shown: handshakeOf({ replicaId: 7 }) })
  const bytes = Buffer.concat([encodePreamble(), encodeFrameHead('hello', body.length), body])
  expect(dialledBy(bytes)).toBe(7)
  expect(dialledBy(bytes.subarray(0, 5))).toBeNull()
  expect(dialledBy(bytes.subarray(0, -1))).toBeNull()
  expect(() => dialledBy(Buffer.from('GET / HTTP/1.1'))).toThrow()
})
