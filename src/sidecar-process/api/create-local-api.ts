/**
 * The local API of a sidecar but for its calls: REST bound to sidecar.openapi.yaml, events, probes
 * and metrics. It has no socket: whoever takes calls on one gives it all other requests. Order of a
 * request: guard, body, query, unknown path or method, validation, handler, validated answer.
 */
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http'
import fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify'
import type { Logger } from 'pino'
import type { Registry } from 'prom-client'
import { BerthError } from '../../errors/berth-error.js'
import { problemType } from '../../errors/problem-document.js'
import { LimitedLog } from '../../log/limited-log.js'
import { bindOperations, pathPartLengthMax } from '../../rest/bind-operations.js'
import { methodsByTemplate, type OpenapiDocument, operationsOf } from '../../rest/documents.js'
import { answerUnreadableUrl, handleErrors, retryAfterSeconds } from '../../rest/error-handling.js'
import { hardenAnswers, hardenedHeaders } from '../../rest/hardened-answers.js'
import { observeRequests } from '../../rest/http-metrics.js'
import { takeJsonOnly } from '../../rest/json-bodies.js'
import { problemOf } from '../../rest/problem.js'
import { handleUnknownPaths } from '../../rest/unknown-paths.js'
import { refuseUnreadableQueries } from '../../rest/unreadable-requests.js'
import { openapi } from './document.generated.js'
import { defaultFeedLimits, EventFeed, type FeedLimits } from './event-feed.js'
import { EventStreams } from './event-streams.js'
import { createHandlers } from './handlers.js'
import { createLocalGuard, type LocalGuard } from './local-guard.js'
import type { LocalPort } from './local-port.js'
import { routeSources } from './routes.generated.js'
import { RequestsUnderWay } from './under-way.js'

export interface LocalApiOptions {
  readonly port: LocalPort
  readonly log: Logger
  /** Everything in it is shown by `/metrics`; those of the API are added. */
  readonly registry: Registry
  readonly feedLimits?: Partial<FeedLimits>
}

export interface LocalApi {
  /** Answers a request that is not below `/v1/call`. */
  readonly others: (request: IncomingMessage, response: ServerResponse) => void
  /** Null when a request may come in, else why not. To be asked of calls too. */
  readonly guard: LocalGuard
  /** Ends event streams and lookups that wait; resolves when no request is under way. */
  close(): Promise<void>
}

/** Longest body of a request that is no call, in bytes; none has a use for one. */
const bodyBytesMax = 64 * 1_024
/** Answers that are under way when the API closes may take so long, in ms. */
const lastAnswersMs = 1_000

const document = openapi as OpenapiDocument

export async function createLocalApi(options: LocalApiOptions): Promise<LocalApi> {
  const { port, log, registry } = options
  const streams = new EventStreams(new EventFeed({ ...defaultFeedLimits, ...options.feedLimits }))
  const underWay = new RequestsUnderWay()
  const app = createRouter(log)
  observeRequests(app, registry)
  const handlers = createHandlers({ port, registry, document, streams, underWay })
  bindLocalOperations(app, handlers, log)
  await app.ready()
  const forget = port.listen((event) => streams.say(event))
  const refused = new LimitedLog(log)
  const guard = createLocalGuard(refused)
  let closed: Promise<void> | null = null
  const end = async () => {
    forget()
    streams.close()
    underWay.abort(closedError())
    await underWay.ended(lastAnswersMs)
    await app.close()
    refused.end()
  }
  return {
    others: (request, response) => {
      const refusal = guard(request) ?? (closed === null ? null : closedError())
      if (refusal !== null) {
        refuse(request, response, refusal)
        return
      }
      underWay.enter(response)
      app.routing(request, response)
    },
    guard,
    close: () => {
      closed ??= end()
      return closed
    },
  }
}

function createRouter(log: Logger): FastifyInstance {
  const app = fastify({
    loggerInstance: log as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: bodyBytesMax,
    return503OnClosing: false,
    routerOptions: { maxParamLength: pathPartLengthMax },
    frameworkErrors: answerUnreadableUrl,
  })
  return app as unknown as FastifyInstance
}

function bindLocalOperations(
  app: FastifyInstance,
  handlers: ReturnType<typeof createHandlers>,
  log: Logger,
): void {
  const operations = operationsOf(document).filter(({ template }) => !isCall(template))
  hardenAnswers(app)
  handleErrors(app, { note: () => undefined, extrasOf: () => ({}) })
  refuseBodies(app)
  refuseUnreadableQueries(app)
  handleUnknownPaths(app, methodsByTemplate(operations), '/v1/openapi.json')
  takeJsonOnly(app)
  const file = 'sidecar.openapi.yaml'
  bindOperations(app, { routes: routeSources, operations, handlers, document: file, log })
}

function isCall(template: string): boolean {
  return template.startsWith('/v1/call/')
}

/** While a body is not read, nobody would see that a caller went away. */
function refuseBodies(app: FastifyInstance): void {
  app.addHook('onRequest', async ({ method, headers }, reply) => {
    if (method !== 'GET' && method !== 'HEAD') return
    const { 'content-length': length = '0', 'transfer-encoding': coding } = headers
    if (coding === undefined && Number(length) === 0) return
    reply.header('connection', 'close')
    throw new BerthError(
      'invalid_request',
      `A request with ${method} has no body here: leave it out.`,
    )
  })
}

function closedError(): BerthError {
  return new BerthError('unavailable', 'This sidecar ends: ask the next one on this host.')
}

/** Before all else: it is looked at no further. */
function refuse({ method }: IncomingMessage, response: ServerResponse, error: BerthError): void {
  const body = JSON.stringify(problemOf(error))
  const headers: OutgoingHttpHeaders = {
    ...hardenedHeaders,
    'content-type': `${problemType}; charset=utf-8`,
    'content-length': Buffer.byteLength(body),
    connection: 'close',
  }
  if (error.status === 503) headers['retry-after'] = String(retryAfterSeconds)
  response.writeHead(error.status, headers)
  response.end(method === 'HEAD' ? undefined : body)
}
