/** What arrives at the peer port and is not from a peer: it is closed, and harms nobody. */
import { expect, test } from 'vitest'
import { BerthError } from '../../../src/errors/berth-error.js'
import { encodeHello } from '../../../src/raft/node/identity/handshake.js'
import { encodePreamble, type FrameType } from '../../../src/raft/peers/peer-socket.js'
import { encode } from '../../../src/wire/msgpack.js'
import { eventually } from '../../support/eventually.js'
import { hostileMessages, underAName } from '../../support/hostile-msgpack.js'
import { Random } from '../store/random.js'
import {
  dialAs,
  dialRaw,
  helloOf,
  host,
  isConnected,
  type Replica,
  startReplica,
} from './peer-fixture.js'

type Owner = Parameters<typeof startReplica>[0]

/** Silence ends nothing within a test: a connection that ends does so for what was sent on it. */
const patient = { handshakeTimeoutMs: 60_000, quietIntervalsMax: 1_000 }

/** Replica 1, and replica 2 connected to it: what is done to 1 must not harm the two. */
async function startVictim(t: Owner, options: Parameters<typeof startReplica>[3] = {}) {
  const limits = { ...patient, ...options.limits }
  const victim = await startReplica(t, 1, [], { ...options, limits })
  const friend = await startReplica(t, 2, [victim.address])
  await eventually('a connection', () => isConnected(friend, 1))
  return { victim, friend, port: victim.address.port }
}

/** Why the first connection of a stranger was closed; the log has no more than that. */
function reasonOf(victim: Replica): unknown {
  return victim.lines.find(({ message }) => /^Closed a connection/.test(message))?.fields.reason
}

async function unharmed(victim: Replica, friend: Replica): Promise<void> {
  const before = victim.heard.length
  expect(friend.transport.send(1, encode('still here'))).toBe(true)
  await eventually('the message', () => victim.heard.length > before)
  expect(victim.heard.at(-1)).toEqual({ from: 2, message: 'still here' })
  expect(friend.reached).toEqual(['+1'])
}

test.for(['GET', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'HEAD'])(
  'HTTP %s is told that this is the peer port',
  async (method, t) => {
    const { victim, friend, port } = await startVictim(t)
    const answer = await fetch(`http://${host}:${port}/v1/cluster`, { method })
    expect(answer.status).toBe(400)
    const text = await answer.text()
    if (method !== 'HEAD') expect(text).toMatch(/^This is the peer port of a Berth replica\./)
    await unharmed(victim, friend)
  },
)

test('a large HTTP request still gets to read its answer', async (t) => {
  const { victim, friend, port } = await startVictim(t)
  const peer = await dialRaw(t, port, 'bytes')
  peer.socket.write(`POST / HTTP/1.1\r\nContent-Length: 5000000\r\n\r\n`)
  peer.socket.write(Buffer.alloc(5_000_000))
  await eventually('the answer', () => /^.*HTTP\/1\.1 400 /s.test(peer.bytes().toString('latin1')))
  await unharmed(victim, friend)
})

test.for([1, 2, 3])(
  'random bytes close their connection and no other: seed %i',
  async (seed, t) => {
    const random = new Random(seed)
    const { victim, friend, port } = await startVictim(t)
    for (let round = 0; round < 20; round += 1) {
      const noise = Buffer.alloc(random.between(8, 3_000)).map(() => random.between(0, 255))
      const peer = await dialRaw(t, port, 'bytes')
      peer.socket.write(round % 2 === 0 ? noise : Buffer.concat([encodePreamble(), noise]))
      await eventually(`the end of round ${round} of seed ${seed}`, () => peer.closed())
    }
    expect(reasonOf(victim)).toBe('it does not begin as a peer of Berth does')
    await unharmed(victim, friend)
  },
)

const claims: readonly (readonly [string, number])[] = [
  ['before the handshake', 0xffffffff],
  ['of more than a handshake takes', 65_537],
]

test.for(claims)('a frame %s that claims too much closes the connection', async ([, bytes], t) => {
  const { victim, friend, port } = await startVictim(t)
  const peer = await dialRaw(t, port)
  const length = Buffer.alloc(4)
  length.writeUInt32BE(bytes)
  peer.socket.write(Buffer.concat([encodePreamble(), length]))
  await eventually('its end', () => peer.closed())
  expect(reasonOf(victim)).toBe(`a frame claims ${bytes} bytes, the limit is 65536`)
  await unharmed(victim, friend)
})

test('an accepted peer whose frame claims 4 GiB is closed', async (t) => {
  const { victim, friend, port } = await startVictim(t)
  const peer = await dialAs(t, port, { replicaId: 3 })
  await eventually('an answer', () => peer.frames.some(({ type }) => type === 'accept'))
  peer.socket.write(Buffer.from([0xff, 0xff, 0xff, 0xff, 5]))
  await eventually('its end', () => peer.closed())
  await unharmed(victim, friend)
})

