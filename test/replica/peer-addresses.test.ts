import { expect, test } from 'vitest'
import { membersMax } from '../../src/raft/core/limits.js'
import type { PeerVerdict, RefusalCode } from '../../src/raft/node/identity/peer-judgement.js'
import { Callers } from '../../src/replica/process/peer-addresses.js'
import { handshakeOf } from '../raft/node/support/handshakes.js'

const accept: PeerVerdict = { kind: 'accept' }
const refuse = (confides: boolean, code: RefusalCode = 'identity_lost'): PeerVerdict => {
  return { kind: 'refuse', code, detail: '', told: '', confides }
}

test('a caller is known by the address that it gives last', () => {
  const callers = new Callers()
  const seven = handshakeOf({ replicaId: 7 })
  expect(callers.judged(seven, 'db7:7410', accept)).toBe(true)
  expect(callers.judged(seven, 'db7:7410', accept)).toBe(false)
  expect(callers.judged(seven, 'db8:7410', accept)).toBe(true)
  expect(callers.get(7)).toEqual({ id: 7, host: 'db8', port: 7410 })
  expect(callers.judged(seven, '[::1]:7410', accept)).toBe(true)
  expect(callers.get(7)).toEqual({ id: 7, host: '::1', port: 7410 })
  for (const nowhere of ['no address', '0.0.0.0:7410', '[::]:7410']) {
    expect(callers.judged(handshakeOf({ replicaId: 8 }), nowhere, accept)).toBe(false)
  }
  expect(callers.ids).toEqual([7])
})

test('one that is refused is forgotten; a stranger who names it says nothing about it', () => {
  const callers = new Callers()
  const seven = handshakeOf({ replicaId: 7 })
  callers.judged(seven, 'db7:7410', accept)
  expect(callers.judged(seven, 'elsewhere:1', refuse(false))).toBe(false)
  expect(callers.get(7)).toMatchObject({ host: 'db7' })
  // A call that went to the wrong place says nothing about the caller, nor about who answers it.
  for (const code of ['another_replica', 'foreign_cluster'] as const) {
    expect(callers.judged(seven, 'db7:7410', refuse(true, code))).toBe(false)
    expect(callers.get(7)).toMatchObject({ host: 'db7' })
  }
  expect(callers.judged(seven, 'db7:7410', refuse(true))).toBe(false)
  expect(callers.ids).toEqual([])
})

test('a caller that is not let in any more is no peer any more', () => {
  const callers = new Callers()
  for (const replicaId of [7, 8])
    callers.judged(handshakeOf({ replicaId }), `db${replicaId}:7410`, accept)
  callers.review(({ replicaId }) => replicaId !== 7)
  expect(callers.ids).toEqual([8])
})

test('there are no more callers than there can be members', () => {
  const callers = new Callers()
  for (let id = 1; id <= membersMax + 1; id += 1)
    callers.judged(handshakeOf({ replicaId: id }), `db${id}:7410`, accept)
  expect(callers.ids).toHaveLength(membersMax)
  expect(callers.get(1)).toBeUndefined()
})
