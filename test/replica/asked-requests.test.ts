import { expect, test } from 'vitest'
import { plainConfiguration } from '../../src/raft/core/configuration.js'
import type { LeaderRequest, RequestOutcome } from '../../src/replica/requests/request.js'
import {
  AskedRequests,
  askedRequestsMax,
  requestTimeoutMs,
} from '../../src/replica/requests/requests.js'

const run = 77
const evict: LeaderRequest = { kind: 'evict', namespace: 'default', name: 'a:1', refuseMs: 0 }

function asked() {
  const requests = new AskedRequests(run)
  const told: string[] = []
  const ask = (name: string, nowMs = 0, leader = 1, request: LeaderRequest = evict) => {
    const note = (outcome: RequestOutcome) => {
      const what = outcome.kind === 'done' ? JSON.stringify(outcome.result) : outcome.error.code
      told.push(`${name} ${what}`)
    }
    return requests.ask(request, leader, note, nowMs)
  }
  const answer = (number: number, answers: object = {}, from = 1) => {
    const response = { kind: 'response', number, run, error: null, result: null } as const
    requests.answered(from, { ...response, ...answers })
  }
  return { requests, told, ask, answer }
}

test('an answer goes to the one who asked, in whatever order answers come', () => {
  const { told, ask, answer } = asked()
  const [a, b] = [ask('a')!, ask('b')!]
  answer(b, { result: { index: 5 } })
  answer(a, { error: { code: 'conflict', detail: 'It is so.' } })
  expect(told).toEqual(['b {"index":5}', 'a conflict'])
})

test('each is answered once: a repeated or late answer does nothing', () => {
  const { requests, told, ask, answer } = asked()
  const a = ask('a')!
  answer(a)
  answer(a)
  requests.tick(requestTimeoutMs)
  requests.stop()
  expect(told).toEqual(['a null'])
})

test('an answer to a former run of this replica, or to nobody, does nothing', () => {
  const { told, ask, answer } = asked()
  const a = ask('a')!
  answer(a, { run: run + 1 })
  answer(a + 1)
  expect(told).toEqual([])
})

test('an answer of another replica than the one that was asked does nothing', () => {
  const { told, ask, answer } = asked()
  const a = ask('a')!
  answer(a, { result: { index: 5 } }, 2)
  expect(told).toEqual([])
  answer(a)
  expect(told).toEqual(['a null'])
})

test('an error whose code is not known here is an internal one', () => {
  const { told, ask, answer } = asked()
  answer(ask('a')!, { error: { code: 'from_the_future', detail: '' } })
  answer(ask('b')!, { error: { code: 'toString', detail: '' } })
  expect(told).toEqual(['a internal', 'b internal'])
})

test('what gets no answer in time has an unknown outcome, and only that', () => {
  const { requests, told, ask, answer } = asked()
  const a = ask('a', 0)!
  ask('b', 1)
  requests.tick(requestTimeoutMs - 1)
  expect(told).toEqual([])
  requests.tick(requestTimeoutMs)
  expect(told).toEqual(['a timeout'])
  answer(a)
  requests.tick(requestTimeoutMs + 1)
  expect(told).toEqual(['a timeout', 'b timeout'])
})

test('what was asked of a leader that is lost has an unknown outcome at once', () => {
  const { requests, told, ask, answer } = asked()
  const [a, b] = [ask('a', 0, 1)!, ask('b', 0, 2)!]
  requests.lost(1)
  expect(told).toEqual(['a timeout'])
  answer(a)
  answer(b, {}, 2)
  expect(told).toEqual(['a timeout', 'b null'])
})

test('whoever asks the lost leader again at once waits for its time', () => {
  const { requests, told, ask } = asked()
  requests.ask(evict, 1, () => void ask('again'), 0)
  requests.lost(1)
  expect(told).toEqual([])
  requests.tick(requestTimeoutMs)
  expect(told).toEqual(['again timeout'])
})

