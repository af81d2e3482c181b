/** Who is not talked to, and who is told why. */
import { expect, test } from 'vitest'
import {
  decodeHello,
  decodeRefusal,
  glimpseOf,
  type PeerHello,
  type PeerRefusal,
} from '../../../src/raft/node/identity/handshake.js'
import { judgeVersions, type PeerVerdict } from '../../../src/raft/node/identity/peer-judgement.js'
import { encodePreamble } from '../../../src/raft/peers/peer-socket.js'
import type { LinkStatus } from '../../../src/raft/peers/transport-options.js'
import { encode } from '../../../src/wire/msgpack.js'
import { eventually } from '../../support/eventually.js'
import { freePort } from '../../support/ports.js'
import {
  dialAs,
  dialRaw,
  type HelloChange,
  host,
  isConnected,
  judgeAs,
  listenRaw,
  type RawPeer,
  type Replica,
  rejection,
  shownBy,
  startReplica,
} from './peer-fixture.js'

async function answerTo(peer: RawPeer): Promise<string> {
  await eventually('an answer', () => peer.frames.length > 0)
  const [frame] = peer.frames
  if (frame!.type !== 'refuse') return frame!.type
  const { code, detail } = decodeRefusal(frame!.body)
  return `${code}: ${detail}`
}

/** Two replicas that know each other, of which the first refuses or is refused. */
async function startPair(
  t: Parameters<typeof startReplica>[0],
  first: Parameters<typeof startReplica>[3],
  second: Parameters<typeof startReplica>[3] = {},
): Promise<[Replica, Replica]> {
  const peers = [
    { id: 1, host, port: await freePort() },
    { id: 2, host, port: await freePort() },
  ]
  return [
    await startReplica(t, 1, peers, { ...first, port: peers[0]!.port }),
    await startReplica(t, 2, peers, { ...second, port: peers[1]!.port }),
  ]
}

function refusalOf({
  transport,
}: Replica): Promise<{ readonly code: string; readonly by: number }> {
  return eventually('a refusal', () => transport.status()[0]!.refusal)
}

test('a hello is answered with the same about oneself', async (t) => {
  const shown = shownBy(1, { clusterId: 'c1', uuid: 'u1', incarnation: 3 })
  const one = await startReplica(t, 1, [], { handshake: () => shown })
  const peer = await dialAs(t, one.address.port)
  expect(await answerTo(peer)).toBe('accept')
  const advertised = `${host}:${one.address.port}`
  expect(decodeHello(peer.frames[0]!.body)).toEqual({ to: 2, advertised, shown })
})

test('a replica of another cluster is refused and told so', async (t) => {
  const one = await startReplica(t, 1, [])
  const answer = await answerTo(await dialAs(t, one.address.port, { clusterName: 'prod' }))
  expect(answer, 'before there is a cluster').toBe(
    'foreign_cluster: Replica 2 belongs to cluster "prod", replica 1 to "test".',
  )
  const [first, second] = await startPair(
    t,
    {},
    {
      handshake: () => shownBy(2, { clusterName: 'prod' }),
    },
  )
  expect(await refusalOf(first)).toMatchObject({ code: 'foreign_cluster' })
  expect(await refusalOf(second)).toMatchObject({ code: 'foreign_cluster' })
})

test("another cluster's id is refused, an unknown one is not", async (t) => {
  const handshake = () => shownBy(1, { clusterId: 'mine' })
  const one = await startReplica(t, 1, [], { handshake })
  const foreign = await dialAs(t, one.address.port, { clusterId: 'theirs' })
  expect(await answerTo(foreign)).toBe('foreign_cluster: It is of another cluster.')
  const lines = one.lines.map(({ fields }) => String(fields.detail))
  expect(lines.filter((detail) => /theirs.*mine/.test(detail))).toHaveLength(1)
  expect(await answerTo(await dialAs(t, one.address.port, { clusterId: null }))).toBe('accept')
  expect(await answerTo(await dialAs(t, one.address.port, { clusterId: 'mine' }))).toBe('accept')
})

