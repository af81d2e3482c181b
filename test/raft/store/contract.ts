/**
 * What every implementation of the storage port must do, as tests: `testStorage` runs them all
 * against one. Postgres runs them, and so does the simulator's disk.
 */
import { describe, expect, test } from 'vitest'
import type { Entry, EntryKind, SnapshotMeta } from '../../../src/raft/core/entry.js'
import type {
  SnapshotReader,
  StorageOperation,
  StoredSnapshot,
  StoredState,
} from '../../../src/raft/node/storage.js'
import { StorageModel } from './model.js'
import { Random } from './random.js'

/** One storage and what may befall it. */
export interface StorageUnderTest extends SnapshotReader {
  /** What it found when it was opened first: nothing. */
  readonly state: StoredState
  /** Completes when it is durable. */
  run(operation: StorageOperation): Promise<void>
  /** A crash, and a start on what is durable. @throws BerthError when that is damaged */
  restart(): Promise<StoredState>
  /** Flips a bit of a stored entry's data. */
  damageEntry(index: number): Promise<void>
  /** Takes a stored entry away. */
  loseEntry(index: number): Promise<void>
  /** Flips a bit of a chunk of the newest complete snapshot. */
  damageChunk(chunk: number): Promise<void>
}

export interface StorageTestContext {
  onTestFinished(end: () => Promise<void> | void): void
}

export type OpenStorage = (t: StorageTestContext) => Promise<StorageUnderTest>

const configuration: SnapshotMeta['configuration'] = {
  voters: [1, 2, 3],
  votersOutgoing: [1, 2],
  learners: [4],
  learnersNext: [],
  autoLeave: true,
}
const kinds: readonly EntryKind[] = ['command', 'configuration', 'noop']

/** An entry whose data tells it from all others. */
export function entry(index: number, term: number, bytes = 20): Entry {
  const data = new Uint8Array(bytes)
  for (let at = 0; at < bytes; at += 1) data[at] = (index * 31 + term * 7 + at) & 0xff
  return { index, term, kind: kinds[index % kinds.length]!, data }
}

export function entries(from: number, to: number, term: number): Entry[] {
  return Array.from({ length: to - from + 1 }, (_, at) => entry(from + at, term))
}

export function append(
  list: readonly Entry[],
  hardState: StoredState['hardState'] | null = null,
): StorageOperation {
  return { kind: 'append', hardState, entries: list, identity: null }
}

/** The chunks of a snapshot, and then the operation that completes it. */
export function snapshotOf(index: number, term: number, sizes: readonly number[]) {
  const chunks = sizes.map((size, at) => entry(index + at, term, size).data)
  const bytes = sizes.reduce((sum, size) => sum + size, 0)
  const meta = { index, term, configuration }
  const snapshot: StoredSnapshot = { meta, chunks: chunks.length, bytes }
  const parts = chunks.map(
    (part, chunk): StorageOperation => ({
      kind: 'snapshot-chunk',
      index,
      term,
      chunk,
      bytes: part,
    }),
  )
  return { chunks, snapshot, parts }
}

/** Makes a snapshot of the own state. */
export async function store(
  storage: StorageUnderTest,
  made: ReturnType<typeof snapshotOf>,
): Promise<void> {
  for (const part of made.parts) await storage.run(part)
  await storage.run({ kind: 'snapshot-complete', snapshot: made.snapshot })
}

async function readAll(storage: SnapshotReader, snapshot: StoredSnapshot): Promise<number[][]> {
  const chunks: number[][] = []
  for (let chunk = 0; chunk < snapshot.chunks; chunk += 1) {
    chunks.push([...(await storage.readChunk(snapshot, chunk))])
  }
  return chunks
}

/** Values that compare equal whatever class holds their bytes. */
function plain(state: StoredState): unknown {
  return { ...state, entries: state.entries.map((one) => ({ ...one, data: [...one.data] })) }
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

const modelSeeds = [1, 2, 3, 4]
const modelSteps = 120

function testAgainstModel(open: OpenStorage): void {
  test.for(modelSeeds)(
    'any operations and crashes end as in the model: seed %i',
    async (seed, t) => {
      const storage = await open(t)
      const random = new Random(seed)
      const model = new StorageModel(storage.state)
      for (let step = 0; step < modelSteps; step += 1) {
        if (random.chance(0.08)) {
          const state = await storage.restart()
          model.restart(state.identity.incarnation)
          expect(plain(state), `seed ${seed}, step ${step}`).toEqual(plain(model.state))
          if (state.snapshot === null) continue
          const chunks = model.chunks.map((chunk) => [...chunk])
          expect(await readAll(storage, state.snapshot)).toEqual(chunks)
        }
        for (const operation of randomOperations(random, model.state)) {
          await storage.run(operation)
          model.run(operation)
        }
      }
    },
  )
}

/** What a node could ask for next: operations that the contract allows in this state. */
function randomOperations(random: Random, state: StoredState): StorageOperation[] {
  const { compacted, hardState } = state
  const last = state.entries.at(-1) ?? compacted
  const term = hardState.term
  switch (random.pick(['append', 'append', 'vote', 'snapshot', 'install', 'compact', 'project'])) {
    case 'append': {
      const from = random.between(Math.max(hardState.commit, compacted.index) + 1, last.index + 1)
      const to = from + random.between(0, 5)
      const next = Math.max(term, last.term) + random.between(0, 1)
      const list = Array.from({ length: to - from + 1 }, (_, at) =>
        entry(from + at, next, random.between(0, 400)),
      )
      const commit = random.between(hardState.commit, to)
      return [append(list, { term: next, vote: random.between(0, 3), commit })]
    }
    case 'vote':
      return [
        {
          ...{ kind: 'append', entries: [], identity: { latched: `l${term}` } },
          hardState: { term: term + 1, vote: 2, commit: hardState.commit },
        },
      ]
    case 'snapshot': {
      if (hardState.commit <= (state.snapshot?.meta.index ?? 0)) return []
      const at = hardState.commit
      const { parts, snapshot } = snapshotOf(at, term, [random.between(1, 50), 9])
      if (random.chance(0.3)) return parts.slice(0, 1)
      if (random.chance(0.3)) {
        return [parts[0]!, { kind: 'snapshot-discard', index: at, term }, ...parts.slice(0, 1)]
      }
      return [...parts, { kind: 'snapshot-complete', snapshot }]
    }
    case 'install': {
      if (random.chance(0.7)) return []
      const at = last.index + random.between(1, 20)
      const { parts, snapshot } = snapshotOf(at, term + 1, [random.between(1, 50)])
      const installed = { term: term + 1, vote: 0, commit: at }
      return [...parts, { kind: 'snapshot-install', snapshot, hardState: installed }]
    }
    case 'compact': {
      const to = Math.min(state.snapshot?.meta.index ?? 0, last.index)
      if (to <= compacted.index) return []
      const index = random.between(compacted.index + 1, to)
      const found = state.entries.find((one) => one.index === index)!
      return [{ kind: 'compact', index, term: found.term }]
    }
    default:
      return [{ kind: 'project', through: state.projected + 1, events: [] }]
  }
}
