/**
 * A whole simulated cluster of a seed: replicas, hosts and observers in two namespaces, a NATS, and
 * what lies between them. Says what happens and what is true; faults come from `nemesis.ts`.
 */

import { defaultSettings, type Settings } from '../../../src/fsm/settings.js'
import type { TableContext } from '../../../src/table/table-context.js'
import type { HostMessage, ReplicaMessage } from '../../../src/wire/messages.js'
import { DiskDriver } from '../kernel/disk-driver.js'
import { DriftingClock } from '../kernel/drifting-clock.js'
import { Network } from '../kernel/network.js'
import { PeerLinks } from '../kernel/peer-links.js'
import { Random } from '../kernel/random.js'
import { Schedule } from '../kernel/schedule.js'
import { SimDisk } from '../kernel/sim-disk.js'
import { SimProcess } from '../kernel/sim-process.js'
import { Committed } from './committed.js'
import type { ClusterFaultPlan } from './fault-table.js'
import { type HostKind, type HostPace, SimHost } from './host.js'
import { Impostor } from './impostor.js'
import { Nats, natsMachine } from './nats.js'
import { nextLevels } from './next-levels.js'
import { type Actor, Ownership } from './ownership.js'
import { type AnyFrame, ClusterReplica } from './replica.js'
import type { ReplicaEnd } from './socket.js'

export type ViaWire = <M extends HostMessage | ReplicaMessage>(message: M) => M

/** The first host; replicas are numbered from 1. */
const hostsFrom = 11
/** Another process that was given the name of a host has the host's number and this. */
const twinsFrom = 100
const impostorId = 99
const typeChoices = [['Order', 'Cart'], ['Order'], ['Order', 'Cart']] as const
const quickDisk = { leastUs: 150, meanUs: 200, spikeChance: 0, spikeUs: 0 }

/** Times a tenth of the defaults, so that more happens in an event. */
const quick = {
  ...defaultSettings,
  factor: 3,
  heartbeatMs: 150,
  fenceAfterMs: 900,
  roundDeadlineMs: 1_000,
  coalesceMs: 20,
  beaconMs: 400,
  admissionsPerMinuteMax: 0,
}

export interface ClusterOptions {
  readonly seed: number
  readonly plan: ClusterFaultPlan
  /** null: as many as the seed has it. */
  readonly replicas: number | null
  readonly context: TableContext
  readonly viaWire: ViaWire
}

export class Cluster {
  readonly schedule = new Schedule()
  readonly replicas: ClusterReplica[] = []
  readonly impostor: Impostor
  readonly hosts: SimHost[] = []
  /** By name: processes that are started beside the host of that name now and then. */
  readonly twins = new Map<string, SimHost>()
  readonly nats: Nats
  readonly network: Network
  readonly committed = new Committed()
  readonly actors: readonly Actor[]
  readonly ownership: Ownership
  readonly settings: Settings
  readonly plan: ClusterFaultPlan
  readonly seed: number
  readonly #context: TableContext
  readonly #contexts: { readonly context: TableContext; readonly nextContext: TableContext }
  /** Why a replica has stopped by itself. What a port throws would stop it, and no more. */
  #stopped: string | null = null
  readonly #viaWire: ViaWire
  readonly #links: PeerLinks<AnyFrame>
  readonly #touched = new Set<SimHost>()
  #instances = 0

