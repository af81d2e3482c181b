/**
 * Replicas in memory: the machines as they are, and around them links that carry encoded and
 * checked frames, disks that take a millisecond, and one virtual clock. Deterministic. NATS is away
 * all the time, so that orders go over the sessions.
 */
import { BerthError } from '../../../src/errors/berth-error.js'
import type { Instant } from '../../../src/fsm/instant.js'
import { defaultSettings } from '../../../src/fsm/settings.js'
import { defaultTiming } from '../../../src/fsm/settings-check.js'
import { createHasher } from '../../../src/hash/hasher.js'
import type { ProjectedEvent, StoredState } from '../../../src/raft/node/disk/storage.js'
import { parseFrame } from '../../../src/raft/node/frame.js'
import { parseHandshake } from '../../../src/raft/node/identity/handshake.js'
import { nodeDefaults } from '../../../src/raft/node/node-options.js'
import type { StopReason } from '../../../src/raft/node/node-ports.js'
import {
  type CheckFrame,
  createFrameCheck,
  type ReplicaFrame,
  replicaFrameKinds,
} from '../../../src/replica/machine/frames.js'
import { ReplicaMachine } from '../../../src/replica/machine/replica-machine.js'
import type { ReplicaPorts } from '../../../src/replica/machine/replica-ports.js'
import type { LeaderRequest, RequestOutcome } from '../../../src/replica/requests/request.js'
import type { AskOptions } from '../../../src/replica/requests/requests.js'
import { createTableContext, type TableContext } from '../../../src/table/table-context.js'
import { type Levels, levels } from '../../../src/versions/levels.js'
import type { Order, Pulse, ReplicaMessage } from '../../../src/wire/messages.js'
import { decode, encode } from '../../../src/wire/msgpack.js'
import { StorageModel } from '../../raft/store/model.js'
import { Schedule } from '../../simulation/kernel/schedule.js'
import { exact } from '../../support/exact-messages.js'

const tickMs = 50
const wallStartMs = 1_700_000_000_000
const key = 'A'.repeat(43)
/** Of all clusters: its schemas are compiled once, which takes longer than most tests. */
const checkFrame = createFrameCheck()

/** Whoever holds a session at a replica. */
export interface SessionEnd {
  message(session: string, message: ReplicaMessage): void
  closed(session: string): void
}

export interface ClusterOptions {
  /** Ids of those that begin the cluster. */
  readonly voters?: readonly number[]
  readonly snapshotEntries?: number
  readonly trailingEntries?: number
  /** How many proposals may wait at a time. */
  readonly proposalsMax?: number
  /** Runs each input of the machine of a replica; also `construct`, which makes one. */
  readonly measure?: Measure
  /** What is published over NATS is heard here; without it NATS is away. */
  readonly published?: (message: Order | Pulse) => void
  /** Whether what is said is held against the documents of the wire; true without it. */
  readonly isStrict?: boolean
}

export type Measure = (input: string, act: () => void, replica: number) => void

const usPerMs = 1_000

export class MachineCluster {
  readonly context: TableContext
  readonly options: ClusterOptions
  readonly check: CheckFrame = checkFrame
  readonly replicas = new Map<number, MemoryReplica>()
  /** Of each frame kind that arrived, how many. */
  readonly frames = new Map<string, number>()
  /** Links, as `1-2`, that lose everything in that direction. */
  readonly cut = new Set<string>()
  /** Whether replicas may stop because something failed in them. */
  mayBreak = false
  /** Why one did, that may not. */
  broken: string | null = null
  /** How far the wall clocks are ahead. */
  aheadMs = 0
  readonly #schedule = new Schedule()
  #random = 1

  private constructor(context: TableContext, options: ClusterOptions) {
    this.context = context
    this.options = options
  }

  /** A cluster whose replicas have started; nobody leads yet. */
  static async create(options: ClusterOptions = {}): Promise<MachineCluster> {
    const cluster = new MachineCluster(createTableContext(await createHasher()), options)
    for (const id of cluster.voters) cluster.add(id)
    return cluster
  }

