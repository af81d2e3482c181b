/** What an implementation of the storage port gives to the tests of its contract. */
import type {
  SnapshotReader,
  StorageOperation,
  StoredSnapshot,
  StoredState,
} from '../../../src/raft/node/disk/storage.js'

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

/** The bytes of all chunks. */
export async function readAll(
  storage: SnapshotReader,
  snapshot: StoredSnapshot,
): Promise<number[][]> {
  const chunks: number[][] = []
  for (let chunk = 0; chunk < snapshot.chunks; chunk += 1) {
    chunks.push([...(await storage.readChunk(snapshot, chunk))])
  }
  return chunks
}

/** Values that compare equal whatever class holds their bytes. */
export function plain(state: StoredState): unknown {
  return { ...state, entries: state.entries.map((one) => ({ ...one, data: [...one.data] })) }
}
