/** Who reaches the ports of a replica, and what becomes of those who should not. */
import { connect } from 'node:net'
import { beforeAll, expect, test } from 'vitest'
import WebSocket from 'ws'
import { exchange, request } from '../api/support/raw-http.js'
import { createDatabase } from '../support/database.js'
import { eventually } from '../support/eventually.js'
import { fileOwner } from '../support/owner.js'
import { freePort } from '../support/ports.js'
import {
  planReplica,
  type ReplicaUnderTest,
  refusalOf,
  startReplica,
} from './support/replica-process.js'

const owner = fileOwner()
let replica: ReplicaUnderTest
beforeAll(async () => {
  const { url } = await createDatabase()
  const natsPort = await freePort()
  const flags = [
    '--aliases',
    'berth.example',
    '--nats-url',
    `nats://u:s3cret@127.0.0.1:${natsPort}`,
  ]
  replica = startReplica(owner, await planReplica(url), flags)
  await replica.logged(/"listening"/)
  await eventually('a leader', async () => {
    const { body } = await replica.get('/v1/cluster')
    return (body as { readonly confirmed?: boolean }).confirmed === true
  })
})

/** How a WebSocket at this replica ends: `open`, or the status that refused it. */
function openSocket(headers: Readonly<Record<string, string>>): Promise<string> {
  const { port } = replica.plan
  const socket = new WebSocket(`ws://127.0.0.1:${port}/v1/host`, 'berth.v1+json', { headers })
  return new Promise((resolve) => {
    socket.once('open', () => {
      socket.terminate()
      resolve('open')
    })
    socket.once('unexpected-response', (_request, { statusCode }) => {
      socket.terminate()
      resolve(String(statusCode))
    })
    socket.once('error', (error) => resolve(error.message))
  })
}

test('it says at which addresses it listens, and to whom it is open', () => {
  const { port, peerPort } = replica.plan
  expect(replica.log().find(({ msg }) => msg === 'listening')).toMatchObject({
    api: `http://127.0.0.1:${port}`,
    peer: `127.0.0.1:${peerPort}`,
    access: 'this machine only: no credentials',
  })
})

test('it listens on its address alone, on both ports', async () => {
  const { port, peerPort } = replica.plan
  for (const [host, each] of [
    ['127.0.0.2', port],
    ['127.0.0.2', peerPort],
    ['::1', port],
    ['::1', peerPort],
  ] as const) {
    const outcome = await new Promise((resolve) => {
      const socket = connect(each, host)
      socket.once('connect', () => {
        socket.destroy()
        resolve('connected')
      })
      socket.once('error', ({ code }: NodeJS.ErrnoException) => resolve(code))
    })
    expect([host, each, outcome]).toEqual([host, each, expect.not.stringMatching('connected')])
  }
})

test('REST with a foreign Host or Origin is refused, with its own or an alias served', async () => {
  const { port } = replica.plan
  const status = async (headers: Readonly<Record<string, string>>) => {
    const answer = await request(port, 'GET /v1/cluster', headers)
    return answer.status === 200 ? 200 : [answer.status, JSON.parse(answer.body).code]
  }
  const foreign = [403, 'foreign_origin']
  expect(await status({})).toBe(200)
  expect(await status({ Host: `berth.example:${port}` })).toBe(200)
  expect(await status({ Host: 'evil.example' })).toEqual(foreign)
  expect(await status({ Host: `127.0.0.1.nip.io:${port}` })).toEqual(foreign)
  expect(await status({ Origin: 'http://evil.example' })).toEqual(foreign)
  expect(await status({ Origin: 'http://localhost:3000' })).toEqual(foreign)
  expect(await status({ Origin: 'null' })).toEqual(foreign)
})

test('a WebSocket with a foreign Host or Origin is refused', async () => {
  expect(await openSocket({})).toBe('open')
  expect(await openSocket({ Host: 'evil.example' })).toBe('403')
  expect(await openSocket({ Origin: 'http://evil.example' })).toBe('403')
})

test('strangers at the peer port harm nobody', async () => {
  const { peerPort } = replica.plan
  const http = await request(peerPort, 'GET /')
  expect([http.status, http.body]).toEqual([400, expect.stringContaining('the peer port')])
  const fourGiB = Buffer.from('4245525448500001fffffffff0', 'hex')
  const noise = Buffer.alloc(4_096, 0xa5)
  for (const bytes of [fourGiB, noise]) await exchange(peerPort, bytes)
  expect((await replica.get('/livez')).status).toBe(200)
})

test('a wait for NATS is named after a second, without the password, and harms nobody', async () => {
  const wait = await replica.logged(/"waitingFor":"NATS".*REFUSED/)
  expect(wait).toMatchObject({ level: 40, msg: 'Still waiting.' })
  expect(wait.reason).toMatch(/CONNECTION_REFUSED|ECONNREFUSED/)
  expect(wait.waitedMs).toBeLessThan(20_000)
  expect(replica.process.lines.join('\n')).not.toContain('s3cret')
  const { status, body } = await replica.get('/readyz?verbose')
  expect([status, JSON.stringify(body)]).toEqual([503, expect.stringContaining('nats (away')])
  expect((await replica.cordon('10.0.0.1:1')).status).toBe(200)
})

test('a second start by mistake is refused by its ports, and does not end the first', async (t) => {
  const { plan } = replica
  const { port, peerPort } = plan
  const free = await freePort()
  const refusals = await Promise.all([
    refusalOf(startReplica(t, plan)),
    refusalOf(startReplica(t, { ...plan, port: free })),
  ])
  expect(refusals).toEqual([
    expect.stringMatching(`--listen 127.0.0.1:${port} cannot be opened: .*EADDRINUSE`),
    expect.stringMatching(`--peer-listen 127.0.0.1:${peerPort} cannot be opened: .*EADDRINUSE`),
  ])
  expect((await replica.cordon('10.0.0.2:1')).status).toBe(200)
})

test('without NATS it still stops at once when it is told to', async () => {
  replica.process.signal('SIGTERM')
  expect(await replica.process.exited).toEqual({ code: 0, signal: null })
  const said = replica.log().map((line) => line.msg)
  const stopping = said.lastIndexOf('stopping')
  expect(stopping).toBeGreaterThan(0)
  expect(said.slice(stopping)).not.toContain('Still waiting.')
})
