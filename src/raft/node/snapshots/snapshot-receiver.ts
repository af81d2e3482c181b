/**
 * Takes in a snapshot that the leader streams (Raft §7). Chunks go to the disk one after the other
 * and are acknowledged once they are there; when all of them are, the core is told of the snapshot,
 * and decides whether it takes the place of its log.
 *
 * One at a time: a new offer of the same leader, or of a later term's, replaces what is going on; a
 * damaged chunk or a wrong size ends it with a refusal. Nothing that a peer sends makes this throw.
 *
 * Invariant: what is half received is dropped from the disk before anything of the same name is
 * written again.
 */
import type { ReplicaId } from '../../core/entry.js'
import type { InstallSnapshot } from '../../core/message.js'
import type { StoredSnapshot } from '../disk/storage.js'
import type { UpkeepOperation } from '../disk/write-queue.js'
import type { Frame, SnapshotChunk, SnapshotOffer, SnapshotProgress } from '../frame.js'

export interface SnapshotReceiverSettings {
  /** A larger snapshot is refused. */
  readonly bytesMax: number
  /** A larger chunk is refused. */
  readonly chunkBytesMax: number
  /** Chunks that arrived and are not on the disk; those beyond are missed when it is asked. */
  readonly windowChunks: number
  /** A sender that is silent for so long has given up. */
  readonly silenceTicks: number
}

export interface SnapshotReceiverPorts {
  send(to: ReplicaId, frame: Frame): void
  write(operation: UpkeepOperation, done: () => void): void
  crc32c(bytes: Uint8Array): number
  /** All chunks are on the disk. */
  received(message: InstallSnapshot): void
}

interface Receiving {
  readonly from: ReplicaId
  readonly transfer: number
  readonly message: InstallSnapshot
  readonly snapshot: StoredSnapshot
  /** Chunks, from the first on, and their bytes: those that are not stored are in memory. */
  arrived: number
  bytes: number
  stored: number
  heardTick: number
}

export class SnapshotReceiver {
  readonly #settings: SnapshotReceiverSettings
  readonly #ports: SnapshotReceiverPorts
  #receiving: Receiving | null = null
  /** Discards on their way to the disk. Nothing new is received meanwhile: they would pile up. */
  #discards = 0
  /** The core has taken what was received, and the disk has yet to. */
  #isInstalling = false

  constructor(settings: SnapshotReceiverSettings, ports: SnapshotReceiverPorts) {
    this.#settings = settings
    this.#ports = ports
  }

