/** This host: how it does, what happens to it, and its end. */
import type { OutgoingHttpHeaders } from 'node:http'
import type { EventStreams } from '../event-streams.js'
import { stateText } from '../event-text.js'
import type { LocalPort } from '../local-port.js'
import type { Handlers } from '../operation.js'
import { stateBody } from '../state-body.js'

type Id = 'getState' | 'streamEvents' | 'leave'

export function hostHandlers(port: LocalPort, streams: EventStreams): Handlers<Id> {
  let leaving: Promise<void> | null = null
  return {
    getState: async () => stateBody(port.state()),

    streamEvents: async (request, reply) => {
      streams.refuseMore()
      reply.type('text/event-stream')
      if (request.method === 'HEAD') return reply.send()
      const headers = reply.getHeaders() as OutgoingHttpHeaders
      const first = stateText(port.state())
      reply.hijack()
      streams.open(reply.raw, headers, first)
      return reply
    },

    leave: async () => {
      leaving ??= port.leave()
      await leaving
      return { left: true as const }
    },
  }
}