  constructor({ seed, plan, replicas, context, viaWire }: ClusterOptions) {
    this.seed = seed
    this.plan = plan
    this.#context = context
    this.#contexts = { context, nextContext: { ...context, levels: nextLevels } }
    const { intensity } = plan
    const random = this.random('cluster')
    this.settings = drawSettings(random, intensity.drift)
    const inWire = random.chance(0.15)
    this.#viaWire = inWire ? viaWire : (message) => message
    const pace = { leastUs: 100, meanUs: 400, spikeChance: intensity.delay, spikeUs: 400_000 }
    this.network = new Network(this.random('network'), pace, (from, to, isCut) =>
      this.#pathChanged(from, to, isCut),
    )
    const roughness = { lossChance: 0, repeatChance: 0, reorderChance: 0 }
    const { schedule, network } = this
    this.#links = new PeerLinks({ schedule, network, random: this.random('links'), roughness })
    this.nats = new Nats(schedule, network, this.random('nats'), {
      lossChance: intensity.natsLoss,
      payloadBytesMax: random.pick([1_500, 2_048, 65_536]),
    })
    const ids = Array.from({ length: 5 }, () => `actor-${random.below(10_000)}`)
    this.actors = ids.flatMap((id) => ['Order', 'Cart'].map((type) => ({ type, id })))
    this.ownership = new Ownership(this.committed, this.actors)
    const drawn = random.pick([1, 3, 3, 3, 5])
    this.#makeReplicas(replicas ?? drawn)
    this.#makeHosts(random)
    this.impostor = new Impostor(impostorId, this.#process(impostorId), this)
  }

  get context(): TableContext {
    return this.#context
  }

  random(name: string): Random {
    return Random.of(this.seed, name)
  }

  start(): void {
    for (const replica of this.replicas) replica.start()
    for (const host of this.hosts) host.start()
  }

  /** Lets the next event happen, and checks what it may have changed. */
  step(): void {
    if (!this.schedule.step()) throw new Error('nothing is planned any more')
    if (this.#stopped !== null) throw new Error(this.#stopped)
    for (const replica of this.replicas) this.committed.look(replica)
    if (this.#touched.size === 0) return
    for (const host of this.#touched) this.ownership.look(host)
    this.#touched.clear()
  }

  runUntil(untilUs: number): void {
    while (this.schedule.nowUs < untilUs) this.step()
  }

  /** The replica that serves as the leader of the highest term; undefined for none. */
  get leader(): ClusterReplica | undefined {
    let leader: ClusterReplica | undefined
    for (const replica of this.replicas) {
      const term = replica.machine?.leadership?.term ?? 0
      if (term > (leader?.machine?.leadership?.term ?? 0)) leader = replica
    }
    return leader
  }

  #clock(random: Random): DriftingClock {
    const bound = this.plan.intensity.drift
    const ppm = bound === 0 ? 0 : (random.next() * 2 - 1) * bound
    return new DriftingClock(0, random.below(100_000), ppm)
  }

  #process(id: number): SimProcess {
    const random = this.random(`process ${id}`)
    return new SimProcess(id, this.schedule, random, this.#clock(random))
  }

  #makeReplicas(count: number): void {
    const { schedule, plan, settings } = this
    const voters = Array.from({ length: count }, (_, i) => i + 1)
    const pace = { ...quickDisk, spikeChance: plan.intensity.slowDisk, spikeUs: 400_000 }
    for (const id of voters) {
      const process = this.#process(id)
      const offsetMs = this.random(`wall clock ${id}`).below(1_000)
      const disk = new SimDisk(`00000000-0000-4000-8000-00000000000${id}`)
      const driver = new DiskDriver(
        disk,
        process,
        schedule,
        this.random(`disk ${id}`),
        pace,
        () => undefined,
      )
      const replica = new ClusterReplica(
        {
          id,
          clusterName: 'sim',
          initialVoters: voters,
          tickMs: 25,
          electionTicks: 8,
          heartbeatTicks: 2,
          driftPpm: settings.driftPpm,
          snapshot: { entries: 40, intervalMs: 10_000, bytes: 1_000_000 },
          trailingEntries: 20,
        },
        {
          process,
          driver,
          links: this.#links,
          nats: this.nats,
          random: this.random(`replica ${id}`),
          ...this.#contexts,
          settings,
          peers: voters,
          wallMs: () => schedule.nowUs / 1_000 + offsetMs,
          stopped: (_replica, { code, detail }) => {
            this.#stopped ??= `replica ${id} stopped: ${code}: ${detail}`
          },
        },
      )
      this.replicas.push(replica)
      this.#links.add(replica)
    }
  }

  #makeHosts(random: Random): void {
    const count = random.between(3, 6)
    for (let i = 0; i < count; i += 1) {
      const types = random.pick(typeChoices)
      const namespace = i > 0 && random.chance(0.1) ? 'other' : 'default'
      this.#makeHost({ namespace, host: { name: `h${i}:1`, appId: 'app', types } })
    }
    const observers = random.below(3)
    for (let i = 0; i < observers; i += 1) this.#makeHost({ namespace: 'default' })
  }

  #makeHost(kind: HostKind): void {
    const id = hostsFrom + this.hosts.length
    this.hosts.push(this.#createHost(id, kind))
    const name = kind.host?.name
    if (name !== undefined) this.twins.set(name, this.#createHost(id + twinsFrom, kind))
  }

  #createHost(id: number, kind: HostKind): SimHost {
    const { intensity } = this.plan
    const pace: HostPace = {
      releaseMeanMs: intensity.slowRelease === 0 ? 5 : intensity.slowRelease,
      stuckChance: intensity.stuckRelease,
      // The margin allows for a second; it is noticed within a tick that the lease is over.
      stopMsMax: 850,
      stepMeanMs: intensity.slowTables,
    }
    const replicas = new Map<string, ReplicaEnd>(this.replicas.map((each) => [each.url, each]))
    return new SimHost(id, kind, pace, {
      schedule: this.schedule,
      network: this.network,
      nats: this.nats,
      random: this.random(`host ${id}`),
      steps: this.random(`steps of host ${id}`),
      process: this.#process(id),
      ...this.#contexts,
      replicas,
      nameInstance: () => this.#nameInstance(),
      touched: (touched) => this.#touched.add(touched),
      viaWire: this.#viaWire,
    })
  }

  #nameInstance(): string {
    this.#instances += 1
    return `00000000-0000-4000-9000-${String(this.#instances).padStart(12, '0')}`
  }

