/**
 * Binds the door to `/v1/host`. A request is upgraded only when it asks for a WebSocket on that
 * path; an `Upgrade` to anything else, which some HTTP clients send with every request, is ignored
 * as RFC 9110 §7.8 allows, and the request is answered as usual.
 */
import { type IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import websocket from '@fastify/websocket'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { everybody } from '../../access/principal.js'
import { BerthError } from '../../errors/berth-error.js'
import { problemOf } from '../../rest/problem.js'
import { rawResponse } from '../../rest/socket-answers.js'
import type { DoorLimits } from '../limits.js'
import type { Door } from './door.js'
import { chooseSubprotocol } from './subprotocol.js'

const path = '/v1/host'

/** Fragments of one message: empty ones cost memory too, and no message of ours needs many. */
const fragmentsMax = 64

/**
 * Teaches the server WebSocket. Before any other hook is added: a refusal by one of those must find
 * the request marked as an upgrade, for its socket to be ended with the answer.
 */
export async function useWebSockets(
  app: FastifyInstance,
  door: Door,
  limits: DoorLimits,
): Promise<void> {
  const options = {
    maxPayload: limits.frameBytesMax,
    closeTimeout: limits.closeTimeoutMs,
    maxFragments: fragmentsMax,
    clientTracking: false,
    handleProtocols: (_offered: Set<string>, request: IncomingMessage) =>
      chooseSubprotocol(request.headers['sec-websocket-protocol']),
  }
  await app.register(websocket, {
    options,
    // Every error here is followed by a close, which the door sees; ws has told the other side.
    errorHandler: (error, _socket, request) => {
      request.log.debug({ err: error }, 'host connection')
    },
    preClose: (done) => {
      door.close().then(() => done(), done)
    },
  })
  filterUpgrades(app)
}

export function bindHostRoute(app: FastifyInstance, door: Door): void {
  app.route({
    method: 'GET',
    url: path,
    exposeHeadRoute: false,
    schema: { querystring: { type: 'object', additionalProperties: false } },
    onRequest: async (request) => {
      if (!request.ws) return
      chooseSubprotocol(request.headers['sec-websocket-protocol'])
      door.admit()
    },
    handler: async (_request, reply) => {
      reply.header('upgrade', 'websocket')
      const detail = 'Hosts speak WebSocket here; /asyncapi.json has the messages.'
      throw new BerthError('upgrade_required', detail)
    },
    wsHandler: (socket, request) => {
      const offered = request.headers['sec-websocket-protocol']
      const subprotocol = chooseSubprotocol(offered)
      door.accept(socket, { subprotocol, remote: remoteOf(request), principal: everybody })
    },
  })
}

function remoteOf(request: FastifyRequest): string {
  const { remoteAddress, remotePort } = request.socket
  return `${remoteAddress}:${remotePort}`
}

/** Puts the plugin's upgrade listener behind a choice. */
function filterUpgrades(app: FastifyInstance): void {
  const { server } = app
  const upgrade = server.listeners('upgrade')
  server.removeAllListeners('upgrade')
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    if (isForHosts(request)) {
      for (const listener of upgrade) listener.call(server, request, socket, head)
    } else {
      answerPlainly(app, request, socket)
    }
  })
}

function isForHosts({ headers, url, method }: IncomingMessage): boolean {
  const isWebSocket = headers.upgrade?.toLowerCase() === 'websocket'
  return isWebSocket && method === 'GET' && url?.split('?', 1)[0] === path
}

/** Node has let go of the socket at this point, so the connection ends with the answer. */
function answerPlainly(app: FastifyInstance, request: IncomingMessage, socket: Duplex): void {
  socket.on('error', () => socket.destroy())
  const { headers } = request
  if (headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0) {
    const detail = 'Send requests with a body without an Upgrade header.'
    const problem = problemOf(new BerthError('invalid_request', detail))
    socket.end(rawResponse(problem, request.method))
    return
  }
  const response = new ServerResponse(request)
  response.shouldKeepAlive = false
  response.assignSocket(socket as Parameters<ServerResponse['assignSocket']>[0])
  response.once('finish', () => socket.end())
  request.resume()
  app.routing(request, response)
}
