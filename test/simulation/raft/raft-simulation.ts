/**
 * A cluster of whole replicas (core and node) that a seed drives through faults, with clients and
 * an operator, in virtual time; then the faults stop, and everything must come to rest.
 */
import { memberIds } from '../../../src/raft/core/configuration.js'
import { type Frame, parseFrame } from '../../../src/raft/node/frame.js'
import { decode, encode } from '../../../src/wire/msgpack.js'
import { DiskDriver, type DiskPace } from '../kernel/disk-driver.js'
import { DriftingClock } from '../kernel/drifting-clock.js'
import { drawPlan } from '../kernel/fault-plan.js'
import { FailureSink, fail } from '../kernel/invariant-failure.js'
import { Network } from '../kernel/network.js'
import { PeerLinks } from '../kernel/peer-links.js'
import { Random } from '../kernel/random.js'
import { Schedule } from '../kernel/schedule.js'
import { SimDisk } from '../kernel/sim-disk.js'
import { SimProcess } from '../kernel/sim-process.js'
import { Calls } from './calls.js'
import { Clients } from './clients.js'
import { type ClusterParts, currentLeader, ownKind } from './cluster-parts.js'
import {
  drawDiskPace,
  drawLogLimits,
  drawNetworkPace,
  drawNodeTimes,
  drawReplicaCount,
  drawRoughness,
} from './draw-settings.js'
import { faultTable } from './fault-table.js'
import { Invariants } from './invariants.js'
import { Nemesis } from './nemesis.js'
import { Operator } from './operator.js'
import { checkHistory } from './register-history.js'
import { type ReplicaParts, SimReplica } from './sim-replica.js'

export interface SimulationOptions {
  readonly seed: number
  /** null: as the seed has it. */
  readonly replicas: number | null
  /** Events with faults; those of healing come on top. */
  readonly steps: number
  /** Faults to leave out. */
  readonly without: ReadonlySet<string>
  /** Faults to bring in any case. */
  readonly always?: ReadonlySet<string>
  /** Reads are judged at the end, by what clients saw, and by nothing else. */
  readonly byHistory?: boolean
}

/** In full, so often. */
const checkAllEvents = 1_000
/** One of so many frames goes through the codec. */
const wireShare = 1 / 64
/** An entry that is more than what may be uncommitted, and those that no proposal is asked for. */
const logSlackBytes = 10_000
/** How long everything may take to come to rest: virtual time, in election timeouts and beyond. */
const healTimeouts = 240
const healLeastUs = 30_000_000
const healCheckUs = 50_000

export class RaftSimulation {
  readonly seed: number
  readonly schedule = new Schedule()
  readonly clients: Clients
  /** Histories of registers that the checker gave up on. */
  undecided = 0
  readonly nemesis: Nemesis
  readonly operator: Operator
  readonly parts: ClusterParts
  readonly #invariants: Invariants
  readonly #replicas = new Map<number, SimReplica>()
  readonly #random: Random
  readonly #failures = new FailureSink()
  readonly #diskPace: DiskPace
  readonly #steps: number
  readonly #replicaParts: Omit<ReplicaParts, 'process' | 'driver' | 'random'>

