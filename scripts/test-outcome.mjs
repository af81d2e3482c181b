// What became of a run of vitest, and what of it may run once more. Pure.
//
// A run: how it exited (null: well), its report (null: it left none), its errors outside of tests.

/** @returns why the phase failed (null: it did not), and how many tests there were */
export function outcomeOf({ exit, tests, unhandled }) {
  if (tests === null) return { failure: exit ?? 'it left no report', count: 0 }
  const count = tests.numTotalTests
  const faults = [exit ?? '', unhandled > 0 ? `${unhandled} errors outside of tests` : '']
  const skipped = skippedOf(tests)
  if (skipped > 0) faults.push(`${skipped} tests skipped`)
  if (count === 0) faults.push('no tests ran')
  const failure = faults.filter((fault) => fault !== '').join(', ')
  return { failure: failure === '' ? null : failure, count }
}

/** @returns the files that failed, if nothing else did: what is not theirs is not mended by them */
export function filesToRepeat({ exit, tests, unhandled }) {
  const ended = tests !== null && /^exit code/.test(exit ?? '')
  if (!ended || unhandled > 0 || skippedOf(tests) > 0) return []
  return tests.testResults.filter(({ status }) => status === 'failed').map(({ name }) => name)
}

function skippedOf({ numPendingTests, numTodoTests }) {
  return numPendingTests + numTodoTests
}
