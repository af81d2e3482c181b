/**
 * The life of a cluster of three replica machines in this process, with so many hosts: what the
 * inputs of the machines cost in CPU, in each of its phases.
 */
import type { Hasher } from '../../src/hash/hasher.js'
import type { InputClock } from '../../test/replica/support/input-clock.js'
import { LargeCluster, slowness } from '../../test/replica/support/large-cluster.js'
import type { MemoryReplica } from '../../test/replica/support/machine-cluster.js'

export const phases = [
  ...(['join', 'heartbeat', 'acknowledgement', 'expiry'] as const),
  ...(['election', 'restore', 'snapshot', 'restart'] as const),
]
export type Phase = (typeof phases)[number]

export interface PhaseCost {
  /** CPU of all inputs of all machines, of one of them where one alone is at work. */
  readonly cpuMs: number
  /** CPU of the longest input, without what the collector took in it. */
  readonly longestMs: number
  readonly longest: string
}

export interface MachineRun {
  /** By phase; CPU as on an ordinary machine. */
  readonly phases: Readonly<Record<Phase, PhaseCost>>
  /** What the leader's machine holds in memory. */
  readonly leaderBytes: number
  /** Elections besides the one that was asked for. */
  readonly lostOffices: number
}

const heartbeatMs = 2_500

export interface LifeOptions {
  readonly clock: InputClock
  readonly hasher: Hasher
  readonly hosts: number
  /** 1, or each host has a type that all have and one of so many. */
  readonly types: number
}

async function costSince(clock: InputClock, slow: number, replica?: number): Promise<PhaseCost> {
  let cpuMs = 0
  let longest = { input: '', ms: 0 }
  for (const { input, longestMs, totalMs } of await clock.take()) {
    if (replica !== undefined && !input.startsWith(`${replica} `)) continue
    cpuMs += totalMs / slow
    const ms = (longestMs[0] ?? 0) / slow
    if (ms > longest.ms) longest = { input, ms }
  }
  return { cpuMs, longestMs: longest.ms, longest: longest.input }
}

function usedBytes(): number {
  for (let i = 0; i < 2; i += 1) globalThis.gc!()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

export class Life {
  readonly #large: LargeCluster
  readonly #clock: InputClock
  readonly #hosts: number
  readonly #slow: number

  private constructor(large: LargeCluster, clock: InputClock, hosts: number, slow: number) {
    this.#large = large
    this.#clock = clock
    this.#hosts = hosts
    this.#slow = slow
  }

  /** A cluster that has a leader and no host. */
  static async begin({ clock, hasher, hosts, types }: LifeOptions): Promise<Life> {
    const slow = await slowness(clock, hasher)
    const large = await LargeCluster.create(
      (input, act, replica) => clock.measure(`${replica} ${input}`, act),
      types === 1 ? () => ['Common'] : (host) => ['Common', `Type${host % types}`],
    )
    large.cluster.untilLed()
    await clock.take()
    return new Life(large, clock, hosts, slow)
  }

  async run(): Promise<MachineRun> {
    const { cluster, hosts: light } = this.#large
    const count = this.#hosts
    const join = await this.#joins(count, count)
    cluster.run(heartbeatMs)
    await this.#clock.take()
    cluster.run(heartbeatMs)
    const heartbeat = await this.#cost()
    const acknowledgement = await this.#joins(1, count + 1)
    light.silence(count / 5)
    const left = count - count / 5 + 1
    this.#large.untilSettled(left)
    const expiry = await this.#cost()
    const firstTerm = cluster.leader!.machine.leader!.term
    const old = cluster.leader!
    old.kill()
    cluster.untilLed()
    this.#large.untilSettled(left)
    const election = await this.#cost()
    const { term } = cluster.leader!.machine.leader!
    await this.#joins(1, left + 1)
    const restore = await this.#starts(old)
    const snapshot = await this.#snapshot(cluster.followers[0]!)
    const again = cluster.followers.find((each) => each !== old)!
    again.kill()
    cluster.run(heartbeatMs)
    await this.#clock.take()
    const restart = await this.#starts(again)
    const lost = cluster.leader!.machine.leader!.term - term
    if (light.fenced.size > 0) throw new Error(`${light.fenced.size} hosts were fenced`)
    return {
      phases: { join, heartbeat, acknowledgement, expiry, election, restore, snapshot, restart },
      leaderBytes: this.#leaderBytes(),
      lostOffices: lost + Math.max(0, term - firstTerm - 1),
    }
  }

  /** What inputs cost since it was asked last. @param replica of this one alone */
  #cost(replica?: number): Promise<PhaseCost> {
    return costSince(this.#clock, this.#slow, replica)
  }

  async #joins(count: number, members: number): Promise<PhaseCost> {
    this.#large.hosts.join(count)
    this.#large.untilSettled(members)
    return this.#cost()
  }

  /** Until it has the state of the leader, and its rings. */
  async #starts(replica: MemoryReplica): Promise<PhaseCost> {
    replica.start()
    this.#large.untilCaughtUp(replica)
    const areWarm = () => replica.machine.state.namespace('default')?.table.warmRings() === null
    this.#large.cluster.until('its rings', areWarm)
    return this.#cost(replica.id)
  }

  async #snapshot(replica: MemoryReplica): Promise<PhaseCost> {
    let isMade = false
    replica.input('snapshot', (machine, now) =>
      machine.toNode(now, (node) => {
        node.snapshotNow(now.monotonicMs, () => {
          isMade = true
        })
      }),
    )
    this.#large.cluster.until('a snapshot', () => isMade)
    return this.#cost(replica.id)
  }

  /** The leader is of no use afterwards. */
  #leaderBytes(): number {
    const leader = this.#large.cluster.leader!
    const before = usedBytes()
    Object.assign(leader, { isUp: false, machine: undefined })
    leader.ends.clear()
    return before - usedBytes()
  }
}

/** Of each phase the run in which it cost least. */
export function leastOf(runs: readonly MachineRun[]): MachineRun {
  const best = runs[0]!
  const least = (phase: Phase) => {
    const all = runs.map((run) => run.phases[phase]).toSorted((a, b) => a.cpuMs - b.cpuMs)
    return [phase, all[0]!] as const
  }
  return { ...best, phases: Object.fromEntries(phases.map(least)) as MachineRun['phases'] }
}
