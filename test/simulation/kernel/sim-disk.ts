/**
 * A replica's stable storage as the Postgres store keeps it: one operation at a time, whole or not
 * at all, durable some time after it was handed out. What is under way when the replica dies may
 * still take effect, but never after the next start, which raises the incarnation and shuts out
 * everybody before it. The data survive every crash; what is half-made (a snapshot's chunks) is
 * forgotten at a start.
 *
 * Faults: slow and hanging answers, operations that fail for good with or without effect, damaged
 * snapshots, a database that is wiped or set back to an earlier copy.
 */
import type { Entry, HardState } from '../../../src/raft/core/entry.js'
import type {
  Identity,
  StorageOperation,
  StoredSnapshot,
  StoredState,
} from '../../../src/raft/node/disk/storage.js'

interface KeptSnapshot {
  readonly snapshot: StoredSnapshot
  readonly chunks: readonly Uint8Array[]
  isDamaged: boolean
}

/** A copy of a database, for a restore. */
export interface DiskCopy {
  readonly identity: Identity
  readonly hardState: HardState
  readonly compacted: { readonly index: number; readonly term: number }
  readonly entries: readonly Entry[]
  readonly projected: number
  readonly kept: readonly KeptSnapshot[]
}

const noEntries: readonly Entry[] = []

export class SimDisk {
  hardState: HardState = { term: 0, vote: 0, commit: 0 }
  compacted: { readonly index: number; readonly term: number } = { index: 0, term: 0 }
  projected = 0
  identity: Identity
  /** The log after `compacted`. */
  #entries: Entry[] = []
  /** The newest first, two at most. */
  #kept: KeptSnapshot[] = []
  #making = new Map<string, Uint8Array[]>()

  constructor(uuid: string) {
    this.identity = emptyIdentity(uuid)
  }

  get entries(): readonly Entry[] {
    return this.#entries
  }

  get lastIndex(): number {
    return this.compacted.index + this.#entries.length
  }

  /** The term at an index; undefined where the log does not reach (any more). */
  termAt(index: number): number | undefined {
    const place = index - this.compacted.index
    return place === 0 ? this.compacted.term : this.#entries[place - 1]?.term
  }

  /** Whether the entry is here, or a snapshot of a state with it. */
  has(index: number, term: number): boolean {
    if (index < this.compacted.index) return true
    return this.termAt(index) === term
  }

  /** Index of the newest snapshot; 0 for none. */
  get snapshotIndex(): number {
    return this.#kept[0]?.snapshot.meta.index ?? 0
  }

  /**
   * A start: takes the database over, forgets what is half-made, and reads what is there.
   * @returns null when no sound snapshot is left that the log continues: the data are lost
   */
  open(): StoredState | null {
    this.identity = { ...this.identity, incarnation: this.identity.incarnation + 1 }
    this.#making.clear()
    const sound = this.#kept.filter(({ isDamaged }) => !isDamaged)
    this.#kept = sound
    const newest = sound[0]?.snapshot ?? null
    const { compacted, hardState, identity, projected } = this
    if (newest === null ? compacted.index > 0 : newest.meta.index < compacted.index) return null
    const entries = [...this.#entries]
    return { identity, hardState, snapshot: newest, compacted, entries, projected }
  }

  /** The operation takes effect. */
  run(operation: StorageOperation): void {
    switch (operation.kind) {
      case 'append':
        this.hardState = operation.hardState ?? this.hardState
        if (operation.identity !== null) {
          this.identity = { ...this.identity, ...operation.identity }
        }
        this.#append(operation.entries)
        break
      case 'snapshot-chunk': {
        const chunks = this.#making.get(nameOf(operation)) ?? []
        chunks[operation.chunk] = operation.bytes
        this.#making.set(nameOf(operation), chunks)
        break
      }
      case 'snapshot-complete':
        this.#complete(operation.snapshot)
        break
      case 'snapshot-install': {
        const { index, term } = operation.snapshot.meta
        this.#complete(operation.snapshot)
        this.#entries = []
        this.compacted = { index, term }
        this.hardState = operation.hardState
        break
      }
      case 'snapshot-discard':
        this.#making.delete(nameOf(operation))
        break
      case 'compact':
        this.#entries.splice(0, operation.index - this.compacted.index)
        this.compacted = { index: operation.index, term: operation.term }
        break
      case 'project':
        this.projected = Math.max(this.projected, operation.through)
        break
    }
  }

  /** Bytes of a snapshot; a text says why they cannot be read. */
  chunk({ meta }: StoredSnapshot, chunk: number): Uint8Array | 'damaged' | 'gone' {
    const kept = this.#kept.find(({ snapshot }) => {
      return snapshot.meta.index === meta.index && snapshot.meta.term === meta.term
    })
    if (kept === undefined) return 'gone'
    return kept.isDamaged ? 'damaged' : (kept.chunks[chunk] ?? 'gone')
  }

  /** Bits flip in the newest snapshot, unless the replica could not start without it. */
  damageSnapshot(): boolean {
    const [newest, older] = this.#kept
    const isSpare = older !== undefined && !older.isDamaged
    if (newest === undefined || !isSpare || older.snapshot.meta.index < this.compacted.index) {
      return false
    }
    newest.isDamaged = true
    return true
  }

  copy(): DiskCopy {
    const { identity, hardState, compacted, projected } = this
    const entries = [...this.#entries]
    const kept = this.#kept.map((one) => ({ ...one }))
    return { identity, hardState, compacted, entries, projected, kept }
  }

  /** Somebody restores an older copy. */
  setBack(copy: DiskCopy): void {
    this.identity = copy.identity
    this.hardState = copy.hardState
    this.compacted = copy.compacted
    this.projected = copy.projected
    this.#entries = [...copy.entries]
    this.#kept = copy.kept.map((one) => ({ ...one }))
    this.#making.clear()
  }

  /** Somebody drops the database and makes a new one. */
  wipe(uuid: string): void {
    const { hardState, compacted } = new SimDisk(uuid)
    const identity = emptyIdentity(uuid)
    this.setBack({ identity, hardState, compacted, projected: 0, entries: noEntries, kept: [] })
  }

  #append(entries: readonly Entry[]): void {
    const first = entries[0]
    if (first === undefined) return
    const place = first.index - this.compacted.index - 1
    if (place < 0 || place > this.#entries.length) {
      throw new Error(`entry ${first.index} is written to a log that ends at ${this.lastIndex}`)
    }
    this.#entries.length = place
    for (const entry of entries) this.#entries.push(entry)
  }

  #complete(snapshot: StoredSnapshot): void {
    const { index } = snapshot.meta
    const chunks = this.#making.get(nameOf(snapshot.meta)) ?? []
    const bytes = chunks.reduce((sum, one) => sum + one.length, 0)
    if (chunks.length !== snapshot.chunks || bytes !== snapshot.bytes) {
      throw new Error(`snapshot ${index} is completed with ${chunks.length} chunks, ${bytes} bytes`)
    }
    this.#making.delete(nameOf(snapshot.meta))
    const older = this.#kept.filter((kept) => kept.snapshot.meta.index < index)
    this.#kept = [{ snapshot, chunks, isDamaged: false }, ...older.slice(0, 1)]
  }
}

function nameOf({ index, term }: { readonly index: number; readonly term: number }): string {
  return `${index}/${term}`
}

function emptyIdentity(uuid: string): Identity {
  const nobody = { replicaId: 0, clusterId: null, initialVoters: null, latched: null }
  return { uuid, incarnation: 0, ...nobody, peers: [] }
}
