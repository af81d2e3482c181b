/** Replicas with a long way between them: longer than the silence that ends a connection. */
import { expect, test } from 'vitest'
import { encode } from '../../../src/wire/msgpack.js'
import { peerTlsOf, securedCluster } from '../../support/certificates.js'
import { eventually } from '../../support/eventually.js'
import { freePort } from '../../support/ports.js'
import { startSlowRelay } from '../../support/slow-relay.js'
import { host, isConnected, shownBy, startReplica } from './peer-fixture.js'

test.for([
  ['without TLS', undefined, undefined],
  ['with TLS', peerTlsOf('replica-1'), peerTlsOf('replica-2')],
] as const)('a peer at the end of a long way is connected, and stays so, %s', async (of, t) => {
  const [, own, theirs] = of
  // More than all pings of the time that a silent connection has, to and fro.
  const limits = { connectTimeoutMs: 100, pingEveryMs: 20 }
  const inAHurry = { ...limits, handshakeTimeoutMs: 100 }
  const port = await freePort()
  const relay = await startSlowRelay(t, port, { delayMs: 150 })
  const tls = (id: number, of: typeof own) => ({
    handshake: () => shownBy(id, { clusterName: securedCluster }),
    ...(of && { tls: of }),
  })
  const two = await startReplica(t, 2, [], { port, limits, ...tls(2, theirs) })
  const one = await startReplica(t, 1, [{ id: 2, host, port: relay }], {
    ...{ limits: inAHurry, ...tls(1, own) },
  })
  await eventually('a connection', () => isConnected(one, 2))
  expect(one.transport.send(2, encode('far'))).toBe(true)
  await eventually('the message', () => two.heard.length === 1)
  expect(isConnected(one, 2)).toBe(true)
})
