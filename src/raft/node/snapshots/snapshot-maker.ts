/**
 * Makes snapshots of the own state: names one, has the state machine copy itself, and puts the copy
 * into storage chunk by chunk, one step at a time between other work, so that neither heartbeats
 * nor appends wait for it (bug L16). The first chunk is the roster, each further one a piece as the
 * state machine gave it.
 *
 * Invariants: at most one is being made, and at most one chunk of it is in memory; the name and the
 * copy are taken at the same instant, so the snapshot is of exactly what its index says (bug S9).
 */
import type { SnapshotMeta } from '../../core/entry.js'
import { invariant } from '../../core/invariant.js'
import type { StoredSnapshot } from '../disk/storage.js'
import type { UpkeepOperation } from '../disk/write-queue.js'
import type { Roster } from '../identity/roster.js'

/** A snapshot is due when any of these is reached since the last one. */
export interface SnapshotThresholds {
  readonly entries: number
  /** Milliseconds; only if anything was applied. */
  readonly intervalMs: number
  /** Bytes of applied entries. */
  readonly bytes: number
}

export interface SnapshotMakerPorts {
  write(operation: UpkeepOperation, done: () => void): void
  /** The snapshot is whole and durable. */
  made(snapshot: StoredSnapshot): void
}

interface Making {
  readonly meta: SnapshotMeta
  /** What is still to be written. */
  readonly pieces: Iterator<Uint8Array>
  chunks: number
  bytes: number
  /** A chunk, or the completion, is on its way to the disk. */
  isWriting: boolean
}

export class SnapshotMaker {
  readonly #thresholds: SnapshotThresholds
  readonly #chunkBytesMax: number
  readonly #ports: SnapshotMakerPorts
  #making: Making | null = null
  /** Of the last snapshot, made here or installed. */
  #lastIndex: number
  #lastMs: number
  #bytesSince = 0

  /** @param chunkBytesMax no receiver takes a larger piece */
  constructor(
    thresholds: SnapshotThresholds,
    chunkBytesMax: number,
    last: { readonly index: number; readonly nowMs: number },
    ports: SnapshotMakerPorts,
  ) {
    this.#thresholds = thresholds
    this.#chunkBytesMax = chunkBytesMax
    this.#lastIndex = last.index
    this.#lastMs = last.nowMs
    this.#ports = ports
  }

  /** Name of the one that is being made; null for none. */
  get making(): SnapshotMeta | null {
    return this.#making?.meta ?? null
  }

  /** Whether `step` would do anything now. */
  get hasWork(): boolean {
    return this.#making !== null && !this.#making.isWriting
  }

  /** An entry of so many bytes was applied. */
  applied(bytes: number): void {
    this.#bytesSince += bytes
  }

  /** @param isPressed the log takes too much memory, whatever was applied since */
  isDue(appliedIndex: number, nowMs: number, isPressed: boolean): boolean {
    const { entries, intervalMs, bytes } = this.#thresholds
    const entriesSince = appliedIndex - this.#lastIndex
    if (this.#making !== null || entriesSince === 0) return false
    if (isPressed || entriesSince >= entries || this.#bytesSince >= bytes) return true
    return nowMs - this.#lastMs >= intervalMs
  }

  /** @param pieces a copy of the state at `meta.index` */
  begin(meta: SnapshotMeta, roster: Roster, pieces: Iterator<Uint8Array>, nowMs: number): void {
    this.#making = { meta, pieces, chunks: 0, bytes: 0, isWriting: false }
    this.#lastIndex = meta.index
    this.#lastMs = nowMs
    this.#bytesSince = 0
    this.#writeChunk(this.#making, roster.encode())
  }

  /** Goes on by a chunk. */
  step(): void {
    const making = this.#making
    if (making === null || making.isWriting) return
    const { done, value } = making.pieces.next()
    if (done === true) this.#complete(making)
    else if (value.length > 0) this.#writeChunk(making, value)
  }

  /** A snapshot took the place of the state that was copied. */
  abort(index: number, nowMs: number): void {
    const making = this.#making
    this.#making = null
    this.#lastIndex = index
    this.#lastMs = nowMs
    this.#bytesSince = 0
    if (making === null) return
    const { index: at, term } = making.meta
    this.#ports.write({ kind: 'snapshot-discard', index: at, term }, () => {})
  }

  #writeChunk(making: Making, bytes: Uint8Array): void {
    const { index, term } = making.meta
    const chunk = making.chunks
    // A peer that needs it would ask for it again and again.
    invariant(bytes.length <= this.#chunkBytesMax, 'a piece of a snapshot that no peer takes', {
      ...{ index, term, chunk, bytes: bytes.length, most: this.#chunkBytesMax },
    })
    making.chunks += 1
    making.bytes += bytes.length
    making.isWriting = true
    this.#ports.write({ kind: 'snapshot-chunk', index, term, chunk, bytes }, () => {
      making.isWriting = false
    })
  }

  #complete(making: Making): void {
    const { meta, chunks, bytes } = making
    const snapshot = { meta, chunks, bytes }
    making.isWriting = true
    this.#ports.write({ kind: 'snapshot-complete', snapshot }, () => {
      if (this.#making !== making) return
      this.#making = null
      this.#ports.made(snapshot)
    })
  }
}
