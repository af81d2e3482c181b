/**
 * What every implementation of the storage port must do, as tests: `testStorage` runs them all
 * against one. Postgres runs them, and so does the simulator's disk.
 */
import { describe, expect, test } from 'vitest'
import type { StorageOperation } from '../../../src/raft/node/disk/storage.js'
import { testAgainstModel } from './contract-random.js'
import { append, entries, entry, snapshotOf } from './operations.js'
import { type OpenStorage, plain, readAll, type StorageUnderTest } from './storage-under-test.js'

/** Makes a snapshot of the own state. */
async function store(
  storage: StorageUnderTest,
  made: ReturnType<typeof snapshotOf>,
): Promise<void> {
  for (const part of made.parts) await storage.run(part)
  await storage.run({ kind: 'snapshot-complete', snapshot: made.snapshot })
}

export function testStorage(name: string, open: OpenStorage): void {
  describe(`the storage contract: ${name}`, () => {
    testLog(open)
    testIdentity(open)
    testSnapshots(open)
    testDamage(open)
    testAgainstModel(open)
  })
}

function testLog(open: OpenStorage): void {
  test('a new storage is empty and has an identity of its own', async (t) => {
    const { state } = await open(t)
    const { identity, ...rest } = state
    expect(rest).toEqual({
      hardState: { term: 0, vote: 0, commit: 0 },
      snapshot: null,
      compacted: { index: 0, term: 0 },
      entries: [],
      projected: 0,
    })
    expect(identity.uuid).not.toBe('')
    expect(identity).toMatchObject({ replicaId: 0, clusterId: null, latched: null, peers: [] })
    expect(identity.initialVoters).toBeNull()
    expect((await open(t)).state.identity.uuid).not.toBe(identity.uuid)
  })

  test('entries of every kind and size come back byte for byte, and in order', async (t) => {
    const storage = await open(t)
    const list = [entry(1, 1, 0), entry(2, 1, 1), entry(3, 1, 300_000), entry(4, 2, 70)]
    await storage.run(append(list, { term: 2, vote: 0, commit: 0 }))
    expect(plain(await storage.restart())).toMatchObject({
      entries: list.map((one) => ({ ...one, data: [...one.data] })),
    })
  })

  test('hard state and entries of one append are both there after a crash', async (t) => {
    const storage = await open(t)
    await storage.run(append(entries(1, 3, 5), { term: 5, vote: 2, commit: 1 }))
    const state = await storage.restart()
    expect(state.hardState).toEqual({ term: 5, vote: 2, commit: 1 })
    expect(state.entries).toHaveLength(3)
  })

  test('an append without hard state leaves it, one without entries leaves the log', async (t) => {
    const storage = await open(t)
    await storage.run(append([], { term: 1, vote: 3, commit: 0 }))
    await storage.run(append(entries(1, 2, 1)))
    await storage.run(append([], { term: 1, vote: 3, commit: 2 }))
    const state = await storage.restart()
    expect(state.hardState).toEqual({ term: 1, vote: 3, commit: 2 })
    expect(state.entries.map(({ index }) => index)).toEqual([1, 2])
  })

  test('an append replaces everything from its first entry on', async (t) => {
    const storage = await open(t)
    await storage.run(append(entries(1, 9, 1), { term: 1, vote: 0, commit: 2 }))
    await storage.run(append(entries(4, 5, 3), { term: 3, vote: 0, commit: 2 }))
    const state = await storage.restart()
    expect(state.entries.map(({ index, term }) => [index, term])).toEqual([
      ...[
        [1, 1],
        [2, 1],
        [3, 1],
      ],
      ...[
        [4, 3],
        [5, 3],
      ],
    ])
  })

  test('the same append twice is the same as once', async (t) => {
    const storage = await open(t)
    const operation = append(entries(1, 3, 1), { term: 1, vote: 0, commit: 0 })
    await storage.run(operation)
    await storage.run(operation)
    expect((await storage.restart()).entries).toHaveLength(3)
  })

  test('a compacted log begins after its border and goes on', async (t) => {
    const storage = await open(t)
    await storage.run(append(entries(1, 10, 2), { term: 2, vote: 0, commit: 10 }))
    await store(storage, snapshotOf(8, 2, [10]))
    await storage.run({ kind: 'compact', index: 6, term: 2 })
    await storage.run(append(entries(11, 12, 2)))
    const state = await storage.restart()
    expect(state.compacted).toEqual({ index: 6, term: 2 })
    expect(state.entries.map(({ index }) => index)).toEqual([7, 8, 9, 10, 11, 12])
  })

  test('the projection cursor is kept', async (t) => {
    const storage = await open(t)
    const about = { namespace: 'default', member: 'a:1', reason: null, detail: { types: ['x'] } }
    const events = [{ index: 3, position: 0, generation: 1, kind: 'joined', atMs: 5, ...about }]
    await storage.run({ kind: 'project', through: 4, events })
    await storage.run({ kind: 'project', through: 9, events: [] })
    expect((await storage.restart()).projected).toBe(9)
  })
}

