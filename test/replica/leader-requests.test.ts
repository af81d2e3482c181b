import { beforeEach, describe, expect, test } from 'vitest'
import { BerthError } from '../../src/errors/berth-error.js'
import { cordonsMax } from '../../src/fsm/limits.js'
import { defaultTiming } from '../../src/fsm/settings-check.js'
import { plainConfiguration } from '../../src/raft/core/configuration.js'
import type { MembershipRequest } from '../../src/raft/node/calls/membership-requests.js'
import {
  type AppliedAt,
  type DecisionEffect,
  LeaderRequests,
} from '../../src/replica/requests/leader-requests.js'
import type { LeaderRequest, RequestOutcome } from '../../src/replica/requests/request.js'
import { Replica } from '../fsm/replica.js'

/** As much of a leadership as requests look at. */
const leadership = { term: 1, rounds: () => undefined, settingsProposed: () => undefined }

let replica: Replica
let requests: LeaderRequests
/** What was to be done, in order. */
let steps: string[]
/** What the next proposals, changes and transfers fail with. */
let failure: BerthError | null
let leads: boolean
let changesMember: boolean
let changes: MembershipRequest[]

beforeEach(async () => {
  replica = await Replica.begun()
  steps = []
  changes = []
  failure = null
  leads = true
  changesMember = true
  requests = new LeaderRequests(1, replica.state, defaultTiming, {
    get leadership() {
      return leads ? leadership : null
    },
  })
})

/** As the machine of a replica does it, only at once. */
function carryOut(effect: DecisionEffect): void {
  switch (effect.kind) {
    case 'propose': {
      const { command, key, done } = effect
      steps.push(command.kind)
      if (failure === null) {
        const result = replica.run(command, key === '' ? undefined : key)
        done({ ...at(), result })
      } else done(failure)
      return
    }
    case 'change-membership':
      steps.push(`${effect.request.kind} member`)
      changes.push(effect.request)
      effect.done(failure ?? { ...at(), changed: changesMember })
      return
    case 'transfer':
      steps.push(`transfer to ${effect.to}`)
      effect.done(failure ?? effect.to ?? 2)
      return
  }
}

const at = (): AppliedAt => ({ index: replica.state.appliedIndex, term: replica.term })

function decide(request: LeaderRequest, key = ''): RequestOutcome {
  const outcomes: RequestOutcome[] = []
  const now = { monotonicMs: 0, wallMs: replica.atMs }
  requests.decide(request, key, now, (outcome) => outcomes.push(outcome))
  for (let left = requests.takeEffects(); left.length > 0; left = requests.takeEffects()) {
    for (const effect of left) carryOut(effect)
  }
  expect(outcomes).toHaveLength(1)
  return outcomes[0]!
}

const failedWith = (code: string) => ({ kind: 'failed', error: { code } })
const cordon = { kind: 'cordon', namespace: 'default', name: 'a:1', cordoned: true } as const
const evict = { kind: 'evict', namespace: 'default', name: 'a:1', refuseMs: 0 } as const

test('what changes a namespace is answered with the entry and the generation that it made', () => {
  replica.upsert({ name: 'a:1' })
  const outcome = decide(cordon)
  const { appliedIndex: index } = replica.state
  expect(outcome).toEqual({
    kind: 'done',
    result: { index, term: 1, changed: true, generation: 2 },
  })
  expect(decide(cordon)).toMatchObject({ kind: 'done', result: { changed: false, generation: 2 } })
})

test('a failed proposal is passed on as it is', () => {
  failure = new BerthError('timeout')
  for (const request of [cordon, { kind: 'settings', settings: { factor: 5 } } as const]) {
    expect(decide(request)).toMatchObject(failedWith('timeout'))
  }
})

