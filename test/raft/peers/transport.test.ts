/** Messages between replicas, and what becomes of them when a peer or the network is away. */
import { type AddressInfo, createServer } from 'node:net'
import { performance } from 'node:perf_hooks'
import { expect, test } from 'vitest'
import { frameBytesMax } from '../../../src/raft/node/frame-limits.js'
import { createPeerTransport } from '../../../src/raft/peers/transport.js'
import { encode } from '../../../src/wire/msgpack.js'
import { peerTlsOf } from '../../support/certificates.js'
import { eventually } from '../../support/eventually.js'
import { freePort } from '../../support/ports.js'
import { startLink } from './link.js'
import {
  dialAs,
  host,
  isConnected,
  listenAs,
  listenRaw,
  type Replica,
  shownBy,
  startReplica,
  startReplicas,
} from './peer-fixture.js'

function meshed(replicas: readonly Replica[]): Promise<true> {
  const all = () =>
    replicas.every((one) => replicas.every((other) => one === other || isConnected(one, other.id)))
  return eventually('all connections', all)
}

test('messages arrive in order and say whom they are from', async (t) => {
  const replicas = await startReplicas(t, 3)
  await meshed(replicas)
  const [one, two, three] = replicas as [Replica, Replica, Replica]
  for (let n = 0; n < 500; n += 1) {
    expect(one.transport.send(2, encode({ n }))).toBe(true)
    expect(three.transport.send(2, encode({ n }))).toBe(true)
  }
  await eventually('all messages', () => two.heard.length === 1_000)
  for (const from of [1, 3]) {
    const numbers = two.heard.filter((one) => one.from === from).map(({ message }) => message)
    expect(numbers).toEqual(Array.from({ length: 500 }, (_, n) => ({ n })))
  }
  expect(one.heard).toEqual([])
})

test('bytes encoded once go to every receiver', async (t) => {
  const replicas = await startReplicas(t, 3)
  await meshed(replicas)
  const message = { entries: [{ data: new Uint8Array([1, 2, 3]) }] }
  const bytes = encode(message)
  expect([2, 3].map((to) => replicas[0]!.transport.send(to, bytes))).toEqual([true, true])
  for (const { heard } of replicas.slice(1)) {
    await eventually('the message', () => heard.length === 1)
    const [first] = heard as unknown as [{ message: typeof message }]
    expect([...first.message.entries[0]!.data]).toEqual([1, 2, 3])
  }
})

test('messages of one turn leave together', async (t) => {
  const port = await freePort()
  const chunks: number[] = []
  await listenAs(t, port, ({ socket }) => {
    socket.on('data', (chunk) => void chunks.push(chunk.length))
  })
  const one = await startReplica(t, 1, [{ id: 2, host, port }], {
    limits: { pingEveryMs: 60_000 } as never,
  })
  await eventually('a connection', () => isConnected(one, 2))
  chunks.length = 0
  for (let n = 0; n < 100; n += 1) one.transport.send(2, encode(n))
  await eventually('all of it', () => chunks.reduce((sum, size) => sum + size, 0) === 600)
  expect(chunks).toEqual([600])
})

test('a large message passes, one beyond the limit is a bug', async (t) => {
  const replicas = await startReplicas(t, 2)
  await meshed(replicas)
  const [one, two] = replicas as [Replica, Replica]
  const bytes = encode(new Uint8Array(12 << 20).fill(3))
  expect(one.transport.send(2, bytes)).toBe(true)
  await eventually('the message', () => two.heard.length === 1)
  expect((two.heard[0]!.message as Uint8Array).length).toBe(12 << 20)
  expect(() => one.transport.send(2, new Uint8Array(frameBytesMax))).toThrow(RangeError)
})

test('a message for nobody, or for a peer that is away, is dropped at once', async (t) => {
  const one = await startReplica(t, 1, [{ id: 2, host, port: await freePort() }])
  expect(one.transport.send(9, encode(1))).toBe(false)
  expect(one.transport.send(2, encode(1))).toBe(false)
  expect(one.transport.status()).toMatchObject([{ id: 2, connected: false, dropped: 1, sent: 0 }])
  await eventually('a reason', () => /ECONNREFUSED/.test(one.transport.status()[0]!.reason ?? ''))
})

