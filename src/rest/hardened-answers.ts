/** Headers by which a browser keeps an answer to the page that asked for it. */
import type { FastifyInstance } from 'fastify'

/** What browsers are told about every answer: nothing of it belongs into another site's page. */
export const hardenedHeaders = {
  'cache-control': 'no-cache',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
} as const

export function hardenAnswers(app: FastifyInstance): void {
  app.addHook('onRequest', async (_request, reply) => {
    reply.headers({ ...hardenedHeaders })
  })
}
