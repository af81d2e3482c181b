import { expect, test } from 'vitest'
import { DiskWatch } from '../../../src/raft/node/disk/disk-watch.js'
import type { DiskHealth } from '../../../src/raft/node/frame.js'

const watch = () => new DiskWatch({ electionTimeoutMs: 1_000, freshMs: 1_000 })

function health(waitingMs: number, answeredMs: number | null): DiskHealth {
  return { kind: 'health', waitingMs, answeredMs, term: 1, index: 1, commit: 1 }
}

test('a disk that answers within an election timeout is well', () => {
  const disks = watch()
  disks.heard(2, health(0, 10), 5_000)
  expect(disks.advise(1_000, [2, 3], 5_000)).toEqual({ kind: 'none' })
  expect(disks.isStalled(1_000)).toBe(false)
  expect(disks.isStalled(1_001)).toBe(true)
})

test('a leader with a stalled disk hands over to those whose disks answered since (L1)', () => {
  const disks = watch()
  disks.heard(2, health(0, 100), 5_000)
  disks.heard(3, health(0, 4_000), 5_000)
  disks.heard(4, health(2_000, 50), 5_000)
  disks.heard(5, health(0, null), 5_000)
  expect(disks.advise(1_500, [2, 3, 4, 5, 6], 5_000)).toEqual({ kind: 'hand-over', to: [2] })
})

test('while no disk of a peer is known to answer, the leader goes on', () => {
  const disks = watch()
  disks.heard(2, health(3_000, 4_000), 5_000)
  expect(disks.advise(4_000, [2, 3], 5_000)).toEqual({ kind: 'none' })
})

test('what a peer said long ago counts for nothing', () => {
  const disks = watch()
  disks.heard(2, health(0, 0), 5_000)
  expect(disks.advise(9_000, [2], 6_001)).toEqual({ kind: 'none' })
})

test('a hand-over that does not help ends in silence, until the disk answers (L1)', () => {
  const disks = watch()
  const hear = (nowMs: number) => disks.heard(2, health(0, 0), nowMs)
  hear(5_000)
  expect(disks.advise(2_000, [2], 5_000)).toMatchObject({ kind: 'hand-over' })
  hear(6_000)
  expect(disks.advise(3_000, [2], 6_000)).toMatchObject({ kind: 'hand-over' })
  hear(6_001)
  expect(disks.advise(3_001, [2], 6_001)).toEqual({ kind: 'mute' })
  expect(disks.advise(0, [2], 6_100)).toEqual({ kind: 'none' })
  hear(8_000)
  expect(disks.advise(1_500, [2], 8_000)).toMatchObject({ kind: 'hand-over' })
})

test('a follower tries its own disk when the leader says that its disk stalls', () => {
  const disks = watch()
  expect(disks.shouldTry(health(2_000, 0), 0, 5_000)).toBe(true)
  disks.answered(4_900)
  expect(disks.shouldTry(health(2_000, 0), 0, 5_000)).toBe(false)
  expect(disks.shouldTry(health(2_000, 0), 0, 5_500)).toBe(true)
  expect(disks.shouldTry(health(2_000, 0), 20, 5_500)).toBe(false)
  expect(disks.shouldTry(health(900, 0), 0, 5_500)).toBe(false)
})
