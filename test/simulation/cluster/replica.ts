/**
 * One simulated replica: a process, a disk and the whole machine of a replica, joined as
 * src/replica/process/run.ts joins them, with the sessions of hosts and its connection to NATS.
 */
import { BerthError } from '../../../src/errors/berth-error.js'
import type { Instant } from '../../../src/fsm/instant.js'
import type { Settings } from '../../../src/fsm/settings.js'
import { hostTiming } from '../../../src/fsm/settings-check.js'
import { memberIds } from '../../../src/raft/core/configuration.js'
import type { Frame } from '../../../src/raft/node/frame.js'
import type { Glimpse, Handshake } from '../../../src/raft/node/identity/handshake.js'
import type { PeerVerdict } from '../../../src/raft/node/identity/peer-judgement.js'
import type { NodeOptions } from '../../../src/raft/node/node-options.js'
import type { StopReason } from '../../../src/raft/node/node-ports.js'
import { type ReplicaFrame, replicaFrameKinds } from '../../../src/replica/machine/frames.js'
import { ReplicaMachine } from '../../../src/replica/machine/replica-machine.js'
import type { ReplicaPorts } from '../../../src/replica/machine/replica-ports.js'
import type { TableContext } from '../../../src/table/table-context.js'
import type { Get, HostMessage, TableAnswer } from '../../../src/wire/messages.js'
import type { DiskDriver } from '../kernel/disk-driver.js'
import type { PeerEnd } from '../kernel/peer-link.js'
import type { PeerLinks } from '../kernel/peer-links.js'
import type { Random } from '../kernel/random.js'
import type { Planned } from '../kernel/schedule.js'
import type { SimProcess } from '../kernel/sim-process.js'
import type { Nats, NatsResponder } from './nats.js'
import type { ReplicaEnd, Socket } from './socket.js'

export type AnyFrame = Frame | ReplicaFrame

/** Between ticks the leader looks at a running round this often, in ms. */
const roundMs = 10
const wallStartMs = 1_700_000_000_000

/**
 * Leases that end with a leader's death are welcome here, so the inequality that spares hosts this
 * is made easy: else no change of settings would be accepted.
 */
const timing = {
  ...hostTiming,
  electionTimeoutMs: 80,
  raftHeartbeatMs: 50,
  relayMs: 20,
  commitMs: 5,
}

export interface ReplicaParts {
  readonly process: SimProcess
  readonly driver: DiskDriver
  readonly links: PeerLinks<AnyFrame>
  readonly nats: Nats
  readonly random: Random
  readonly context: TableContext
  /** Of the build after this one. */
  readonly nextContext: TableContext
  readonly settings: Settings
  readonly peers: readonly number[]
  /** The wall clock, since some instant: about the same on all machines. */
  readonly wallMs: () => number
  readonly stopped: (replica: ClusterReplica, reason: StopReason) => void
}

export class ClusterReplica implements PeerEnd<AnyFrame>, ReplicaEnd, NatsResponder {
  readonly id: number
  readonly process: SimProcess
  readonly driver: DiskDriver
  /** Whether it is of the build after this one, from its next start on. */
  isNext = false
  readonly met = new Map<number, Handshake>()
  /** How far its wall clock is off. */
  wallOffMs = 0
  readonly #options: NodeOptions
  readonly #parts: ReplicaParts
  readonly #sockets = new Map<string, Socket>()
  #machine: ReplicaMachine | null = null
  #flushAtMs = Number.POSITIVE_INFINITY
  #flush: Planned | null = null
  #isStopping = false
  #uuids = 0

  constructor(options: NodeOptions, parts: ReplicaParts) {
    this.id = options.id
    this.process = parts.process
    this.driver = parts.driver
    this.#options = options
    this.#parts = parts
  }

  get url(): string {
    return urlOf(this.id)
  }

  /** While it is up. */
  get machine(): ReplicaMachine | null {
    return this.#machine
  }

