import { existsSync } from 'node:fs'
import { expect, test } from 'vitest'
import {
  prepareGround,
  processesOf,
  standStill,
  startUp,
  stoppedInInitdb,
} from '../support/local-cluster.js'

test('Ctrl-C in the middle of a first start leaves neither process nor folder', async (t) => {
  const ground = await prepareGround(t)
  const up = await stoppedInInitdb(t, ground)
  up.signal('SIGINT')
  up.signal('SIGCONT')
  expect((await up.exited).code).toBe(0)
  expect(processesOf(ground)).toEqual([])
  expect(existsSync(ground.data)).toBe(false)
})

test('a Ctrl-C that arrives twice is one; a later one stops at once', async (t) => {
  const ground = await prepareGround(t)
  const env = { STAND_IN_FAULT: 'stubborn' }
  const up = startUp(t, ground, ['--hosts', '0'], { env })
  await up.ready()
  // Two of the same kind at the same instant would be one to the kernel already. It stands still
  // meanwhile, so that they are at the same instant however long this process waits in between.
  await standStill(up)
  up.signal('SIGINT')
  up.signal('SIGTERM')
  up.signal('SIGCONT')
  await up.line(/waiting for the end of replica 2/)
  expect(up.exit).toBeNull()
  up.signal('SIGINT')
  expect((await up.exited).code).toBe(1)
  expect(up.text()).toMatch(/replica 2 \(pid \d+\) had to be killed/)
  expect(processesOf(ground)).toEqual([])
})
