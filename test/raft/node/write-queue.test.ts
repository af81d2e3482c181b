import { expect, test } from 'vitest'
import type { Entry, HardState } from '../../../src/raft/core/entry.js'
import type { AppendRecord } from '../../../src/raft/core/output.js'
import type { StorageOperation, StoredSnapshot } from '../../../src/raft/node/disk/storage.js'
import { WriteQueue } from '../../../src/raft/node/disk/write-queue.js'

const configuration = {
  voters: [1],
  votersOutgoing: [],
  learners: [],
  learnersNext: [],
  autoLeave: false,
}

function entries(from: number, to: number, term: number, bytes = 1): Entry[] {
  return Array.from({ length: to - from + 1 }, (_, at) => {
    return { index: from + at, term, kind: 'command' as const, data: new Uint8Array(bytes) }
  })
}

function record(token: number, list: Entry[], hardState: HardState | null = null): AppendRecord {
  return { token, hardState, entries: list, snapshot: null }
}

function snapshotAt(index: number): StoredSnapshot {
  return { meta: { index, term: 1, configuration }, chunks: 1, bytes: 10 }
}

/** A queue whose completions are written down. */
function observed() {
  const told: string[] = []
  const queue = new WriteQueue({ term: 0, vote: 0, commit: 0 }, 0, {
    appended: ({ token }) => told.push(`token ${token}`),
    durable: ({ term }, lastIndex) => told.push(`durable ${term}/${lastIndex}`),
  })
  const take = (nowMs = 0) => queue.take(nowMs, () => null)
  /** Takes and completes until nothing waits; the kinds in order. */
  const drain = () => {
    const kinds: string[] = []
    for (let next = take(); next !== null; next = take()) {
      kinds.push(next.kind)
      queue.completed()
    }
    return kinds
  }
  return { queue, told, take, drain }
}

function appendOf(operation: StorageOperation | null) {
  if (operation?.kind !== 'append') throw new Error(`no append but ${operation?.kind}`)
  return operation
}

const shape = (list: readonly Entry[]) => list.map(({ index, term }) => `${index}/${term}`)

test('one operation is under way at a time, and those that wait leave as one', () => {
  const { queue, told, take } = observed()
  queue.append(record(1, entries(1, 1, 1), { term: 1, vote: 2, commit: 0 }), null, 0)
  expect(appendOf(take()).entries).toHaveLength(1)
  queue.append(record(2, entries(2, 3, 1)), null, 0)
  queue.append(record(3, entries(4, 4, 1), { term: 1, vote: 2, commit: 3 }), null, 0)
  queue.append(record(4, []), null, 0)
  expect(take()).toBeNull()
  queue.completed()
  expect(told).toEqual(['durable 1/1', 'token 1'])
  const merged = appendOf(take())
  expect(shape(merged.entries)).toEqual(['2/1', '3/1', '4/1'])
  expect(merged.hardState).toEqual({ term: 1, vote: 2, commit: 3 })
  queue.completed()
  expect(told.slice(2)).toEqual(['durable 1/4', 'token 2', 'token 3', 'token 4'])
  expect(take()).toBeNull()
})

test('hard state and entries are in one operation, whichever record brought them (S4)', () => {
  const { queue, take } = observed()
  queue.append(record(1, [], { term: 2, vote: 1, commit: 0 }), null, 0)
  queue.append(record(2, entries(1, 2, 2)), null, 0)
  const operation = appendOf(take())
  expect(operation.hardState).toEqual({ term: 2, vote: 1, commit: 0 })
  expect(operation.entries).toHaveLength(2)
})

test('entries that were truncated while they waited are never written', () => {
  const { queue, take } = observed()
  queue.append(record(1, entries(1, 6, 1)), null, 0)
  queue.append(record(2, entries(4, 5, 2)), null, 0)
  queue.append(record(3, entries(5, 5, 3)), null, 0)
  const operation = appendOf(take())
  expect(shape(operation.entries)).toEqual(['1/1', '2/1', '3/1', '4/2', '5/3'])
})

test('a truncation below all that waits replaces from there on', () => {
  const { queue, take } = observed()
  queue.append(record(1, entries(7, 9, 1)), null, 0)
  queue.append(record(2, entries(5, 6, 2)), null, 0)
  expect(shape(appendOf(take()).entries)).toEqual(['5/2', '6/2'])
})

test('a merged operation has its limit in bytes; a single record may be larger', () => {
  const { queue, take } = observed()
  const MiB = 1024 * 1024
  queue.append(record(1, entries(1, 1, 1, 5 * MiB)), null, 0)
  queue.append(record(2, entries(2, 2, 1, 3 * MiB)), null, 0)
  queue.append(record(3, entries(3, 3, 1, 2 * MiB)), null, 0)
  for (const index of [1, 2, 3]) {
    expect(shape(appendOf(take()).entries)).toEqual([`${index}/1`])
    queue.completed()
  }
})

test('what goes along for free is asked only when an append goes', () => {
  const { queue } = observed()
  let asked = 0
  const extra = () => {
    asked += 1
    return { clusterId: 'c' }
  }
  expect(queue.take(0, extra)).toBeNull()
  queue.upkeep({ kind: 'compact', index: 1, term: 1 }, () => {})
  expect(queue.take(0, extra)).toMatchObject({ kind: 'compact' })
  queue.completed()
  expect(asked).toBe(0)
  queue.append(record(1, []), null, 0)
  queue.writeIdentity({ latched: 'removed' }, 0, null)
  expect(appendOf(queue.take(0, extra)).identity).toEqual({ clusterId: 'c', latched: 'removed' })
})

