/**
 * Everything about snapshots of one replica: when its own are made, which are kept, how far the log
 * may go, and what is sent and received.
 *
 * Invariants: the two newest are kept, and the log from the older of them on, so that a damaged one
 * can be done without; no new one is made while an older one than the newest is being sent, for
 * storage keeps two (bug L14); nothing is compacted that a running transfer's receiver will need.
 *
 * All of that gives way where the log takes more than half of the memory that it may take: then a
 * snapshot is made at once, transfers of older ones end, and the log goes up to the newest. Else
 * one slow peer, or entries as large as they may be, would use up any memory.
 */
import { BerthError } from '../../../errors/berth-error.js'
import type { ReplicaId } from '../../core/entry.js'
import { entryBytes } from '../../core/log.js'
import type { InstallSnapshot } from '../../core/message.js'
import type { Raft } from '../../core/raft.js'
import { raftDefaults } from '../../core/settings.js'
import type { Applier } from '../applier.js'
import type { StoredSnapshot } from '../disk/storage.js'
import type { UpkeepOperation } from '../disk/write-queue.js'
import type { Frame, SnapshotChunk, SnapshotOffer, SnapshotProgress } from '../frame.js'
import type { NodeSettings } from '../node-options.js'
import type { StateMachine } from '../node-ports.js'
import { SnapshotMaker } from './snapshot-maker.js'
import { SnapshotReceiver, type SnapshotReceiverSettings } from './snapshot-receiver.js'
import {
  SnapshotSender,
  type SnapshotSenderSettings,
  type TransferStatus,
} from './snapshot-sender.js'

/** Chunks on their way to a peer, at most: see `TransferPace`. */
const windowChunks = 32
/** Transfers to peers at a time. */
const transfersMax = 2
/** Callers that wait for a snapshot; the next is refused as `overloaded`. */
const waitingMax = 64
/** In election timeouts: what chunks may queue, when a transfer asks, fails, or is installed. */
const queueTimeouts = 0.25
const resendTimeouts = 1
const progressTimeouts = 10
const installTimeouts = 120
const silenceTimeouts = 20

export interface SnapshotsPorts {
  send(to: ReplicaId, frame: Frame): void
  write(operation: UpkeepOperation, done: () => void): void
  readChunk(snapshot: StoredSnapshot, chunk: number): void
  crc32c(bytes: Uint8Array): number
  random(bound: number): number
  warn(fields: object, message: string): void
}

/** Called once the snapshot is durable, or with the reason why there is none. */
export type SnapshotDone = (outcome: SnapshotTaken | BerthError) => void

export interface SnapshotTaken {
  readonly index: number
  readonly term: number
  /** false: the newest one has all of it already. */
  readonly isNew: boolean
}

export interface SnapshotsStatus {
  /** 0 for none. */
  readonly newestIndex: number
  readonly newestBytes: number
  /** Index of the one that is being made; 0 for none. */
  readonly makingIndex: number
  readonly sending: readonly TransferStatus[]
  readonly receiving: SnapshotReceiver['status']
}

type Sizes = Pick<NodeSettings, 'electionTicks' | 'snapshotBytesMax' | 'snapshotChunkBytesMax'>

/** What sender and receiver of a snapshot are held to. */
export function snapshotTimes({
  electionTicks,
  snapshotBytesMax: bytesMax,
  snapshotChunkBytesMax: chunkBytesMax,
}: Sizes): {
  readonly sending: SnapshotSenderSettings
  readonly receiving: SnapshotReceiverSettings
} {
  const queueTicks = Math.max(1, Math.floor(queueTimeouts * electionTicks))
  return {
    sending: {
      pace: { windowChunksMax: windowChunks, queueTicks },
      transfersMax,
      resendTicks: resendTimeouts * electionTicks,
      progressTicks: progressTimeouts * electionTicks,
      installTicks: installTimeouts * electionTicks,
    },
    receiving: {
      bytesMax,
      chunkBytesMax,
      windowChunks,
      silenceTicks: silenceTimeouts * electionTicks,
    },
  }
}

export class Snapshots<R> {
  readonly #machine: StateMachine<R>
  readonly #applier: Applier<R>
  readonly #core: () => Raft
  readonly #settings: NodeSettings
  readonly #ports: SnapshotsPorts
  readonly #maker: SnapshotMaker
  readonly #sender: SnapshotSender
  readonly #receiver: SnapshotReceiver
  #newest: StoredSnapshot | null
  /** The log is kept from here on, should the newest be damaged. */
  #fallbackIndex: number
  #compactedIndex: number
  /** Whoever asked for a snapshot gets the one that is being made, or the next. */
  #waiting: SnapshotDone[] = []
  #isAskedFor = false