  constructor({ seed, replicas, steps, without, always, byHistory }: SimulationOptions) {
    this.seed = seed
    this.#steps = steps
    this.#random = Random.of(seed, 'cluster')
    const settings = Random.of(seed, 'settings')
    const { schedule } = this
    const plan = drawPlan(seed, faultTable, without, always)
    const drawn = drawReplicaCount(settings)
    const count = replicas ?? drawn
    const options = drawLogLimits(Random.of(seed, 'log'), drawNodeTimes(settings, plan))
    this.#diskPace = drawDiskPace(settings, plan)
    const pace = drawNetworkPace(settings, plan)
    const network = new Network(Random.of(seed, 'network'), pace, (from, to, isCut) => {
      links.pathChanged(from, to, isCut)
    })
    const roughness = drawRoughness(settings, plan)
    const random = Random.of(seed, 'links')
    const links = new PeerLinks<Frame>({ schedule, network, random, roughness })
    const clocksHold = plan.intensity.wildClock === 0
    const { logBytesMax = 0, uncommittedBytesMax = 0 } = options.raft ?? {}
    const logBytesBound = logBytesMax + uncommittedBytesMax + logSlackBytes
    const bounds = { clocksHold, logBytesBound }
    this.#invariants = new Invariants(this.#replicas, schedule.trace, bounds)
    const calls = new Calls(() => schedule.nowUs, this.#failures, clocksHold)
    this.parts = {
      ...{ seed, plan, schedule, network, links, calls, options },
      replicas: this.#replicas,
      invariants: this.#invariants,
      addReplica: () => this.#add(this.#replicas.size + 1, []),
      restartLater: (replica) => this.#restartLater(replica),
      crash: (replica, isNoticed) => {
        replica.crash(isNoticed)
        calls.crashed(replica)
      },
    }
    const wire = Random.of(seed, 'wire')
    this.#replicaParts = {
      links,
      failures: this.#failures,
      watch: this.#invariants,
      viaWire: (frame) => (wire.chance(wireShare) ? parseFrame(decode(encode(frame))) : frame),
      projects: settings.chance(0.5),
    }
    this.clients = new Clients(this.parts, byHistory !== true)
    this.operator = new Operator(this.parts, this.clients)
    this.nemesis = new Nemesis(this.parts, this.operator)
    this.#invariants.onStopped = (replica) => {
      calls.crashed(replica)
      if (replica.process.isUp) return
      this.#restartLater(replica)
    }
    this.#invariants.onLeader = (replica) => {
      this.#named(replica)
      this.nemesis.elected(replica)
    }
    const ids = Array.from({ length: count }, (_, at) => at + 1)
    for (const id of ids) this.#add(id, ids)
  }

  get traceHash(): string {
    return this.schedule.trace.digits
  }

  get events(): number {
    return this.schedule.count
  }

  get elections(): number {
    return this.#invariants.elections
  }

  get committedIndex(): number {
    return this.#invariants.history.committedIndex
  }

  /** @throws InvariantFailure, or whatever a broken part throws */
  run(): void {
    this.clients.start()
    this.operator.start()
    this.nemesis.start()
    while (this.schedule.count < this.#steps) this.#step()
    this.#heal()
    this.#checkHistory()
  }

  #checkHistory(): void {
    const clocksHold = this.parts.plan.intensity.wildClock === 0
    const modes = clocksHold ? (['consistent', 'default'] as const) : (['consistent'] as const)
    this.undecided = checkHistory(this.clients.operations, modes)
  }

  #step(): void {
    this.schedule.step()
    this.#failures.check()
    if (this.schedule.count % checkAllEvents === 0) this.#checkAll()
  }

  #checkAll(): void {
    this.#invariants.checkAll()
    this.parts.calls.checkAll()
  }

  /** No more faults: everything must come to rest. */
  #heal(): void {
    this.nemesis.heal()
    this.operator.heal()
    const { schedule, options } = this.parts
    const timeoutUs = options.electionTicks! * options.tickMs! * 1000
    const untilUs = schedule.nowUs + Math.max(healLeastUs, healTimeouts * timeoutUs)
    const sinceUs = schedule.nowUs
    let nextCheckUs = 0
    while (schedule.nowUs < untilUs) {
      this.#step()
      if (schedule.nowUs < nextCheckUs) continue
      nextCheckUs = schedule.nowUs + healCheckUs
      if (this.clients.acknowledgedCallUs > sinceUs && this.#whyNotAtRest() === null) {
        this.#checkAll()
        return
      }
    }
    fail('liveness', `no rest after healing: ${this.#whyNotAtRest() ?? 'nothing is written'}`)
  }

  /** null: all members are up, agree on a leader, and have applied nearly the same. */
  #whyNotAtRest(): string | null {
    const { configuration } = this.#invariants.history
    const leader = currentLeader(this.parts)
    if (leader?.node === undefined || leader.node === null) return 'nobody leads'
    const status = leader.node.status(leader.nowMs)
    if (status.configuration.votersOutgoing.length > 0) return 'the configuration is joint'
    if (status.transferee !== 0) return 'leadership is being handed over'
    const { committedIndex } = status.log
    for (const id of memberIds(configuration)) {
      const replica = this.#replicas.get(id)!
      if (replica.isLost) return `${id} lost its data and is a member`
      if (replica.node === null) return `${id} is down`
      const own = replica.node.status(replica.nowMs)
      if (own.leader !== leader.id || own.term !== status.term) return `${id} follows ${own.leader}`
      const canTell = configuration.voters.length > 2
      if (replica.machine.damage !== 0 && canTell) return `${id} has a wrong state and goes on`
      const lag = committedIndex - own.log.appliedIndex
      if (lag > this.#lagMax) return `${id} lags ${lag} entries behind`
    }
    return this.#whoStays(memberIds(configuration))
  }

  /** Who was removed or lost its data, and could hear of it from a member, but goes on. */
  #whoStays(members: readonly number[]): string | null {
    for (const { id, node, isLost, peers } of this.#replicas.values()) {
      if (node === null || !members.some((member) => peers.has(member))) continue
      const { history } = this.#invariants
      if (!members.includes(id) && history.isRemoved(id)) return `${id} was removed and goes on`
      if (isLost) return `${id} lost its data and goes on`
    }
    return null
  }

  /** Clients go on writing meanwhile. */
  get #lagMax(): number {
    return 50
  }

  #add(id: number, initialVoters: readonly number[]): SimReplica {
    const { schedule } = this
    const random = Random.of(this.seed, `replica ${id}`)
    const { drift } = this.parts.plan.intensity
    const ppm = Math.round(random.pick([-drift, 0, drift]))
    const clock = new DriftingClock(schedule.nowUs, random.below(1_000_000), ppm)
    const process = new SimProcess(id, schedule, random, clock)
    const disk = new SimDisk(`database-${id}`)
    const written = () => schedule.trace.fold(disk.lastIndex)
    const chance = Random.of(this.seed, `disk ${id}`)
    const driver = new DiskDriver(disk, process, schedule, chance, this.#diskPace, written)
    const options = { ...this.parts.options, id, initialVoters }
    const told = initialVoters.length > 0 ? initialVoters : [...this.#replicas.keys()]
    const parts = { ...this.#replicaParts, process, driver, random }
    const replica = new SimReplica(options, told, parts)
    this.#replicas.set(id, replica)
    this.parts.links.add(replica)
    replica.start()
    return replica
  }

  #restartLater(replica: SimReplica): void {
    const meanUs = this.#random.pick([50_000, 500_000, 3_000_000])
    const delayUs = 5_000 + this.#random.exponential(meanUs)
    this.schedule.after(delayUs, ownKind.restart, replica.id, () => replica.start())
  }

  #named(replica: SimReplica): void {
    replica.process.soon(() => this.clients.nameCluster(replica))
  }
}
