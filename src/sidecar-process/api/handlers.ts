/** All operations of sidecar.openapi.yaml but calls; the type checker misses none. */
import type { EventStreams } from './event-streams.js'
import { type HealthSources, healthHandlers } from './handlers/health.js'
import { hostHandlers } from './handlers/host.js'
import { placementHandlers } from './handlers/placement.js'
import type { LocalPort } from './local-port.js'
import type { Handlers } from './operation.js'
import type { RequestsUnderWay } from './under-way.js'

export interface HandlerSources extends HealthSources {
  readonly port: LocalPort
  readonly streams: EventStreams
  readonly underWay: RequestsUnderWay
}

export function createHandlers(sources: HandlerSources): Handlers {
  const { port, streams, underWay } = sources
  return {
    ...placementHandlers(port, underWay),
    ...hostHandlers(port, streams),
    ...healthHandlers(sources),
  }
}