  constructor(
    settings: NodeSettings,
    stored: { readonly snapshot: StoredSnapshot | null; readonly compactedIndex: number },
    parts: { machine: StateMachine<R>; applier: Applier<R>; core: () => Raft },
    ports: SnapshotsPorts,
    nowMs: number,
  ) {
    this.#settings = settings
    this.#machine = parts.machine
    this.#applier = parts.applier
    this.#core = parts.core
    this.#ports = ports
    this.#newest = stored.snapshot
    this.#fallbackIndex = stored.compactedIndex
    this.#compactedIndex = stored.compactedIndex
    const last = { index: stored.snapshot?.meta.index ?? 0, nowMs }
    const { send, write, readChunk, crc32c, random } = ports
    const { snapshotChunkBytesMax } = settings
    this.#maker = new SnapshotMaker(settings.snapshot, snapshotChunkBytesMax, last, {
      write,
      made: (snapshot) => this.#made(snapshot),
    })
    const times = snapshotTimes(settings)
    this.#sender = new SnapshotSender(times.sending, {
      send,
      readChunk,
      crc32c,
      ended: (peer, ok, reason) => this.#transferEnded(peer, ok, reason),
      newTransfer: () => random(Number.MAX_SAFE_INTEGER),
    })
    this.#sender.newest = stored.snapshot
    this.#receiver = new SnapshotReceiver(times.receiving, {
      send,
      write,
      crc32c,
      received: (message) => this.#received(message),
    })
  }

  get status(): SnapshotsStatus {
    return {
      newestIndex: this.#newest?.meta.index ?? 0,
      newestBytes: this.#newest?.bytes ?? 0,
      makingIndex: this.#maker.making?.index ?? 0,
      sending: this.#sender.status,
      receiving: this.#receiver.status,
    }
  }

  get hasWork(): boolean {
    return this.#maker.hasWork || this.#isAskedFor
  }

  /** Goes on with the snapshot that is being made, or begins one that was asked for. */
  work(nowMs: number): void {
    if (!this.#isAskedFor) {
      this.#maker.step()
      return
    }
    this.#isAskedFor = false
    if (this.#maker.making !== null) return
    const reason = this.#begin(nowMs)
    if (reason !== null) this.#failWaiting(reason)
  }

  tick(tick: number, nowMs: number): void {
    this.#sender.tick(tick)
    this.#receiver.tick(tick)
    const { appliedIndex } = this.#applier
    if (this.#isPressed) this.#relieve(tick)
    if (this.#maker.isDue(appliedIndex, nowMs, this.#isPressed)) this.#begin(nowMs)
  }

  /** An entry of so many bytes was applied. */
  applied(bytes: number): void {
    this.#maker.applied(bytes)
  }

  /** Makes one as soon as other work allows, whatever is due. */
  takeNow(done: SnapshotDone): void {
    const { appliedIndex } = this.#applier
    const newest = this.#newest?.meta
    if (newest !== undefined && newest.index === appliedIndex) {
      done({ index: newest.index, term: newest.term, isNew: false })
      return
    }
    if (this.#waiting.length >= waitingMax) {
      done(new BerthError('overloaded', `${waitingMax} callers wait for a snapshot already.`))
      return
    }
    this.#waiting.push(done)
    this.#isAskedFor = true
  }

  /** The core wants a peer to get a snapshot. */
  send(message: InstallSnapshot, tick: number): void {
    this.#sender.begin(message, tick)
  }

  progress(from: ReplicaId, frame: SnapshotProgress, tick: number): void {
    this.#sender.progress(from, frame, tick)
  }

  chunkRead(snapshot: StoredSnapshot, chunk: number, bytes: Uint8Array, tick: number): void {
    this.#sender.chunkRead(snapshot, chunk, bytes, tick)
  }

  /** Another snapshot must take the place of one that cannot be read. */
  chunkFailed(
    snapshot: StoredSnapshot,
    chunk: number,
    error: BerthError,
    tick: number,
    nowMs: number,
  ): void {
    this.#ports.warn({ index: snapshot.meta.index, chunk }, error.message)
    this.#sender.chunkFailed(snapshot, chunk, error.message, tick)
    if (error.code === 'snapshot_damaged' && this.#maker.making === null) this.#begin(nowMs)
  }

  offered(from: ReplicaId, frame: SnapshotOffer, tick: number): void {
    const core = this.#core()
    const { message } = frame
    const isNews = message.snapshot.index > core.committedIndex && message.term >= core.term
    if (isNews) {
      this.#receiver.offered(from, frame, tick)
      return
    }
    // The core says what it has, or that there is a later term.
    core.step(message)
    const hasAll = message.snapshot.index <= core.committedIndex
    const state = hasAll ? 'installed' : 'refused'
    const { transfer } = frame
    const reason = hasAll ? '' : 'there is a later term'
    this.#ports.send(from, { kind: 'snapshot-progress', transfer, stored: 0, state, reason })
  }

  chunk(from: ReplicaId, frame: SnapshotChunk, tick: number): void {
    this.#receiver.chunk(from, frame, tick)
  }

  /** What the core has decided to install. */
  toInstall(index: number): StoredSnapshot {
    return this.#receiver.toInstall(index)
  }

  /**
   * It is durable, in the place of the log. What is made of the state that it replaces is given up.
   * @returns what the state machine is to take over
   */
  installed(index: number, nowMs: number): StoredSnapshot {
    const snapshot = this.#receiver.toInstall(index)
    this.#maker.abort(index, nowMs)
    this.#failWaiting('A snapshot of the leader took the place of the state.')
    this.#newest = snapshot
    this.#sender.newest = snapshot
    this.#fallbackIndex = index
    this.#compactedIndex = index
    this.#receiver.installed()
    return snapshot
  }

  /** This replica leads no more. */
  leadershipLost(): void {
    this.#sender.forgetAll()
  }

  peerRemoved(peer: ReplicaId): void {
    this.#sender.forget(peer)
  }

  failAll(detail: string): void {
    this.#failWaiting(detail)
  }

  /** Returns why none can be made now; null if it has begun. */
  #begin(nowMs: number): string | null {
    const inUse = this.#sender.oldestInUse
    if (inUse !== null && inUse.meta.index !== this.#newest?.meta.index) {
      return `Snapshot ${inUse.meta.index} is still being sent.`
    }
    const meta = this.#core().nameSnapshot()
    const isOfThisState = meta !== null && meta.index === this.#applier.appliedIndex
    if (!isOfThisState) return 'The state is just being replaced, or there is none yet.'
    // Else the two would write, and one of them discard, chunks of the same name.
    this.#receiver.overtaken(meta.index)
    this.#maker.begin(meta, this.#applier.roster, this.#machine.snapshot(), nowMs)
    return null
  }

  #made(snapshot: StoredSnapshot): void {
    this.#fallbackIndex = this.#newest?.meta.index ?? this.#fallbackIndex
    this.#newest = snapshot
    this.#sender.newest = snapshot
    const { index, term } = snapshot.meta
    this.#core().snapshotTaken(snapshot.meta)
    this.#compact(index)
    const waiting = this.#waiting
    this.#waiting = []
    for (const done of waiting) done({ index, term, isNew: true })
  }

  /** The log takes so much memory that what is kept for convenience must go. */
  get #isPressed(): boolean {
    const { logBytesMax = raftDefaults.logBytesMax } = this.#settings.raft
    return this.#core().logBytes > logBytesMax / 2
  }

  #relieve(tick: number): void {
    const newest = this.#newest?.meta.index ?? 0
    if (this.#sender.endOlder(newest, 'the log grew too large to keep what it needs', tick)) return
    if (newest > this.#compactedIndex) this.#compact(newest)
  }

  #compact(newestIndex: number): void {
    const inUse = this.#sender.oldestInUse?.meta.index ?? newestIndex
    const kept = Math.min(this.#trailingFrom(newestIndex), this.#fallbackIndex)
    const through = Math.min(this.#isPressed ? newestIndex : kept, inUse)
    if (through <= this.#compactedIndex) return
    const { index, term } = this.#core().compact(through)
    if (index <= this.#compactedIndex) return
    this.#compactedIndex = index
    this.#ports.write({ kind: 'compact', index, term }, () => {})
  }

  /** What comes after this index is kept for peers that lag a little. */
  #trailingFrom(newestIndex: number): number {
    const { trailingEntries, trailingBytes } = this.#settings
    const from = newestIndex - trailingEntries
    const entries = this.#core().entries(from + 1, newestIndex)
    let bytes = 0
    for (let at = entries.length - 1; at >= 0; at -= 1) {
      bytes += entryBytes(entries[at]!)
      if (bytes > trailingBytes) return entries[at]!.index
    }
    return from
  }

  #received(message: InstallSnapshot): void {
    const core = this.#core()
    const before = core.status().compactedIndex
    core.step(message)
    const { compactedIndex, committedIndex } = core.status()
    const { index } = message.snapshot
    if (compactedIndex > before && compactedIndex === index) this.#receiver.taken()
    else this.#receiver.notTaken(committedIndex >= index)
  }

  #transferEnded(peer: ReplicaId, ok: boolean, reason: string): void {
    if (!ok) this.#ports.warn({ peer, reason }, 'A peer did not get its snapshot.')
    this.#core().reportSnapshot(peer, ok)
  }

  #failWaiting(detail: string): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (const done of waiting) done(new BerthError('conflict', detail))
  }
}
