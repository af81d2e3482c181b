/** What one read of a connection brings is handed out as one. */
import { expect, test } from 'vitest'
import { encode } from '../../../src/wire/msgpack.js'
import { eventually } from '../../support/eventually.js'
import { isConnected, type Replica, startReplicas } from './peer-fixture.js'

test('messages that arrive at once are handed out together', async (t) => {
  const reads: unknown[][] = []
  const [one, two] = (await startReplicas(t, 2, {
    onFrame: (_from, _run, message) => void reads.at(-1)?.push(message),
    together: (read) => {
      reads.push([])
      read()
    },
  })) as [Replica, Replica]
  await eventually('the connection', () => isConnected(one, two.id))
  const count = 100
  for (let n = 0; n < count; n += 1) one.transport.send(2, encode(n))
  await eventually('all messages', () => reads.flat().length === count)
  expect(reads.flat()).toEqual(Array.from({ length: count }, (_, n) => n))
  expect(reads.filter((read) => read.length > 0).length).toBeLessThan(count / 10)
})
