import { expect, test } from 'vitest'
import { BerthError } from '../../../src/errors/berth-error.js'
import {
  decodeHello,
  decodeRefusal,
  encodeHello,
  encodeRefusal,
  glimpseOf,
  parseHandshake,
} from '../../../src/raft/node/identity/handshake.js'
import { decode, encode } from '../../../src/wire/msgpack.js'
import { handshakeOf } from './support/handshakes.js'

function refusal(value: unknown): string {
  try {
    parseHandshake(value)
  } catch (error) {
    if (error instanceof BerthError) return `${error.code}: ${error.message}`
    throw error
  }
  return 'accepted'
}

test('a handshake comes back as it was, without fields that it does not know', () => {
  const handshake = handshakeOf({ knownPeers: [{ id: 3, uuid: 'c' }] })
  expect(parseHandshake({ ...handshake, more: 1 })).toEqual(handshake)
  const joined = handshakeOf({ clusterId: null, initialVoters: null })
  expect(parseHandshake(joined)).toEqual(joined)
})

test('everything else that is no handshake is refused by the name of the field', () => {
  const wrong: Record<string, unknown> = {
    clusterName: '',
    clusterId: 5,
    replicaId: 0,
    uuid: 'x'.repeat(129),
    run: 0.5,
    incarnation: '1',
    started: null,
    durable: { term: 1 },
    isEmpty: 0,
    initialVoters: [0],
    knownPeers: new Array(65).fill({ id: 1, uuid: 'u' }),
  }
  for (const [name, value] of Object.entries(wrong)) {
    const said = refusal({ ...handshakeOf(), [name]: value })
    expect(said).toMatch(/^invalid_message: Handshake/)
    expect(said).toContain(name)
  }
  for (const value of [null, undefined, 5, 'text']) {
    expect(refusal(value)).toContain('invalid_message')
  }
})

/** As the first builds of this protocol said them: later ones say and read the same. */
const bytesOfOld = {
  hello: [
    '86a7636c7573746572a474657374a9636c75737465724964a163a2696402a2746f01aa61647665727469',
    '736564a3683a31a86964656e746974798bab636c75737465724e616d65a474657374a9636c7573746572',
    '4964a163a97265706c696361496402a475756964a175a372756e07ab696e6361726e6174696f6e03a773',
    '74617274656482a47465726d01a96c617374496e64657804a764757261626c6582a47465726d02a96c61',
    '7374496e64657805a76973456d707479c2ad696e697469616c566f7465727393010203aa6b6e6f776e50',
    '656572739182a2696403a475756964a176',
  ].join(''),
  refusal: [
    '83a4636f6465a772656d6f766564a664657461696ca5476f6e652ea2627986a7636c7573746572a47465',
    '7374a9636c75737465724964c0a2696402a2746f01aa61647665727469736564a0a86964656e74697479',
    '83ab636c75737465724e616d65a474657374a97265706c696361496402a76973456d707479c2',
  ].join(''),
  refusalByVersion: '83a4636f6465ae6f6c6465725f70726f746f636f6ca664657461696ca44f6c642ea26279c0',
}

test('a hello and a refusal have the bytes that every build of this protocol reads', () => {
  const shown = handshakeOf({
    ...{ clusterId: 'c', uuid: 'u', run: 7, incarnation: 3 },
    started: { term: 1, lastIndex: 4 },
    durable: { term: 2, lastIndex: 5 },
    knownPeers: [{ id: 3, uuid: 'v' }],
  })
  const hello = { to: 1, advertised: 'h:1', shown }
  const refusal = { code: 'removed', detail: 'Gone.', by: { ...hello, advertised: '' } }
  const by = { ...refusal.by, shown: glimpseOf(shown) }
  const old = { code: 'older_protocol', detail: 'Old.' }
  const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')
  expect(hex(encodeHello(hello))).toBe(bytesOfOld.hello)
  expect(hex(encodeRefusal(refusal, by))).toBe(bytesOfOld.refusal)
  expect(hex(encodeRefusal(old, null))).toBe(bytesOfOld.refusalByVersion)
  expect(decodeHello(Buffer.from(bytesOfOld.hello, 'hex'))).toEqual(hello)
  expect(decodeRefusal(Buffer.from(bytesOfOld.refusal, 'hex'))).toEqual({ ...refusal, by })
  expect(decodeRefusal(Buffer.from(bytesOfOld.refusalByVersion, 'hex'))).toEqual({
    ...old,
    by: null,
  })
})

test('a hello that says of its sender one thing and the other is none', () => {
  const said = decode(encodeHello({ to: 1, advertised: 'h:1', shown: handshakeOf() })) as object
  for (const [name, value] of [
    ['cluster', 'other'],
    ['clusterId', 'cluster-b'],
    ['clusterId', null],
    ['id', 3],
  ] as const) {
    const contradiction = encode({ ...said, [name]: value })
    expect(() => decodeHello(contradiction)).toThrow(`Hello: ${name} is not what its identity says`)
    const refusal = encode({ code: 'removed', detail: '', by: { ...said, [name]: value } })
    expect(() => decodeRefusal(refusal)).toThrow(`Hello: ${name} is not what its identity says`)
  }
})

test('a refusal may have a code that nobody here knows, and a detail that is empty', () => {
  const refusal = { code: 'a_code_to_come', detail: '' }
  expect(decodeRefusal(encodeRefusal(refusal, null))).toEqual({ ...refusal, by: null })
  for (const wrong of [{ code: '' }, { code: 5 }, { detail: null }, { by: 'me' }]) {
    const bytes = encode({ ...refusal, by: null, ...wrong })
    expect(() => decodeRefusal(bytes)).toThrow('is not')
  }
})
