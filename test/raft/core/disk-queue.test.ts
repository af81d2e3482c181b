import { describe, expect, test } from 'vitest'
import { DiskQueue } from '../../../src/raft/core/disk-queue.js'
import { InvariantError } from '../../../src/raft/core/invariant.js'

describe('appends under way', () => {
  test('the log is stable as far as completed appends cover it', () => {
    const queue = new DiskQueue<string>(2)
    const first = queue.handOut(4, 0, 'a')
    const second = queue.handOut(5, 0, 'b')
    expect(queue).toMatchObject({ stableIndex: 2, handedIndex: 5, underWay: 2 })
    expect(queue.complete(first).waiting).toBe('a')
    expect(queue.stableIndex).toBe(4)
    queue.complete(second)
    expect(queue).toMatchObject({ stableIndex: 5, underWay: 0 })
  })

  test('an append that was truncated and written again is not taken for the new one (S12)', () => {
    const queue = new DiskQueue<null>(0)
    const fromLeaderA = queue.handOut(6, 0, null)
    queue.truncatedFrom(5)
    const fromLeaderB = queue.handOut(6, 0, null)
    queue.truncatedFrom(5)
    const fromLeaderAagain = queue.handOut(6, 0, null)
    queue.complete(fromLeaderA)
    expect(queue.stableIndex).toBe(4)
    queue.complete(fromLeaderB)
    expect(queue.stableIndex).toBe(4)
    queue.complete(fromLeaderAagain)
    expect(queue.stableIndex).toBe(6)
  })

  test('a truncation takes back what was stable', () => {
    const queue = new DiskQueue<null>(9)
    queue.truncatedFrom(7)
    expect(queue).toMatchObject({ stableIndex: 6, handedIndex: 6 })
  })

  test('a snapshot makes nothing stable before it is written', () => {
    const queue = new DiskQueue<null>(3)
    const entries = queue.handOut(8, 0, null)
    queue.replacedThrough(20)
    const snapshot = queue.handOut(20, 20, null)
    const after = queue.handOut(22, 0, null)
    expect(queue).toMatchObject({ stableIndex: 3, handedIndex: 22 })
    expect(queue.complete(entries).snapshotIndex).toBe(0)
    expect(queue.stableIndex).toBe(3)
    expect(queue.complete(snapshot).snapshotIndex).toBe(20)
    expect(queue.stableIndex).toBe(20)
    queue.complete(after)
    expect(queue.stableIndex).toBe(22)
  })

  test('completing out of order, twice or by chance is a bug', () => {
    const queue = new DiskQueue<null>(0)
    expect(() => queue.complete(1)).toThrow(InvariantError)
    queue.handOut(1, 0, null)
    const second = queue.handOut(2, 0, null)
    expect(() => queue.complete(second)).toThrow(InvariantError)
  })
})
