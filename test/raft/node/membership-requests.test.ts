import { expect, test } from 'vitest'
import { BerthError } from '../../../src/errors/berth-error.js'
import { plainConfiguration } from '../../../src/raft/core/configuration.js'
import { encodeChange } from '../../../src/raft/core/configuration-codec.js'
import type { ConfigurationProposal, MemberChange } from '../../../src/raft/core/entry.js'
import { membersMax } from '../../../src/raft/core/limits.js'
import type { Refusal } from '../../../src/raft/core/refusal.js'
import {
  type MembershipRequest,
  MembershipRequests,
} from '../../../src/raft/node/calls/membership-requests.js'
import { removedMax } from '../../../src/raft/node/frame-limits.js'
import { encodeMembers, Roster } from '../../../src/raft/node/identity/roster.js'

/** Requests to a leader of voters 1 to 3 and learner 4, which was added when 9 was removed. */
function requestsOf({ promote = false } = {}) {
  const configuration = plainConfiguration([1, 2, 3], [4])
  const roster = new Roster()
  const changes = [
    { kind: 'remove', id: 9 },
    { kind: 'learner', id: 4 },
  ] as const
  const context = encodeMembers([{ id: 4, address: 'db4:7410', promote }])
  const data = encodeChange({ kind: 'change', transition: 'auto', changes, context })
  const entry = { index: 1, term: 1, kind: 'configuration', data } as const
  roster.applied(entry, plainConfiguration([1, 2, 3, 9]), configuration)
  const state = { refusal: null as Refusal | null, hasCaughtUp: false }
  const proposed: ConfigurationProposal[] = []
  const told: string[] = []
  const requests = new MembershipRequests(
    {
      propose: (proposal) => {
        const { refusal } = state
        if (refusal !== null) return { kind: 'refused', reason: refusal, detail: 'because' }
        proposed.push(proposal)
        return { kind: 'accepted', index: 10 + proposed.length, term: 2 }
      },
      configuration: () => configuration,
      roster: () => roster,
      hasCaughtUp: () => state.hasCaughtUp,
      toError: ({ detail }) => new BerthError('conflict', detail),
    },
    50,
  )
  const ask = (request: MembershipRequest, tick = 0) => {
    requests.add(request, tick, {
      accepted: (index, term) => told.push(`${index}/${term}`),
      unchanged: () => told.push('unchanged'),
      failed: ({ code }) => told.push(code),
    })
  }
  return { requests, state, proposed, told, ask, roster }
}

const add = (id: number, membership: 'voter' | 'learner' = 'voter'): MembershipRequest => {
  return { kind: 'add', id, address: `db${id}:7410`, membership }
}

test('a voter that is added begins as a learner', () => {
  const { ask, proposed, told } = requestsOf()
  ask(add(5))
  expect(told).toEqual(['11/2'])
  expect(proposed).toMatchObject([
    { kind: 'change', transition: 'auto', changes: [{ kind: 'learner', id: 5 }] },
  ])
})

test('an id that is a member, was removed or is none cannot be added', () => {
  const { ask, told } = requestsOf()
  for (const id of [1, 4, 9, 0, 1.5]) ask(add(id))
  expect(told).toEqual(['conflict', 'conflict', 'conflict', 'invalid_request', 'invalid_request'])
})

test('a request that holds already is done without a change, so that it can be repeated', () => {
  const learner = requestsOf()
  learner.ask(add(4, 'learner'))
  learner.ask({ kind: 'add', id: 4, address: 'elsewhere:7410', membership: 'learner' })
  learner.ask({ kind: 'remove', id: 9 })
  learner.ask({ kind: 'promote', id: 1 })
  expect(learner.told).toEqual(['unchanged', 'conflict', 'unchanged', 'unchanged'])
  const onItsWay = requestsOf({ promote: true })
  onItsWay.ask(add(4, 'voter'))
  onItsWay.ask(add(4, 'learner'))
  expect(onItsWay.told).toEqual(['unchanged', 'conflict'])
  expect([...learner.proposed, ...onItsWay.proposed]).toEqual([])
})

test('a learner is promoted once it has caught up', () => {
  const { ask, told, state, proposed } = requestsOf()
  ask({ kind: 'promote', id: 4 })
  ask({ kind: 'promote', id: 7 })
  expect(told).toEqual(['conflict', 'not_found'])
  state.hasCaughtUp = true
  ask({ kind: 'promote', id: 4 })
  expect(proposed).toMatchObject([{ changes: [{ kind: 'voter', id: 4 }] }])
})

