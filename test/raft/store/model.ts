/**
 * The contract of the storage port as the simplest thing that keeps it: values in memory. Tests
 * compare an implementation with it.
 */
import type { HardState } from '../../../src/raft/core/entry.js'
import type {
  Identity,
  StorageOperation,
  StoredSnapshot,
  StoredState,
} from '../../../src/raft/node/disk/storage.js'

interface Kept {
  readonly snapshot: StoredSnapshot
  readonly chunks: readonly Uint8Array[]
}

export class StorageModel {
  private identity: Identity
  private hardState: HardState = { term: 0, vote: 0, commit: 0 }
  private compacted: StoredState['compacted'] = { index: 0, term: 0 }
  private entries: StoredState['entries'] = []
  private kept: readonly Kept[] = []
  private projected = 0
  private making = new Map<string, Uint8Array[]>()

  constructor(fresh: StoredState) {
    this.identity = fresh.identity
  }

  get state(): StoredState {
    const { identity, hardState, compacted, entries, projected } = this
    const snapshot = this.kept[0]?.snapshot ?? null
    return { identity, hardState, snapshot, compacted, entries, projected }
  }

  /** Chunks of the newest snapshot. */
  get chunks(): readonly Uint8Array[] {
    return this.kept[0]?.chunks ?? []
  }

  /** What a restart does: half-made snapshots are forgotten, the incarnation is another. */
  restart(incarnation: number): void {
    this.making.clear()
    this.identity = { ...this.identity, incarnation }
  }

  run(operation: StorageOperation): void {
    switch (operation.kind) {
      case 'append':
        this.hardState = operation.hardState ?? this.hardState
        this.identity = { ...this.identity, ...operation.identity }
        if (operation.entries.length > 0) {
          const first = operation.entries[0]!.index
          const before = this.entries.filter((entry) => entry.index < first)
          this.entries = [...before, ...operation.entries]
        }
        break
      case 'snapshot-chunk': {
        const name = `${operation.index}/${operation.term}`
        const chunks = this.making.get(name) ?? []
        chunks[operation.chunk] = operation.bytes
        this.making.set(name, chunks)
        break
      }
      case 'snapshot-complete':
        this.complete(operation.snapshot)
        break
      case 'snapshot-install': {
        const { index, term } = operation.snapshot.meta
        this.complete(operation.snapshot)
        this.entries = []
        this.compacted = { index, term }
        this.hardState = operation.hardState
        break
      }
      case 'snapshot-discard':
        this.making.delete(`${operation.index}/${operation.term}`)
        break
      case 'compact':
        this.compacted = { index: operation.index, term: operation.term }
        this.entries = this.entries.filter((entry) => entry.index > operation.index)
        break
      case 'project':
        this.projected = Math.max(this.projected, operation.through)
        break
    }
  }

  private complete(snapshot: StoredSnapshot): void {
    const { index, term } = snapshot.meta
    const chunks = this.making.get(`${index}/${term}`)!
    this.making.delete(`${index}/${term}`)
    const older = this.kept.filter((kept) => kept.snapshot.meta.index < index)
    this.kept = [{ snapshot, chunks }, ...older.slice(0, 1)]
  }
}
