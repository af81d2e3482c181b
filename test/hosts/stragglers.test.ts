/** A host that never lets go: what it costs the others becomes rarer, as often as it comes back. */
import { expect, test } from 'vitest'
import { dampingWindowMs, stragglerHoldMs } from '../../src/hosts/damping.js'
import { World } from './support/world.js'

const settings = {
  ...{ heartbeatMs: 200, fenceAfterMs: 1_500, fenceMarginMs: 1_100, hostTimeoutMs: 2_700 },
  ...{ roundDeadlineMs: 1_000, admissionsPerMinuteMax: 20 },
}

test('a host that straggles again and again waits longer each time, and is told why', async () => {
  const world = await World.create({ settings })
  world.elect(1)
  const straggler = world.host('a:1', ['Order'])
  world.runUntil('it to serve', () => straggler.phase === 'serving')
  straggler.releaseMs = null
  const removedAtMs: number[] = []
  let number = 0
  const endMs = world.nowMs + 4 * dampingWindowMs
  while (world.nowMs < endMs) {
    // Somebody joins whenever it is back, and takes keys from it.
    const isIn = world.state().namespace('default')!.table.member('a:1') !== undefined
    if (isIn && straggler.phase === 'serving') {
      number += 1
      world.host(`h${number}:1`, ['Order'])
      world.runUntil('its removal', () => straggler.fences.length > removedAtMs.length)
      removedAtMs.push(world.nowMs)
    }
    world.run(500)
  }
  const pausesMs = removedAtMs.slice(1).map((atMs, i) => atMs - removedAtMs[i]!)
  expect(pausesMs.length).toBeGreaterThanOrEqual(3)
  expect(pausesMs[0]).toBeLessThan(stragglerHoldMs)
  for (const [i, ms] of pausesMs.slice(1).entries()) {
    expect(ms).toBeGreaterThanOrEqual(stragglerHoldMs * 2 ** i)
  }
  const { waiting } = straggler.machine.state(straggler.stamp)
  expect(waiting).toMatchObject({ code: 'damped', detail: expect.stringContaining('onRelease') })
})