test('only members can be removed', () => {
  const { ask, told } = requestsOf()
  ask({ kind: 'remove', id: 3 })
  ask({ kind: 'remove', id: 7 })
  expect(told).toEqual(['11/2', 'not_found'])
})

test('several changes at once are one proposal; a new voter begins as a learner', () => {
  const { ask, told, proposed } = requestsOf()
  const addresses = new Map([[5, 'db5:7410']])
  const change = (...changes: MemberChange[]) =>
    ask({ kind: 'change', transition: 'explicit', changes, addresses })
  change({ kind: 'voter', id: 5 }, { kind: 'remove', id: 2 })
  change({ kind: 'voter', id: 9 }, { kind: 'remove', id: 2 })
  change({ kind: 'remove', id: 7 })
  ask({ kind: 'leave' })
  expect(told).toEqual(['11/2', 'conflict', 'not_found', '12/2'])
  const [first] = proposed
  expect(first).toMatchObject({
    transition: 'explicit',
    changes: [
      { kind: 'learner', id: 5 },
      { kind: 'remove', id: 2 },
    ],
    context: encodeMembers([{ id: 5, address: 'db5:7410', promote: true }]),
  })
  expect(proposed[1]).toMatchObject({ kind: 'leave' })
})

test('a learner takes the place of a voter once it has caught up', () => {
  const { ask, told, proposed, state } = requestsOf()
  const addresses = new Map<number, string>()
  const changes = [
    { kind: 'voter', id: 4 },
    { kind: 'remove', id: 1 },
  ] as const
  const replace = () => ask({ kind: 'change', transition: 'auto', changes, addresses })
  replace()
  state.hasCaughtUp = true
  replace()
  expect(told).toEqual(['conflict', '11/2'])
  expect(proposed).toMatchObject([{ transition: 'auto', changes }])
})

test('several changes that all hold are no change', () => {
  const { ask, told } = requestsOf()
  const changes = [
    { kind: 'voter', id: 1 },
    { kind: 'learner', id: 4 },
    { kind: 'remove', id: 9 },
  ] as const
  ask({ kind: 'change', transition: 'auto', changes, addresses: new Map() })
  expect(told).toEqual(['unchanged'])
})

test('while a change is under way the next ones wait their turn, for a while', () => {
  const { requests, ask, state, told } = requestsOf()
  state.refusal = 'change_pending'
  ask(add(5), 0)
  ask(add(6), 10)
  requests.retry()
  requests.expire(49)
  expect(told).toEqual([])
  requests.expire(50)
  expect(told).toEqual(['conflict'])
  state.refusal = null
  requests.retry()
  expect(told).toEqual(['conflict', '11/2'])
})

test('a refusal of the core goes to the caller, and nobody is left hanging (L17)', () => {
  const { requests, ask, state, told } = requestsOf()
  state.refusal = 'change_invalid'
  ask(add(5))
  expect(told).toEqual(['conflict'])
  state.refusal = 'change_pending'
  ask(add(5))
  requests.failAll(new BerthError('unavailable'))
  expect(told).toEqual(['conflict', 'unavailable'])
})

test('an address that no replica could read back is refused, and not written into the log', () => {
  const { ask, proposed, told } = requestsOf()
  for (const address of ['', 'x'.repeat(513), 5 as never]) {
    ask({ kind: 'add', id: 5, address, membership: 'voter' })
    const addresses = new Map([[6, address]])
    ask({ kind: 'change', transition: 'auto', changes: [{ kind: 'voter', id: 6 }], addresses })
  }
  expect(told).toEqual(new Array(6).fill('invalid_request'))
  expect(proposed).toEqual([])
})

test('a cluster that has had as many replicas as a roster holds takes no new one', () => {
  const { ask, told, roster } = requestsOf()
  const others = Array.from({ length: removedMax - 2 * membersMax - 2 }, (_, at) => 100 + at)
  for (const id of others) remove(roster, id)
  ask(add(7))
  expect(told).toEqual(['11/2'])
  remove(roster, 99)
  ask(add(8))
  expect(told).toEqual(['11/2', 'conflict'])
})

function remove(roster: Roster, id: number): void {
  const change = { kind: 'change', transition: 'auto', context: new Uint8Array() } as const
  const data = encodeChange({ ...change, changes: [{ kind: 'remove', id }] })
  const entry = { index: 1, term: 1, kind: 'configuration', data } as const
  roster.applied(entry, plainConfiguration([1], [id]), plainConfiguration([1]))
}
