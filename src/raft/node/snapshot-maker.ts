/**
 * Makes snapshots of the own state: names one, has the state machine copy itself, and puts the copy
 * into storage chunk by chunk, one step at a time between other work, so that neither heartbeats
 * nor appends wait for it (bug L16).
 *
 * Invariants: at most one is being made, and at most one chunk of it is in memory; the name and the
 * copy are taken at the same instant, so the snapshot is of exactly what its index says (bug S9).
 */
import type { SnapshotMeta } from '../core/entry.js'
import type { Roster } from './roster.js'
import { ChunkCutter } from './snapshot-bytes.js'
import type { StoredSnapshot } from './storage.js'
import type { UpkeepOperation } from './write-queue.js'

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
  readonly cutter: ChunkCutter
  chunks: number
  bytes: number
  /** A chunk, or the completion, is on its way to the disk. */
  isWriting: boolean
}

export class SnapshotMaker {
  readonly #thresholds: SnapshotThresholds
  readonly #chunkBytes: number
  readonly #ports: SnapshotMakerPorts
  #making: Making | null = null
  /** Of the last snapshot, made here or installed. */
  #lastIndex: number
  #lastMs: number
  #bytesSince = 0

  constructor(
    thresholds: SnapshotThresholds,
    chunkBytes: number,
    last: { readonly index: number; readonly nowMs: number },
    ports: SnapshotMakerPorts,
  ) {
    this.#thresholds = thresholds
    this.#chunkBytes = chunkBytes
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

  isDue(appliedIndex: number, nowMs: number): boolean {
    const { entries, intervalMs, bytes } = this.#thresholds
    const entriesSince = appliedIndex - this.#lastIndex
    if (this.#making !== null || entriesSince === 0) return false
    if (entriesSince >= entries || this.#bytesSince >= bytes) return true
    return nowMs - this.#lastMs >= intervalMs
  }

  /** @param pieces a copy of the state at `meta.index` */
  begin(meta: SnapshotMeta, roster: Roster, pieces: Iterator<Uint8Array>, nowMs: number): void {
    const cutter = new ChunkCutter(roster, pieces, this.#chunkBytes)
    this.#making = { meta, cutter, chunks: 0, bytes: 0, isWriting: false }
    this.#lastIndex = meta.index
    this.#lastMs = nowMs
    this.#bytesSince = 0
  }

  /** Goes on a little. */
  step(): void {
    const making = this.#making
    if (making === null || making.isWriting) return
    const { cutter, meta } = making
    const bytes = cutter.step()
    if (bytes !== null) this.#writeChunk(making, bytes)
    else if (cutter.hasEnded) this.#complete(making, meta)
  }

  /** A snapshot took the place of the state that was copied. */
  abort(index: number, nowMs: number): void {
    const making = this.#making
    this.#making = null
    this.#lastIndex = index
    this.#lastMs = nowMs
    this.#bytesSince = 0
    if (making === null || making.chunks === 0) return
    const { index: at, term } = making.meta
    this.#ports.write({ kind: 'snapshot-discard', index: at, term }, () => {})
  }

  #writeChunk(making: Making, bytes: Uint8Array): void {
    const { index, term } = making.meta
    const chunk = making.chunks
    making.chunks += 1
    making.bytes += bytes.length
    making.isWriting = true
    this.#ports.write({ kind: 'snapshot-chunk', index, term, chunk, bytes }, () => {
      making.isWriting = false
    })
  }

  #complete(making: Making, meta: SnapshotMeta): void {
    const { chunks, bytes } = making
    const snapshot = { meta, chunks, bytes }
    making.isWriting = true
    this.#ports.write({ kind: 'snapshot-complete', snapshot }, () => {
      if (this.#making !== making) return
      this.#making = null
      this.#ports.made(snapshot)
    })
  }
}
