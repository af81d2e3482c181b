import { expect, test } from 'vitest'
import { Confirmations } from '../../../src/raft/node/reads/confirmations.js'

const countMax = 10_000

/** Confirmations whose rounds are sent by hand. */
function asked() {
  const told: string[] = []
  let requests = 0
  const confirmations = new Confirmations(20, countMax, () => {
    requests += 1
  })
  const ask = (name: string, tick = 0) => {
    confirmations.ask(tick, (isLeader) => told.push(`${name} ${isLeader}`))
  }
  return { confirmations, told, ask, requests: () => requests }
}

test('a leader is confirmed by a round that was sent after the question', () => {
  const { confirmations, told, ask } = asked()
  confirmations.sent(6)
  ask('a')
  confirmations.confirmed(6)
  expect(told).toEqual([])
  confirmations.sent(7)
  confirmations.confirmed(7)
  expect(told).toEqual(['a true'])
})

test('thousands of callers share rounds: one under way, one after it', () => {
  const { confirmations, told, ask, requests } = asked()
  ask('first')
  confirmations.sent(1)
  for (let i = 0; i < 5_000; i += 1) ask('later')
  expect(requests()).toBe(1)
  confirmations.confirmed(1)
  expect(told).toEqual(['first true'])
  expect(requests()).toBe(2)
  confirmations.sent(2)
  confirmations.confirmed(2)
  expect(told).toHaveLength(5_001)
  expect(requests()).toBe(2)
})

test('whoever asks while a round is under way is not confirmed by it', () => {
  const { confirmations, told, ask } = asked()
  ask('a')
  confirmations.sent(1)
  ask('b')
  confirmations.sent(2)
  confirmations.confirmed(2)
  expect(told).toEqual(['a true'])
  confirmations.sent(3)
  confirmations.confirmed(2)
  expect(told).toEqual(['a true'])
  confirmations.confirmed(3)
  expect(told).toEqual(['a true', 'b true'])
})

test('a lost leadership is told to all who ask', () => {
  const { confirmations, told, ask } = asked()
  ask('a')
  confirmations.sent(1)
  ask('b')
  confirmations.lost()
  expect(told).toEqual(['a false', 'b false'])
  confirmations.confirmed(1)
  expect(told).toHaveLength(2)
})

test('nobody waits longer than the deadline', () => {
  const { confirmations, told, ask } = asked()
  ask('a', 0)
  confirmations.sent(1)
  ask('b', 5)
  confirmations.expire(20)
  expect(told).toEqual(['a false'])
  confirmations.expire(25)
  expect(told).toEqual(['a false', 'b false'])
  expect(confirmations.count).toBe(0)
})

test('a caller that asks again from its answer gets another round', () => {
  const { confirmations, told, requests } = asked()
  confirmations.ask(0, () => {
    confirmations.ask(0, (again) => told.push(`again ${again}`))
  })
  confirmations.sent(1)
  confirmations.confirmed(1)
  expect(told).toEqual([])
  expect(requests()).toBe(2)
  confirmations.sent(2)
  confirmations.confirmed(2)
  expect(told).toEqual(['again true'])
})

test('of more than may wait the next is told no, and the others wait on', () => {
  const { confirmations, told, ask } = asked()
  ask('first')
  confirmations.sent(1)
  for (let i = 1; i < countMax; i += 1) ask('later')
  ask('one too many')
  expect(told).toEqual(['one too many false'])
  expect(confirmations.count).toBe(countMax)
})
