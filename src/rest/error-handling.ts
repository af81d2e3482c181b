/**
 * What a request can fail by once it is one, as problem details: what handlers throw, what the
 * validators refuse, and URLs that the router cannot read.
 */
import type { ErrorObject } from 'ajv'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { BerthError } from '../errors/berth-error.js'
import { type ProblemDocument, problemType } from '../errors/problem-document.js'
import { berthErrorOf, type ProblemExtras, problemOf } from './problem.js'
import { requestErrors } from './validation.js'

/** When to come back, for problems that a wait can solve, in seconds. */
export const retryAfterSeconds = 1

export function sendProblem(reply: FastifyReply, problem: ProblemDocument): FastifyReply {
  if (problem.status === 503 || problem.status === 429) {
    reply.header('retry-after', retryAfterSeconds)
  }
  return reply.code(problem.status).type(`${problemType}; charset=utf-8`).send(problem)
}

export interface ErrorHandling {
  /** Sees each error before it is answered. */
  readonly note: (error: BerthError, request: FastifyRequest) => void
  /** Members of the problem that the code alone does not give. */
  readonly extrasOf: (error: BerthError) => ProblemExtras
}

/** Answers whatever was thrown while a request was handled. */
export function handleErrors(app: FastifyInstance, { note, extrasOf }: ErrorHandling): void {
  app.setErrorHandler((thrown, request, reply) => {
    const { error, extras } = explain(thrown, request)
    if (error.code === 'internal') request.log.error({ err: thrown }, 'a request failed')
    note(error, request)
    return sendProblem(reply, problemOf(error, { ...extras, ...extrasOf(error) }))
  })
}

function explain(
  thrown: unknown,
  request: FastifyRequest,
): { error: BerthError; extras: ProblemExtras } {
  const { validation, validationContext } = (thrown ?? {}) as {
    validation?: readonly ErrorObject[]
    validationContext?: string
  }
  if (validation === undefined) return { error: berthErrorOf(thrown, request.id), extras: {} }
  const errors = requestErrors(validation, validationContext)
  const first = errors[0]
  const where = first === undefined ? '' : [first.in, first.at].filter((s) => s !== '').join(' ')
  const detail = first === undefined ? 'The request is not valid.' : `${where}: ${first.detail}`
  return { error: new BerthError('invalid_request', detail), extras: { errors } }
}

/** For `frameworkErrors`: URLs that the router cannot read. They reach no hook and no handler. */
export function answerUnreadableUrl(
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
): void {
  sendProblem(reply, problemOf(berthErrorOf(error, request.id)))
}
