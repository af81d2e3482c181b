/**
 * One simulated replica: a process, a disk and a node, joined as src/replica/process/run.ts joins
 * them. It tells the invariants what happens and decides nothing.
 */
import { BerthError } from '../../../src/errors/berth-error.js'
import { memberIds } from '../../../src/raft/core/configuration.js'
import type { Configuration, Entry } from '../../../src/raft/core/entry.js'
import type {
  PeerRecord,
  StorageOperation,
  StoredSnapshot,
} from '../../../src/raft/node/disk/storage.js'
import type { Frame } from '../../../src/raft/node/frame.js'
import type { Glimpse, Handshake } from '../../../src/raft/node/identity/handshake.js'
import type { PeerVerdict } from '../../../src/raft/node/identity/peer-judgement.js'
import { Node } from '../../../src/raft/node/node.js'
import type { NodeOptions } from '../../../src/raft/node/node-options.js'
import type { NodePorts, RoleChange, StopReason } from '../../../src/raft/node/node-ports.js'
import type { DiskDriver } from '../kernel/disk-driver.js'
import type { FailureSink } from '../kernel/invariant-failure.js'
import type { PeerEnd } from '../kernel/peer-link.js'
import type { PeerLinks } from '../kernel/peer-links.js'
import type { Random } from '../kernel/random.js'
import type { SimDisk } from '../kernel/sim-disk.js'
import type { SimProcess } from '../kernel/sim-process.js'
import { RegisterMachine } from './register-machine.js'

/** Who hears of everything that a replica does, at the instant at which it does it. */
export interface ReplicaWatch {
  /** Before the frame leaves. */
  sending(replica: SimReplica, to: number, frame: Frame): void
  receiving(replica: SimReplica, from: number, frame: Frame): void
  /** Before the operation is handed to the disk. */
  /** Before it talks to a peer that has shown itself. */
  accepting(replica: SimReplica, peer: Handshake): void
  storing(replica: SimReplica, operation: StorageOperation): void
  /** It reads a snapshot for a peer, and that has been replaced. */
  chunkGone(replica: SimReplica, snapshot: StoredSnapshot): void
  applied(replica: SimReplica, entry: Entry): void
  restored(replica: SimReplica, index: number): void
  roleChanged(replica: SimReplica, change: RoleChange): void
  configured(replica: SimReplica): void
  /** It ended itself. */
  stopped(replica: SimReplica, reason: StopReason): void
}

export interface ReplicaParts {
  readonly process: SimProcess
  readonly driver: DiskDriver
  readonly links: PeerLinks<Frame>
  readonly random: Random
  readonly watch: ReplicaWatch
  /** Frames go through the codec of the wire where this says so. */
  readonly viaWire: (frame: Frame) => Frame
  readonly failures: FailureSink
  /** Whether events are projected. */
  readonly projects: boolean
}

export class SimReplica implements PeerEnd<Frame> {
  readonly id: number
  readonly process: SimProcess
  readonly driver: DiskDriver
  readonly met = new Map<number, Handshake>()
  readonly #parts: ReplicaParts
  #options: NodeOptions
  /** Whom it was told of when it was set up. */
  readonly #told: readonly number[]
  #node: Node<number> | null = null
  machine = new RegisterMachine()
  role: RoleChange = { role: 'follower', term: 0, leader: 0 }
  configuration: Configuration | null = null
  configurationBefore: Configuration | null = null
  /** Who has shown itself to this life. */
  readonly #callers = new Set<number>()
  /** Whom it knows how to reach. */
  peers: ReadonlySet<number> = new Set()
  /** Its data are gone or set back: it must never take part again. */
  isLost = false
  /** What others had on their disks of it when its data went. */
  knownAs: ReadonlyMap<number, PeerRecord> = new Map()
  /** It has ended for good. */
  isGone = false

  constructor(options: NodeOptions, told: readonly number[], parts: ReplicaParts) {
    this.id = options.id
    this.#options = options
    this.#told = told
    this.#parts = parts
    this.process = parts.process
    this.driver = parts.driver
  }

  get disk(): SimDisk {
    return this.driver.disk
  }

  get nowMs(): number {
    return this.process.nowMs
  }