  #pathChanged(from: number, to: number, isCut: boolean): void {
    if (from === natsMachine || to === natsMachine) {
      this.nats.pathChanged(from === natsMachine ? to : from)
      return
    }
    if (from < hostsFrom && to < hostsFrom) {
      this.#links.pathChanged(from, to, isCut)
      return
    }
    const [host, replica] = from >= hostsFrom ? [from, to] : [to, from]
    this.replicas[replica - 1]?.pathChanged(host, isCut)
  }

  /** The replica's process stands still: its peers notice after a while. */
  paused(replica: ClusterReplica): void {
    this.#links.paused(replica.id)
  }
}

function drawSettings(random: Random, driftPpm: number): Settings {
  const drift = Math.max(500, Math.ceil(driftPpm))
  const damped = random.chance(0.1)
  const settings = {
    ...quick,
    driftPpm: drift,
    levelMax: 65_535,
    fenceAfterMs: random.pick([quick.fenceAfterMs, quick.fenceAfterMs, 2_400]),
    roundDeadlineMs: random.pick([1_000, 2_000]),
    admissionsPerMinuteMax: damped ? 6 : 0,
  }
  return withMargin(settings, random.pick([0, 500, 2_000]))
}

/**
 * The least margin that the other times allow.
 * @param patienceMs how much later than its fence a silent member is removed
 */
export function withMargin(settings: Settings, patienceMs: number): Settings {
  const { fenceAfterMs } = settings
  const drift = settings.driftPpm / 1_000_000
  const driftMs = ((2 * drift) / (1 - drift)) * fenceAfterMs
  const fenceMarginMs = Math.ceil(driftMs + 1_020)
  return { ...settings, fenceMarginMs, hostTimeoutMs: fenceAfterMs + fenceMarginMs + patienceMs }
}
