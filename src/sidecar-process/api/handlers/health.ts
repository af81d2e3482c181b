/** Probes, metrics and the document. */
import type { FastifyReply } from 'fastify'
import type { Registry } from 'prom-client'
import { BerthError } from '../../../errors/berth-error.js'
import type { OpenapiDocument } from '../../../rest/documents.js'
import type { LocalPort } from '../local-port.js'
import type { LocalState } from '../local-state.js'
import type { Handlers } from '../operation.js'

type Id = 'healthz' | 'readyz' | 'metrics' | 'openapiDocument'

export interface HealthSources {
  readonly port: Pick<LocalPort, 'state'>
  readonly registry: Registry
  readonly document: OpenapiDocument
}

export function healthHandlers({ port, registry, document }: HealthSources): Handlers<Id> {
  return {
    healthz: async () => {
      const { broken } = port.state().sidecar
      if (broken === null) return { ok: true as const }
      throw new BerthError('unavailable', `A restart would help: ${broken}`)
    },
    readyz: async () => {
      const state = port.state()
      if (state.ready) return { ok: true as const }
      throw new BerthError('unavailable', `Not ready: ${reasonsOf(state).join('; ')}.`)
    },
    metrics: async (_request, reply: FastifyReply) => {
      reply.type(registry.contentType)
      return registry.metrics()
    },
    openapiDocument: async () => ({ ...document }),
  }
}

/** What keeps it from being ready, for people. */
function reasonsOf({ host, application, sidecar }: LocalState): readonly string[] {
  const { phase, isFenced, isMember, generation, waiting, failure } = sidecar
  const why = waiting ?? failure
  const reasons = [`the sidecar is ${phase}${why === null ? '' : ` (${why.detail})`}`]
  if (isFenced) reasons.push('it has no lease')
  if (generation === null) reasons.push('it has no table yet')
  else if (host !== null && !isMember) reasons.push('the table has not this host')
  if (application === null || application.state === 'up') return reasons
  const { state, reason } = application
  return [...reasons, `the application is ${state}${reason === null ? '' : ` (${reason})`}`]
}
