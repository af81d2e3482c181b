import { expect, test } from 'vitest'
import { checkSeeds, eventsOf } from './check-seeds.js'

test('no actor ever runs on two hosts, and when faults end all is well again', {
  timeout: 900_000,
}, async () => {
  const results = await checkSeeds(1, 250)
  expect(eventsOf(results)).toBeGreaterThan(1_000_000)
})
