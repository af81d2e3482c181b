/** Clients that write and read through random replicas, judged by what they saw. */
import type { Sidecar } from '../../../src/sidecar/index.js'
import { Random } from '../../simulation/kernel/random.js'
import { planFaults } from '../faults/plan.js'
import type { Check, Ground, Workload, WorkloadKind } from '../workload.js'
import { Clients } from './clients.js'
import { initialPlacements } from './initial.js'
import type { Placement } from './placement-model.js'
import { settle, settlements } from './settlers.js'
import { checkAcknowledged, checkHistories } from './verdict.js'
import { GenerationWatch } from './watch.js'

const clientCount = 8
const pauseMs = 60

export const clientsWorkload: WorkloadKind = {
  plan: (random) => planFaults(random, 0),
  /** Leases and deadlines outlast the run: no member goes because of a fault. */
  settings: {
    fenceAfterMs: 7_200_000,
    fenceMarginMs: 30_000,
    hostTimeoutMs: 7_300_000,
    roundDeadlineMs: 300_000,
  },
  /** Snapshots and compaction come often enough to meet every fault. */
  flags: ['--snapshot-entries', '400', '--trailing-entries', '200'],
  start: async (ground) => {
    const { cluster, rest, owner, onFinding } = ground
    const { replicas } = cluster
    const sidecars = await settle(
      owner,
      replicas.map(({ webSocket }) => webSocket),
    )
    const origins = replicas.map(({ api }) => api)
    const initial = await initialPlacements(origins, rest)
    const watch = new GenerationWatch({ replicas, sidecars, rest, onFinding })
    const clients = new Clients({
      ...{ count: clientCount, pauseMs, origins, rest, onFinding },
      names: new Map(settlements.map((one) => [one.namespace, [...one.members, one.absent]])),
      random: Random.of(ground.seed, 'clients'),
      journal: ground.journal,
    })
    return new ClientsWorkload(ground, { sidecars, initial, watch, clients })
  },
}

interface Parts {
  readonly sidecars: readonly Sidecar[]
  readonly initial: ReadonlyMap<string, Placement>
  readonly watch: GenerationWatch
  readonly clients: Clients
}

class ClientsWorkload implements Workload {
  readonly hosts = []
  readonly hostNames = []
  readonly #ground: Ground
  readonly #parts: Parts

  constructor(ground: Ground, parts: Parts) {
    this.#ground = ground
    this.#parts = parts
  }

  stop(): Promise<void> {
    return this.#parts.clients.stop()
  }

  async check(): Promise<readonly Check[]> {
    const { cluster, rest } = this.#ground
    const { clients, initial, watch } = this.#parts
    await watch.stop()
    return [
      ...(await checkAcknowledged(cluster, rest, clients.acknowledged)),
      ...checkHistories(clients.operations, initial),
    ]
  }

  async close(): Promise<void> {
    for (const sidecar of this.#parts.sidecars) await sidecar.close()
  }

  figures(): Readonly<Record<string, number>> {
    const { clients, watch } = this.#parts
    const { operations, acknowledged, failedReads } = clients
    const reads = operations.filter(({ action }) => action.kind === 'read').length
    return {
      operations: operations.length,
      reads,
      'reads that failed': failedReads,
      'writes acknowledged': acknowledged.length,
      'writes without an answer': operations.length - reads - acknowledged.length,
      'looks at generations': watch.looks,
    }
  }
}