test('versions without a common one are refused and told so, whatever is said next', async (t) => {
  const one = await startReplica(t, 1, [])
  const newer = await dialRaw(t, one.address.port)
  newer.socket.write(Buffer.concat([encodePreamble({ oldest: 2, newest: 3 }), Buffer.from('?')]))
  expect(await answerTo(newer)).toMatch(/^newer_protocol: .*protocol 2 to 3 instead of 1/)
  await eventually('the end of it', () => newer.closed())
  // One that speaks a later version as well as this one is let in.
  const both = await dialAs(t, one.address.port, {}, { oldest: 1, newest: 255 })
  expect(await answerTo(both)).toBe('accept')
  expect(judgeVersions({ oldest: 3, newest: 4 }, { oldest: 1, newest: 2 })).toMatchObject({
    code: 'older_protocol',
    detail: 'It speaks peer protocol 1 to 2 instead of 3 to 4: upgrade it.',
  })
})

test('a dialler refuses a listener of another version and tells it', async (t) => {
  const port = await freePort()
  const heard: RawPeer[] = []
  await listenRaw(t, port, (peer) => {
    heard.push(peer)
    peer.socket.write(encodePreamble({ oldest: 7, newest: 7 }))
  })
  const one = await startReplica(t, 1, [{ id: 2, host, port }])
  expect(await refusalOf(one)).toMatchObject({ code: 'newer_protocol', by: 1 })
  await eventually('the refusal', () => heard[0]!.frames.some(({ type }) => type === 'refuse'))
  expect(heard[0]!.frames.map(({ type }) => type)).toEqual(['hello', 'refuse'])
})

test('whoever means another replica is told which this is', async (t) => {
  const one = await startReplica(t, 1, [])
  const answer = await answerTo(await dialAs(t, one.address.port, { to: 3 }))
  expect(answer).toBe('another_replica: This is replica 1 for 2, it is 2 for 3.')
  const [dialler] = [await startReplica(t, 2, [{ ...one.address, id: 3 }])]
  expect(await refusalOf(dialler)).toMatchObject({ code: 'another_replica', by: 3 })
})

test('the listening side judges, and the dialler learns why it is refused', async (t) => {
  const seen: PeerHello[] = []
  const judge = (hello: PeerHello): PeerVerdict => {
    seen.push(hello)
    return rejection('identity_lost', 'It shows less.')
  }
  const two = await startReplica(t, 2, [], { judge })
  const handshake = () => shownBy(1, { clusterId: 'c', uuid: 'u' })
  const one = await startReplica(t, 1, [two.address], { handshake })
  await eventually('the refusal', () => one.refusals.length > 1)
  expect(one.refusals[0]).toBe('2 identity_lost It shows less.')
  const advertised = `${host}:${one.address.port}`
  expect(seen[0]).toEqual({ to: 2, advertised, shown: handshake() })
  const [status] = one.transport.status()
  expect(status).toMatchObject({
    ...{ connected: false, reason: 'identity_lost: It shows less.' },
    refusal: { code: 'identity_lost', detail: 'It shows less.', by: 2 },
  })
  const lines = one.lines.filter(({ message }) => message === 'A peer refuses this replica.')
  expect(lines, 'said once, however often it is tried').toHaveLength(1)
  expect(one.reached).toEqual([])
})

test('the dialling side judges too, and the listener learns why it is refused', async (t) => {
  const removed = rejection('removed', 'It was removed.')
  const two = await startReplica(t, 2, [])
  const one = await startReplica(t, 1, [two.address], { judge: () => removed })
  await eventually('the refusal', () => two.refusals.length > 0)
  expect(two.refusals[0]).toBe('1 removed It was removed.')
  expect(await refusalOf(one)).toMatchObject({ code: 'removed', by: 1 })
  expect(isConnected(one, 2)).toBe(false)
})

test('whoever refuses shows itself to those in whom it confides', async (t) => {
  const shown: unknown[] = []
  const onRefused = (_id: number, { detail }: PeerRefusal, by: object | null) => {
    shown.push({ detail, by })
  }
  const handshake = () => shownBy(2, { clusterId: 'c' })
  for (const confides of [true, false]) {
    const judge = () => rejection('removed', 'It was removed.', confides)
    const two = await startReplica(t, 2, [], { judge, handshake })
    await startReplica(t, 1, [two.address], { onRefused })
    await eventually('the refusal', () => shown.length > 0)
    expect(shown[0]).toEqual(
      confides
        ? { detail: 'It was removed.', by: handshake() }
        : { detail: 'Somebody else.', by: glimpseOf(handshake()) },
    )
    await two.transport.close()
    shown.length = 0
  }
})

