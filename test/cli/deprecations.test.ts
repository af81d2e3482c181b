/** All real processes of the tests are started so (test/support/process.ts). */
import { expect, test } from 'vitest'
import { prepareGround, small, startUp } from '../support/local-cluster.js'
import { startProcess } from '../support/process.js'
import { berthFile, root } from '../support/program.js'

test('no program uses what Node calls deprecated, or is about to', async (t) => {
  const ground = await prepareGround(t)
  const up = startUp(t, ground, small, {}, berthFile)
  await up.ready()
  const raft = startProcess(t, process.execPath, [`${root}examples/raft-kv.mjs`])
  expect((await raft.exited).code).toBe(0)
  const fuzz = ['--import', `${root}scripts/typescript.mjs`, `${root}test/fuzz/main.ts`, '--help']
  expect((await startProcess(t, process.execPath, fuzz).exited).code).toBe(0)
  up.signal('SIGTERM')
  expect(await up.exited).toEqual({ code: 0, signal: null })
})

test('what is deprecated ends such a program', async (t) => {
  const old = startProcess(t, process.execPath, ['-e', 'new Buffer(1)'])
  expect((await old.exited).code).toBe(1)
  expect(old.lines.join('\n')).toContain('DeprecationWarning: Buffer() is deprecated')
})
