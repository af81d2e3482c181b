/** A cluster for measurements: real processes on this machine, in a folder that goes with it. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { RestClient } from '../test/chaos/clients/rest-client.js'
import { Endings } from '../test/chaos/cluster/endings.js'
import { currentLeader } from '../test/chaos/cluster/leader.js'
import { ProcessCluster } from '../test/chaos/cluster/process-cluster.js'
import { directWays } from '../test/chaos/network/ways.js'
import { eventually } from '../test/support/eventually.js'

const readyMs = 60_000

export interface BenchCluster {
  readonly cluster: ProcessCluster
  readonly rest: RestClient
  /** Waits until all replicas are ready and agree on a leader. */
  settled(): Promise<number>
}

export async function withCluster(work: (bench: BenchCluster) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'berth-bench-'))
  const endings = new Endings()
  endings.onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const rest = new RestClient()
  endings.onTestFinished(() => rest.close())
  try {
    const cluster = await ProcessCluster.start(endings, {
      ...{ folder, ways: directWays, settings: {}, flags: [] },
      onFinding: (what) => console.error(what),
    })
    const settled = () => untilSettled(cluster, rest)
    await settled()
    await work({ cluster, rest, settled })
    await cluster.stop()
  } finally {
    await endings.end()
  }
}

function untilSettled(cluster: ProcessCluster, rest: RestClient): Promise<number> {
  return eventually(
    'all replicas to be ready',
    async () => {
      for (const { api } of cluster.replicas) {
        const answer = await rest.call({ method: 'GET', url: `${api}/readyz`, timeoutMs: 1_000 })
        if (answer.kind !== 'ok') throw new Error(JSON.stringify(answer))
      }
      return currentLeader(cluster, rest)
    },
    readyMs,
  )
}

/** Of values in any order; `share` from 0 to 1. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN
}
