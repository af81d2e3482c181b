/** All operations of openapi.yaml; the type checker misses none. */
import type { Registry } from 'prom-client'
import type { Documents } from './documents.js'
import { clusterHandlers } from './handlers/cluster.js'
import { healthHandlers } from './handlers/health.js'
import { historyHandlers } from './handlers/history.js'
import { placementHandlers } from './handlers/placement.js'
import { tableHandlers } from './handlers/tables.js'
import type { Handlers } from './operation.js'
import { PastTables } from './past-tables.js'
import type { ReplicaPort } from './replica-port.js'

export interface HandlerSources {
  readonly port: ReplicaPort
  readonly registry: Registry
  readonly documents: Documents
}

export function createHandlers(sources: HandlerSources): Handlers {
  const { port } = sources
  return {
    ...placementHandlers(port),
    ...tableHandlers(port, new PastTables(port)),
    ...historyHandlers(port),
    ...clusterHandlers(port),
    ...healthHandlers(sources),
  }
}
