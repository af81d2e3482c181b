/** What the replicas say of themselves: who leads, and how far each one is. */
import type { components } from '../../../src/api/openapi.generated.js'
import type { RestClient } from '../clients/rest-client.js'
import type { ProcessCluster, ReplicaParts } from './process-cluster.js'

type Schemas = components['schemas']

/** While faults last, so that one that stands still holds up no other fault. */
const answerMs = 500
/** When all is healed, and the machine may be busy. */
const patientAnswerMs = 10_000

/** A replica's view of the cluster; null when it does not answer. */
export async function clusterSeenBy(
  { api }: ReplicaParts,
  rest: RestClient,
  timeoutMs = answerMs,
): Promise<Schemas['Cluster'] | null> {
  const url = `${api}/v1/cluster?consistency=stale`
  const answer = await rest.call({ method: 'GET', url, timeoutMs })
  return answer.kind === 'ok' ? (answer.body as Schemas['Cluster']) : null
}

/** Whom the replica of the highest term takes for its leader; null when nobody knows one. */
export async function currentLeader(
  { replicas }: ProcessCluster,
  rest: RestClient,
): Promise<number | null> {
  const seen = await Promise.all(replicas.map((replica) => clusterSeenBy(replica, rest)))
  const statuses = seen.flatMap((cluster) => (cluster === null ? [] : [cluster.status]))
  const [newest] = statuses.filter(({ leader }) => leader !== null).sort((a, b) => b.term - a.term)
  return newest?.leader ?? null
}

export interface Standing {
  readonly id: number
  readonly applied: number | null
  readonly digest: string | null
  readonly alarms: readonly string[]
}

/** How far each replica is, by its own word. */
export function standings(
  { replicas }: ProcessCluster,
  rest: RestClient,
): Promise<readonly Standing[]> {
  return Promise.all(
    replicas.map(async (replica) => {
      const { id } = replica
      const seen = await clusterSeenBy(replica, rest, patientAnswerMs)
      const own = seen?.status.replicas.find((one) => one.id === id)
      const alarms = seen?.status.alarms.map(({ code, detail }) => `${code}: ${detail}`) ?? []
      return { id, applied: own?.applied ?? null, digest: own?.digest ?? null, alarms }
    }),
  )
}
