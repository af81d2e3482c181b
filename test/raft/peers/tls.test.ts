/** TLS between replicas: who may come in, and whose certificate is good for whom. */
import { connect } from 'node:tls'
import { expect, test } from 'vitest'
import { decodeRefusal, encodeHello } from '../../../src/raft/node/identity/handshake.js'
import { encodePreamble } from '../../../src/raft/peers/peer-socket.js'
import type { PeerTransportOptions } from '../../../src/raft/peers/transport-options.js'
import { encode } from '../../../src/wire/msgpack.js'
import { certificateText, peerTlsOf, securedCluster } from '../../support/certificates.js'
import { eventually } from '../../support/eventually.js'
import type { Owner } from '../../support/owner.js'
import { freePort } from '../../support/ports.js'
import {
  dialRaw,
  helloOf,
  host,
  isConnected,
  type Replica,
  rawPeer,
  shownBy,
  startReplica,
} from './peer-fixture.js'

const ca = certificateText('ca.pem')
const clusterName = securedCluster
const stranger = peerTlsOf('stranger')

function start(
  t: Owner,
  id: number,
  peers: Parameters<typeof startReplica>[2] = [],
  options: Partial<PeerTransportOptions> & { readonly port?: number } = {},
): Promise<Replica> {
  const tls = peerTlsOf(`replica-${id}` as 'replica-1')
  const handshake = () => shownBy(id, { clusterName })
  return startReplica(t, id, peers, { handshake, tls, ...options })
}

const reasonOf = ({ transport }: Replica) => transport.status()[0]!.reason ?? ''

test('replicas with certificates of one authority talk, by address and by name', async (t) => {
  const peers = [
    { id: 1, host, port: await freePort() },
    { id: 2, host, port: await freePort() },
  ]
  const one = await start(t, 1, peers, { port: peers[0]!.port })
  const two = await start(t, 2, peers, { port: peers[1]!.port })
  await eventually('both', () => isConnected(one, 2) && isConnected(two, 1))
  one.transport.send(2, encode('secret'))
  await eventually('the message', () => two.heard.length === 1)
  const three = await start(t, 3, [{ ...one.address, host: 'localhost' }])
  await eventually('by name', () => isConnected(three, 1))
})

test('a certificate of another authority is refused by the listener', async (t) => {
  const one = await start(t, 1)
  const two = await start(t, 2, [one.address], { tls: stranger })
  await eventually('a reason', () => two.transport.status()[0]!.reason)
  const line = await eventually('a line', () =>
    one.lines.find(({ message }) => /^Closed a connection/.test(message)),
  )
  expect(line.fields.reason).toMatch(/UNABLE_TO_VERIFY/)
  expect(two.reached).toEqual([])
})

test('a certificate of another authority is refused by the dialler', async (t) => {
  const one = await start(t, 1, [], { tls: stranger })
  const two = await start(t, 2, [one.address])
  await eventually('the reason', () => /certificate|verify/i.test(reasonOf(two)))
  expect(two.reached).toEqual([])
})

test('a client without a certificate gets nowhere', async (t) => {
  const one = await start(t, 1)
  const socket = connect({ host, port: one.address.port, ca })
  t.onTestFinished(() => void socket.destroy())
  socket.on('error', () => {})
  await new Promise((resolve) => socket.once('close', resolve))
  expect(one.lines.map(({ message }) => message)).toContain('Closed a connection to the peer port.')
})

test('the certificate of another replica is refused by the listener, before anything is judged', async (t) => {
  const judged: number[] = []
  const one = await start(t, 1, [], {
    judge: ({ shown }) => {
      judged.push(shown.replicaId)
      return { kind: 'accept' }
    },
  })
  // Replica 3 has a good certificate, and says that it is replica 2.
  const socket = connect({ host, port: one.address.port, ...peerTlsOf('replica-3') })
  await new Promise((resolve) => socket.once('secureConnect', resolve))
  const peer = rawPeer(t, socket, 'frames')
  peer.socket.write(encodePreamble())
  peer.send('hello', encodeHello(helloOf({ clusterName })))
  peer.send('message', encode('obey me'))
  await eventually('the refusal', () => peer.frames.length > 0)
  expect(decodeRefusal(peer.frames[0]!.body)).toMatchObject({
    code: 'wrong_certificate',
    detail:
      'Its certificate names berth://secured/replica/3, but berth://secured/replica/2 is needed.',
    by: null,
  })
  await eventually('its end', () => peer.closed())
  expect([judged, one.heard]).toEqual([[], []])
})

test.for([
  ['of another replica', 'replica-3', 'berth://secured/replica/3'],
  ['of another cluster', 'elsewhere-1', 'berth://elsewhere/replica/1'],
  ['that names none', 'nameless', 'no replica'],
] as const)('a certificate %s is refused by the dialler, which says nothing', async (given, t) => {
  const [, owner, name] = given
  const judged: number[] = []
  const one = await start(t, 1, [], { tls: peerTlsOf(owner) })
  const two = await start(t, 2, [one.address], {
    judge: ({ shown }) => {
      judged.push(shown.replicaId)
      return { kind: 'accept' }
    },
  })
  const needed = 'berth://secured/replica/1 is needed.'
  const isJudged = () => reasonOf(two).startsWith('wrong_certificate') || isConnected(two, 1)
  await eventually('the reason', isJudged)
  expect(reasonOf(two)).toBe(`wrong_certificate: Its certificate names ${name}, but ${needed}`)
  const [status] = two.transport.status()
  expect(status).toMatchObject({ refusal: { code: 'wrong_certificate', by: 2 } })
  expect([judged, two.reached, one.heard]).toEqual([[], [], []])
})

test('a plain replica and one with TLS do not talk, and say why', async (t) => {
  const secured = await start(t, 1)
  const plain = await startReplica(t, 2, [secured.address], {
    handshake: () => shownBy(2, { clusterName }),
  })
  await eventually('a reason', () => plain.transport.status()[0]!.reason !== 'not connected yet')
  const other = await start(t, 3, [plain.address])
  const line = await eventually('a line', () =>
    plain.lines.find(({ fields }) => /it speaks TLS/.test(String(fields.reason))),
  )
  expect(line.message).toBe('Closed a connection to the peer port.')
  expect(other.reached).toEqual([])
  expect(plain.reached).toEqual([])
})

test('a plain connection to a TLS port is closed', async (t) => {
  const one = await start(t, 1)
  const peer = await dialRaw(t, one.address.port, 'bytes')
  peer.socket.write('GET / HTTP/1.1\r\n\r\n')
  await eventually('its end', () => peer.closed())
})
