/**
 * Every way in which a request can fail, as problem details: what handlers throw, what the
 * validators refuse, paths and methods that do not exist, URLs that cannot be read, and what is not
 * HTTP at all.
 */
import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import type { ErrorObject } from 'ajv'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Logger } from 'pino'
import { BerthError } from '../errors/berth-error.js'
import { problemType } from '../errors/problem-document.js'
import type { LimitedLog } from '../log/limited-log.js'
import { berthErrorOf, type Problem, type ProblemExtras, problemOf } from './problem.js'
import type { ReplicaPort } from './replica-port.js'
import { requestErrors } from './validation.js'

/** When to come back, for problems that a wait can solve, in seconds. */
const retryAfterSeconds = 1

export function sendProblem(reply: FastifyReply, problem: Problem): FastifyReply {
  if (problem.status === 503 || problem.status === 429) {
    reply.header('retry-after', retryAfterSeconds)
  }
  return reply.code(problem.status).type(`${problemType}; charset=utf-8`).send(problem)
}

/**
 * Answers whatever was thrown while a request was handled.
 * @param refused where it is said that hosts, or whoever came under a foreign name, were refused
 */
export function handleErrors(
  app: FastifyInstance,
  port: Pick<ReplicaPort, 'cluster'>,
  refused: LimitedLog,
): void {
  app.setErrorHandler((thrown, request, reply) => {
    const { error, extras } = explain(thrown, request)
    if (error.code === 'internal') request.log.error({ err: thrown }, 'a request failed')
    noteRefusal(refused, error, request)
    const leader = error.code === 'not_leader' ? { leader: leaderOf(port) } : {}
    return sendProblem(reply, problemOf(error, { ...extras, ...leader }))
  })
}

/** Longest text of a request in a line of the log, in UTF-16 units. */
const shownUnitsMax = 200

/**
 * What its operator has to mend: a name of this replica that it was not told of, or something on
 * the way of a host that makes another request of it. Anybody can cause it.
 */
function noteRefusal(
  refused: LimitedLog,
  { code, message: detail }: BerthError,
  { headers, socket, url }: FastifyRequest,
): void {
  const isUpgrade = headers.upgrade?.toLowerCase() === 'websocket'
  // A host whose proxy did not pass its upgrade on asks as nobody else does.
  const isHost = isUpgrade || code === 'upgrade_required'
  if (code !== 'foreign_origin' && !isHost) return
  const shown = (text: string | undefined) => text?.slice(0, shownUnitsMax)
  const { host, origin } = headers
  const fields = { remote: socket.remoteAddress, host: shown(host), origin: shown(origin) }
  const more = { path: shown(url.split('?', 1)[0]), code, detail: shown(detail) }
  const message = isHost ? 'a host is refused' : 'a request is refused'
  refused.add('warn', { ...fields, ...more }, message, `${message} ${code}`)
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

function leaderOf(port: Pick<ReplicaPort, 'cluster'>): NonNullable<Problem['leader']> | null {
  const { leader, replicas } = port.cluster()
  if (leader === null) return null
  const address = replicas.find(({ id }) => id === leader)?.addresses.api ?? null
  return { id: leader, address }
}

/**
 * Tells unknown paths from unknown methods of known ones, before a body is read.
 *
 * @param methodsByTemplate for each path template of the API (`/v1/x/{y}`) its methods
 */
export function handleUnknownPaths(
  app: FastifyInstance,
  methodsByTemplate: ReadonlyMap<string, readonly string[]>,
): void {
  const known = [...methodsByTemplate].map(([template, methods]) => ({
    pattern: new RegExp(`^${template.replaceAll('.', '\\.').replace(/\{\w+\}/g, '[^/]+')}$`),
    methods,
  }))
  const refuse = (request: FastifyRequest, reply: FastifyReply): BerthError => {
    const path = request.url.split('?', 1)[0] ?? ''
    const found = known.find(({ pattern }) => pattern.test(path))
    if (found === undefined) {
      return new BerthError('not_found', 'There is no such path; /openapi.json lists all.')
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

/** For `frameworkErrors`: URLs that the router cannot read. They reach no hook and no handler. */
export function answerUnreadableUrl(
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
): void {
  sendProblem(reply, problemOf(berthErrorOf(error, request.id)))
}

/** For `clientErrorHandler`: what is not HTTP, or not in time. There is only the socket. */
export function createClientErrorHandler(log: Pick<Logger, 'debug'>) {
  return (error: Error & { code?: string; rawPacket?: unknown }, socket: Socket): void => {
    if (error.code === 'ECONNRESET' || !socket.writable) {
      socket.destroy()
      return
    }
    log.debug({ err: error, remote: socket.remoteAddress }, 'not a request')
    const known = berthErrorOf(error, '')
    const problem = problemOf(
      known.code === 'internal'
        ? new BerthError('invalid_request', 'These bytes are not an HTTP/1.1 request.')
        : known,
    )
    const { rawPacket: bytes } = error
    const isHead = Buffer.isBuffer(bytes) && bytes.indexOf('HEAD ') === 0
    socket.end(rawResponse(problem, isHead ? 'HEAD' : undefined))
  }
}

/**
 * A whole HTTP/1.1 response, for where there is a socket and nothing else.
 * @param method of the request, as far as it is known: an answer to HEAD has no body
 */
export function rawResponse(problem: Problem, method: string | undefined): string {
  const body = JSON.stringify(problem)
  return [
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status] ?? 'Error'}`,
    `Content-Type: ${problemType}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
    '',
    method === 'HEAD' ? '' : body,
  ].join('\r\n')
}
