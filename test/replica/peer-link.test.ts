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
  const lost: [kind: string, bytes: number][] = []
  const note = (kind: string, bytes: number) => lost.push([kind, bytes])
  return { frames, transport: { send }, lost, note }
}

/** The largest hello that the door lets in, or beyond. */
function hello(session: string, bytes: number): Upstream {
  const types = ['x'.repeat(bytes)]
  const rest = { protocol: 1, namespace: 'default', instance: 'i', name: 'a:1', appId: 'a', types }
  return { kind: 'hello', session, hello: { kind: 'hello', ...rest }, secretHash: '' }
}

test('hellos of a thousand hosts at once go out as several frames, in order and whole', () => {
  const { frames, transport, lost, note } = recorder()
  const sessions = Array.from({ length: 1_000 }, (_, i) => `s${i}`)
  const messages = sessions.map((session) => hello(session, 60_000))
  sendFrame(transport, 2, { kind: 'relay-up', term: 3, messages }, note)
  expect(lost).toEqual([])
  expect(frames.length).toBeGreaterThan(1)
  expect(frames.every(({ kind, term }) => kind === 'relay-up' && term === 3)).toBe(true)
  expect(
    frames.flatMap((frame) => frame.messages.map((each) => 'session' in each && each.session)),
  ).toEqual(sessions)
})

test('one message that no peer would take is lost, and only that one; somebody hears of it', () => {
  const { frames, transport, lost, note } = recorder()
  const messages = [hello('a', 1), hello('b', frameBytesMax), hello('c', 1)]
  sendFrame(transport, 2, { kind: 'relay-up', term: 3, messages }, note)
  expect(frames.flatMap((frame) => frame.messages)).toEqual([messages[0], messages[2]])
  const response = { kind: 'response', number: 1, run: 1, error: null } as const
  sendFrame(transport, 2, { ...response, result: 'x'.repeat(frameBytesMax) }, note)
  expect(lost).toEqual([
    ['hello', expect.any(Number)],
    ['response', expect.any(Number)],
  ])
  for (const [, bytes] of lost) expect(bytes).toBeGreaterThan(frameBytesMax)
})
