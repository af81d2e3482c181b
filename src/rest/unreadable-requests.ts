/** Requests that HTTP does not allow, or of which nobody can tell what is meant. */
import type { FastifyInstance } from 'fastify'
import { BerthError } from '../errors/berth-error.js'

/** HTTP/1.1 wants a `Host` of each request, that for a WebSocket too (RFC 9112 §3.2). */
export function refuseHostless(app: FastifyInstance): void {
  app.addHook('onRequest', async ({ headers, raw: { httpVersion } }, reply) => {
    if (headers.host !== undefined || httpVersion === '1.0') return
    reply.header('connection', 'close')
    throw new BerthError('invalid_request', 'Send the header Host: HTTP/1.1 wants it.')
  })
}

/**
 * Node answers an `Expect` that it does not know by itself, without a word. Here it takes the way
 * of every request, and is refused on it.
 */
export function refuseExpectations(app: FastifyInstance): void {
  const { server } = app
  server.on('checkExpectation', (request, response) => server.emit('request', request, response))
  app.addHook('onRequest', async ({ headers: { expect } }, reply) => {
    if (expect === undefined || /^100-continue$/i.test(expect)) return
    // Whoever expects something may or may not send a body: nobody can tell where it would end.
    reply.header('connection', 'close')
    const detail = 'Send the request without the header Expect, or with "Expect: 100-continue".'
    throw new BerthError('expectation_failed', detail)
  })
}

/** Refuses queries whose percent-encoding is not of UTF-8: the parser takes them as they stand. */
export function refuseUnreadableQueries(app: FastifyInstance): void {
  app.addHook('onRequest', async ({ raw: { url = '' } }) => {
    const at = url.indexOf('?')
    if (at < 0 || isPercentEncoded(url.slice(at))) return
    const detail = 'The query is not valid: check its percent-encoding, which is of UTF-8.'
    throw new BerthError('invalid_request', detail)
  })
}

function isPercentEncoded(query: string): boolean {
  try {
    decodeURIComponent(query)
    return true
  } catch {
    return false
  }
}
