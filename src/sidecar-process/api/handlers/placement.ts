/** Where an actor is, and whether it is here. */
import type { LocalPort } from '../local-port.js'
import type { Handlers } from '../operation.js'
import type { RequestsUnderWay } from '../under-way.js'

type Id = 'whereIsActor' | 'ownsActor'

export function placementHandlers(port: LocalPort, underWay: RequestsUnderWay): Handlers<Id> {
  return {
    whereIsActor: async (request, reply) => {
      const { type, id } = request.params
      const timeoutMs = request.query.timeout * 1_000
      const signal = underWay.signalOf(reply.raw)
      try {
        const { host, appId, generation } = await port.where(type, id, { timeoutMs, signal })
        return { host, appId, generation }
      } catch (error) {
        // Whoever asked is not there any more to hear why.
        if (reply.raw.destroyed) return reply.hijack()
        throw error
      }
    },

    ownsActor: async ({ params: { type, id } }) => {
      const grant = port.grant(type, id)
      if (grant === null) return { owns: false as const }
      const { token, generation, holdsMs } = grant
      // Never longer than it holds.
      return { owns: true as const, token, generation, holdsMs: Math.max(0, Math.floor(holdsMs)) }
    },
  }
}
