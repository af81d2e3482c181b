import { expect, test } from 'vitest'
import { plainConfiguration } from '../../../src/raft/core/index.js'
import { DiskWatch } from '../../../src/raft/node/disk/disk-watch.js'
import { transferTargets } from '../../../src/raft/node/regular-duties.js'
import { accepted, alive, bench, only } from '../support/bench.js'

/** A leader of 1 to 4 with learner 5; 3 has most of its log, 2 and 4 less, 5 all. */
function leader(configuration = plainConfiguration([1, 2, 3, 4], [5])) {
  const one = bench({ configuration })
  one.lead([2, 3])
  one.level([2, 3, 4, 5])
  const index = one.propose('x')
  one.run()
  one.step(accepted(3, 1, index), accepted(5, 1, index))
  return one
}

test('the voter with most of the log is the best to lead, then the lowest id', () => {
  expect(transferTargets(leader().raft, [])).toEqual([3, 2, 4])
})

test('a sound disk counts for more than a longer log', () => {
  expect(transferTargets(leader().raft, [4])).toEqual([4, 3, 2])
})

test('who leaves with the joint configuration comes last', () => {
  const configuration = { ...plainConfiguration([1, 2, 4]), votersOutgoing: [1, 2, 3] }
  expect(transferTargets(leader(configuration).raft, [2, 3, 4])).toEqual([2, 4, 3])
})

test('who was not heard from for an election timeout is no target', () => {
  const one = leader()
  one.tick(10)
  one.step(...only(one.tick(), 'heartbeat').map(({ round }) => alive(2, 1, round)))
  expect(transferTargets(one.raft, [3])).toEqual([2])
})

test('a disk is sound by what its replica said lately', () => {
  const disks = new DiskWatch({ electionTimeoutMs: 1_000, freshMs: 1_000 })
  const say = (peer: number, waitingMs: number, nowMs: number) => {
    const health = { waitingMs, answeredMs: 0, term: 1, index: 1, commit: 1 }
    disks.heard(peer, { kind: 'health', ...health }, nowMs)
  }
  say(2, 0, 5_000)
  say(3, 1_001, 5_000)
  say(4, 0, 3_999)
  expect(disks.sound([2, 3, 4, 5], 5_000)).toEqual([2])
})
