/** Entries, snapshots and operations to store. */
import type { Entry, EntryKind, SnapshotMeta } from '../../../src/raft/core/entry.js'
import type {
  StorageOperation,
  StoredSnapshot,
  StoredState,
} from '../../../src/raft/node/disk/storage.js'

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
