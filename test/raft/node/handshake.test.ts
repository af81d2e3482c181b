import { expect, test } from 'vitest'
import { BerthError } from '../../../src/errors/berth-error.js'
import { parseHandshake } from '../../../src/raft/node/identity/handshake.js'
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
