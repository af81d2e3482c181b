/** What is said of a WebSocket that ended. */
import { expect, test } from 'vitest'
import { describeClose } from '../../src/sidecar/connect-failure.js'

test('a connection that broke is told in words, a close with its code and reason', () => {
  expect(describeClose(1006, '')).toBe('the connection broke')
  expect(describeClose(4503, 'no leader')).toBe('closed: 4503 no leader')
  expect(describeClose(1000, '')).toBe('closed: 1000')
  expect(describeClose(1011, 'a\nb')).not.toContain('\n')
})
