/** Bodies of requests: JSON, and nothing else. */
import type { FastifyInstance } from 'fastify'
import { BerthError } from '../errors/berth-error.js'
import { problemType } from '../errors/problem-document.js'

/** One parser, JSON; an empty body counts as none, whatever the content type says. */
export function takeJsonOnly(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error')
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (body === '') done(null, undefined)
    else parse(request, body as string, done)
  })
  // Types that only answers have: named here, they are refused like all others in a request.
  app.addContentTypeParser([problemType, 'text/plain', 'text/html'], (_request, _body, done) => {
    done(new BerthError('unsupported_media_type', 'Send the body as application/json.'))
  })
}
