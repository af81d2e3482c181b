import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { eventually } from '../support/eventually.js'
import { prepareGround, processesOf, startUp } from '../support/local-cluster.js'

test('Ctrl-C in the middle of a first start leaves neither process nor folder', async (t) => {
  const ground = await prepareGround(t)
  const up = startUp(t, ground)
  await eventually('initdb', () => existsSync(join(ground.data, 'postgres.making')))
  up.signal('SIGINT')
  expect((await up.exited).code).toBe(0)
  expect(processesOf(ground)).toEqual([])
  expect(existsSync(ground.data)).toBe(false)
})

test('a Ctrl-C that arrives twice is one; a later one stops at once', async (t) => {
  const ground = await prepareGround(t)
  const env = { STAND_IN_FAULT: 'stubborn' }
  const up = startUp(t, ground, ['--hosts', '0'], { env })
  await up.ready()
  // Two of the same kind at the same instant would be one to the kernel already.
  up.signal('SIGINT')
  up.signal('SIGTERM')
  await up.line(/waiting for the end of replica 2/)
  expect(up.exit).toBeNull()
  up.signal('SIGINT')
  expect((await up.exited).code).toBe(1)
  expect(up.text()).toMatch(/replica 2 \(pid \d+\) had to be killed/)
  expect(processesOf(ground)).toEqual([])
})
