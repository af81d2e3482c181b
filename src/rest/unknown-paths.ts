/** Paths and methods that a server does not have, told apart before a body is read. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { BerthError } from '../errors/berth-error.js'

/**
 * Tells unknown paths from unknown methods of known ones, before a body is read.
 *
 * @param methodsByTemplate for each path template of the API (`/v1/x/{y}`) its methods
 * @param documentPath where the server's document is, which lists all of them
 */
export function handleUnknownPaths(
  app: FastifyInstance,
  methodsByTemplate: ReadonlyMap<string, readonly string[]>,
  documentPath: string,
): void {
  const known = [...methodsByTemplate].map(([template, methods]) => ({
    pattern: new RegExp(`^${template.replaceAll('.', '\\.').replace(/\{\w+\}/g, '[^/]+')}$`),
    methods,
  }))
  const refuse = (request: FastifyRequest, reply: FastifyReply): BerthError => {
    const path = request.url.split('?', 1)[0] ?? ''
    const found = known.find(({ pattern }) => pattern.test(path))
    if (found === undefined) {
      return new BerthError('not_found', `There is no such path; ${documentPath} lists all.`)
    }
    const allowed = found.methods.join(', ')
    reply.header('allow', allowed)
    return new BerthError('method_not_allowed', `This path has: ${allowed}.`)
  }
  app.addHook('onRequest', async (request, reply) => {
    if (request.is404) throw refuse(request, reply)
  })
  app.setNotFoundHandler((request, reply) => {
    throw refuse(request, reply)
  })
}
