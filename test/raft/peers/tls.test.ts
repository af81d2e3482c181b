/** TLS between replicas. */
import { connect } from 'node:tls'
import { expect, test } from 'vitest'
import { encode } from '../../../src/wire/msgpack.js'
import { certificateText } from '../../support/certificates.js'
import { eventually } from '../../support/eventually.js'
import { dialRaw, host, isConnected, startReplica, startReplicas } from './peer-fixture.js'

const ca = certificateText('ca.pem')
const tls = { ca, cert: certificateText('replica.pem'), key: certificateText('replica.key') }
const stranger = { ca, cert: certificateText('stranger.pem'), key: certificateText('stranger.key') }

test('replicas with certificates of one authority talk, by address and by name', async (t) => {
  const [one, two] = await startReplicas(t, 2, { tls })
  await eventually('both', () => isConnected(one!, 2) && isConnected(two!, 1))
  one!.transport.send(2, encode('secret'))
  await eventually('the message', () => two!.heard.length === 1)
  const three = await startReplica(t, 3, [{ ...one!.address, host: 'localhost' }], { tls })
  await eventually('by name', () => isConnected(three, 1))
})

test('a certificate of another authority is refused by the listener', async (t) => {
  const one = await startReplica(t, 1, [], { tls })
  const two = await startReplica(t, 2, [one.address], { tls: stranger })
  await eventually('a reason', () => two.transport.status()[0]!.reason)
  const line = await eventually('a line', () =>
    one.lines.find(({ message }) => /^Closed a connection/.test(message)),
  )
  expect(line.fields.reason).toMatch(/UNABLE_TO_VERIFY/)
  expect(two.reached).toEqual([])
})

test('a certificate of another authority is refused by the dialler', async (t) => {
  const one = await startReplica(t, 1, [], { tls: stranger })
  const two = await startReplica(t, 2, [one.address], { tls })
  const reason = () => two.transport.status()[0]!.reason ?? ''
  await eventually('the reason', () => /certificate|verify/i.test(reason()))
  expect(two.reached).toEqual([])
})

test('a client without a certificate gets nowhere', async (t) => {
  const one = await startReplica(t, 1, [], { tls })
  const socket = connect({ host, port: one.address.port, ca })
  t.onTestFinished(() => void socket.destroy())
  socket.on('error', () => {})
  await new Promise((resolve) => socket.once('close', resolve))
  expect(one.lines.map(({ message }) => message)).toContain('Closed a connection to the peer port.')
})

test('a plain replica and one with TLS do not talk, and say why', async (t) => {
  const secured = await startReplica(t, 1, [], { tls })
  const plain = await startReplica(t, 2, [secured.address])
  await eventually('a reason', () => plain.transport.status()[0]!.reason !== 'not connected yet')
  const other = await startReplica(t, 3, [plain.address], { tls })
  const line = await eventually('a line', () =>
    plain.lines.find(({ fields }) => /it speaks TLS/.test(String(fields.reason))),
  )
  expect(line.message).toBe('Closed a connection to the peer port.')
  expect(other.reached).toEqual([])
  expect(plain.reached).toEqual([])
})

test('a plain connection to a TLS port is closed', async (t) => {
  const one = await startReplica(t, 1, [], { tls })
  const peer = await dialRaw(t, one.address.port, 'bytes')
  peer.socket.write('GET / HTTP/1.1\r\n\r\n')
  await eventually('its end', () => peer.closed())
})
