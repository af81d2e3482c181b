/**
 * Replicas in memory with very many hosts that cost little (light-hosts.ts), all inputs of whose
 * machines are measured: by a test that no input is long, and by a benchmark of what they cost.
 */
import type { Hasher } from '../../../src/hash/hasher.js'
import type { InputClock } from './input-clock.js'
import { LightHosts } from './light-hosts.js'
import { MachineCluster, type Measure, type MemoryReplica } from './machine-cluster.js'

const usualCalibrationMs = 20
/** In virtual time; a hundred thousand hosts are let in by many commands. */
const settledWithinMs = 120_000

/** How much slower this machine is now than an ordinary one; 1 for one that is not. */
export async function slowness(clock: InputClock, hasher: Hasher): Promise<number> {
  const bytes = new Uint8Array(1024)
  for (let run = 0; run < 10; run += 1) {
    clock.measure('calibration', () => {
      for (let i = 0; i < 8_000; i += 1) hasher.digest256(bytes)
    })
  }
  const [{ totalMs } = { totalMs: 0 }] = await clock.take()
  return Math.max(1, totalMs / 10 / usualCalibrationMs)
}

export class LargeCluster {
  readonly cluster: MachineCluster
  readonly hosts: LightHosts

  private constructor(cluster: MachineCluster, hosts: LightHosts) {
    this.cluster = cluster
    this.hosts = hosts
  }

  /**
   * @param measure runs each input of a machine
   * @param typesOf what a host offers, by its number from 0 on
   */
  static async create(
    measure: Measure,
    typesOf: (host: number) => readonly string[],
  ): Promise<LargeCluster> {
    let light: LightHosts | null = null
    const cluster = await MachineCluster.create({
      ...{ measure, isStrict: false, snapshotEntries: 64, trailingEntries: 64 },
      published: (message) => light?.published(message),
    })
    light = new LightHosts(cluster, typesOf)
    return new LargeCluster(cluster, light)
  }

  /** Until the disseminated table is the newest one, and has so many members. */
  untilSettled(members: number): void {
    const isSettled = () => {
      const namespace = this.cluster.leader?.machine.state.namespace('default')
      if (namespace === undefined) return false
      return namespace.table.size === members && namespace.disseminated === namespace.newest
    }
    this.cluster.until(`a table of ${members}`, isSettled, settledWithinMs)
  }

  /** @throws Error when it has another state then than the leader */
  untilCaughtUp(replica: MemoryReplica): void {
    this.cluster.until('the replica has caught up', () => {
      const { state } = this.cluster.leader!.machine
      return replica.machine.state.appliedIndex === state.appliedIndex
    })
    if (replica.machine.state.digest !== this.cluster.leader!.machine.state.digest) {
      throw new Error(`replica ${replica.id} has caught up to another state`)
    }
  }
}
