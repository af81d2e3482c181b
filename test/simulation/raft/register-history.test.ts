import { expect, test } from 'vitest'
import { RaftSimulation } from './raft-simulation.js'
import { type ClientOperation, checkHistory } from './register-history.js'

function operation(
  kind: ClientOperation['kind'],
  value: number,
  calledUs: number,
  answeredUs: number | null,
  isRefused = false,
): ClientOperation {
  return { client: 0, kind, register: 0, value, calledUs, answeredUs, isRefused }
}

test('a read that misses a write which was acknowledged before it is found', () => {
  const operations = [operation('write', 1, 0, 10), operation('consistent', 0, 20, 30)]
  expect(() => checkHistory(operations, ['consistent'])).toThrow(/consistent reads of register 0/)
  expect(checkHistory(operations, ['default'])).toBe(0)
})

test('a write that was refused is never read', () => {
  const refused = operation('write', 1, 0, null, true)
  const operations = [refused, operation('consistent', 1, 20, 30)]
  expect(() => checkHistory(operations, ['consistent'])).toThrow(/register 0/)
})

test('a write without an answer may be read from its call on, and not taken back', () => {
  const lost = operation('write', 1, 10, null)
  const read = (value: number, atUs: number) => operation('default', value, atUs, atUs + 5)
  expect(checkHistory([lost, read(0, 12), read(1, 50)], ['default'])).toBe(0)
  const back = [lost, read(0, 12), read(1, 50), read(0, 60)]
  expect(() => checkHistory(back, ['default'])).toThrow(/default reads of register 0/)
})

test('one answer of a run that is put off by one write breaks its history', () => {
  const simulation = new RaftSimulation({
    ...{ seed: 4, replicas: 3, steps: 10_000 },
    without: new Set(['wildClock']),
  })
  simulation.run()
  const { operations } = simulation.clients
  expect(checkHistory(operations, ['consistent', 'default'])).toBe(0)
  const isRead = ({ kind, answeredUs }: ClientOperation) => {
    return kind === 'consistent' && answeredUs !== null
  }
  const last = operations.findLast((one) => isRead(one) && one.value > 0)!
  last.value = 0
  expect(() => checkHistory(operations, ['consistent'])).toThrow(/consistent reads/)
})