test('a slow peer costs its own messages and nobody else any', async (t) => {
  const slowPort = await freePort()
  await listenAs(t, slowPort, ({ socket }) => void socket.pause())
  const three = await startReplica(t, 3, [])
  const one = await startReplica(t, 1, [{ id: 2, host, port: slowPort }, three.address], {
    limits: { queueBytesMax: 17 << 20, queueFramesMax: 100, quietIntervalsMax: 1_000 } as never,
  })
  await eventually('both', () => isConnected(one, 2) && isConnected(one, 3))
  one.reached.length = 0
  const message = encode(new Uint8Array(1_000_000))
  let dropped = 0
  for (let n = 0; n < 60; n += 1) {
    if (!one.transport.send(2, message)) dropped += 1
    one.transport.send(3, encode(n))
    await new Promise(setImmediate)
  }
  await eventually('all of the other', () => three.heard.length === 60)
  expect(dropped).toBeGreaterThan(0)
  expect(one.transport.status()[0]).toMatchObject({ id: 2, dropped, sent: 60 - dropped })
  expect(one.reached).toEqual(Array.from({ length: dropped }, () => '-2'))
  expect(one.lines.filter(({ message }) => /is slow/.test(message))).toHaveLength(1)
})

test('limits by which a message could never leave, or a wait never end, are refused', async (t) => {
  const wrong = [
    { queueBytesMax: frameBytesMax },
    { queueFramesMax: 0 },
    { pingEveryMs: Number.NaN },
    { handshakeTimeoutMs: Number.POSITIVE_INFINITY },
    { connectTimeoutMs: 2 ** 31 },
    { backoffMsMax: 0.5 },
    { quietIntervalsMax: -1 },
    { strangersMax: undefined as never },
  ]
  for (const limits of wrong) {
    await expect(startReplica(t, 1, [], { limits }), JSON.stringify(limits)).rejects.toMatchObject({
      code: 'invalid_config',
    })
  }
})

test('too many small messages for a slow peer are dropped by their number', async (t) => {
  const port = await freePort()
  await listenAs(t, port, ({ socket }) => void socket.pause())
  const one = await startReplica(t, 1, [{ id: 2, host, port }], {
    limits: { queueFramesMax: 10 } as never,
  })
  await eventually('a connection', () => isConnected(one, 2))
  const taken = Array.from({ length: 15 }, () => one.transport.send(2, encode(1)))
  expect(taken.filter((ok) => ok)).toHaveLength(10)
})

test('a peer that is slow again and again is one line, with the messages that it cost', async (t) => {
  const port = await freePort()
  await listenAs(t, port, () => undefined)
  const one = await startReplica(t, 1, [{ id: 2, host, port }], {
    limits: { queueFramesMax: 10, quietIntervalsMax: 1_000 } as never,
  })
  await eventually('a connection', () => isConnected(one, 2))
  const before = one.transport.status()[0]!.dropped
  for (let round = 0; round < 20; round += 1) {
    for (let n = 0; n < 15; n += 1) one.transport.send(2, encode(n))
    await eventually('room', () => one.transport.send(2, encode(round)))
  }
  const dropped = one.transport.status()[0]!.dropped - before
  const lines = () => one.lines.filter(({ message }) => /is slow/.test(message))
  expect(lines().length).toBeLessThan(10)
  await one.transport.close()
  const counts = lines().map(({ fields }) => (fields as { count: number }).count)
  expect(counts.reduce((sum, count) => sum + count, 0)).toBe(dropped)
  expect(dropped).toBeGreaterThanOrEqual(100)
})

test('a peer that comes back is connected again', async (t) => {
  const port = await freePort()
  const one = await startReplica(t, 1, [{ id: 2, host, port }])
  for (let round = 0; round < 3; round += 1) {
    const two = await startReplica(t, 2, [], { port })
    await eventually('a connection', () => isConnected(one, 2))
    one.transport.send(2, encode(round))
    await eventually('the message', () => two.heard.length === 1)
    await two.transport.close()
    await eventually('its end', () => !isConnected(one, 2))
  }
  expect(one.reached).toEqual(['+2', '-2', '+2', '-2', '+2', '-2'])
})

test('a peer that is away is tried again and again, and reported', async (t) => {
  const port = await freePort()
  let attempts = 0
  await listenRaw(t, port, ({ socket }) => {
    attempts += 1
    socket.destroy()
  })
  // A timer of the same process: what holds up the one holds up the other.
  let turns = 0
  const timer = setInterval(() => {
    turns += 1
  }, 50)
  t.onTestFinished(() => clearInterval(timer))
  const one = await startReplica(t, 1, [{ id: 2, host, port }])
  const report = await eventually('a report', () =>
    one.lines.find(({ message }) => message === 'Still waiting.'),
  )
  expect(report.fields).toMatchObject({ waitingFor: `replica 2 at ${host}:${port}` })
  expect(report.fields.reason).toEqual(expect.any(String))
  // At most 50 ms apart in this test, but for the time that each takes.
  expect(attempts).toBeGreaterThan(turns / 2)
})

