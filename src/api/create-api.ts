/**
 * The HTTP server of a replica: REST bound to openapi.yaml, the host WebSocket, probes and metrics.
 * Built apart from listening, so that a test can ask it without a port; the replica listens (on an
 * address, not on a name) and closes it. Order of a request: limits of connections, origin guard,
 * expectation, query, unknown path or method, validation, handler, validated answer, ETag.
 */
import fastify, {
  type FastifyBaseLogger,
  type FastifyInstance,
  LogController,
  type RouteHandlerMethod,
} from 'fastify'
import type { Logger } from 'pino'
import type { Registry } from 'prom-client'
import { BerthError } from '../errors/berth-error.js'
import { problemType } from '../errors/problem-document.js'
import { LimitedLog } from '../log/limited-log.js'
import { createChecks } from '../wire/validate.js'
import { limitConnections } from './connections.js'
import { documents, type OpenapiOperation, operationsOf } from './documents.js'
import { Door } from './door/door.js'
import { createDoorMetrics } from './door/door-metrics.js'
import { bindHostRoute, useWebSockets } from './door/host-route.js'
import {
  answerUnreadableUrl,
  createClientErrorHandler,
  handleErrors,
  handleUnknownPaths,
  refuseExpectations,
  refuseHostless,
  refuseUnreadableQueries,
} from './error-handling.js'
import { createHandlers } from './handlers.js'
import { observeRequests } from './http-metrics.js'
import { type DoorLimits, defaultDoorLimits, defaultHttpLimits, type HttpLimits } from './limits.js'
import type { Handlers } from './operation.js'
import { createOriginGuard, type OwnNames } from './origin-guard.js'
import { isProbe } from './probes.js'
import type { ReplicaPort } from './replica-port.js'
import { routeSources } from './routes.generated.js'
import { watchUnasked } from './unasked-connections.js'
import { createSchemaCompilers, tightenSchema } from './validation.js'

export interface ApiOptions {
  readonly port: ReplicaPort
  readonly log: Logger
  /** Everything in it is shown by `/metrics`; those of the API are added. */
  readonly registry: Registry
  /** Names under which requests may come, beside loopback and the address of the connection. */
  readonly names?: OwnNames
  readonly httpLimits?: Partial<HttpLimits>
  readonly doorLimits?: Partial<DoorLimits>
}

type Operations = ReturnType<typeof operationsOf>

/** Longest part of a path: an actor id of 1 KiB, every byte percent-encoded, with some room. */
const pathPartLengthMax = 4_096

export async function createApi(options: ApiOptions): Promise<FastifyInstance> {
  const { port, log, registry } = options
  const httpLimits = { ...defaultHttpLimits, ...options.httpLimits }
  const doorLimits = { ...defaultDoorLimits, ...options.doorLimits }
  const operations = operationsOf(documents.openapi)

  const app = createServer(log, httpLimits)
  const door = new Door({
    openSession: (connection) => port.openSession(connection),
    hostMessage: createChecks().hostMessage,
    limits: doorLimits,
    metrics: (sessions) => createDoorMetrics(registry, sessions),
    log,
    now: () => performance.now(),
  })
  await useWebSockets(app, door, doorLimits)
  const endUnasked = watchUnasked(app.server)
  // Behind the hook of the door, which may take its time: the server closes right after this one.
  app.addHook('preClose', async () => endUnasked())
  hardenAnswers(app)
  const connectionsMax = httpLimits.connectionsMax + doorLimits.sessionsMax
  limitConnections(app, { limits: httpLimits, connectionsMax, log, registry })
  refuseHostless(app)
  refuseForeigners(app, options.names ?? { advertised: [], aliases: [] })
  observeRequests(app, registry)
  const refused = new LimitedLog(log)
  app.addHook('onClose', async () => refused.end())
  handleErrors(app, port, refused)
  refuseExpectations(app)
  refuseUnreadableQueries(app)
  handleUnknownPaths(app, methodsOf(operations))
  takeJsonOnly(app)

  const compilers = createSchemaCompilers(log)
  app.setValidatorCompiler(compilers.request)
  app.setSerializerCompiler(compilers.response)
  bindHostRoute(app, door)
  bindOperations(app, createHandlers({ port, registry, documents }), operations)
  await app.ready()
  return app
}

function createServer(log: Logger, http: HttpLimits): FastifyInstance {
  const app = fastify({
    loggerInstance: log as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: http.bodyBytesMax,
    requestTimeout: http.requestTimeoutMs,
    connectionTimeout: http.idleTimeoutMs,
    keepAliveTimeout: http.keepAliveTimeoutMs,
    handlerTimeout: http.handlerTimeoutMs,
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    routerOptions: { maxParamLength: pathPartLengthMax },
    http: {
      maxHeaderSize: http.headerBytesMax,
      headersTimeout: http.headersTimeoutMs,
      connectionsCheckingInterval: Math.min(1_000, http.headersTimeoutMs),
      // Node would answer by itself, without a word: see `refuseHostless`.
      requireHostHeader: false,
    },
    frameworkErrors: answerUnreadableUrl,
    clientErrorHandler: createClientErrorHandler(log),
  })
  // Closing ends the connections that are idle then; those that were busy end with their answer.
  app.addHook('onResponse', async () => {
    if (!app.server.listening) setImmediate(() => app.server.closeIdleConnections())
  })
  return app as unknown as FastifyInstance
}

/** Before all that looks at a request: nothing else sees that of a foreign page. */
function refuseForeigners(app: FastifyInstance, names: OwnNames): void {
  const guard = createOriginGuard(names)
  app.decorateRequest('isStranger', false)
  app.addHook('onRequest', async (request) => {
    const { headers, socket, raw } = request
    request.isStranger = guard({
      host: headers.host,
      origin: headers.origin,
      target: raw.url ?? '/',
      localAddress: socket.localAddress,
      localPort: socket.localPort,
      isProbe: isProbe(request),
    })
  })
}

/** What browsers are told about every answer: nothing of it belongs into another site's page. */
function hardenAnswers(app: FastifyInstance): void {
  app.addHook('onRequest', async (_request, reply) => {
    reply.headers({
      'cache-control': 'no-cache',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
      'cross-origin-resource-policy': 'same-origin',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
    })
  })
}

/** One parser, JSON; an empty body counts as none, whatever the content type says. */
function takeJsonOnly(app: FastifyInstance): void {
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

function bindOperations(app: FastifyInstance, handlers: Handlers, operations: Operations): void {
  const bodies = new Map(operations.map(({ operation: of }) => [of.operationId, bodyOf(of)]))
  for (const { operationId, method, url, schema: source } of routeSources) {
    const schema = structuredClone(source)
    tightenSchema(schema, method === 'GET' ? 'impossible' : (bodies.get(operationId) ?? 'none'))
    app.route({ method, url, schema, handler: handlers[operationId] as RouteHandlerMethod })
  }
}

function bodyOf({ requestBody }: OpenapiOperation): 'none' | 'optional' | 'required' {
  if (requestBody === undefined) return 'none'
  return requestBody.required === true ? 'required' : 'optional'
}

function methodsOf(operations: Operations): ReadonlyMap<string, readonly string[]> {
  const methods = new Map<string, string[]>([['/v1/host', ['GET']]])
  for (const { method, template } of operations) {
    const known = methods.get(template) ?? []
    known.push(...(method === 'GET' ? ['GET', 'HEAD'] : [method]))
    methods.set(template, known)
  }
  return methods
}