describe('an eviction', () => {
  test('removes the admission that is there, and the name is refused for a while', () => {
    replica.upsert({ name: 'a:1' })
    expect(decide({ ...evict, refuseMs: 1_000 })).toMatchObject({ result: { changed: true } })
    expect(replica.upsert({ name: 'a:1', run: 2 })).toMatchObject([{ why: 'evicted' }])
  })

  test('is taken back as far as the name goes, once and again', () => {
    replica.upsert({ name: 'a:1' })
    decide({ ...evict, refuseMs: 60_000 })
    const lift = { kind: 'lift', namespace: 'default', name: 'a:1' } as const
    const generation = replica.namespace.newest
    expect(decide(lift)).toMatchObject({ result: { changed: true, generation } })
    expect(decide(lift)).toMatchObject({ result: { changed: false, generation } })
    expect(replica.upsert({ name: 'a:1', run: 2 })).toMatchObject([{ changed: true }])
    expect(decide({ ...lift, namespace: 'none' })).toMatchObject(failedWith('not_found'))
  })

  test('of somebody who is no member is refused, with and without a key', () => {
    expect(decide(evict)).toMatchObject(failedWith('not_found'))
    expect(decide(evict, 'k')).toMatchObject(failedWith('not_found'))
    expect(decide(evict, 'k')).toMatchObject(failedWith('not_found'))
    expect(decide({ ...evict, namespace: 'none' })).toMatchObject(failedWith('not_found'))
  })

  test('waits for a leader that serves', () => {
    replica.upsert({ name: 'a:1' })
    leads = false
    expect(decide(evict)).toMatchObject(failedWith('no_leader'))
    expect(steps).toEqual([])
  })

  test('that comes again under its key spares whoever has the name by now', () => {
    replica.upsert({ name: 'a:1' })
    expect(decide(evict, 'k')).toMatchObject({ result: { changed: true } })
    replica.upsert({ name: 'a:1', run: 2 })
    expect(decide(evict, 'k')).toMatchObject({ kind: 'done', result: { changed: true } })
    expect(replica.epochOf('a:1')).toBeGreaterThan(0)
    expect(decide(evict)).toMatchObject({ result: { changed: true } })
    expect(replica.epochOf('a:1')).toBe(0)
  })
})

test('a key that was used for something else is a conflict', () => {
  decide(cordon, 'k')
  expect(decide({ ...cordon, name: 'b:1' }, 'k')).toMatchObject(failedWith('conflict'))
})

test('what the state has no room for is overloaded, and what it does not know not found', () => {
  expect(decide({ ...cordon, namespace: 'none' })).toMatchObject(failedWith('not_found'))
  for (let i = 0; i < cordonsMax; i += 1) replica.cordon(`h${i}:1`)
  expect(decide(cordon)).toMatchObject(failedWith('overloaded'))
})

describe('settings', () => {
  test('are checked with those that stay and the times of this replica, before anything is written', () => {
    const outcome = decide({ kind: 'settings', settings: { fenceAfterMs: 5_000 } })
    expect(outcome).toMatchObject(failedWith('invalid_request'))
    expect(String((outcome as { error: Error }).error.message)).toMatch(/election timeouts/)
    expect(steps).toEqual([])
  })

  test('that go together are written', () => {
    expect(decide({ kind: 'settings', settings: { factor: 7 } })).toMatchObject({
      result: { changed: true, generation: null },
    })
    expect(replica.state.settings.factor).toBe(7)
  })
})

describe('membership', () => {
  const peer = 'replica-4:7410'

  test('is changed by the node, with what was asked for', () => {
    const add = { kind: 'add-replica', id: 4, peer, membership: 'learner' } as const
    const all = [
      add,
      { kind: 'promote-replica', id: 4 },
      { kind: 'remove-replica', id: 4 },
      {
        kind: 'change-replicas',
        changes: [
          { id: 4, membership: 'voter', peer },
          { id: 2, membership: 'none' },
        ],
        leave: 'explicit',
      },
      { kind: 'leave-joint' },
    ] as const
    for (const request of all) expect(decide(request)).toMatchObject({ result: { changed: true } })
    expect(changes).toEqual([
      { kind: 'add', id: 4, address: peer, membership: 'learner' },
      { kind: 'promote', id: 4 },
      { kind: 'remove', id: 4 },
      {
        kind: 'change',
        transition: 'explicit',
        changes: [
          { kind: 'voter', id: 4 },
          { kind: 'remove', id: 2 },
        ],
        addresses: new Map([[4, peer]]),
      },
      { kind: 'leave' },
    ])
  })

  test('that is as it should be is left alone, and said to be so', () => {
    changesMember = false
    expect(decide({ kind: 'promote-replica', id: 4 })).toMatchObject({ result: { changed: false } })
  })

  test('and leadership stay where the node says why', () => {
    failure = new BerthError('conflict')
    expect(decide({ kind: 'remove-replica', id: 4 })).toMatchObject(failedWith('conflict'))
    expect(decide({ kind: 'transfer', to: null })).toMatchObject(failedWith('conflict'))
  })

  test('gives leadership to whom it is told, which is no change for who has it', () => {
    expect(decide({ kind: 'transfer', to: 2 })).toMatchObject({ result: { changed: true } })
    expect(decide({ kind: 'transfer', to: 1 })).toMatchObject({ result: { changed: false } })
    expect(steps).toEqual(['transfer to 2', 'transfer to 1'])
  })
})

