/**
 * Metrics and access log of a REST server. Labels come from closed sets: the path template of
 * its document, never the path; known methods; the status.
 */
import type { FastifyInstance } from 'fastify'
import { Histogram, type Registry } from 'prom-client'

const methods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PATCH', 'DELETE', 'PUT'])

export function observeRequests(app: FastifyInstance, registry: Registry): void {
  const duration = new Histogram({
    name: 'berth_http_request_duration_seconds',
    help: 'Time from the request to the end of its answer.',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.001, 0.005, 0.02, 0.1, 0.5, 2, 10],
    registers: [registry],
  })
  app.addHook('onResponse', async (request, reply) => {
    const { method, url } = request
    const route = request.routeOptions.url ?? 'none'
    const labels = {
      method: methods.has(method) ? method : 'other',
      route,
      status: String(reply.statusCode),
    }
    duration.observe(labels, reply.elapsedTime / 1_000)
    request.log.debug(
      { method, url, route, status: reply.statusCode, ms: reply.elapsedTime, remote: request.ip },
      'request',
    )
  })
}
