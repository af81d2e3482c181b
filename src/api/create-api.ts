/**
 * The HTTP server of a replica: REST bound to openapi.yaml, the host WebSocket, probes and metrics.
 * Built apart from listening, so that a test can ask it without a port; the replica listens (on an
 * address, not on a name) and closes it. Order of a request: limits of connections, origin guard,
 * expectation, query, unknown path or method, validation, handler, validated answer, ETag.
 */
import fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify'
import type { Logger } from 'pino'
import type { Registry } from 'prom-client'
import { everybody } from '../access/principal.js'
import { LimitedLog } from '../log/limited-log.js'
import { bindOperations, pathPartLengthMax } from '../rest/bind-operations.js'
import { methodsByTemplate, operationsOf } from '../rest/documents.js'
import { answerUnreadableUrl, handleErrors } from '../rest/error-handling.js'
import { hardenAnswers } from '../rest/hardened-answers.js'
import { observeRequests } from '../rest/http-metrics.js'
import { takeJsonOnly } from '../rest/json-bodies.js'
import { createOriginGuard, type GuardWords, type OwnNames } from '../rest/origin-guard.js'
import { createClientErrorHandler } from '../rest/socket-answers.js'
import { handleUnknownPaths } from '../rest/unknown-paths.js'
import {
  refuseExpectations,
  refuseHostless,
  refuseUnreadableQueries,
} from '../rest/unreadable-requests.js'
import { createChecks } from '../wire/validate.js'
import { limitConnections } from './connections.js'
import { documents } from './documents.js'
import { Door } from './door/door.js'
import { createDoorMetrics } from './door/door-metrics.js'
import { bindHostRoute, useWebSockets } from './door/host-route.js'
import { createHandlers } from './handlers.js'
import { type DoorLimits, defaultDoorLimits, defaultHttpLimits, type HttpLimits } from './limits.js'
import { isProbe } from './probes.js'
import { errorHandling } from './refused-requests.js'
import type { ReplicaPort } from './replica-port.js'
import { routeSources } from './routes.generated.js'
import { watchUnasked } from './unasked-connections.js'

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

const guardWords: GuardWords = {
  server: 'this replica',
  advice: 'Use its address, or start it with that name among its advertised addresses or aliases.',
}

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
  handleErrors(app, errorHandling(port, refused))
  refuseExpectations(app)
  refuseUnreadableQueries(app)
  const methods = new Map([...methodsByTemplate(operations), ['/v1/host', ['GET']]])
  handleUnknownPaths(app, methods, '/openapi.json')
  takeJsonOnly(app)
  const handlers = createHandlers({ port, registry, documents })
  const routes = routeSources
  bindOperations(app, { routes, operations, handlers, document: 'openapi.yaml', log })
  bindHostRoute(app, door)
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
  const guard = createOriginGuard(names, guardWords)
  app.decorateRequest('isStranger', false)
  app.decorateRequest('principal')
  app.addHook('onRequest', async (request) => {
    request.principal = everybody
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