/** What a replica of a cluster knows of itself, and no stranger may. */
const secrets = ['the-cluster-id', 'the-uuid', '4711', '31337']

test('a stranger learns nothing from a refusal by which he could pose as a replica', async (t) => {
  const handshake = () =>
    shownBy(1, { clusterId: 'the-cluster-id', uuid: 'the-uuid', initialVoters: [31337] })
  const judge = (hello: PeerHello, dialled: number | null): PeerVerdict => {
    const verdict = judgeAs(handshake())(hello, dialled)
    if (verdict.kind === 'refuse') return verdict
    const confides = hello.shown.clusterId === 'the-cluster-id'
    const detail = `Its database is none of 31337, but the-uuid at incarnation 4711.`
    return { kind: 'refuse', code: 'identity_lost', detail, told: 'It lost data.', confides }
  }
  const one = await startReplica(t, 1, [], { handshake, judge })
  const strange: HelloChange[] = [
    {},
    { clusterName: 'other' },
    { to: 3 },
    { replicaId: 1 },
    { clusterId: 'a-guess' },
    { initialVoters: [7] },
    { replicaId: 1, to: 1, clusterName: 'other', clusterId: 'a-guess' },
  ]
  for (const change of strange) {
    const peer = await dialAs(t, one.address.port, change)
    expect(await answerTo(peer)).toMatch(
      /^(another_replica|foreign_cluster|replica_id_taken|identity_lost)/,
    )
    const said = peer.bytes().toString('latin1')
    for (const secret of secrets) expect(said, JSON.stringify(change)).not.toContain(secret)
  }
  const friend = await dialAs(t, one.address.port, { clusterId: 'the-cluster-id' })
  await answerTo(friend)
  expect(friend.bytes().toString('latin1')).toContain('the-uuid')
})

test('what comes by a connection is of the run that showed itself when it began', async (t) => {
  const heard: string[] = []
  const one = await startReplica(t, 1, [], {
    onFrame: (from, of, message) => void heard.push(`${from}/${of} ${message}`),
  })
  const first = await dialAs(t, one.address.port, { run: 1 })
  first.send('message', encode('a'))
  await eventually('the first', () => heard.length === 1)
  const second = await dialAs(t, one.address.port, { run: 2 })
  second.send('message', encode('b'))
  await eventually('the second', () => heard.length === 2)
  expect(heard).toEqual(['2/1 a', '2/2 b'])
})

test('a refusal that is lifted is forgotten', async (t) => {
  let allowed = false
  const judge = (): PeerVerdict => {
    return allowed ? { kind: 'accept' } : rejection('unavailable', 'Later.')
  }
  const two = await startReplica(t, 2, [], { judge })
  const one = await startReplica(t, 1, [two.address])
  await refusalOf(one)
  allowed = true
  await eventually('a connection', () => isConnected(one, 2))
  expect(one.transport.status()[0]).toMatchObject({ refusal: null, reason: null })
})

test('a refusal is forgotten when the peer cannot even be reached any more', async (t) => {
  const judge = () => rejection('unavailable', 'Later.')
  const two = await startReplica(t, 2, [], { judge })
  const one = await startReplica(t, 1, [two.address])
  await refusalOf(one)
  await two.transport.close()
  const unreached = ({ refusal, reason }: LinkStatus) =>
    refusal === null && /ECONNREFUSED/.test(reason ?? '')
  await eventually('another reason', () => one.transport.status().every(unreached))
  expect(one.reached).toEqual([])
})

test('a refused peer is heard in nothing', async (t) => {
  const refuse = rejection('removed', 'It was removed.')
  const one = await startReplica(t, 1, [], { judge: () => refuse })
  const peer = await dialAs(t, one.address.port)
  peer.send('message', encode('hello?'))
  expect(await answerTo(peer)).toBe('removed: It was removed.')
  await eventually('its end', () => peer.closed())
  expect(one.heard).toEqual([])
})