  get isStrict(): boolean {
    return this.options.isStrict ?? true
  }

  get voters(): readonly number[] {
    return this.options.voters ?? [1, 2, 3]
  }

  get nowMs(): number {
    return this.#schedule.nowUs / usPerMs
  }

  get now(): Instant {
    return { monotonicMs: this.nowMs, wallMs: wallStartMs + this.nowMs + this.aheadMs }
  }

  get leader(): MemoryReplica | undefined {
    return this.up.find(({ machine }) => machine.leadership !== null)
  }

  /** Those that do not lead. */
  get followers(): MemoryReplica[] {
    return this.up.filter(({ machine }) => machine.leadership === null)
  }

  get up(): MemoryReplica[] {
    return [...this.replicas.values()].filter(({ isUp }) => isUp)
  }

  replica(id: number): MemoryReplica {
    return this.replicas.get(id)!
  }

  add(id: number): MemoryReplica {
    const replica = new MemoryReplica(this, id)
    this.replicas.set(id, replica)
    replica.start()
    return replica
  }

  after(ms: number, act: () => void): void {
    this.#schedule.after(ms * usPerMs, 0, 0, act)
  }

  run(ms: number): void {
    const schedule = this.#schedule
    const untilUs = schedule.nowUs + ms * usPerMs
    while (schedule.nextUs <= untilUs) {
      schedule.step()
      if (this.broken !== null) throw new Error(this.broken)
    }
    schedule.passTo(untilUs)
  }

  /** Runs until it holds; fails after so much virtual time. */
  until(what: string, holds: () => unknown, withinMs = 30_000): void {
    const deadlineMs = this.nowMs + withinMs
    while (!holds()) {
      if (this.nowMs >= deadlineMs) throw new Error(`${what} did not come within ${withinMs} ms`)
      this.run(1)
    }
  }

  /** Runs until one leads and all the others know it. */
  untilLed(): MemoryReplica {
    const isLed = () => {
      const id = this.leader?.id
      return id !== undefined && this.up.every(({ machine }) => machine.leader?.replica === id)
    }
    this.until('a leader that all know', isLed)
    return this.leader!
  }

