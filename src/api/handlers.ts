/** All operations of openapi.yaml; the type checker misses none. */
import type { Registry } from 'prom-client'
import type { Documents } from './documents.js'
import { actorHandlers } from './handlers/actors.js'
import { clusterHandlers } from './handlers/cluster.js'
import { healthHandlers } from './handlers/health.js'
import { historyHandlers } from './handlers/history.js'
import { memberHandlers } from './handlers/members.js'
import { namespaceHandlers } from './handlers/namespaces.js'
import { refusalHandlers } from './handlers/refusals.js'
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
    ...namespaceHandlers(port),
    ...memberHandlers(port),
    ...refusalHandlers(port),
    ...tableHandlers(port, new PastTables(port)),
    ...actorHandlers(port),
    ...historyHandlers(port),
    ...clusterHandlers(port),
    ...healthHandlers(sources),
  }
}