test.for<[string, FrameType, Uint8Array]>([
  ['a message before the hello', 'message', encode('x')],
  ['an accept that nobody asked for', 'accept', encode({})],
  ['a hello that is no map', 'hello', encode([1, 2])],
  ['a hello without fields', 'hello', encode({})],
  ['a hello with a negative id', 'hello', encode({ cluster: 'test', id: -1 })],
  ['a hello that is no MessagePack', 'hello', new Uint8Array([0xc1])],
  ['a hello of nested arrays without end', 'hello', new Uint8Array(60_000).fill(0x91)],
  ...hostileMessages.map(([what, bytes]): [string, FrameType, Uint8Array] => [
    `a hello that is ${what}`,
    'hello',
    bytes,
  ]),
  ['a hello of two thousand values', 'hello', encode(Array(2_000).fill(0))],
  ['a hello behind an extension', 'hello', underAName(encodeHello(helloOf({ replicaId: 3 })))],
  ['a ping that is large', 'ping', new Uint8Array(50_000)],
])('%s closes its connection and no other', async ([, type, body], t) => {
  const { victim, friend, port } = await startVictim(t)
  const peer = await dialRaw(t, port)
  peer.socket.write(encodePreamble())
  peer.send(type, body)
  await eventually('its end', () => peer.closed())
  expect(peer.frames.filter((frame) => frame.type === 'accept')).toEqual([])
  await unharmed(victim, friend)
})

test.for([
  ['the byte that begins no value', [0xc1]],
  ['a map that is cut off', [0x81, 0xa1]],
  ...hostileMessages.map(([what, bytes]) => [what, [...bytes]] as const),
  ['one behind an extension', [...underAName(encode('x'))]],
] as const)(
  'a message that does not decode closes its connection alone: %s',
  async ([, bytes], t) => {
    const { victim, friend, port } = await startVictim(t)
    const peer = await dialAs(t, port, { replicaId: 3 })
    await eventually('an answer', () => peer.frames.some(({ type }) => type === 'accept'))
    peer.send('message', new Uint8Array(bytes))
    await eventually('its end', () => peer.closed())
    expect(victim.heard.filter(({ from }) => from === 3)).toEqual([])
    await unharmed(victim, friend)
  },
)

test('a message that the node rejects closes the connection of its sender alone', async (t) => {
  const heard: unknown[] = []
  const { friend, port } = await startVictim(t, {
    onFrame: (_from, _run, message) => {
      if (message === 'bad') throw new BerthError('invalid_message', 'The term is no number.')
      heard.push(message)
    },
  })
  const peer = await dialAs(t, port, { replicaId: 3 })
  peer.send('message', encode('good'))
  peer.send('message', encode('bad'))
  peer.send('message', encode('after'))
  await eventually('its end', () => peer.closed())
  expect(heard).toEqual(['good'])
  expect(friend.transport.send(1, encode('still'))).toBe(true)
  await eventually('the message', () => heard.includes('still'))
})

test('TLS on a plain port is named', async (t) => {
  const { victim, friend, port } = await startVictim(t)
  const peer = await dialRaw(t, port, 'bytes')
  peer.socket.write(Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00, 0x01]))
  await eventually('its end', () => peer.closed())
  expect(reasonOf(victim)).toBe('it speaks TLS, this port does not')
  await unharmed(victim, friend)
})

test('a connection that never gets to its hello is closed', async (t) => {
  const limits = { handshakeTimeoutMs: 200 }
  const { victim, friend, port } = await startVictim(t, { limits })
  const silent = await dialRaw(t, port, 'bytes')
  const slow = await dialRaw(t, port, 'bytes')
  const drip = setInterval(() => slow.socket.write('B'.slice(0, 1)), 20)
  t.onTestFinished(() => clearInterval(drip))
  const half = await dialRaw(t, port, 'bytes')
  half.socket.write(encodePreamble())
  await eventually('their end', () => [silent, slow, half].every((peer) => peer.closed()))
  await unharmed(victim, friend)
})

test('one stranger too many costs the oldest stranger, and no peer', async (t) => {
  const limits = { strangersMax: 5 }
  const { victim, friend, port } = await startVictim(t, { limits })
  const strangers: Awaited<ReturnType<typeof dialRaw>>[] = []
  for (let n = 0; n < 8; n += 1) strangers.push(await dialRaw(t, port, 'bytes'))
  await eventually('the end of three', () => strangers.filter((one) => one.closed()).length === 3)
  expect(strangers.map((one) => one.closed())).toEqual([0, 1, 2, 3, 4, 5, 6, 7].map((n) => n < 3))
  await unharmed(victim, friend)
})

test('thirty strangers are one line in the log', async (t) => {
  const { victim, friend, port } = await startVictim(t)
  for (let n = 0; n < 30; n += 1) {
    const peer = await dialRaw(t, port, 'bytes')
    peer.socket.write('nonsense that is long enough')
    await eventually('its end', () => peer.closed())
  }
  expect(victim.lines.filter(({ message }) => /^Closed a connection/.test(message))).toHaveLength(1)
  await unharmed(victim, friend)
})
