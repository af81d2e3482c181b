/** Probes, metrics and documents: what machines and people look at first. */
import type { FastifyReply } from 'fastify'
import type { Registry } from 'prom-client'
import { BerthError } from '../../errors/berth-error.js'
import { sendProblem } from '../../rest/error-handling.js'
import { problemOf } from '../../rest/problem.js'
import type { Documents } from '../documents.js'
import type { Handlers } from '../operation.js'
import { namelessMetrics } from '../probes.js'
import type { Check, ReplicaPort } from '../replica-port.js'
import { pageHeaders, renderPage } from './page.js'

type Id = 'livez' | 'readyz' | 'metrics' | 'openapiDocument' | 'asyncapiDocument' | 'welcomePage'

export interface HealthSources {
  readonly port: Pick<ReplicaPort, 'health' | 'cluster'>
  readonly registry: Registry
  readonly documents: Documents
}

export function healthHandlers({ port, registry, documents }: HealthSources): Handlers<Id> {
  const { openapi, asyncapi } = documents
  return {
    livez: async (request, reply) =>
      probe(request, reply, port.health().live, 'A restart would help'),
    readyz: async (request, reply) => probe(request, reply, port.health().ready, 'Not ready'),
    metrics: async ({ isStranger }, reply) => {
      reply.type(registry.contentType)
      return isStranger ? namelessMetrics(registry) : registry.metrics()
    },
    openapiDocument: async () => ({ ...openapi }),
    asyncapiDocument: async () => ({ ...asyncapi }),
    welcomePage: async (_request, reply) => {
      reply.headers(pageHeaders).type('text/html; charset=utf-8')
      return renderPage(openapi, port.cluster())
    },
  }
}

function isVerbose(verbose: string | undefined): boolean {
  return verbose !== undefined && verbose !== 'false' && verbose !== '0'
}

/** What a probe is answered depends on. */
interface Probing {
  readonly query: { readonly verbose?: string | undefined }
  readonly isStranger: boolean
}

function probe(
  { query, isStranger }: Probing,
  reply: FastifyReply,
  checks: readonly Check[],
  what: string,
) {
  const shown = isVerbose(query.verbose) && !isStranger ? { checks } : {}
  const failed = checks.filter(({ ok }) => !ok)
  if (failed.length === 0) return { ok: true as const, ...shown }
  const reasons = failed.map(({ name, detail }) => `${name} (${detail})`).join(', ')
  const why = isStranger ? 'ask by a name or address of this replica why' : reasons
  return sendProblem(reply, problemOf(new BerthError('unavailable', `${what}: ${why}.`), shown))
}