  /**
   * Who began the cluster is started with all that it has grown to, as the manual says: else one
   * that began alone and lost its data would begin another one wherever nobody reaches it.
   */
  nowBesides(voters: readonly number[]): void {
    if (this.#options.initialVoters.length === 0) return
    this.#options = { ...this.#options, initialVoters: [...new Set([this.id, ...voters])] }
  }

  /** While it is up. */
  get node(): Node<number> | null {
    return this.#node
  }

  get isLeader(): boolean {
    return this.#node !== null && this.role.role === 'leader'
  }

  start(): void {
    if (this.process.isUp || this.isGone) return
    const stored = this.disk.open()
    if (stored === null) {
      this.isLost = true
      this.isGone = true
      return
    }
    this.process.start()
    this.machine = new RegisterMachine()
    this.role = { role: 'follower', term: 0, leader: 0 }
    this.configuration = null
    this.configurationBefore = null
    const ports = noting(this.#ports(), this.#parts.failures)
    try {
      this.#node = new Node(this.#options, stored, this.machine, ports, this.nowMs)
    } catch (error) {
      // The database says so itself: it is marked.
      if (!(error instanceof BerthError)) throw error
      this.#parts.watch.stopped(this, { code: error.code, detail: error.message })
      this.process.kill()
      this.isGone = true
      return
    }
    this.#setPeers()
    this.#node.start(this.nowMs)
    this.process.every(this.#options.tickMs!, () => this.#node?.tick(this.nowMs))
  }

  /** @param isNoticed others hear of it at once */
  crash(isNoticed: boolean): void {
    if (!this.process.isUp) return
    this.process.kill()
    this.#node = null
    this.#callers.clear()
    this.driver.crashed()
    this.#parts.links.crashed(this.id, isNoticed)
  }

  hello(): Handshake {
    return this.#node!.hello()
  }

  judge(peer: Handshake): PeerVerdict {
    const verdict = this.#node!.judge(peer)
    if (verdict.kind === 'accept') this.#parts.watch.accepting(this, peer)
    const isNews = !this.#callers.has(peer.replicaId)
    if (verdict.kind === 'refuse') this.#callers.delete(peer.replicaId)
    else if (isNews) {
      this.#callers.add(peer.replicaId)
      this.#setPeers()
    }
    return verdict
  }

  connected(peer: Handshake): void {
    this.#node?.connected(peer, this.nowMs)
  }

  refused(peer: Handshake | Glimpse, code: string, detail: string): void {
    this.#node?.refused(peer, code, detail, this.nowMs)
  }

  unreachable(id: number): void {
    this.#node?.unreachable(id, this.nowMs)
  }

  frame(from: number, run: number, frame: Frame): void {
    this.#parts.watch.receiving(this, from, frame)
    this.#node?.receive(from, run, frame, this.nowMs)
  }

  #setPeers(): void {
    const members = this.configuration === null ? [] : memberIds(this.configuration)
    const ids = new Set(members.length > 0 ? members : this.#told)
    // A replica that waits to be added, or was removed, goes on asking those that it knows.
    if (!ids.has(this.id)) for (const id of this.#told) ids.add(id)
    for (const id of this.#callers) {
      const shown = this.met.get(id)
      const isWelcome = shown !== undefined && this.#node?.judge(shown).kind === 'accept'
      if (isWelcome) ids.add(id)
      else this.#callers.delete(id)
    }
    ids.delete(this.id)
    this.peers = ids
    this.#parts.links.setPeers(this.id, ids)
  }

  #ports(): NodePorts<number> {
    const { watch, links, random, process, viaWire } = this.#parts
    return {
      send: (to, frame) => {
        watch.sending(this, to, frame)
        links.send(this.id, to, viaWire(frame))
      },
      greet: (peer) => links.break(this.id, peer),
      store: (operation) => this.#store(operation),
      readChunk: (snapshot, chunk) => this.#readChunk(snapshot, chunk),
      crc32c: checksum,
      random: (bound) => random.below(bound),
      stop: (reason) => {
        this.crash(true)
        watch.stopped(this, reason)
      },
      log: () => {},
      roleChanged: (change) => {
        this.role = change
        watch.roleChanged(this, change)
      },
      membershipChanged: ({ configuration }) => {
        if (configuration !== this.configuration) this.configurationBefore = this.configuration
        this.configuration = configuration
        this.#setPeers()
        watch.configured(this)
      },
      applied: (entry) => {
        watch.applied(this, entry)
        this.#tellCluster()
        if (this.#parts.projects) this.#node?.project(entry.index, [])
      },
      restored: (index) => {
        watch.restored(this, index)
        this.#tellCluster()
      },
      stalled: () => {},
      leaving: () => {},
      wake: () => process.soon(() => this.#node?.work(this.nowMs)),
    }
  }

  #tellCluster(): void {
    const { clusterId } = this.machine
    if (clusterId !== null) this.#node?.clusterFormed(clusterId, this.nowMs)
  }

  #store(operation: StorageOperation): void {
    this.#parts.watch.storing(this, operation)
    this.driver.run(operation, (answer) => {
      const error = answer === 'ok' ? null : new BerthError('database_taken_over')
      this.#node?.stored(error, this.nowMs)
    })
  }

  #readChunk(snapshot: StoredSnapshot, chunk: number): void {
    this.driver.readChunk(snapshot, chunk, (outcome) => {
      if (outcome === 'gone') this.#parts.watch.chunkGone(this, snapshot)
      const bytes = outcome instanceof Uint8Array ? outcome : new BerthError('snapshot_damaged')
      this.#node?.chunkRead(snapshot, chunk, bytes, this.nowMs)
    })
  }
}

/** Stands in for CRC-32C: fast, and good enough where nothing flips bits on purpose. */
function checksum(bytes: Uint8Array): number {
  let sum = bytes.length
  for (let at = 0; at < bytes.length; at += 1) sum = Math.imul(sum ^ bytes[at]!, 0x01000193)
  return sum >>> 0
}

/** The same ports; what they throw is noted. */
function noting(ports: NodePorts<number>, failures: FailureSink): NodePorts<number> {
  const entries = Object.entries(ports).map(([name, call]) => {
    const act = call as (...given: readonly unknown[]) => unknown
    const noted = (...given: readonly unknown[]) => {
      try {
        return act(...given)
      } catch (error) {
        failures.note(error)
        throw error
      }
    }
    return [name, noted] as const
  })
  return Object.fromEntries(entries) as unknown as NodePorts<number>
}
