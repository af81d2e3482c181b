import { expect, test } from 'vitest'
import { StepLog, stepsMax } from '../../../src/calls/machine/step-log.js'

test('what happens again and again is noted once, and no more steps than fit', () => {
  const log = new StepLog(100)
  for (let i = 0; i < 10; i += 1) log.add(110 + i, 'wait', 'it moves', 1)
  expect(log.steps).toEqual([{ afterMs: 10, what: 'wait', detail: 'it moves', generation: 1 }])
  for (let i = 0; i < stepsMax + 5; i += 1) log.add(200, 'forward', `h${i}`, 1)
  expect(log.steps).toHaveLength(stepsMax)
  expect(log.omitted).toBe(6)
})
