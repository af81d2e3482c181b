/**
 * The cluster that is measured: three replicas with a Postgres each and one nats-server, real
 * processes on this machine with nothing between them. Each Postgres runs in its normal settings,
 * which are durable. All data is in the benchmark's folder.
 */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Settings } from '../../src/fsm/settings.js'
import { RestClient } from '../../test/chaos/clients/rest-client.js'
import { clusterSeenBy, currentLeader } from '../../test/chaos/cluster/leader.js'
import { ProcessCluster, type ReplicaParts } from '../../test/chaos/cluster/process-cluster.js'
import { directWays, type Ways } from '../../test/chaos/network/ways.js'
import { eventually } from '../../test/support/eventually.js'
import type { BenchContext } from './benchmark.js'
import { treeCpuMs } from './cpu-time.js'

/** In ms so far. */
export interface ClusterCpu {
  /** Of each replica by itself, in order of ids. */
  readonly replicas: readonly number[]
  /** Of each replica's Postgres with its backends. */
  readonly postgres: readonly number[]
  readonly nats: number
}

export interface DirectClusterOptions {
  readonly settings?: Partial<Settings>
  /** More flags of the replicas. */
  readonly flags?: readonly string[]
  /** Where something has to be between them after all. */
  readonly ways?: Ways
}

/**
 * For what elections have no part in: on a busy machine none begins in the middle. A reference with
 * elections is given the same timeout.
 */
export const patientTimeoutMs = 3_000
export const patience = {
  flags: ['--tick-ms', '50', '--election-ticks', String(patientTimeoutMs / 50)],
  settings: { fenceAfterMs: 16_000, hostTimeoutMs: 18_000 },
} as const satisfies DirectClusterOptions

const readyMs = 60_000
/** Of a question about who leads. */
const answerMs = 1_000

export class DirectCluster {
  readonly rest: RestClient
  readonly #cluster: ProcessCluster

  private constructor(cluster: ProcessCluster, rest: RestClient) {
    this.#cluster = cluster
    this.rest = rest
  }

  /** Starts all of it; done when all replicas are ready. The benchmark's end ends it. */
  static async start(
    { endings, folder, say }: Pick<BenchContext, 'endings' | 'folder' | 'say'>,
    { settings = {}, flags = [], ways = directWays }: DirectClusterOptions = {},
  ): Promise<DirectCluster> {
    const own = join(folder, 'berth')
    // Postgres may run as somebody else, who has to get in.
    mkdirSync(own, { recursive: true, mode: 0o755 })
    const rest = new RestClient()
    endings.onTestFinished(() => rest.close())
    const cluster = await ProcessCluster.start(endings, {
      ...{ folder: own, ways, settings, flags },
      onFinding: say,
    })
    const started = new DirectCluster(cluster, rest)
    await started.settled()
    return started
  }

  /** In order of ids, with their processes (`kill`, `start`), Postgres and URLs. */
  get replicas(): readonly ReplicaParts[] {
    return this.#cluster.replicas
  }

  get natsUrl(): string {
    return `nats://127.0.0.1:${this.#cluster.nats.port}`
  }

  replica(id: number): ReplicaParts {
    return this.#cluster.replica(id)
  }

  /** Waits until all replicas are ready and one leads. @returns the leader */
  settled(): Promise<ReplicaParts> {
    return eventually(
      'all replicas to be ready',
      async () => {
        for (const { api } of this.replicas) {
          const url = `${api}/readyz`
          const answer = await this.rest.call({ method: 'GET', url, timeoutMs: answerMs })
          if (answer.kind !== 'ok') throw new Error(JSON.stringify(answer))
        }
        const id = await currentLeader(this.#cluster, this.rest)
        return id === null ? null : this.replica(id)
      },
      readyMs,
    )
  }

  /** The last applied index of a replica, by its own word. */
  async applied({ id }: ReplicaParts): Promise<number> {
    const seen = await clusterSeenBy(this.replica(id), this.rest, answerMs)
    const applied = seen?.status.replicas.find((one) => one.id === id)?.applied
    if (applied === null || applied === undefined) throw new Error(`replica ${id} does not answer`)
    return applied
  }

  cpu(): ClusterCpu {
    return {
      replicas: this.replicas.map(({ process }) =>
        process.pid === null ? 0 : treeCpuMs(process.pid),
      ),
      postgres: this.replicas.map(({ postgres }) => treeCpuMs(postgres.pid)),
      nats: treeCpuMs(this.#cluster.nats.pid),
    }
  }
}

/** All of it together. */
export function totalCpuMs({ replicas, postgres, nats }: ClusterCpu): number {
  return [...replicas, ...postgres, nats].reduce((sum, one) => sum + one, 0)
}
