/** The known bugs of `npm run sim:mutants`, which takes hours: here it is seen that none rots. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { callMutants } from '../simulation/mutants/call-mutants.js'
import { livenessMutants } from '../simulation/mutants/liveness-mutants.js'
import { applyEdits } from '../simulation/mutants/mutant.js'
import { ownershipMutants } from '../simulation/mutants/ownership-mutants.js'
import { ruleMutants } from '../simulation/mutants/rule-mutants.js'
import { safetyMutants } from '../simulation/mutants/safety-mutants.js'
import { root } from './source-tree.js'

const raft = [...safetyMutants, ...livenessMutants, ...ruleMutants]
const all = [...raft, ...ownershipMutants, ...callMutants]

test('each text that a mutant replaces is in its file exactly once', () => {
  expect(all.length).toBeGreaterThan(90)
  const read = (file: string) => readFileSync(join(root, file), 'utf8')
  const rotten = all.flatMap(({ id, edits }) => {
    try {
      applyEdits(edits, read)
      return []
    } catch (error) {
      return [`${id}: ${(error as Error).message}`]
    }
  })
  expect(rotten).toEqual([])
})

test('each test that must catch a mutant is there', () => {
  const missing = all.flatMap(({ id, caughtBy }) => {
    if (caughtBy.kind === 'seeds') return []
    return caughtBy.files.filter((file) => !existsSync(join(root, file))).map((file) => [id, file])
  })
  expect(missing).toEqual([])
})
