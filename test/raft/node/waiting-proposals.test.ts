import { expect, test } from 'vitest'
import { BerthError } from '../../../src/errors/berth-error.js'
import type { Entry } from '../../../src/raft/core/entry.js'
import {
  type ProposalDone,
  WaitingProposals,
} from '../../../src/raft/node/calls/waiting-proposals.js'

const entry = (index: number, term: number): Entry => {
  return { index, term, kind: 'command', data: new Uint8Array() }
}

/** Callers write down what they were told, once each. */
function listener() {
  const told: string[] = []
  const caller = (name: string): ProposalDone<string> => {
    return (outcome) => {
      const text = outcome instanceof BerthError ? outcome.code : outcome.result
      told.push(`${name}: ${text}`)
    }
  }
  return { told, caller }
}

test('a caller gets the result of its own entry', () => {
  const { told, caller } = listener()
  const proposals = new WaitingProposals<string>(10)
  proposals.add(4, 2, 0, caller('a'))
  proposals.add(5, 2, 0, caller('b'))
  proposals.applied(entry(3, 2), 'other')
  proposals.applied(entry(4, 2), 'first')
  proposals.applied(entry(5, 2), 'second')
  expect(told).toEqual(['a: first', 'b: second'])
  expect(proposals.count).toBe(0)
})

test('an entry of another term at the same index is not the one that was proposed', () => {
  const { told, caller } = listener()
  const proposals = new WaitingProposals<string>(10)
  proposals.add(4, 2, 0, caller('a'))
  proposals.applied(entry(4, 3), 'not yours')
  expect(told).toEqual(['a: not_leader'])
})

test('a proposal at an index that was proposed in an earlier term ends the earlier one', () => {
  const { told, caller } = listener()
  const proposals = new WaitingProposals<string>(10)
  proposals.add(4, 2, 0, caller('a'))
  proposals.add(4, 5, 3, caller('b'))
  expect(told).toEqual(['a: not_leader'])
  proposals.applied(entry(4, 5), 'x')
  expect(told).toEqual(['a: not_leader', 'b: x'])
})

test('what is not applied in time has an unknown outcome', () => {
  const { told, caller } = listener()
  const proposals = new WaitingProposals<string>(10)
  proposals.add(4, 2, 0, caller('a'))
  proposals.add(5, 2, 3, caller('b'))
  proposals.expire(9)
  expect(told).toEqual([])
  proposals.expire(10)
  expect(told).toEqual(['a: timeout'])
  proposals.expire(13)
  expect(told).toEqual(['a: timeout', 'b: timeout'])
})

test('a snapshot that passes over the index leaves the outcome unknown (L17)', () => {
  const { told, caller } = listener()
  const proposals = new WaitingProposals<string>(10)
  proposals.add(4, 2, 0, caller('a'))
  proposals.add(5, 2, 0, caller('b'))
  proposals.passedOver(4)
  expect(told).toEqual(['a: timeout'])
})

test('nobody is left hanging when the replica stops (L17)', () => {
  const { told, caller } = listener()
  const proposals = new WaitingProposals<string>(10)
  proposals.add(4, 2, 0, caller('a'))
  proposals.failAll('The replica stops.')
  expect(told).toEqual(['a: timeout'])
  expect(proposals.count).toBe(0)
})
