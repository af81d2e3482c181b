import { expect, test } from 'vitest'
import { guarded } from '../../src/sidecar/log.js'

test('a log that throws takes nothing with it that stands behind its line', () => {
  const broken = () => {
    throw new Error('no space left on device')
  }
  const log = guarded({ info: broken, warn: broken, error: broken })
  const done: number[] = []
  log.info({}, 'a line')
  done.push(1)
  log.warn({}, 'a line')
  done.push(2)
  log.error({}, 'a line')
  done.push(3)
  expect(done).toEqual([1, 2, 3])
})
