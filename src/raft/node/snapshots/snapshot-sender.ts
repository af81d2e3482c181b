/**
 * Streams snapshots to peers that need entries which are gone (Raft §7): an offer, then chunks, as
 * many ahead of what the peer has on its disk as the link takes at once. A peer that makes no
 * progress at all, or does not know the transfer (it was restarted), ends it, and the core hears so
 * and begins anew (bugs L9, L11).
 *
 * What got lost is sent again, and nothing else is: a link may be slow, and whatever is on its way
 * twice makes it slower. So after a silence the offer alone is sent again, with how much was sent
 * before it. It comes behind all of that, and the peer answers what of it did not come.
 *
 * Invariants: one transfer a peer; the snapshot of a running transfer is kept (`oldestInUse`, bug
 * L14); every transfer ends with exactly one report to the core unless this replica stops leading,
 * whereupon the core has forgotten it as well.
 */
import type { ReplicaId } from '../../core/entry.js'
import type { InstallSnapshot } from '../../core/message.js'
import type { StoredSnapshot } from '../disk/storage.js'
import type { Frame, SnapshotProgress } from '../frame.js'
import { TransferPace, type TransferPaceSettings } from './transfer-pace.js'

export interface SnapshotSenderSettings {
  readonly pace: TransferPaceSettings
  /** Transfers at a time; further peers wait. */
  readonly transfersMax: number
  /** Without an answer for so long the offer is sent again, to ask what has come. */
  readonly resendTicks: number
  /** Without progress for so long, a transfer has failed. */
  readonly progressTicks: number
  /** The same once all chunks are stored: the peer may take the state over before it answers. */
  readonly installTicks: number
}

export interface SnapshotSenderPorts {
  send(to: ReplicaId, frame: Frame): void
  /** The answer comes by `chunkRead`. */
  readChunk(snapshot: StoredSnapshot, chunk: number): void
  crc32c(bytes: Uint8Array): number
  /** The transfer to this peer has ended. */
  ended(peer: ReplicaId, ok: boolean, reason: string): void
  /** A number that names a transfer. */
  newTransfer(): number
}

interface Transfer {
  readonly peer: ReplicaId
  readonly number: number
  message: InstallSnapshot
  readonly snapshot: StoredSnapshot
  /** The peer has answered the offer. */
  isAccepted: boolean
  /** Chunks on the peer's disk, from the first on. */
  stored: number
  /** Next chunk to send. */
  next: number
  /** A chunk that is being read; -1 for none. */
  reading: number
  progressTick: number
  /** When something was sent or stored last. */
  busyTick: number
  readonly pace: TransferPace
  /** When each chunk was sent, by its number. */
  readonly sentTicks: number[]
}

/** How far a transfer is, for people. */
export interface TransferStatus {
  readonly peer: ReplicaId
  readonly snapshotIndex: number
  readonly storedChunks: number
  readonly chunks: number
}

export class SnapshotSender {
  readonly #settings: SnapshotSenderSettings
  readonly #ports: SnapshotSenderPorts
  readonly #running = new Map<ReplicaId, Transfer>()
  /** One for each member that needs a snapshot, at most. */
  readonly #waiting = new Map<ReplicaId, InstallSnapshot>()
  #newest: StoredSnapshot | null = null

  constructor(settings: SnapshotSenderSettings, ports: SnapshotSenderPorts) {
    this.#settings = settings
    this.#ports = ports
  }

  /** Transfers that begin from now on are of this snapshot. */
  set newest(snapshot: StoredSnapshot | null) {
    this.#newest = snapshot
  }

  /** The oldest snapshot that is being sent; null for none. */
  get oldestInUse(): StoredSnapshot | null {
    let oldest: StoredSnapshot | null = null
    for (const { snapshot } of this.#running.values()) {
      if (oldest === null || snapshot.meta.index < oldest.meta.index) oldest = snapshot
    }
    return oldest
  }

