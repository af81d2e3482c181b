/**
 * Takes the state of a stored snapshot over (Raft §7), at a start or when a leader's has come:
 * reads it from the disk chunk by chunk and gives them to the state machine, a slice of work at a
 * time, so that neither heartbeats nor votes wait for it (bug L16). A chunk that cannot be read now
 * is asked for again.
 *
 * Invariants: at most two chunks are in memory, the one that the state machine reads and the next;
 * until the last step the state is as it was, so a restore may be given up at any time, for a newer
 * snapshot, say.
 */
import type { Budget } from '../../../jobs/job.js'
import type { StoredSnapshot } from '../disk/storage.js'
import { Roster } from '../identity/roster.js'
import type { Restoring } from '../node-ports.js'

/** How far it is, for people. */
export interface RestoreStatus {
  readonly index: number
  readonly readChunks: number
  readonly chunks: number
}

export class StateRestore {
  readonly snapshot: StoredSnapshot
  readonly #machine: Restoring
  readonly #readChunk: (snapshot: StoredSnapshot, chunk: number) => void
  /** Of the first chunk; the others are the state machine's. */
  #roster = new Roster()
  /** So many chunks have been read from the disk. */
  #read = 0
  /** The next one is asked for. */
  #isAsked = false
  /** When it is asked for again, for it could not be read; null for never. */
  #againTick: number | null = null
  /** Read while the state machine is at the one before. */
  #ahead: Uint8Array | null = null
  /** The state machine has something to read, or to take over. */
  #isAtWork = false
  #hasEnded = false

  /** @param readChunk the answer comes by `chunkRead` or `chunkFailed` */
  constructor(
    snapshot: StoredSnapshot,
    machine: Restoring,
    readChunk: (snapshot: StoredSnapshot, chunk: number) => void,
  ) {
    this.snapshot = snapshot
    this.#machine = machine
    this.#readChunk = readChunk
  }

  /** Asks for the first chunk. */
  begin(): void {
    this.#ask()
  }

  get status(): RestoreStatus {
    const { meta, chunks } = this.snapshot
    return { index: meta.index, readChunks: this.#read, chunks }
  }

  /** Whether `step` would do anything now. */
  get hasWork(): boolean {
    return this.#isAtWork
  }

  /** Whether this chunk was asked for here, and has not come. */
  awaits({ meta }: StoredSnapshot, chunk: number): boolean {
    const { index, term } = this.snapshot.meta
    const isNext = this.#isAsked && chunk === this.#read
    return isNext && meta.index === index && meta.term === term
  }

  /** @throws BerthError `invalid_message` when the first one is no roster */
  chunkRead(bytes: Uint8Array): void {
    this.#isAsked = false
    this.#read += 1
    if (this.#read === 1) this.#roster = Roster.decode(bytes)
    else this.#ahead = bytes
    this.#goOn()
  }

  /** It cannot be read before this tick. */
  chunkFailed(againTick: number): void {
    this.#isAsked = false
    this.#againTick = againTick
  }

  tick(tick: number): void {
    if (this.#againTick === null || tick < this.#againTick) return
    this.#againTick = null
    this.#ask()
  }

  /**
   * Goes on by a slice.
   * @returns the roster once the state machine has taken all over; null before
   * @throws BerthError when the snapshot is damaged, or of another version
   */
  step(budget: Budget): Roster | null {
    if (!this.#isAtWork || !this.#machine.step(budget)) return null
    this.#isAtWork = false
    if (this.#hasEnded) return this.#roster
    this.#goOn()
    return null
  }

  /** Gives the state machine what it can take, and asks for what comes behind that. */
  #goOn(): void {
    if (this.#ahead !== null && !this.#isAtWork) {
      this.#machine.add(this.#ahead)
      this.#ahead = null
      this.#isAtWork = true
    }
    if (this.#read < this.snapshot.chunks) {
      if (this.#ahead === null && !this.#isAsked) this.#ask()
    } else if (!this.#isAtWork) {
      this.#machine.end()
      this.#hasEnded = true
      this.#isAtWork = true
    }
  }

  #ask(): void {
    this.#isAsked = true
    this.#readChunk(this.snapshot, this.#read)
  }
}
