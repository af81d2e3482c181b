/**
 * `npm run bench:fsyncs`: what a committed entry costs in Postgres transactions and in fsyncs of
 * its write-ahead log, on each replica, with 1 and with 256 writes in flight.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { withClient } from '../src/cli/local/postgres-client.js'
import { standings } from '../test/chaos/cluster/leader.js'
import type { ReplicaParts } from '../test/chaos/cluster/process-cluster.js'
import { exitWith } from '../test/support/exit.js'
import { type BenchCluster, quantile, withCluster } from './bench-cluster.js'

interface Cost {
  readonly commits: number
  readonly fsyncs: number
}

/** Backends report what they did at most once a second. */
const reportMs = 2_500
const writeMs = 10_000
const runs = [
  { inFlight: 1, writes: 1_000 },
  { inFlight: 256, writes: 20_000 },
] as const

/** So far; asked of another database, so that the question does not count. */
function costOf({ postgres }: ReplicaParts): Promise<Cost> {
  return withClient(postgres.url('postgres'), async (client) => {
    const { rows } = await client.query<{ commits: string; fsyncs: string }>(
      `select (select xact_commit from pg_stat_database where datname = 'berth') as commits,
              (select sum(fsyncs) from pg_stat_io where object = 'wal') as fsyncs`,
    )
    return { commits: Number(rows[0]!.commits), fsyncs: Number(rows[0]!.fsyncs) }
  })
}

/** Writes of clients that each wait for their answer. @returns latencies, in ms */
async function write(
  { rest }: BenchCluster,
  leader: ReplicaParts,
  { inFlight, writes }: (typeof runs)[number],
): Promise<number[]> {
  const latenciesMs: number[] = []
  let left = writes
  const client = async (number: number) => {
    for (let turn = 0; left > 0; turn += 1) {
      left -= 1
      const verb = turn % 2 === 0 ? 'cordon' : 'uncordon'
      const name = `10.0.${number >> 8}.${number & 255}:5000`
      const url = `${leader.api}/v1/namespaces/default/members/${name}/${verb}`
      const startMs = performance.now()
      const answer = await rest.call({ method: 'POST', url, timeoutMs: writeMs })
      if (answer.kind !== 'ok') throw new Error(JSON.stringify(answer))
      latenciesMs.push(performance.now() - startMs)
    }
  }
  await Promise.all(Array.from({ length: inFlight }, (_, i) => client(i)))
  return latenciesMs
}

await withCluster(async (bench) => {
  const { cluster, rest, settled } = bench
  for (const run of runs) {
    const leader = await settled()
    await delay(reportMs)
    const costs = () => Promise.all(cluster.replicas.map(costOf))
    const applied = async () =>
      (await standings(cluster, rest)).find(({ id }) => id === leader)!.applied!
    const before = { index: await applied(), costs: await costs(), atMs: performance.now() }
    const latenciesMs = await write(bench, cluster.replica(leader), run)
    const seconds = (performance.now() - before.atMs) / 1_000
    const entries = (await applied()) - before.index
    await delay(reportMs)
    const after = await costs()
    const [p50, p99] = [0.5, 0.99].map((share) => quantile(latenciesMs, share).toFixed(1))
    const rate = Math.round(run.writes / seconds)
    console.log(`${run.inFlight} in flight: ${entries} entries, ${rate} writes/s over REST,`)
    console.log(`  latency p50 ${p50} ms, p99 ${p99} ms`)
    for (const [i, { id }] of cluster.replicas.entries()) {
      const per = (what: keyof Cost) => (after[i]![what] - before.costs[i]![what]) / entries
      const role = id === leader ? 'leader' : 'follower'
      const [commits, fsyncs] = [per('commits').toFixed(3), per('fsyncs').toFixed(3)]
      console.log(`  replica ${id} (${role}): ${commits} commits, ${fsyncs} fsyncs an entry`)
    }
  }
})
exitWith(0)