  random(bound: number): number {
    this.#random = (this.#random * 16_807) % 2_147_483_647
    return Math.floor((this.#random / 2_147_483_647) * bound)
  }
}

export class MemoryReplica {
  readonly id: number
  readonly storage: StorageModel
  /** What was projected, in order. */
  readonly events: ProjectedEvent[] = []
  readonly ends = new Map<string, SessionEnd>()
  machine!: ReplicaMachine
  /** Of the build that is started next. */
  levels: Levels = levels
  isUp = false
  /** Writes wait while it is set. */
  isDiskStalled = false
  /** What is read from it comes back as a timeout. */
  isDiskSilent = false
  stopped: StopReason | null = null
  /** What hosts are told goes wrong in the midst of it. */
  isTellingBroken = false
  /** Lines of its log, by level. */
  readonly lines: string[] = []
  readonly #cluster: MachineCluster
  #run = 0
  #heldWrites: (() => void)[] = []
  /** The run of each replica that it has a link to. */
  readonly #met = new Map<number, number>()

  constructor(cluster: MachineCluster, id: number) {
    this.#cluster = cluster
    this.id = id
    const uuid = `00000000-0000-4000-8000-${String(id).padStart(12, '0')}`
    const identity = { uuid, incarnation: 0, replicaId: 0, clusterId: null, initialVoters: null }
    const hardState = { term: 0, vote: 0, commit: 0 }
    const none = { snapshot: null, compacted: { index: 0, term: 0 }, entries: [], projected: 0 }
    const fresh: StoredState = {
      ...{ identity: { ...identity, latched: null, peers: [] }, hardState },
      ...none,
    }
    this.storage = new StorageModel(fresh)
  }

  get url(): string {
    return `ws://replica-${this.id}`
  }

  start(): void {
    const cluster = this.#cluster
    this.#run += 1
    this.isUp = true
    this.stopped = null
    this.#heldWrites = []
    this.#met.clear()
    this.storage.restart(this.#run)
    this.#measured('construct', () => {
      this.machine = this.#makeMachine()
    })
    this.input('start', (machine, now) => machine.start(now))
    if (cluster.options.published !== undefined) this.machine.natsChanged(true)
    this.#tick(this.#run)
  }

  #makeMachine(): ReplicaMachine {
    const cluster = this.#cluster
    const { voters, options } = cluster
    return new ReplicaMachine(
      {
        node: {
          ...{ id: this.id, clusterName: 'test', initialVoters: voters, tickMs },
          ...{ electionTicks: 20, heartbeatTicks: 2, driftPpm: defaultSettings.driftPpm },
          snapshot: { entries: options.snapshotEntries ?? 8_192, intervalMs: 1e9, bytes: 1e9 },
          trailingEntries: options.trailingEntries ?? 10_240,
          proposalsMax: options.proposalsMax ?? nodeDefaults.proposalsMax,
        },
        ...{ genesisSettings: defaultSettings, timing: defaultTiming, key },
        ...{ run: this.id * 1_000 + this.#run, peerAddress: `replica-${this.id}:1` },
        apiUrl: `http://replica-${this.id}`,
        addresses: { natsServers: ['nats://nowhere'] },
        version: '0.1.0',
      },
      this.storage.state,
      { ...cluster.context, levels: this.levels },
      this.#ports(),
      cluster.now,
    )
  }

  /** The process ends without a word. */
  kill(): void {
    this.isUp = false
    const ends = [...this.ends]
    this.ends.clear()
    for (const [session, end] of ends) end.closed(session)
    for (const other of this.#cluster.up) {
      other.input('unreachable', (machine, now) => machine.unreachable(this.id, now))
    }
  }

  /** What became of a request, once it is known. */
  ask(
    request: LeaderRequest,
    options: Partial<AskOptions> = {},
  ): { outcome: RequestOutcome | null } {
    const asked: { outcome: RequestOutcome | null; times: number } = { outcome: null, times: 0 }
    this.machine.ask(request, { key: '', forward: true, ...options }, this.#cluster.now, (done) => {
      asked.outcome = done
      asked.times += 1
      if (asked.times > 1) throw new Error('answered twice')
    })
    return asked
  }

  setDisk(isStalled: boolean): void {
    this.isDiskStalled = isStalled
    const held = this.#heldWrites
    this.#heldWrites = []
    for (const write of held) write()
  }

  /** @param what names it among the inputs of a machine */
  input(what: string, act: (machine: ReplicaMachine, now: Instant) => void): void {
    this.#measured(what, () => act(this.machine, this.#cluster.now))
  }

