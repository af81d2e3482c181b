import { beforeEach, expect, test } from 'vitest'
import { BerthError } from '../../src/errors/berth-error.js'
import { defaultTiming } from '../../src/fsm/settings-check.js'
import type { RequestFrame, ResponseFrame } from '../../src/replica/machine/frames.js'
import type { RequestOutcome } from '../../src/replica/requests/asked-requests.js'
import { LeaderRequests } from '../../src/replica/requests/leader-requests.js'
import { Requests } from '../../src/replica/requests/requests.js'
import { Replica } from '../fsm/replica.js'

const run = 77
const leader = 2
const now = { monotonicMs: 0, wallMs: 0 }
const cordon = { kind: 'cordon', namespace: 'default', name: 'a:1', cordoned: true } as const

let requests: Requests
let sent: (RequestFrame | ResponseFrame)[]
let leads: boolean

/** Replica 1, which loses its leadership with whatever it proposes. */
beforeEach(async () => {
  const { state } = await Replica.begun()
  const notLeader = new BerthError('not_leader', 'Another leader replaced the entry.')
  const decider = new LeaderRequests(state, defaultTiming, {
    replica: 1,
    propose: (_command, _key, done) => done(notLeader),
    changeMembership: (_request, done) => done(notLeader),
    transfer: (_to, done) => done(notLeader),
    membership: () => null,
    leadership: () => ({ term: 1, rounds: () => undefined, settingsProposed: () => undefined }),
  })
  sent = []
  leads = false
  requests = new Requests(run, state, decider, {
    leader: () => ({ replica: leads ? 1 : leader, term: 1 }),
    leads: () => leads,
    send: (_to, frame) => sent.push(frame),
  })
})

function ask(forward: boolean): RequestOutcome[] {
  const outcomes: RequestOutcome[] = []
  requests.ask(cordon, { key: '', forward }, now, (outcome) => outcomes.push(outcome))
  return outcomes
}

const failed = (code: string) => [{ kind: 'failed', error: { code } }]

test('who asks whatever replica leads is never told that it does not', () => {
  const outcomes = ask(true)
  const error = { code: 'not_leader', detail: 'Replica 3 leads; ask that one.' }
  const answer = { kind: 'response', number: 1, run, result: null } as const
  requests.answered(leader, { ...answer, error })
  expect(outcomes).toMatchObject(failed('no_leader'))
  leads = true
  expect(ask(true)).toMatchObject(failed('no_leader'))
})

test('who asks this replica alone is told whom to ask instead', () => {
  expect(ask(false)).toMatchObject(failed('not_leader'))
  expect(sent).toEqual([])
  leads = true
  expect(ask(false)).toMatchObject(failed('not_leader'))
})

test('other failures of the leader are passed on as they are', () => {
  const outcomes = ask(true)
  const error = { code: 'conflict', detail: 'Something else.' }
  requests.answered(leader, { kind: 'response', number: 1, run, error, result: null })
  expect(outcomes).toMatchObject([{ kind: 'failed', error: { code: 'conflict' } }])
})
