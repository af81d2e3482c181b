/** Three replicas and honest hosts, for all doors that need nothing else. */
import type { FuzzCluster } from './fuzz-cluster.js'
import type { Ground } from './ground.js'

export function sharedCluster(ground: Ground): Promise<FuzzCluster> {
  return ground.cluster('fuzz', async () => ({ ids: [1, 2, 3], natsUrl: await ground.nats() }))
}
