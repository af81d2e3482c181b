import { beforeEach, expect, test } from 'vitest'
import { BerthError } from '../../src/errors/berth-error.js'
import { defaultTiming } from '../../src/fsm/settings-check.js'
import { LeaderRequests } from '../../src/replica/requests/leader-requests.js'
import type { RequestOutcome } from '../../src/replica/requests/request.js'
import {
  type RequestFrame,
  Requests,
  type ResponseFrame,
} from '../../src/replica/requests/requests.js'
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
  sent = []
  leads = false
  const serves = { term: 1, rounds: () => undefined, settingsProposed: () => undefined }
  const watch = {
    get known() {
      return { replica: leads ? 1 : leader, term: 1 }
    },
    get leadership() {
      return leads ? serves : null
    },
  }
  requests = new Requests(run, state, new LeaderRequests(1, state, defaultTiming, watch), watch)
})

function carryOut(): void {
  const notLeader = new BerthError('not_leader', 'Another leader replaced the entry.')
  for (let left = requests.takeEffects(); left.length > 0; left = requests.takeEffects()) {
    for (const effect of left) {
      if (effect.kind === 'send') sent.push(effect.frame)
      else if (effect.kind === 'answer') effect.done(effect.outcome)
      else effect.done(notLeader)
    }
  }
}

function ask(forward: boolean): RequestOutcome[] {
  const outcomes: RequestOutcome[] = []
  requests.ask(cordon, { key: '', forward }, now, (outcome) => outcomes.push(outcome))
  carryOut()
  return outcomes
}

const failed = (code: string) => [{ kind: 'failed', error: { code } }]

test('who asks whatever replica leads is never told that it does not', () => {
  const outcomes = ask(true)
  const error = { code: 'not_leader', detail: 'Replica 3 leads; ask that one.' }
  const answer = { kind: 'response', number: 1, run, result: null } as const
  requests.answered(leader, { ...answer, error })
  carryOut()
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
  carryOut()
  expect(outcomes).toMatchObject([{ kind: 'failed', error: { code: 'conflict' } }])
})
