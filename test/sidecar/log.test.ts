import { expect, test } from 'vitest'
import { AfterInput } from '../../src/sidecar/after-input.js'
import { guarded } from '../../src/sidecar/log.js'

test('a log that throws takes nothing with it that stands behind its line', async () => {
  const broken = () => {
    throw new Error('no space left on device')
  }
  const after = new AfterInput()
  const log = after.log(guarded({ info: broken, warn: broken, error: broken }))
  const done: number[] = []
  log.warn({}, 'a line')
  after.add(() => done.push(1))
  await Promise.resolve()
  after.add(() => done.push(2))
  await Promise.resolve()
  expect(done).toEqual([1, 2])
})
