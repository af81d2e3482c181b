import { expect, test } from 'vitest'
import type { Upstream } from '../../src/hosts/relay-message.js'
import { plainConfiguration } from '../../src/raft/core/configuration.js'
import { frameBytesMax } from '../../src/raft/node/frame-limits.js'
import type { RelayUp } from '../../src/replica/machine/frames.js'
import { Callers, peerAddresses } from '../../src/replica/process/peer-addresses.js'
import { sendFrame } from '../../src/replica/process/peer-link.js'
import { socketAddress } from '../../src/settings/setting-kinds.js'
import { decode } from '../../src/wire/msgpack.js'
import { handshakeOf } from '../raft/node/support/handshakes.js'
import { versions } from '../support/versions.js'

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
  const rest = {
    ...versions,
    namespace: 'default',
    instance: 'i',
    name: 'a:1',
    appId: 'a',
    types,
  }
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

/** Where replica 1 would dial, as `id host`, if the log said this and these had called. */
function dialled(log: object, called: Record<number, string> = {}, welcome = [2, 3, 4, 5]) {
  const callers = new Callers()
  for (const [id, host] of Object.entries(called)) {
    const accept = { kind: 'accept' } as const
    callers.judged(handshakeOf({ replicaId: Number(id) }), `${host}:1`, accept)
  }
  const refuse = { kind: 'refuse', code: 'removed', detail: '', told: '', confides: true } as const
  const sources = {
    membership: { configuration: plainConfiguration([1, 2, 3]), members: [] },
    state: { replicas: [] },
    node: {
      judge: ({ replicaId }: { replicaId: number }) =>
        welcome.includes(replicaId) ? ({ kind: 'accept' } as const) : refuse,
    },
    ...log,
  }
  const peers = ['told-1', 'told-2', 'told-3'].map((host, at) => {
    return { id: at + 1, address: socketAddress.parse(`${host}:1`)! }
  })
  return peerAddresses({ id: 1, peers }, sources, callers).map(({ id, host }) => `${id} ${host}`)
}

const registered = (replica: number, peer: string) => ({ replica, peer, api: '', key: '' })

test('a peer is dialled where it says that it is, then as told, then as the log says', () => {
  const members = [{ id: 4, address: 'added-4:1', promote: false }]
  const configuration = plainConfiguration([1, 2, 3], [4])
  const membership = { configuration, members }
  const replicas = [registered(2, 'written-2:1'), registered(4, 'written-4:1')]
  expect(dialled({ membership, state: { replicas } }, { 2: 'shown-2' })).toEqual([
    ...['2 shown-2', '2 told-2', '2 written-2'],
    ...['3 told-3', '4 written-4', '4 added-4'],
  ])
})

test('a member of the log that nobody told of is dialled, one that is told and none is not', () => {
  const membership = { configuration: plainConfiguration([1, 2, 5]), members: [] }
  expect(dialled({ membership }, { 5: 'shown-5' })).toEqual(['2 told-2', '5 shown-5'])
})

test('one that waits to be added asks all that it knows', () => {
  const membership = { configuration: plainConfiguration([4, 5]), members: [] }
  const state = { replicas: [registered(4, 'written-4:1')] }
  expect(dialled({ membership, state }, { 5: 'shown-5' })).toEqual([
    ...['4 written-4', '5 shown-5', '2 told-2', '3 told-3'],
  ])
  expect(dialled({ membership: null })).toEqual(['2 told-2', '3 told-3'])
})

test('what a replica showed that is let in no more is forgotten', () => {
  expect(dialled({}, { 2: 'shown-2', 4: 'shown-4' }, [3, 4])).toEqual([
    ...['2 told-2', '3 told-3', '4 shown-4'],
  ])
})