  #measured(what: string, act: () => void): void {
    const { measure } = this.#cluster.options
    if (measure === undefined) act()
    else measure(what, act, this.id)
  }

  #toNode(what: string, act: (node: ReplicaMachine['node'], nowMs: number) => void): void {
    this.input(what, (machine, now) => machine.toNode(now, (node) => act(node, now.monotonicMs)))
  }

  #tick(run: number): void {
    this.#cluster.after(tickMs, () => {
      if (!this.isUp || run !== this.#run) return
      this.#connect()
      this.input('tick', (machine, now) => machine.tick(now))
      this.#tick(run)
    })
  }

  /** Shakes hands with those that it has no link to. */
  #connect(): void {
    const { cut, up } = this.#cluster
    for (const other of up) {
      if (other === this || cut.has(`${this.id}-${other.id}`)) continue
      const [own, theirs] = [this.machine.node.hello(), other.machine.node.hello()]
      const isMet = this.#met.get(other.id) === theirs.run
      if (isMet) continue
      if (other.machine.node.judge(parseHandshake(own)).kind === 'refuse') continue
      if (this.machine.node.judge(parseHandshake(theirs)).kind === 'refuse') continue
      this.#met.set(other.id, theirs.run)
      this.#toNode('connected', (node, nowMs) => node.connected(theirs, nowMs))
    }
  }

  #soon(act: () => void): void {
    const run = this.#run
    this.#cluster.after(1, () => {
      if (this.isUp && run === this.#run) act()
    })
  }

  #ports(): ReplicaPorts {
    const cluster = this.#cluster
    let uuids = 0
    return {
      store: (operation) => {
        const write = () => {
          this.storage.run(operation)
          if (operation.kind === 'project') this.events.push(...operation.events)
          this.#toNode('stored', (node, nowMs) => node.stored(null, nowMs))
        }
        this.#soon(() => (this.isDiskStalled ? void this.#heldWrites.push(write) : write()))
      },
      readChunk: (snapshot, chunk) => {
        const kept = this.storage.chunks[chunk]
        const bytes = this.isDiskSilent
          ? new BerthError('unavailable', 'it does not answer')
          : (kept ?? new BerthError('snapshot_damaged', 'it is not there'))
        this.#soon(() =>
          this.#toNode('chunkRead', (node, nowMs) => node.chunkRead(snapshot, chunk, bytes, nowMs)),
        )
      },
      crc32c: (bytes) => cluster.context.hasher.crc32c(bytes),
      random: (bound) => cluster.random(bound),
      stop: (reason) => {
        this.stopped = reason
        if (reason.code === 'internal' && !cluster.mayBreak) cluster.broken = reason.detail
      },
      log: (level, _fields, message) => this.lines.push(`${level} ${message}`),
      wake: () => this.#soon(() => this.input('work', (machine, now) => machine.work(now))),
      greet: (peer) => {
        this.#met.delete(peer)
        this.#soon(() =>
          this.input('unreachable', (machine, now) => machine.unreachable(peer, now)),
        )
      },
      send: (to, frame) => this.#send(to, encode(frame)),
      publish: (message) => {
        if (cluster.isStrict) exact.published(message)
        cluster.options.published?.(message)
      },
      tell: (sessions, message) => {
        if (this.isTellingBroken) throw new Error('a part of this replica is broken')
        if (cluster.isStrict) exact.replicaMessage(message)
        for (const session of sessions) this.ends.get(session)?.message(session, message)
      },
      closeSession: (session) => {
        const end = this.ends.get(session)
        this.ends.delete(session)
        end?.closed(session)
      },
      database: () => ({ version: 'in memory', commitMs: 1 }),
      uuid: () => {
        uuids += 1
        return `00000000-0000-4000-9000-${String(this.id * 100 + uuids).padStart(12, '0')}`
      },
      replicasChanged: () => undefined,
      flushAt: (atMs) => {
        const run = this.#run
        cluster.after(Math.max(0, atMs - cluster.nowMs), () => {
          if (!this.isUp || run !== this.#run) return
          this.input('flush', (machine, now) => machine.flush(now))
        })
      },
    }
  }

  #send(to: number, bytes: Uint8Array): void {
    const cluster = this.#cluster
    const { run } = this.machine.node.hello()
    cluster.after(1, () => {
      const other = cluster.replicas.get(to)
      if (other?.isUp !== true || cluster.cut.has(`${this.id}-${to}`)) return
      const message = decode(bytes) as { readonly kind: string }
      cluster.frames.set(message.kind, (cluster.frames.get(message.kind) ?? 0) + 1)
      if (replicaFrameKinds.has(message.kind)) {
        const frame = cluster.isStrict ? cluster.check(message) : (message as ReplicaFrame)
        other.input(frame.kind, (machine, now) => machine.receive(this.id, run, frame, now))
      } else {
        const frame = parseFrame(message)
        other.#toNode(frame.kind, (node, nowMs) => node.receive(this.id, run, frame, nowMs))
      }
    })
  }
}