function testIdentity(open: OpenStorage): void {
  test('identity fields that are given are written, the others stay', async (t) => {
    const storage = await open(t)
    const peers = [{ id: 2, uuid: 'b', incarnation: 3, term: 4, index: 2 ** 40 }]
    const change = (identity: (StorageOperation & { kind: 'append' })['identity']) =>
      storage.run({ kind: 'append', hardState: null, entries: entries(1, 1, 1), identity })
    await storage.run(append([], { term: 1, vote: 0, commit: 0 }))
    await change({ replicaId: 7, clusterId: 'c', initialVoters: [7, 2] })
    await change({ peers })
    const before = await storage.restart()
    const known = { replicaId: 7, clusterId: 'c', initialVoters: [7, 2], latched: null, peers }
    expect(before.identity).toMatchObject(known)
    expect(before.entries).toHaveLength(1)
    await change({ latched: 'identity lost', initialVoters: null, peers: [] })
    const after = await storage.restart()
    const { uuid } = storage.state.identity
    const lost = { ...known, uuid, latched: 'identity lost', initialVoters: null, peers: [] }
    expect(after.identity).toMatchObject(lost)
  })

  test('every start has a higher incarnation and the same uuid', async (t) => {
    const storage = await open(t)
    const first = await storage.restart()
    const second = await storage.restart()
    expect(first.identity.uuid).toBe(storage.state.identity.uuid)
    expect(second.identity.uuid).toBe(storage.state.identity.uuid)
    expect(first.identity.incarnation).toBeGreaterThan(storage.state.identity.incarnation)
    expect(second.identity.incarnation).toBeGreaterThan(first.identity.incarnation)
  })
}

function testSnapshots(open: OpenStorage): void {
  test('a snapshot is usable once it is complete, and not before', async (t) => {
    const storage = await open(t)
    await storage.run(append(entries(1, 9, 1), { term: 1, vote: 0, commit: 9 }))
    const made = snapshotOf(9, 1, [300_000, 0, 17])
    for (const part of made.parts) await storage.run(part)
    expect((await storage.restart()).snapshot).toBeNull()
    await store(storage, made)
    expect((await storage.restart()).snapshot).toEqual(made.snapshot)
    const chunks = made.chunks.map((chunk) => [...chunk])
    expect(await readAll(storage, made.snapshot)).toEqual(chunks)
  })

  test('the newest complete snapshot is found, and the log stays as it is', async (t) => {
    const storage = await open(t)
    await storage.run(append(entries(1, 9, 1), { term: 1, vote: 0, commit: 9 }))
    for (const index of [3, 5, 8]) await store(storage, snapshotOf(index, 1, [index]))
    const state = await storage.restart()
    expect(state.snapshot?.meta.index).toBe(8)
    expect(state.entries).toHaveLength(9)
    expect(state.compacted.index).toBe(0)
  })

  test('an installed snapshot drops the log and takes its place, at once', async (t) => {
    const storage = await open(t)
    await storage.run(append(entries(1, 30, 1), { term: 1, vote: 1, commit: 3 }))
    const { parts, snapshot } = snapshotOf(20, 4, [5, 5])
    for (const part of parts) await storage.run(part)
    await storage.run({
      ...{ kind: 'snapshot-install', snapshot },
      hardState: { term: 4, vote: 0, commit: 20 },
    })
    const installed = await storage.restart()
    expect(installed).toMatchObject({
      ...{ snapshot, entries: [], compacted: { index: 20, term: 4 } },
      hardState: { term: 4, vote: 0, commit: 20 },
    })
    await storage.run(append(entries(21, 22, 4)))
    expect((await storage.restart()).entries.map(({ index }) => index)).toEqual([21, 22])
  })

  test('a discarded snapshot leaves nothing, and can be made again', async (t) => {
    const storage = await open(t)
    await storage.run(append(entries(1, 9, 1), { term: 1, vote: 0, commit: 9 }))
    for (const part of snapshotOf(9, 1, [10, 10, 10]).parts) await storage.run(part)
    await storage.run({ kind: 'snapshot-discard', index: 9, term: 1 })
    expect((await storage.restart()).snapshot).toBeNull()
    const made = snapshotOf(9, 1, [4])
    await store(storage, made)
    expect((await storage.restart()).snapshot).toEqual(made.snapshot)
    expect(await readAll(storage, made.snapshot)).toEqual([[...made.chunks[0]!]])
  })

  test('making a snapshot again harms the complete one no sooner than it is whole', async (t) => {
    const storage = await open(t)
    await storage.run(append(entries(1, 9, 1), { term: 1, vote: 0, commit: 9 }))
    const first = snapshotOf(9, 1, [10, 10])
    await store(storage, first)
    const again = snapshotOf(9, 1, [7, 8, 9])
    await storage.run(again.parts[0]!)
    expect(await readAll(storage, first.snapshot)).toEqual(first.chunks.map((one) => [...one]))
    expect((await storage.restart()).snapshot).toEqual(first.snapshot)
    await store(storage, again)
    expect((await storage.restart()).snapshot).toEqual(again.snapshot)
    expect(await readAll(storage, again.snapshot)).toEqual(again.chunks.map((one) => [...one]))
  })
}

