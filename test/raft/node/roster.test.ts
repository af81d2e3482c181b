import { expect, test } from 'vitest'
import { plainConfiguration } from '../../../src/raft/core/configuration.js'
import { encodeChange } from '../../../src/raft/core/configuration-codec.js'
import type { Entry } from '../../../src/raft/core/entry.js'
import { encodeMembers, Roster, type RosterMember } from '../../../src/raft/node/identity/roster.js'

function change(members: readonly RosterMember[]): Entry {
  const context = members.length === 0 ? new Uint8Array() : encodeMembers(members)
  const changes = [{ kind: 'learner' as const, id: 4 }]
  const data = encodeChange({ kind: 'change', transition: 'auto', changes, context })
  return { index: 7, term: 2, kind: 'configuration', data }
}

const of = (voters: number[], learners: number[] = []) => plainConfiguration(voters, learners)
const fourth: RosterMember = { id: 4, address: 'db4:7410', promote: true }

test('an added replica is in the roster with its address and whether it is to be promoted', () => {
  const roster = new Roster()
  const after = of([1, 2, 3], [4])
  expect(roster.applied(change([fourth]), of([1, 2, 3]), after)).toEqual([])
  expect(roster.get(4)).toEqual(fourth)
  expect(roster.toPromote(after)).toEqual([4])
  expect(roster.toPromote(of([1, 2, 3, 4]))).toEqual([])
})

test('a replica that leaves the configuration is removed for good', () => {
  const roster = new Roster()
  roster.applied(change([fourth]), of([1, 2, 3]), of([1, 2, 3], [4]))
  expect(roster.applied(change([]), of([1, 2, 3], [4]), of([1, 2, 3]))).toEqual([4])
  expect(roster.isRemoved(4)).toBe(true)
  expect(roster.removedAt(4)).toBe(7)
  expect(roster.removedAt(3)).toBeNull()
  expect(roster.get(4)).toBeUndefined()
})

test('a replica that still votes in the outgoing half is not gone yet', () => {
  const roster = new Roster()
  const joint = { ...of([1, 2, 4]), votersOutgoing: [1, 2, 3] }
  expect(roster.applied(change([]), of([1, 2, 3]), joint)).toEqual([])
  expect(roster.applied(change([]), joint, of([1, 2, 4]))).toEqual([3])
})

test('a roster comes back from its bytes, and equal rosters have equal bytes', () => {
  const roster = new Roster()
  const fifth = { id: 5, address: null, promote: false }
  roster.applied(change([fifth, fourth]), of([1, 2, 3, 9]), of([1, 2, 3], [4, 5]))
  const again = Roster.decode(roster.encode())
  expect(again.encode()).toEqual(roster.encode())
  expect(again.get(4)).toEqual(fourth)
  expect(again.get(5)).toEqual(fifth)
  expect(again.removedAt(9)).toBe(7)
})