  get status(): readonly TransferStatus[] {
    return [...this.#running.values()].map(({ peer, snapshot, stored }) => {
      const { meta, chunks } = snapshot
      return { peer, snapshotIndex: meta.index, storedChunks: stored, chunks }
    })
  }

  /** The core wants this peer to get a snapshot. */
  begin(message: InstallSnapshot, tick: number): void {
    const peer = message.to
    const running = this.#running.get(peer)
    // The core asks again when a long transfer takes very long: it goes on.
    if (running !== undefined) running.message = message
    else if (this.#running.size >= this.#settings.transfersMax) this.#waiting.set(peer, message)
    else this.#start(message, tick)
  }

  progress(peer: ReplicaId, frame: SnapshotProgress, tick: number): void {
    const transfer = this.#running.get(peer)
    if (transfer === undefined || transfer.number !== frame.transfer) return
    if (frame.state === 'installed') {
      this.#end(transfer, true, 'installed', tick)
    } else if (frame.state === 'refused') {
      this.#end(transfer, false, frame.reason, tick)
    } else {
      this.#advance(transfer, frame, tick)
      this.#readNext(transfer)
    }
  }

  #advance(transfer: Transfer, { stored, missingFrom }: SnapshotProgress, tick: number): void {
    const isNews = stored > transfer.stored || !transfer.isAccepted
    if (isNews) Object.assign(transfer, { progressTick: tick, busyTick: tick })
    transfer.isAccepted = true
    const { pace, sentTicks, snapshot } = transfer
    const through = Math.min(stored, snapshot.chunks)
    for (; transfer.stored < through; transfer.stored += 1) {
      pace.stored(tick - (sentTicks[transfer.stored] ?? tick))
    }
    transfer.next = Math.max(Math.min(transfer.next, missingFrom ?? transfer.next), transfer.stored)
  }

  /** A chunk that was asked for has been read. */
  chunkRead(snapshot: StoredSnapshot, chunk: number, bytes: Uint8Array, tick: number): void {
    for (const transfer of this.#running.values()) {
      if (!isSame(transfer.snapshot, snapshot) || transfer.reading !== chunk) continue
      transfer.reading = -1
      if (chunk === transfer.next) this.#sendChunk(transfer, chunk, bytes, tick)
      this.#readNext(transfer)
    }
  }

  chunkFailed(snapshot: StoredSnapshot, chunk: number, reason: string, tick: number): void {
    for (const transfer of [...this.#running.values()]) {
      if (!isSame(transfer.snapshot, snapshot) || transfer.reading !== chunk) continue
      this.#end(transfer, false, reason, tick)
    }
  }

  tick(tick: number): void {
    const { progressTicks, installTicks, resendTicks } = this.#settings
    for (const transfer of [...this.#running.values()]) {
      const isStored = transfer.stored === transfer.snapshot.chunks
      if (tick - transfer.progressTick >= (isStored ? installTicks : progressTicks)) {
        this.#end(transfer, false, 'the peer makes no progress', tick)
      } else if (tick - transfer.busyTick >= resendTicks) {
        transfer.busyTick = tick
        this.#offer(transfer)
      }
    }
  }

  /** Ends the transfers of snapshots before this one. Returns whether there were any. */
  endOlder(index: number, reason: string, tick: number): boolean {
    const older = [...this.#running.values()].filter(({ snapshot }) => snapshot.meta.index < index)
    for (const transfer of older) this.#end(transfer, false, reason, tick)
    return older.length > 0
  }

  /** This replica leads no more, or the peer is gone for good. Nothing is reported. */
  forgetAll(): void {
    this.#running.clear()
    this.#waiting.clear()
  }

  forget(peer: ReplicaId): void {
    this.#running.delete(peer)
    this.#waiting.delete(peer)
  }

  #start(message: InstallSnapshot, tick: number): void {
    const snapshot = this.#newest
    const peer = message.to
    if (snapshot === null) {
      this.#ports.ended(peer, false, 'there is no snapshot')
      return
    }
    const transfer: Transfer = {
      peer,
      number: this.#ports.newTransfer(),
      message,
      snapshot,
      isAccepted: false,
      stored: 0,
      next: 0,
      reading: -1,
      progressTick: tick,
      busyTick: tick,
      pace: new TransferPace(this.#settings.pace),
      sentTicks: [],
    }
    this.#running.set(peer, transfer)
    this.#offer(transfer)
  }

  #offer({ peer, number: transfer, message, snapshot, next: sent }: Transfer): void {
    const { meta, chunks, bytes } = snapshot
    const named = { ...message, snapshot: meta }
    const size = { chunks, bytes, sent }
    this.#ports.send(peer, { kind: 'snapshot-offer', transfer, message: named, ...size })
  }

  #readNext(transfer: Transfer): void {
    const { isAccepted, reading, next, stored, snapshot, pace } = transfer
    const isOpen = next < Math.min(stored + pace.windowChunks, snapshot.chunks)
    if (!isAccepted || reading >= 0 || !isOpen) return
    const isReadAlready = [...this.#running.values()].some((other) => {
      return other.reading === next && isSame(other.snapshot, snapshot)
    })
    transfer.reading = next
    if (!isReadAlready) this.#ports.readChunk(snapshot, next)
  }

  #sendChunk(transfer: Transfer, chunk: number, bytes: Uint8Array, tick: number): void {
    const { peer, number } = transfer
    const crc32c = this.#ports.crc32c(bytes)
    this.#ports.send(peer, { kind: 'snapshot-chunk', transfer: number, chunk, crc32c, bytes })
    transfer.next = chunk + 1
    transfer.busyTick = tick
    transfer.sentTicks[chunk] = tick
  }

  #end(transfer: Transfer, ok: boolean, reason: string, tick: number): void {
    this.#running.delete(transfer.peer)
    this.#ports.ended(transfer.peer, ok, reason)
    for (const [peer, message] of this.#waiting) {
      if (this.#running.size >= this.#settings.transfersMax) return
      this.#waiting.delete(peer)
      this.#start(message, tick)
    }
  }
}

function isSame(a: StoredSnapshot, b: StoredSnapshot): boolean {
  return a.meta.index === b.meta.index && a.meta.term === b.meta.term
}