function testDamage(open: OpenStorage): void {
  test('a flipped bit in an entry is found at start and named', async (t) => {
    const storage = await open(t)
    await storage.run(append(entries(1, 9, 1), { term: 1, vote: 0, commit: 9 }))
    await storage.damageEntry(7)
    const refused = { code: 'storage_damaged', message: expect.stringMatching(/entry 7\b/) }
    await expect(storage.restart()).rejects.toMatchObject(refused)
  })

  test('a missing entry is found at start and named', async (t) => {
    const storage = await open(t)
    await storage.run(append(entries(1, 9, 1), { term: 1, vote: 0, commit: 9 }))
    await storage.loseEntry(4)
    const refused = { code: 'storage_damaged', message: expect.stringMatching(/entries 4 to 4\b/) }
    await expect(storage.restart()).rejects.toMatchObject(refused)
  })

  test('a log that ends before its commit index is found at start and named', async (t) => {
    const storage = await open(t)
    await storage.run(append(entries(1, 9, 1), { term: 1, vote: 0, commit: 9 }))
    await storage.loseEntry(9)
    const refused = { code: 'storage_damaged', message: expect.stringMatching(/entries 9 to 9\b/) }
    await expect(storage.restart()).rejects.toMatchObject(refused)
  })

  test('a snapshot with a bad chunk is refused and the one before it used', async (t) => {
    const storage = await open(t)
    await storage.run(append(entries(1, 9, 1), { term: 1, vote: 0, commit: 9 }))
    const good = snapshotOf(5, 1, [10, 10])
    const bad = snapshotOf(8, 1, [10, 10])
    await store(storage, good)
    await store(storage, bad)
    await storage.damageChunk(1)
    const unread = storage.readChunk(bad.snapshot, 1)
    await expect(unread).rejects.toMatchObject({ code: 'snapshot_damaged' })
    expect((await storage.restart()).snapshot).toEqual(good.snapshot)
    expect(await readAll(storage, good.snapshot)).toEqual(good.chunks.map((one) => [...one]))
    const newer = snapshotOf(9, 1, [3])
    await store(storage, newer)
    await storage.damageChunk(0)
    expect((await storage.restart()).snapshot, 'kept beside the newest').toEqual(good.snapshot)
  })

  test('a bad snapshot whose log is gone ends the start', async (t) => {
    const storage = await open(t)
    await storage.run(append(entries(1, 9, 1), { term: 1, vote: 0, commit: 9 }))
    await store(storage, snapshotOf(5, 1, [10, 10]))
    await storage.run({ kind: 'compact', index: 5, term: 1 })
    await storage.damageChunk(0)
    const refused = { code: 'storage_damaged', message: expect.stringMatching(/snapshot 5\b/) }
    await expect(storage.restart()).rejects.toMatchObject(refused)
  })

  test('a chunk that never was cannot be read', async (t) => {
    const storage = await open(t)
    const { snapshot } = snapshotOf(5, 1, [10])
    const unread = storage.readChunk(snapshot, 0)
    await expect(unread).rejects.toMatchObject({ code: 'snapshot_damaged' })
  })
}
