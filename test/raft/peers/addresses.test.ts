/** A peer that moved, or of which several addresses are known, some of them wrong. */
import { expect, test } from 'vitest'
import { encode } from '../../../src/wire/msgpack.js'
import { eventually } from '../../support/eventually.js'
import { freePort } from '../../support/ports.js'
import { host, isConnected, startReplica } from './peer-fixture.js'

test('a peer that moved is connected at its new address once the old one is no use', async (t) => {
  const before = await startReplica(t, 2, [])
  const one = await startReplica(t, 1, [before.address])
  await eventually('a connection', () => isConnected(one, 2))
  const after = await startReplica(t, 2, [])
  // What is said of addresses may be false: it ends no connection that stands.
  one.transport.setPeers([after.address])
  await eventually('a round trip', () => one.transport.status()[0]!.rttMs !== null)
  expect(one.reached).toEqual(['+2'])
  await before.transport.close()
  await eventually('the new one', () => one.reached.join() === '+2,-2,+2')
  one.transport.send(2, encode('moved'))
  await eventually('the message', () => after.heard.length === 1)
  expect(one.transport.status()[0]).toMatchObject({ address: `${host}:${after.address.port}` })
})

test('the addresses of a peer are tried in turn, and none that is wrong keeps it away', async (t) => {
  const two = await startReplica(t, 2, [])
  // Somebody else is there by now.
  const three = await startReplica(t, 3, [])
  const nowhere = { id: 2, host, port: await freePort() }
  const one = await startReplica(t, 1, [{ ...three.address, id: 2 }, nowhere])
  const tried = await eventually('both to be tried', () => {
    const [status] = one.transport.status()
    return status!.tried.length === 2 && status!.tried
  })
  expect(Object.fromEntries(tried.map(({ address, reason }) => [address, reason]))).toEqual({
    [`${host}:${three.address.port}`]: expect.stringMatching(/^another_replica: /),
    [`${host}:${nowhere.port}`]: expect.stringMatching(/ECONNREFUSED/),
  })
  expect(one.transport.status()[0]).toMatchObject({
    reason: expect.stringMatching(/another_replica.*; |; .*another_replica/),
    refusal: { code: 'another_replica' },
  })
  one.transport.setPeers([{ ...three.address, id: 2 }, nowhere, two.address])
  await eventually('a connection', () => isConnected(one, 2))
  expect(one.transport.status()[0]).toMatchObject({ reason: null, tried: [], refusal: null })
  const said = one.lines.filter(({ message }) => message === 'A peer refuses this replica.')
  expect(said, 'said once, however often it is tried').toHaveLength(1)
})

test('whoever shows one false address after the other diverts nobody', async (t) => {
  const two = await startReplica(t, 2, [])
  const three = await startReplica(t, 3, [])
  const one = await startReplica(t, 1, [{ ...three.address, id: 2 }])
  let shown = 0
  const timer = setInterval(() => {
    shown += 1
    const port = three.address.port
    one.transport.setPeers([{ id: 2, host: `127.0.1.${1 + (shown % 200)}`, port }, two.address])
  }, 1)
  t.onTestFinished(() => clearInterval(timer))
  await eventually('a connection', () => isConnected(one, 2))
})
