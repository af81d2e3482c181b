import { expect, test } from 'vitest'
import { replayLine, type SeedResult } from '../kernel/seed-run.js'
import { createRunSeed, stepsDefault } from './run-seed.js'

function runSeeds(first: number, count: number): readonly SeedResult[] {
  const runSeed = createRunSeed()
  const results: SeedResult[] = []
  for (let seed = first; seed < first + count; seed += 1) {
    const options = { seed, replicas: null, steps: stepsDefault, without: [] }
    const result = runSeed(options)
    if (result.failure !== null) {
      throw new Error(`${result.failure.detail}\nAgain: ${replayLine('sim:calls', options)}`)
    }
    results.push(result)
  }
  return results
}

test('calls reach the one owner, at most once, in order and in time, whatever fails', () => {
  const results = runSeeds(1, 300)
  const events = results.reduce((sum, each) => sum + each.events, 0)
  expect(events).toBeGreaterThan(1_500_000)
})

test('a seed leaves the same trace each time', () => {
  const [first] = runSeeds(7, 1)
  const [again] = runSeeds(7, 1)
  expect(again!.traceHash).toBe(first!.traceHash)
})
