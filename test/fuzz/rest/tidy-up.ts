/** Takes back what requests of a fuzzer did to the cluster and what would stay: replicas, names. */
import { eventually } from '../../support/eventually.js'
import { Refusal, request } from '../../support/real-cluster.js'
import type { FuzzCluster } from '../cluster/fuzz-cluster.js'

export async function tidyUp(cluster: FuzzCluster, namespaces: readonly string[]): Promise<void> {
  const api = `http://127.0.0.1:${cluster.replica(await cluster.leader()).apiPort}`
  const ids = new Set(cluster.replicas.map(({ id }) => id))
  await eventually('the replicas that there were', async () => {
    await request('POST', `${api}/v1/cluster/changes/leave`).catch(refused)
    const { status } = await cluster.status(await cluster.leader())
    const strangers = status.replicas.filter(({ id }) => !ids.has(id))
    for (const { id } of strangers) await request('DELETE', `${api}/v1/cluster/replicas/${id}`)
    const isAsBefore = status.replicas.every(({ membership }) => membership === 'voter')
    return strangers.length === 0 && isAsBefore
  })
  for (const namespace of namespaces) {
    await request('DELETE', `${api}/v1/namespaces/${namespace}`).catch(refused)
  }
}

/** An answer that says no. */
function refused(error: unknown): void {
  if (!(error instanceof Refusal)) throw error
}
