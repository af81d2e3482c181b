import { expect, test } from 'vitest'
import { membersMax } from '../../src/raft/core/limits.js'
import { Callers } from '../../src/replica/callers.js'
import { handshakeOf } from '../raft/node/support/handshakes.js'

test('a caller is known by the address that it gives last', () => {
  const callers = new Callers()
  expect(callers.note(handshakeOf({ replicaId: 7 }), 'db7:7410')).toBe(true)
  expect(callers.note(handshakeOf({ replicaId: 7 }), 'db7:7410')).toBe(false)
  expect(callers.note(handshakeOf({ replicaId: 7 }), 'db8:7410')).toBe(true)
  expect(callers.get(7)).toEqual({ id: 7, host: 'db8', port: 7410 })
  expect(callers.note(handshakeOf({ replicaId: 8 }), 'no address')).toBe(false)
  callers.forget(7)
  expect(callers.ids).toEqual([])
})

test('a caller that is not let in any more is no peer any more', () => {
  const callers = new Callers()
  for (const replicaId of [7, 8]) callers.note(handshakeOf({ replicaId }), `db${replicaId}:7410`)
  callers.review(({ replicaId }) => replicaId !== 7)
  expect(callers.ids).toEqual([8])
})

test('there are no more callers than there can be members', () => {
  const callers = new Callers()
  for (let id = 1; id <= membersMax + 1; id += 1)
    callers.note(handshakeOf({ replicaId: id }), `db${id}:7410`)
  expect(callers.ids).toHaveLength(membersMax)
  expect(callers.get(1)).toBeUndefined()
})