test('no more may wait than there is room for; the next is refused at once', () => {
  const { told, ask, answer } = asked()
  const first = ask('first')!
  for (let i = 1; i < askedRequestsMax; i += 1) expect(ask('more')).not.toBeNull()
  expect(ask('surplus')).toBeNull()
  expect(told).toEqual(['surplus overloaded'])
  answer(first)
  expect(ask('next')).not.toBeNull()
})

test('nobody is left waiting when the replica stops, nor taken from then on', () => {
  const { requests, told, ask } = asked()
  ask('a')
  ask('b')
  requests.stop()
  expect(told).toEqual(['a unavailable', 'b unavailable'])
  expect(ask('late')).toBeNull()
  expect(told).toEqual(['a unavailable', 'b unavailable', 'late unavailable'])
})

test('whoever asks again from within an answer is not lost', () => {
  const { requests, told, ask } = asked()
  const again = () => {
    told.push('a')
    ask('again', requestTimeoutMs)
  }
  requests.ask(evict, 1, again, 0)
  requests.tick(requestTimeoutMs)
  expect(told).toEqual(['a'])
  requests.tick(2 * requestTimeoutMs)
  expect(told).toEqual(['a', 'again timeout'])
})

const remove = (id: number): LeaderRequest => ({ kind: 'remove-replica', id })
const change = (
  ...changes: [id: number, membership: 'voter' | 'learner' | 'none'][]
): LeaderRequest => ({
  ...{ kind: 'change-replicas', leave: 'auto' },
  changes: changes.map(([id, membership]) => ({ id, membership })),
})

const add = (id: number, peer: string, membership: 'voter' | 'learner'): LeaderRequest => {
  return { kind: 'add-replica', id, peer, membership }
}

test('what a leader that is removed leaves unanswered is answered by the own log', () => {
  const { requests, told, ask, answer } = asked()
  ask('remove it', 0, 1, remove(1))
  ask('replace it', 0, 1, change([1, 'none'], [4, 'voter']))
  ask('remove two', 0, 1, change([1, 'none'], [3, 'none']))
  ask('evict')
  const other = ask('other', 0, 2, remove(1))!
  // It goes as it was asked to: that says nothing yet about what became of it.
  requests.lost(1)
  expect(told.splice(0)).toEqual(['evict timeout'])
  ask('demote it', 0, 1, change([3, 'learner']))
  ask('promote it', 0, 1, change([5, 'voter']))
  ask('add it', 0, 1, add(5, 'h:5', 'learner'))
  ask('add it as a voter', 0, 1, add(5, 'h:5', 'voter'))
  ask('add it elsewhere', 0, 1, add(5, 'h:6', 'learner'))
  const isRemoved = (id: number) => id === 1
  const roster = [
    { id: 4, address: 'h:4', promote: true },
    { id: 5, address: 'h:5', promote: false },
  ]
  requests.configured({ configuration: plainConfiguration([1, 2, 3]), roster, isRemoved }, at)
  expect(told).toEqual([])
  requests.configured({ configuration: plainConfiguration([2, 3], [4, 5]), roster, isRemoved }, at)
  const done = '{"index":9,"term":2,"changed":true,"generation":null}'
  expect(told.splice(0)).toEqual([
    ...[`remove it ${done}`, `replace it ${done}`],
    ...['remove two timeout', 'demote it timeout', 'promote it timeout'],
    ...[`add it ${done}`, 'add it as a voter timeout', 'add it elsewhere timeout'],
  ])
  answer(other, {}, 2)
  requests.tick(requestTimeoutMs)
  expect(told).toEqual(['other null'])
})

const at = { index: 9, term: 2 }

test('a removal of a leader that is lost waits for the log no longer than others', () => {
  const { requests, told, ask } = asked()
  ask('remove it', 0, 1, remove(1))
  requests.lost(1)
  requests.tick(requestTimeoutMs - 1)
  expect(told).toEqual([])
  requests.tick(requestTimeoutMs)
  expect(told).toEqual(['remove it timeout'])
})
