import { expect, test } from 'vitest'
import { filesToRepeat, outcomeOf } from '../../scripts/test-outcome.mjs'

type Run = Parameters<typeof outcomeOf>[0]
type Tests = NonNullable<Run['tests']>

function run(exit: string | null, more: Partial<Tests> = {}, unhandled = 0): Run {
  const testResults = [
    { name: '/a.test.ts', status: 'passed' },
    { name: '/b.test.ts', status: exit === null ? 'passed' : 'failed' },
  ]
  const tests = { numTotalTests: 9, numPendingTests: 0, numTodoTests: 0, testResults, ...more }
  return { exit, tests, unhandled }
}

test('a run that ended well has passed, and nothing of it is repeated', () => {
  expect(outcomeOf(run(null))).toEqual({ failure: null, count: 9 })
  expect(filesToRepeat(run(null))).toEqual([])
})

test('of a run that failed the failed files are repeated', () => {
  expect(outcomeOf(run('exit code 1'))).toEqual({ failure: 'exit code 1', count: 9 })
  expect(filesToRepeat(run('exit code 1'))).toEqual(['/b.test.ts'])
})

test.for([
  ['a skipped test', run('exit code 1', { numPendingTests: 2 }), 'exit code 1, 2 tests skipped'],
  ['a test to come', run(null, { numTodoTests: 1 }), '1 tests skipped'],
  [
    'an error outside of tests',
    run('exit code 1', {}, 1),
    'exit code 1, 1 errors outside of tests',
  ],
  ['no test at all', run(null, { numTotalTests: 0, testResults: [] }), 'no tests ran'],
  ['a run that hangs', run('hangs'), 'hangs'],
  ['no report', { exit: null, tests: null, unhandled: 0 }, 'it left no report'],
] as const)('no repetition mends %s', ([, of, failure]) => {
  expect(outcomeOf(of).failure).toBe(failure)
  expect(filesToRepeat(of)).toEqual([])
})
