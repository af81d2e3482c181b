import { expect, test } from 'vitest'
import { checkSeeds, eventsOf } from './check-seeds.js'
import { createShared, runSeed } from './run.js'

test('no actor ever runs on two hosts: further seeds', { timeout: 900_000 }, async () => {
  const results = await checkSeeds(251, 250)
  expect(eventsOf(results)).toBeGreaterThan(1_000_000)
})

test('the same seed gives the same run, whatever ran before it', async () => {
  const shared = await createShared()
  const first = runSeed(7, shared)
  runSeed(8, shared)
  expect(runSeed(7, shared)).toEqual(first)
})