/** A quarter of a second, and what a busy machine adds; TCP alone would take many minutes. */
const noticedWithinMs = 20_000

test('a partition without a word is noticed on both sides, and healed', async (t) => {
  const two = await startReplica(t, 2, [])
  const link = await startLink(t, two.address.port)
  const one = await startReplica(t, 1, [{ id: 2, host, port: link.port }])
  await eventually('a connection', () => isConnected(one, 2))
  link.silence()
  const since = performance.now()
  await eventually('the dialler to notice', () => !isConnected(one, 2))
  await eventually('the listener to notice', () =>
    two.lines.some(({ fields }) => /nothing was heard/.test(String(fields.reason))),
  )
  expect(performance.now() - since).toBeLessThan(noticedWithinMs)
  expect(one.reached).toEqual(['+2', '-2'])
  expect(one.transport.status()[0]!.reason).toBeTruthy()
  link.heal()
  await eventually('a connection', () => isConnected(one, 2))
})

test('a process that stood still does not take that for silence of its peers', async (t) => {
  const replicas = await startReplicas(t, 2)
  await meshed(replicas)
  await eventually('a round trip', () => replicas[0]!.transport.status()[0]!.rttMs !== null)
  const until = performance.now() + 1_000
  while (performance.now() < until);
  for (let turn = 0; turn < 20; turn += 1) await new Promise(setImmediate)
  expect(replicas.map(({ reached }) => reached)).toEqual([['+2'], ['+1']])
})

test('names are resolved on every connect', async (t) => {
  const port = await freePort()
  const answers = ['127.0.0.9', '127.0.0.8', host]
  const asked: string[] = []
  const one = await startReplica(t, 1, [{ id: 2, host: 'replica-2.internal', port }], {
    lookup: (name, options, callback) => {
      const address = answers[Math.min(asked.length, answers.length - 1)]!
      asked.push(name)
      if (options.all === true) callback(null, [{ address, family: 4 }])
      else callback(null, address, 4)
    },
  })
  await startReplica(t, 2, [], { port })
  await eventually('a connection', () => isConnected(one, 2))
  expect(asked.slice(0, 3)).toEqual(Array.from({ length: 3 }, () => 'replica-2.internal'))
})

test('the clock of a connect starts when the name is looked up', async (t) => {
  const port = await freePort()
  let asked = 0
  const one = await startReplica(t, 1, [{ id: 2, host: 'replica-2.internal', port }], {
    limits: { connectTimeoutMs: 200 },
    lookup: (_name, options, callback) => {
      asked += 1
      setTimeout(() => {
        if (options.all === true) callback(null, [{ address: host, family: 4 }])
        else callback(null, host, 4)
      }, 500)
    },
  })
  await startReplica(t, 2, [], { port })
  await eventually('a connection', () => isConnected(one, 2))
  expect(asked).toBe(1)
})

test('a peer that a connect takes long to is given more time after each that took too long', async (t) => {
  const silent = createServer((socket) => void socket.on('error', () => undefined).resume())
  await new Promise<void>((resolve) => silent.listen(0, host, resolve))
  t.onTestFinished(() => void silent.close())
  const { port } = silent.address() as AddressInfo
  const one = await startReplica(t, 1, [{ id: 2, host, port }], {
    limits: { connectTimeoutMs: 50 },
    tls: peerTlsOf('replica-1'),
  })
  const reason = () => one.transport.status()[0]!.reason
  await eventually('more time', () => reason() === 'no connection within 400 ms')
})

test('a name that is not known is a reason to wait', async (t) => {
  const peers = [{ id: 2, host: 'no-such-replica.invalid', port: 1 }]
  const one = await startReplica(t, 1, peers, {
    lookup: (name, _, callback) => callback(new Error(`getaddrinfo ENOTFOUND ${name}`), ''),
  })
  await eventually('the reason', () => /ENOTFOUND/.test(one.transport.status()[0]!.reason ?? ''))
})

test('peers that stay are kept, others closed, new ones connected', async (t) => {
  const replicas = await startReplicas(t, 3)
  await meshed(replicas)
  const [one, two, three] = replicas as [Replica, Replica, Replica]
  const reached = one.reached.length
  one.transport.setPeers([one.address, three.address])
  expect(one.transport.status().map(({ id }) => id)).toEqual([3])
  expect(one.transport.send(2, encode(1))).toBe(false)
  await eventually('the other side to notice', () => two.reached.includes('-1'))
  expect(isConnected(one, 3)).toBe(true)
  expect(one.reached).toHaveLength(reached)
  one.transport.setPeers([two.address, three.address])
  await eventually('a connection', () => isConnected(one, 2))
  expect(one.transport.send(2, encode('again'))).toBe(true)
  await eventually('the message', () => two.heard.some(({ message }) => message === 'again'))
})