  /** How far it is, for people; null for nothing. */
  get status(): {
    readonly from: ReplicaId
    readonly index: number
    readonly stored: number
  } | null {
    if (this.#receiving === null) return null
    const { from, snapshot, stored } = this.#receiving
    return { from, index: snapshot.meta.index, stored }
  }

  /** The caller has seen to it that the sender may lead and that the snapshot is news. */
  offered(from: ReplicaId, frame: SnapshotOffer, tick: number): void {
    const { transfer, message, chunks, bytes, sent = 0 } = frame
    const running = this.#receiving
    if (running !== null && running.from === from && running.transfer === transfer) {
      running.heardTick = tick
      const { arrived, stored } = running
      const missing = arrived < sent ? { missingFrom: arrived } : {}
      this.#answer(from, { transfer, stored, ...missing, state: 'receiving', reason: '' })
      return
    }
    const isOutdone = running !== null && running.message.term > message.term
    if (this.#isInstalling || isOutdone || this.#discards > 0) return
    const { bytesMax } = this.#settings
    if (bytes > bytesMax || chunks > bytes) {
      const reason = `a snapshot of ${bytes} bytes in ${chunks} chunks, at most ${bytesMax} bytes`
      this.#answer(from, { transfer, stored: 0, state: 'refused', reason })
      return
    }
    this.drop()
    const snapshot = { meta: message.snapshot, chunks, bytes }
    const counts = { arrived: 0, bytes: 0, stored: 0, heardTick: tick }
    this.#receiving = { from, transfer, message, snapshot, ...counts }
    this.#tell(this.#receiving, 'receiving')
  }

  chunk(from: ReplicaId, frame: SnapshotChunk, tick: number): void {
    const receiving = this.#receiving
    if (receiving === null || receiving.from !== from || receiving.transfer !== frame.transfer) {
      const { transfer } = frame
      this.#answer(from, { transfer, stored: 0, state: 'refused', reason: 'unknown transfer' })
      return
    }
    receiving.heardTick = tick
    const { arrived } = receiving
    const isAhead = arrived - receiving.stored >= this.#settings.windowChunks
    if (frame.chunk !== arrived || isAhead) {
      if (frame.chunk < arrived) this.#tell(receiving, 'receiving')
      return
    }
    const fault = this.#findFault(receiving, frame)
    if (fault !== null) this.#refuse(receiving, fault)
    else this.#take(receiving, frame.bytes)
  }

  /** The core took what was received: it is kept until it is installed. */
  taken(): void {
    this.#isInstalling = this.#receiving !== null
  }

  /**
   * What the core took, to be installed now.
   * @throws Error when the core wants another one than it took: a bug
   */
  toInstall(index: number): StoredSnapshot {
    const snapshot = this.#receiving?.snapshot
    if (snapshot?.meta.index !== index) throw new Error(`snapshot ${index} was not received`)
    return snapshot
  }

  /** It took the place of the log on the disk. */
  installed(): void {
    this.#isInstalling = false
    this.#finish('installed', '')
  }

  /** The core did not take what was received: it has all of it, or another leader. */
  notTaken(hasAll: boolean): void {
    if (this.#receiving === null || this.#isInstalling) return
    this.#discard(this.#receiving)
    if (hasAll) this.#finish('installed', '')
    else this.#finish('refused', 'another leader')
  }

  /** This replica has come so far by itself: what it receives of that is needless. */
  overtaken(index: number): void {
    if ((this.#receiving?.snapshot.meta.index ?? index + 1) <= index) this.notTaken(true)
  }

  /** Drops what is half received; its sender will hear that nobody knows of it. */
  drop(): void {
    if (this.#receiving === null || this.#isInstalling) return
    this.#discard(this.#receiving)
    this.#receiving = null
  }

  tick(tick: number): void {
    const receiving = this.#receiving
    if (receiving === null || receiving.stored === receiving.snapshot.chunks) return
    if (tick - receiving.heardTick >= this.#settings.silenceTicks) this.drop()
  }

  #findFault(receiving: Receiving, { crc32c, bytes, chunk }: SnapshotChunk): string | null {
    const { snapshot } = receiving
    if (bytes.length === 0 || bytes.length > this.#settings.chunkBytesMax) return 'a wrong size'
    if (this.#ports.crc32c(bytes) !== crc32c) return `chunk ${chunk} is damaged`
    const isLast = chunk === snapshot.chunks - 1
    const total = receiving.bytes + bytes.length
    const fits = isLast ? total === snapshot.bytes : total < snapshot.bytes
    return fits ? null : 'more or less bytes than were offered'
  }

  #take(receiving: Receiving, bytes: Uint8Array): void {
    const { index, term } = receiving.snapshot.meta
    const chunk = receiving.arrived
    receiving.arrived += 1
    receiving.bytes += bytes.length
    this.#ports.write({ kind: 'snapshot-chunk', index, term, chunk, bytes }, () => {
      if (this.#receiving !== receiving) return
      receiving.stored += 1
      this.#tell(receiving, 'receiving')
      if (receiving.stored === receiving.snapshot.chunks) this.#ports.received(receiving.message)
    })
  }

  #refuse(receiving: Receiving, reason: string): void {
    this.#discard(receiving)
    this.#finish('refused', reason)
  }

  #discard({ snapshot, arrived }: Receiving): void {
    const { index, term } = snapshot.meta
    if (arrived === 0) return
    this.#discards += 1
    this.#ports.write({ kind: 'snapshot-discard', index, term }, () => {
      this.#discards -= 1
    })
  }

  #finish(state: 'installed' | 'refused', reason: string): void {
    const receiving = this.#receiving
    this.#receiving = null
    if (receiving !== null) this.#tell(receiving, state, reason)
  }

  #tell(
    { from, transfer, stored }: Receiving,
    state: SnapshotProgress['state'],
    reason = '',
  ): void {
    this.#answer(from, { transfer, stored, state, reason })
  }

  #answer(to: ReplicaId, progress: Omit<SnapshotProgress, 'kind'>): void {
    this.#ports.send(to, { kind: 'snapshot-progress', ...progress })
  }
}
