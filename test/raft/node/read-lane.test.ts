import { expect, test } from 'vitest'
import { ReadLane } from '../../../src/raft/node/reads/read-lane.js'

test('a reader that waited elsewhere before is late at its own deadline', () => {
  const lane = new ReadLane(10, () => null)
  const reader = (deadlineTick: number) => ({ deadlineTick, done: () => {} })
  const [early, late] = [reader(5), reader(9)]
  lane.add(late)
  lane.add(early)
  expect(lane.tick(5)).toEqual([early])
  expect(lane.tick(9)).toEqual([late])
})
