/**
 * `npm run bench:election -- [--count 50]`: kill -9 of the leader, again and again. Measures how
 * long until a survivor names another leader, and until a write is committed by it.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { clusterSeenBy } from '../test/chaos/cluster/leader.js'
import { exitWith } from '../test/support/exit.js'
import { type BenchCluster, quantile, withCluster } from './bench-cluster.js'

const pollMs = 5
/** A replica that starts grants no vote for one election timeout: it has to be over. */
const restMs = 1_500
const limitMs = 30_000

interface Measured {
  readonly electedMs: number
  readonly writtenMs: number
}

async function measure({ cluster, rest, settled }: BenchCluster, round: number): Promise<Measured> {
  const leader = await settled()
  await delay(restMs)
  const survivors = cluster.replicas.filter(({ id }) => id !== leader)
  const startMs = performance.now()
  const tookMs = () => performance.now() - startMs
  const inTime = () => {
    if (tookMs() > limitMs) throw new Error(`nothing came within ${limitMs} ms`)
  }
  await cluster.replica(leader).process.kill()
  const elected = async () => {
    for (;;) {
      const seen = await Promise.all(survivors.map((replica) => clusterSeenBy(replica, rest)))
      const leaders = seen.map((one) => one?.status.leader ?? null)
      if (leaders.some((id) => id !== null && id !== leader)) return tookMs()
      inTime()
      await delay(pollMs)
    }
  }
  const written = async () => {
    const verb = round % 2 === 0 ? 'cordon' : 'uncordon'
    const url = `${survivors[0]!.api}/v1/namespaces/default/members/10.0.0.1:5000/${verb}`
    for (;;) {
      const answer = await rest.call({ method: 'POST', url, timeoutMs: 1_000 })
      if (answer.kind === 'ok') return tookMs()
      inTime()
      await delay(pollMs)
    }
  }
  const [electedMs, writtenMs] = await Promise.all([elected(), written()])
  await cluster.replica(leader).process.start()
  return { electedMs, writtenMs }
}

const { values } = parseArgs({ options: { count: { type: 'string', default: '50' } } })
const measured: Measured[] = []
await withCluster(async (bench) => {
  for (let round = 0; round < Number(values.count); round += 1) {
    measured.push(await measure(bench, round))
  }
})
for (const [what, of] of [
  ['another leader is known', ({ electedMs }: Measured) => electedMs],
  ['a write is committed', ({ writtenMs }: Measured) => writtenMs],
] as const) {
  const all = measured.map(of)
  const [median, p99] = [quantile(all, 0.5), quantile(all, 0.99)].map(Math.round)
  console.log(`${what}: median ${median} ms, p99 ${p99} ms after kill -9 of the leader`)
}
console.log(`${measured.length} kills; three replicas with a Postgres each on one machine`)
exitWith(0)
