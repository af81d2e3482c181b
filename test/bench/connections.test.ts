/** The load generator's own clients, against servers that others wrote. */
import { once } from 'node:events'
import { createServer as createHttp } from 'node:http'
import { createServer as createHttp2, type ServerHttp2Stream } from 'node:http2'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { expect, test } from 'vitest'
import { EtcdClient } from '../../bench/harness/etcd-client.js'
import { HttpConnection, postRequest } from '../../bench/harness/http-connection.js'
import type { Owner } from '../support/owner.js'

async function listen(owner: Owner, server: Server): Promise<number> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => sockets.add(socket))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  owner.onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return (server.address() as AddressInfo).port
}

test('a connection asks again and again over HTTP', async (t) => {
  const asked: string[] = []
  const server = createHttp((request, response) => {
    asked.push(`${request.method} ${request.url} ${request.headers.host}`)
    const body = JSON.stringify({ long: 'x'.repeat(100_000) })
    response.writeHead(asked.length === 2 ? 503 : 200, { 'content-length': body.length }).end(body)
  })
  const port = await listen(t, server)
  const connection = await HttpConnection.open('127.0.0.1', port)
  const request = postRequest('me', '/a')
  expect(await connection.ask(request)).toBe(200)
  expect(await connection.ask(request)).toBe(503)
  expect(await connection.ask(request)).toBe(200)
  expect(asked).toEqual(['POST /a me', 'POST /a me', 'POST /a me'])
  connection.close()
})

test('a connection that ends fails what is asked, then and later', async (t) => {
  const port = await listen(
    t,
    createServer((socket) => socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\n'))),
  )
  const connection = await HttpConnection.open('127.0.0.1', port)
  const request = postRequest('me', '/a')
  await expect(connection.ask(request)).rejects.toThrow('closed')
  await expect(connection.ask(request)).rejects.toThrow('closed before')
})

/** Answers each call by its number, as etcd does. */
async function grpcServer(
  owner: Owner,
  answer: (call: number, stream: ServerHttp2Stream, message: Buffer) => void,
): Promise<{ address: string; paths: string[] }> {
  const paths: string[] = []
  const server = createHttp2()
  server.on('stream', (stream, headers) => {
    paths.push(`${headers[':path']} ${headers['content-type']} ${headers.te}`)
    const parts: Buffer[] = []
    stream.on('data', (part: Buffer) => parts.push(part))
    stream.on('end', () => answer(paths.length, stream, Buffer.concat(parts)))
  })
  const port = await listen(owner, server)
  return { address: `127.0.0.1:${port}`, paths }
}

function reply(stream: ServerHttp2Stream, message: readonly number[]): void {
  stream.respond({ 'content-type': 'application/grpc' }, { waitForTrailers: true })
  stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }))
  stream.end(Buffer.from([0, 0, 0, 0, message.length, ...message]))
}

test('a put is one call of gRPC, and many go over one connection', async (t) => {
  const messages: Buffer[] = []
  const { address, paths } = await grpcServer(t, (_, stream, message) => {
    messages.push(message)
    reply(stream, [])
  })
  const client = new EtcdClient(address)
  t.onTestFinished(() => client.close())
  const value = Buffer.alloc(200, 'v')
  const count = 300
  await Promise.all(Array.from({ length: count }, () => client.put(Buffer.from('key'), value)))
  expect(new Set(paths)).toEqual(new Set(['/etcdserverpb.KV/Put application/grpc trailers']))
  // Key and value as fields 1 and 2; a length of 200 takes two bytes.
  const put = Buffer.concat([Buffer.from('\n\x03key\x12'), Buffer.from([200, 1]), value])
  const head = Buffer.from([0, 0, 0, 0, put.length])
  expect(messages).toHaveLength(count)
  for (const message of messages) expect(message).toEqual(Buffer.concat([head, put]))
})

test('a member says who it is and whom it takes for the leader', async (t) => {
  const { address } = await grpcServer(t, (_, stream) => {
    // header { cluster_id: 1, member_id: 300 }, version "3", leader: 7
    reply(stream, [0x0a, 5, 0x08, 1, 0x10, 0xac, 2, 0x12, 1, 0x33, 0x20, 7])
  })
  const client = new EtcdClient(address)
  t.onTestFinished(() => client.close())
  expect(await client.status()).toEqual({ member: 300n, leader: 7n })
})

test('a refused call fails alone; the end of the connection fails all', async (t) => {
  const { address } = await grpcServer(t, (call, stream) => {
    if (call === 1) stream.respond({ 'grpc-status': '14' }, { endStream: true })
    else if (call === 2) reply(stream, [])
    else stream.session?.destroy()
  })
  const client = new EtcdClient(address)
  t.onTestFinished(() => client.close())
  const put = () => client.put(Buffer.from('key'), Buffer.from('value'))
  await expect(put()).rejects.toThrow('refused')
  await put()
  await expect(put()).rejects.toThrow()
})
