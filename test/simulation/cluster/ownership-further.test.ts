import { expect, test } from 'vitest'
import { checkSeeds, eventsOf } from './check-seeds.js'
import { createRunSeed } from './run-seed.js'

test('no actor ever runs on two hosts: further seeds', { timeout: 900_000 }, async () => {
  const results = await checkSeeds(251, 250)
  expect(eventsOf(results)).toBeGreaterThan(1_000_000)
})

test('the same seed gives the same run, whatever ran before it', async () => {
  const runSeed = await createRunSeed()
  const options = { seed: 7, replicas: null, steps: 3_000, without: [] }
  const first = runSeed(options)
  runSeed({ ...options, seed: 8 })
  expect(runSeed(options)).toEqual(first)
})