test('a change of the identity tells when it is durable', () => {
  const { queue, told, drain } = observed()
  queue.writeIdentity({ replicaId: 3 }, 0, () => told.push('identity'))
  expect(drain()).toEqual(['append'])
  expect(told).toEqual(['durable 0/0', 'identity'])
})

test('an installed snapshot is an operation of its own, in order, with the hard state', () => {
  const { queue, told, take } = observed()
  queue.append(record(1, entries(1, 2, 1), { term: 1, vote: 0, commit: 0 }), null, 0)
  const snapshot = snapshotAt(9)
  const install = { token: 2, hardState: null, entries: [], snapshot: snapshot.meta }
  queue.append(install, snapshot, 0)
  queue.append(record(3, entries(10, 10, 1)), null, 0)
  expect(appendOf(take()).entries).toHaveLength(2)
  queue.completed()
  expect(take()).toEqual({
    kind: 'snapshot-install',
    snapshot,
    hardState: { term: 1, vote: 0, commit: 0 },
  })
  queue.completed()
  expect(shape(appendOf(take()).entries)).toEqual(['10/1'])
  expect(told).toEqual(['durable 1/2', 'token 1', 'durable 1/9', 'token 2'])
})

test('an install makes upkeep of an older state needless, but never a discard', () => {
  const { queue, drain } = observed()
  let done = 0
  const count = () => {
    done += 1
  }
  queue.upkeep({ kind: 'compact', index: 4, term: 1 }, count)
  queue.upkeep({ kind: 'snapshot-complete', snapshot: snapshotAt(8) }, count)
  queue.upkeep({ kind: 'snapshot-discard', index: 8, term: 1 }, count)
  const snapshot = snapshotAt(9)
  const install = { token: 1, hardState: null, entries: [], snapshot: snapshot.meta }
  queue.append(install, snapshot, 0)
  expect(drain()).toEqual(['snapshot-install', 'snapshot-discard'])
  expect(done).toBe(1)
})

test('appends go before upkeep, but not for ever', () => {
  const { queue, take } = observed()
  queue.upkeep({ kind: 'compact', index: 1, term: 1 }, () => {})
  const kinds: string[] = []
  for (let token = 1; token <= 12; token += 1) {
    queue.append(record(token, entries(token, token, 1)), null, 0)
    kinds.push(take()!.kind)
    queue.completed()
  }
  expect(kinds.slice(0, 8)).toEqual(new Array(8).fill('append'))
  expect(kinds.filter((kind) => kind === 'compact')).toHaveLength(1)
})

test('events are merged, and written before a snapshot of their state is complete', () => {
  const { queue, take } = observed()
  const event = {
    index: 1,
    position: 0,
    namespace: null,
    generation: null,
    kind: 'joined',
    member: null,
    reason: null,
    atMs: 0,
    detail: null,
  }
  const told: number[] = []
  const project = (through: number) => {
    queue.project({ through, events: [event], done: () => told.push(through) })
  }
  project(1)
  expect(take()).toMatchObject({ kind: 'project', through: 1 })
  project(2)
  project(3)
  queue.upkeep({ kind: 'snapshot-complete', snapshot: snapshotAt(3) }, () => {})
  queue.completed()
  expect(take()).toMatchObject({ kind: 'project', through: 3, events: [event, event] })
  queue.completed()
  expect(told).toEqual([1, 2, 3])
  expect(take()).toMatchObject({ kind: 'snapshot-complete' })
})

test('an append waits for few events, and for more only when many wait', () => {
  const { queue, take } = observed()
  const event = { position: 0, namespace: null, generation: null, kind: 'x', member: null }
  const project = (from: number, to: number) => {
    for (let index = from; index <= to; index += 1) {
      const events = [{ ...event, index, reason: null, atMs: 0, detail: null }]
      queue.project({ through: index, events, done: () => undefined })
    }
  }
  const sizes: number[] = []
  const takeAll = () => {
    for (let next = take(); next !== null; next = take()) {
      if (next.kind === 'project') sizes.push(next.events.length)
      queue.completed()
    }
  }
  project(1, 300)
  takeAll()
  expect(sizes.splice(0)).toEqual([128, 128, 44])
  project(301, 16_300)
  takeAll()
  expect(sizes[0]).toBe(1024)
  expect(sizes.at(-1)).toBeLessThanOrEqual(128)
  expect(sizes.reduce((sum, size) => sum + size)).toBe(16_000)
})

test('a stream of events does not keep other upkeep waiting', () => {
  const { queue, take } = observed()
  queue.upkeep({ kind: 'compact', index: 1, term: 1 }, () => {})
  const kinds: string[] = []
  for (let through = 1; through <= 3; through += 1) {
    queue.project({ through, events: [], done: () => {} })
    kinds.push(take()!.kind)
    queue.completed()
  }
  expect(kinds).toContain('compact')
})

test('the age of what the disk owes is that of the oldest, waiting or under way', () => {
  const { queue, take } = observed()
  expect(queue.oldestMs(50)).toBe(0)
  queue.append(record(1, []), null, 100)
  expect(queue.oldestMs(150)).toBe(50)
  take(160)
  queue.append(record(2, []), null, 200)
  expect(queue.oldestMs(300)).toBe(200)
  queue.completed()
  expect(queue.oldestMs(300)).toBe(100)
  take(310)
  queue.completed()
  expect(queue.oldestMs(400)).toBe(0)
})

test('a pause of the process is not held against the disk', () => {
  const { queue, take } = observed()
  queue.append(record(1, []), null, 100)
  take(100)
  queue.append(record(2, []), null, 150)
  queue.processStalled(9_000)
  expect(queue.oldestMs(9_010)).toBe(10)
})