test('what was sent to a peer before it is none any more still arrives', async (t) => {
  const replicas = await startReplicas(t, 2)
  await meshed(replicas)
  const [one, two] = replicas as [Replica, Replica]
  const last = new Uint8Array(4 << 20).fill(7)
  expect(one.transport.send(2, encode(last))).toBe(true)
  expect(one.transport.send(2, encode('farewell'))).toBe(true)
  one.transport.setPeers([])
  expect(one.transport.send(2, encode('too late'))).toBe(false)
  await eventually('both', () => two.heard.length === 2)
  expect(two.heard[1]!.message).toBe('farewell')
})

test('status tells how long a peer has been heard, whatever it dials again', async (t) => {
  const nowhere = { id: 2, host, port: await freePort() }
  const one = await startReplica(t, 1, [nowhere])
  expect(one.transport.status()[0]).toMatchObject({ heard: false, heardMs: 0 })
  const first = await dialAs(t, one.address.port)
  await eventually('some time', () => one.transport.status()[0]!.heardMs > 50)
  await dialAs(t, one.address.port)
  await eventually('its end', () => first.closed())
  expect(one.transport.status()[0]!.heardMs).toBeGreaterThan(50)
  expect(one.transport.status()[0]).toMatchObject({ heard: true, connected: false })
})

test('status tells who is connected and heard, how far away, and how much went', async (t) => {
  const two = await startReplica(t, 2, [])
  const one = await startReplica(t, 1, [two.address])
  await eventually('a round trip', () => one.transport.status()[0]!.rttMs !== null)
  one.transport.send(2, encode(new Uint8Array(1_000)))
  await eventually('the message', () => two.heard.length === 1)
  const [status] = one.transport.status()
  expect(status).toMatchObject({
    ...{ id: 2, address: `${host}:${two.address.port}`, connected: true, heard: false },
    ...{ sent: 1, dropped: 0, reason: null, refusal: null, receivedBytes: 0 },
  })
  expect(status!.sentBytes).toBeGreaterThan(1_000)
  // One of them may have waited for this process.
  await eventually('a short round trip', () => one.transport.status()[0]!.rttMs! < 1_000)
})

test('a newer connection of a peer takes the place of the one before', async (t) => {
  const one = await startReplica(t, 1, [])
  const before = await dialAs(t, one.address.port)
  await eventually('an answer', () => before.frames.some(({ type }) => type === 'accept'))
  const after = await dialAs(t, one.address.port)
  await eventually('its end', () => before.closed())
  after.send('message', encode('mine'))
  await eventually('the message', () => one.heard.length === 1)
})

test('a replica that closes leaves no connection and no port behind', async (t) => {
  const replicas = await startReplicas(t, 2)
  await meshed(replicas)
  const [one, two] = replicas as [Replica, Replica]
  await one.transport.close()
  expect(one.transport.send(2, encode(1))).toBe(false)
  await eventually('the other to notice', () => !isConnected(two, 1))
  await startReplica(t, 1, [], { port: one.address.port })
  expect(one.reached).toEqual(['+2'])
})

test('a taken port is refused with its address', async (t) => {
  const one = await startReplica(t, 1, [])
  const { port } = one.address
  const again = createPeerTransport({
    ...{ self: 2, listen: { host, port }, advertised: { host, port }, peers: [] },
    log: { info() {}, warn() {}, error() {} },
    handshake: () => shownBy(2),
    judge: () => ({ kind: 'accept' }),
    ...{ onFrame() {}, onReachable() {}, onUnreachable() {} },
  })
  const text = `The peer port ${host}:${port} cannot be opened: the port is taken.`
  await expect(again).rejects.toMatchObject({ code: 'unavailable', message: text })
})

test('silence ends a connection, having no messages to send does not', async (t) => {
  const replicas = await startReplicas(t, 2)
  await meshed(replicas)
  const port = await freePort()
  // It accepts, and never pings.
  await listenAs(t, port)
  const other = await startReplica(t, 1, [{ id: 2, host, port }])
  await eventually('the silent one to be left', () => other.reached.includes('-2'))
  expect(replicas.map(({ reached }) => reached)).toEqual([['+2'], ['+1']])
})
