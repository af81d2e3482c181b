import { once } from 'node:events'
import { expect, test } from 'vitest'
import { LoopSocket } from '../../src/frameworks/loop-socket.js'
import { eventually } from '../support/eventually.js'

async function readOf(end: LoopSocket): Promise<string> {
  let text = ''
  end.on('data', (chunk) => (text += chunk))
  await once(end, 'end')
  return text
}

test('what one end writes the other one reads, to its end', async () => {
  const [client, server] = LoopSocket.pair()
  await once(client, 'connect')
  client.end('ask')
  expect(await readOf(server)).toBe('ask')
  server.end('answer')
  expect(await readOf(client)).toBe('answer')
})

test('an end that nobody reads holds up whoever writes', async () => {
  const [client, server] = LoopSocket.pair()
  const chunk = Buffer.alloc(65_536)
  let taken = 0
  const write = () => client.write(chunk, () => (taken += 1))
  for (let i = 0; i < 10; i += 1) write()
  expect(client.write(chunk)).toBe(false)
  await new Promise(setImmediate)
  expect(taken).toBeLessThan(2)
  server.resume()
  await eventually('that all are taken', () => taken === 10)
})

test('an end that is destroyed ends the other one, also one that waits to be read', async () => {
  for (const [first, second] of [[0, 1] as const, [1, 0] as const]) {
    const ends = LoopSocket.pair()
    const error = new Error('enough')
    ends[first].on('error', () => undefined)
    ends[second].write(Buffer.alloc(1_000_000))
    ends[first].destroy(error)
    await once(ends[second], 'close')
    expect([ends[second].destroyed, ends[second].errored]).toEqual([true, null])
  }
})

test('an end that is destroyed at once never connects', async () => {
  const [client] = LoopSocket.pair()
  client.once('connect', () => expect.unreachable())
  client.destroy()
  await once(client, 'close')
  await new Promise(setImmediate)
})
