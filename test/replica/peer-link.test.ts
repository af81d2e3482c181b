import { expect, test } from 'vitest'
import type { Upstream } from '../../src/hosts/relay-message.js'
import { frameBytesMax } from '../../src/raft/node/limits.js'
import type { RelayUp } from '../../src/replica/frames.js'
import { sendFrame } from '../../src/replica/peer-link.js'
import { decode } from '../../src/wire/msgpack.js'

function recorder() {
  const frames: RelayUp[] = []
  const send = (to: number, message: Uint8Array) => {
    expect(to).toBe(2)
    expect(message.length).toBeLessThan(frameBytesMax)
    frames.push(decode(message) as RelayUp)
    return true
  }
  return { frames, transport: { send } }
}

/** The largest hello that the door lets in, or beyond. */
function hello(session: string, bytes: number): Upstream {
  const types = ['x'.repeat(bytes)]
  const rest = { protocol: 1, namespace: 'default', instance: 'i', name: 'a:1', appId: 'a', types }
  return { kind: 'hello', session, hello: { kind: 'hello', ...rest }, secretHash: '' }
}

test('hellos of a thousand hosts at once go out as several frames, in order and whole', () => {
  const { frames, transport } = recorder()
  const sessions = Array.from({ length: 1_000 }, (_, i) => `s${i}`)
  const messages = sessions.map((session) => hello(session, 60_000))
  sendFrame(transport, 2, { kind: 'relay-up', term: 3, messages })
  expect(frames.length).toBeGreaterThan(1)
  expect(frames.every(({ kind, term }) => kind === 'relay-up' && term === 3)).toBe(true)
  expect(
    frames.flatMap((frame) => frame.messages.map((each) => 'session' in each && each.session)),
  ).toEqual(sessions)
})

test('one message that no peer would take is lost, and only that one', () => {
  const { frames, transport } = recorder()
  const messages = [hello('a', 1), hello('b', frameBytesMax), hello('c', 1)]
  sendFrame(transport, 2, { kind: 'relay-up', term: 3, messages })
  expect(frames.flatMap((frame) => frame.messages)).toEqual([messages[0], messages[2]])
})
