/** Whether a cluster that was healed is one again. */
import { setTimeout as delay } from 'node:timers/promises'
import type { RestClient } from './clients/rest-client.js'
import type { ChaosCluster } from './cluster/chaos-cluster.js'
import { type Standing, standings } from './cluster/leader.js'
import type { Check } from './workload.js'

const answerMs = 10_000
const convergeMsMax = 120_000
const lookEveryMs = 200

/** All replicas ready, as far as each other, and the same, and none has anything to complain of. */
export async function checkConvergence(cluster: ChaosCluster, rest: RestClient): Promise<Check> {
  const name = 'replicas converge to equal digests at an equal index'
  const startMs = performance.now()
  let last: readonly Standing[] = []
  for (;;) {
    last = await standings(cluster, rest)
    const [first] = last
    const same = last.every(
      ({ applied, digest, alarms }) =>
        applied !== null &&
        applied === first!.applied &&
        digest === first!.digest &&
        alarms.length === 0,
    )
    const tookMs = Math.round(performance.now() - startMs)
    const detail = `${JSON.stringify(last)} after ${tookMs} ms`
    if (same && (await areReady(cluster, rest))) return { name, outcome: 'holds', detail }
    if (tookMs > convergeMsMax) return { name, outcome: 'fails', detail }
    await delay(lookEveryMs)
  }
}

async function areReady({ replicas }: ChaosCluster, rest: RestClient): Promise<boolean> {
  const answers = await Promise.all(
    replicas.map(({ api }) =>
      rest.call({ method: 'GET', url: `${api}/readyz`, timeoutMs: answerMs }),
    ),
  )
  return answers.every(({ kind }) => kind === 'ok')
}