describe('the address of a member', () => {
  const add = (id: number, peer: string, membership: 'voter' | 'learner' = 'voter') =>
    decide({ kind: 'add-replica', id, peer, membership })
  const peerOf = (id: number) => replica.state.replicas.find((each) => each.replica === id)?.peer

  beforeEach(() => {
    // Of those that began the cluster, a configuration change has told nothing.
    const members = [
      { id: 4, address: 'old-4:1', promote: true },
      { id: 5, address: 'old-5:1', promote: false },
    ]
    requests.configured({ configuration: plainConfiguration([1, 2, 3], [4, 5]), members })
    const { atMs } = replica
    const shown = { peer: 'old-2:1', api: 'http://api-2', key: 'key-2' }
    replica.run({ kind: 'register', atMs, replica: 2, ...shown })
  })

  test('is changed by adding it again, and what it says of itself beside that stays', () => {
    expect(add(2, 'new-2:1')).toMatchObject({ result: { changed: true, generation: null } })
    const registered = { replica: 2, peer: 'new-2:1', api: 'http://api-2', key: 'key-2' }
    expect(replica.state.replicas).toContainEqual(registered)
    expect(add(2, 'new-2:1')).toMatchObject({ result: { changed: false } })
    expect(add(3, 'new-3:1')).toMatchObject({ result: { changed: true } })
    expect(add(4, 'new-4:1')).toMatchObject({ result: { changed: true } })
    expect(add(5, 'new-5:1', 'learner')).toMatchObject({ result: { changed: true } })
    expect([2, 3, 4, 5].map(peerOf)).toEqual(['new-2:1', 'new-3:1', 'new-4:1', 'new-5:1'])
    expect(changes).toEqual([])
  })

  test('is as it was added, whatever the replica has said since', () => {
    expect(add(4, 'old-4:1')).toMatchObject({ result: { changed: false } })
    add(4, 'new-4:1')
    expect(add(4, 'old-4:1')).toMatchObject({ result: { changed: false } })
    expect(peerOf(4)).toBe('new-4:1')
  })

  test('does not say what it is: another membership is for the node to judge', () => {
    failure = new BerthError('conflict')
    expect(add(5, 'new-5:1')).toMatchObject(failedWith('conflict'))
    expect(add(2, 'new-2:1', 'learner')).toMatchObject(failedWith('conflict'))
    expect(add(6, 'new-6:1')).toMatchObject(failedWith('conflict'))
    expect(steps).toEqual(['add member', 'add member', 'add member'])
  })

  test('that cannot be one is refused', () => {
    expect(add(2, 'nowhere')).toMatchObject(failedWith('invalid_request'))
    expect(steps).toEqual([])
  })

  test('is written before several are changed, which alone may be no change', () => {
    changesMember = false
    const several = (...peers: [id: number, peer: string][]) =>
      decide({
        ...{ kind: 'change-replicas', leave: 'auto' },
        changes: peers.map(([id, peer]) => ({ id, membership: 'voter' as const, peer })),
      })
    expect(several([2, 'new-2:1'], [3, 'new-3:1'])).toMatchObject({ result: { changed: true } })
    expect([2, 3].map(peerOf)).toEqual(['new-2:1', 'new-3:1'])
    expect(steps).toEqual(['register', 'register', 'change member'])
    expect(several([2, 'new-2:1'], [6, 'new-6:1'])).toMatchObject({ result: { changed: false } })
    expect(peerOf(6)).toBeUndefined()
    failure = new BerthError('timeout')
    expect(several([2, 'newer-2:1'])).toMatchObject(failedWith('timeout'))
  })
})

test('rounds of a namespace without any are none', () => {
  const none = { kind: 'done', result: { running: null, recent: [] } }
  expect(decide({ kind: 'rounds', namespace: 'default' })).toEqual(none)
})

test('a namespace is forgotten when it is empty; else the answer says why not', () => {
  const drop = (namespace: string) => decide({ kind: 'drop', namespace })
  expect(drop('blue')).toMatchObject(failedWith('not_found'))
  expect(drop('default')).toMatchObject(failedWith('conflict'))
  replica.upsert({ name: 'a:1', namespace: 'blue' })
  expect(drop('blue')).toMatchObject(failedWith('conflict'))
  const { atMs, term } = replica
  const { epoch } = replica.state.namespace('blue')!.member('a:1')!
  replica.run({ kind: 'cordon', atMs, namespace: 'blue', name: 'b:1', cordoned: true })
  const host = { namespace: 'blue', name: 'a:1', epoch, reason: 'left' } as const
  replica.run({ kind: 'remove', atMs, term, hosts: [host] })
  replica.disseminate(2, 'blue')
  expect(drop('blue')).toMatchObject({ kind: 'done', result: { changed: true, generation: null } })
  expect(replica.state.namespace('blue')).toBeUndefined()
})
