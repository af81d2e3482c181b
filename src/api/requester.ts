/** Who asks by a request: set at the door of the API, written beside what the request writes. */
import type { FastifyRequest } from 'fastify'
import type { Principal, Requester } from '../access/principal.js'

declare module 'fastify' {
  interface FastifyRequest {
    /** As judged before any handler sees the request. */
    principal: Principal
  }
  interface FastifyContextConfig {
    /** Of the document that the route is bound to; absent for what stands in none. */
    readonly operationId?: string
  }
}

export type Asked = Pick<FastifyRequest, 'principal' | 'id' | 'ip' | 'routeOptions'>

export function requesterOf({ principal, id, ip, routeOptions }: Asked): Requester {
  const { credential, grant } = principal
  const operation = routeOptions.config.operationId ?? ''
  return { credential, role: grant?.role ?? '', address: ip, operation, request: id }
}
