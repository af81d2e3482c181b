import { expect, test } from 'vitest'
import { startProcess } from '../support/process.js'
import { root } from '../support/program.js'

test('the example keeps what it was given over the death of the leader', async (t) => {
  const example = startProcess(t, process.execPath, [`${root}examples/raft-kv.mjs`])
  expect((await example.exited).code).toBe(0)
  const text = example.lines.join('\n')
  const leaders = [...text.matchAll(/led by replica (\d)/g)].map(([, id]) => id)
  expect(leaders).toHaveLength(2)
  expect(leaders[1]).not.toBe(leaders[0])
  expect(text).toMatch(/get colour on replica \d is green\n/)
  expect(text).toContain(`get colour on replica ${leaders[0]} is blue\n`)
  const state = '[["colour","blue"]]'
  expect(example.lines.slice(-3)).toEqual([state, state, state])
})
