import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { type AddressInfo, createServer as createTcpServer, type Server } from 'node:net'
import { expect, test } from 'vitest'
import { WebSocketServer } from 'ws'
import { connect } from '../../src/sidecar/index.js'
import { certificateText } from '../support/certificates.js'
import type { Owner } from '../support/owner.js'
import { freePort } from '../support/ports.js'
import { FakeReplica } from './support/fake-replica.js'

type Listen = (owner: Owner) => Promise<number>

function serve(make: () => Server): Listen {
  return async (owner) => {
    const server = make()
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    owner.onTestFinished(() => void server.close())
    return (server.address() as AddressInfo).port
  }
}

const http = (answer: RequestListener) => serve(() => createServer(answer))

const bare = (status: number, headers: Record<string, string> = {}): Listen =>
  http((_request, response) => response.writeHead(status, headers).end('<html>for people</html>'))

const problem = (status: number, code: string, detail: string): Listen =>
  http((_request, response) => {
    response.writeHead(status, { 'content-type': 'application/problem+json' })
    response.end(JSON.stringify({ status, code, detail }))
  })

const untrusted = () => {
  const [key, cert] = [certificateText('replica-1.key'), certificateText('replica-1.pem')]
  return createTlsServer({ key, cert })
}

const withoutCommonCipher = () => {
  const [key, cert] = [certificateText('replica-1.key'), certificateText('replica-1.pem')]
  // Of a key that the certificate has not.
  const ciphers = 'ECDHE-RSA-AES128-GCM-SHA256'
  return createTlsServer({ key, cert, ciphers, maxVersion: 'TLSv1.2' })
}

/** It takes every WebSocket, and chooses no subprotocol. */
const withoutSubprotocol = () => {
  const server = createServer()
  new WebSocketServer({ server, handleProtocols: () => false })
  return server
}

const elsewhere = 'https://u:s3cret@elsewhere/berth/v1/host?token=s3cret'

const cases: [what: string, listen: Listen, says: RegExp, scheme?: 'wss'][] = [
  ['nobody listens', freePort, /connect ECONNREFUSED 127\.0\.0\.1:\d+/],
  ['404 of what is no replica', bare(404), /HTTP 404: no replica takes hosts there: check host/],
  [
    '403 of a replica, with its word',
    problem(403, 'foreign_origin', '"x:1" is not a name of this replica.'),
    /HTTP 403 foreign_origin: "x:1" is not a name of this replica\./,
  ],
  [
    '301, with where it leads, without what lets one in there',
    bare(301, { location: elsewhere }),
    /HTTP 301: it leads to wss:\/\/elsewhere\/berth: give the address/,
  ],
  ['426 of a proxy', bare(426), /HTTP 426: no replica, or a proxy that does not pass the upgrade/],
  ['502 of a proxy', bare(502), /HTTP 502: a proxy is there, and reaches no replica/],
  ['401 of a proxy', bare(401), /HTTP 401: say who you are with "headers"/],
  [
    'a long word with lines in it',
    problem(503, 'x', `a\n\u0007b${'c'.repeat(2_000)}`),
    /HTTP 503 x: a bc+…; /,
  ],
  ['a missing subprotocol', serve(withoutSubprotocol), /without the subprotocol of Berth/],
  [
    'a certificate that nobody vouches for',
    serve(untrusted),
    /certificate is not trusted \(.*\): name its authority to Node in NODE_EXTRA_CA_CERTS/,
    'wss',
  ],
  ['no TLS where TLS is asked for', bare(200), /is ws:\/\/ meant/, 'wss'],
  [
    'TLS in which the two agree on nothing',
    serve(withoutCommonCipher),
    /TLS fails: .*handshake failure/,
    'wss',
  ],
  [
    'a connection that ends without a word',
    serve(() => createTcpServer((socket) => void socket.resume().end())),
    /it closed the connection without an answer/,
  ],
  [
    'one that says nothing',
    serve(() => createTcpServer((socket) => void socket.on('error', () => undefined))),
    /no connection within 500 ms/,
  ],
]

for (const [what, listen, says, scheme = 'ws'] of cases) {
  test.concurrent(`who waits in vain is told why, of each address: ${what}`, async (t) => {
    const url = `${scheme}://127.0.0.1:${await listen(t)}`
    const lines: object[] = []
    const note = (fields: object) => void lines.push(fields)
    const log = { info: note, warn: note, error: note }
    const replicas = [url, 'ws://127.0.0.1:1']
    const error = await connect({ replicas, nats: false, timeoutMs: 900, log }).then(
      () => expect.unreachable('it connected'),
      (cause: Error & { code: string }) => cause,
    )
    expect(error.code).toBe('timeout')
    expect(error.message).toContain(`${url}: `)
    expect(error.message).toContain('ws://127.0.0.1:1: connect ECONNREFUSED')
    expect(error.message).toMatch(says)
    expect(error.message.length).toBeLessThan(700)
    expect(lines).toContainEqual(expect.objectContaining({ replica: url }))
    expect(`${error.message}${JSON.stringify(lines)}`).not.toContain('s3cret')
  })
}

test.concurrent('a replica behind a prefix of a proxy is reached by its path', async (t) => {
  const replica = await FakeReplica.start(t, '/berth/1/v1/host')
  const replicas = [`${replica.url}/berth/1/`]
  const giving = connect({ replicas, nats: false, timeoutMs: 900 })
  await expect(giving).rejects.toThrow(`at ${replica.url}/berth/1,`)
  expect(replica.heard[0]).toMatchObject({ kind: 'hello' })
})