  get now(): Instant {
    const { nowMs } = this.process
    const wallMs = Math.floor(wallStartMs + this.#parts.wallMs() + this.wallOffMs)
    return { monotonicMs: nowMs, wallMs }
  }

  get takesHosts(): boolean {
    return this.#machine !== null && !this.#isStopping
  }

  start(): void {
    if (this.process.isUp) return
    const stored = this.driver.disk.open()
    if (stored === null) throw new Error(`replica ${this.id} has lost its data`)
    this.process.start()
    this.#isStopping = false
    this.#flushAtMs = Number.POSITIVE_INFINITY
    this.#sockets.clear()
    const { settings, nats, random } = this.#parts
    const context = this.isNext ? this.#parts.nextContext : this.#parts.context
    const machine = new ReplicaMachine(
      {
        node: this.#options,
        genesisSettings: settings,
        timing,
        key: this.#key(),
        run: random.below(2 ** 47),
        peerAddress: `10.0.0.${this.id}:7401`,
        apiUrl: `http://10.0.0.${this.id}:7400`,
        addresses: { natsServers: ['nats://10.0.0.250:4222'] },
        version: '0.1.0',
      },
      stored,
      context,
      this.#ports(),
      this.now,
    )
    this.#machine = machine
    nats.respond(this)
    this.#setPeers()
    machine.start(this.now)
    this.process.every(this.#options.tickMs!, () => this.#tick(machine))
  }

  crash(isNoticed: boolean): void {
    if (!this.process.isUp) return
    this.process.kill()
    this.#machine = null
    this.#flush = null
    this.driver.crashed()
    this.#parts.links.crashed(this.id, isNoticed)
    for (const socket of [...this.#sockets.values()]) socket.closeByReplica(true)
    this.#sockets.clear()
  }

  /** SIGTERM: sends everybody elsewhere, hands leadership over, ends. */
  stop(): void {
    const machine = this.#machine
    if (machine === null || this.#isStopping) return
    this.#isStopping = true
    machine.stop(this.now)
    if (machine.leadership === null) {
      this.process.after(50, () => this.crash(true))
      return
    }
    machine.toNode(this.now, (node) => {
      node.transferLeadership(null, this.now.monotonicMs, () =>
        this.process.after(10, () => this.crash(true)),
      )
    })
  }

  pathChanged(host: number, isCut: boolean): void {
    for (const socket of this.#sockets.values()) {
      if (socket.host.id === host) socket.pathChanged(isCut)
    }
  }

  // ---- peers ---------------------------------------------------------------------------------

  hello(): Handshake {
    return this.#machine!.node.hello()
  }

  judge(peer: Handshake): PeerVerdict {
    return this.#machine!.node.judge(peer)
  }

  connected(peer: Handshake): void {
    this.#machine?.toNode(this.now, (node) => node.connected(peer, this.now.monotonicMs))
  }

  refused(peer: Handshake | Glimpse, code: string, detail: string): void {
    this.#machine?.toNode(this.now, (node) =>
      node.refused(peer, code, detail, this.now.monotonicMs),
    )
  }

  unreachable(id: number): void {
    this.#machine?.unreachable(id, this.now)
  }

  frame(from: number, run: number, frame: AnyFrame): void {
    const machine = this.#machine
    if (machine === null) return
    if (isReplicaFrame(frame)) machine.receive(from, run, frame, this.now)
    else machine.toNode(this.now, (node) => node.receive(from, run, frame, this.now.monotonicMs))
  }

  // ---- hosts and NATS ------------------------------------------------------------------------

  hostOpened(socket: Socket): void {
    this.#sockets.set(socket.name, socket)
    this.#machine?.hostOpened(socket.name)
  }

  hostSaid(socket: Socket, message: HostMessage): void {
    this.#machine?.hostSaid(socket.name, message, this.now)
  }

  hostClosed(socket: Socket): void {
    this.#sockets.delete(socket.name)
    this.#machine?.hostClosed(socket.name, this.now)
  }

  order(): void {}

  pulse(): void {}

  table(): void {}

  changed(isUp: boolean): void {
    this.#machine?.natsChanged(isUp)
  }

  answer(namespace: string, get: Get): TableAnswer | null {
    return this.#machine?.tableFor(namespace, get) ?? null
  }

  get signature(): Uint8Array {
    return new TextEncoder().encode(this.#key())
  }

  // ---- what the machine asks for -------------------------------------------------------------

  #tick(machine: ReplicaMachine): void {
    machine.tick(this.now)
    if (machine.leadership?.isBusy) this.process.after(roundMs, () => this.#advance(machine))
  }

  #advance(machine: ReplicaMachine): void {
    if (machine.leadership?.isBusy) machine.advance(this.now)
  }

  #ports(): ReplicaPorts {
    const { context, links, nats, random, stopped } = this.#parts
    return {
      store: (operation) =>
        this.driver.run(operation, (answer) => {
          const error = answer === 'ok' ? null : new BerthError('database_taken_over')
          this.#machine?.toNode(this.now, (node) => node.stored(error, this.now.monotonicMs))
        }),
      readChunk: (snapshot, chunk) =>
        this.driver.readChunk(snapshot, chunk, (outcome) => {
          const bytes = outcome instanceof Uint8Array ? outcome : new BerthError('snapshot_damaged')
          this.#machine?.toNode(this.now, (node) =>
            node.chunkRead(snapshot, chunk, bytes, this.now.monotonicMs),
          )
        }),
      crc32c: (bytes) => context.hasher.crc32c(bytes),
      random: (bound) => random.below(bound),
      stop: (reason) => {
        stopped(this, reason)
        this.process.soon(() => this.crash(true))
      },
      log: () => undefined,
      wake: () => this.process.soon(() => this.#machine?.work(this.now)),
      greet: (peer) => links.break(this.id, peer),
      send: (to, frame) => links.send(this.id, to, frame),
      publish: (message) => nats.publish(this.id, message, this.signature),
      tell: (sessions, message) => {
        for (const session of sessions) this.#sockets.get(session)?.tell(message)
      },
      closeSession: (session) => this.#sockets.get(session)?.closeByReplica(false),
      database: () => ({ version: null, commitMs: null }),
      uuid: () => {
        this.#uuids += 1
        const number = String(this.#uuids).padStart(8, '0')
        return `00000000-0000-4000-8${String(this.id).padStart(3, '0')}-0000${number}`
      },
      replicasChanged: () => this.#setPeers(),
      flushAt: (atMs) => this.#flushAt(atMs),
    }
  }

  /** The key of this run. */
  #key(): string {
    return `${this.id}-${this.process.life}-`.padEnd(43, 'k')
  }

  #setPeers(): void {
    const configuration = this.#machine?.membership?.configuration
    const members = configuration === undefined ? [] : memberIds(configuration)
    const ids = new Set(members.length > 0 ? members : this.#parts.peers)
    ids.delete(this.id)
    this.#parts.links.setPeers(this.id, ids)
  }

  #flushAt(atMs: number): void {
    if (atMs >= this.#flushAtMs) return
    this.#flushAtMs = atMs
    if (this.#flush !== null) this.#flush.act = null
    const run = () => {
      this.#flush = null
      this.#flushAtMs = Number.POSITIVE_INFINITY
      this.#machine?.flush(this.now)
    }
    const inMs = atMs - this.now.monotonicMs
    if (inMs > 0) this.#flush = this.process.after(inMs, run)
    else this.process.soon(run)
  }
}

export function urlOf(id: number): string {
  return `ws://10.0.0.${id}:7400`
}

function isReplicaFrame(frame: AnyFrame): frame is ReplicaFrame {
  return replicaFrameKinds.has(frame.kind)
}
