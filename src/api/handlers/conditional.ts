/** Answers with an entity tag, or with 304 when the client has just this. */
import type { FastifyReply } from 'fastify'
import { entityTag, matches } from '../entity-tag.js'

interface Conditional {
  readonly headers: { readonly 'if-none-match'?: string }
}

interface Tagged<Body> {
  /** The generation that the body shows; null if it shows none. */
  readonly generation: number | null
  /** All that the body depends on beside URL and generation. */
  readonly state: unknown
  /** Made only when it is needed. */
  readonly body: () => Body
}

export function conditionally<Body>(
  request: Conditional,
  reply: FastifyReply,
  { generation, state, body }: Tagged<Body>,
): Body | FastifyReply {
  const tag = entityTag(generation, state)
  reply.header('etag', tag)
  if (matches(request.headers['if-none-match'], tag)) return reply.code(304).send()
  return body()
}
