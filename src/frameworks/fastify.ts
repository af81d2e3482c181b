/** The public face of `berth/fastify`: an application of Fastify is a host. */
import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import fastifyPlugin from 'fastify-plugin'
import type { ActorHookFunctions } from '../calls/http/actor-hooks.js'
import { problemBody } from '../calls/http/problem-answer.js'
import { BerthError } from '../errors/berth-error.js'
import { problemType } from '../errors/problem-document.js'
import { type HostOptions, serveApplication } from '../sidecar/serve.js'
import type { Sidecar } from '../sidecar/sidecar.js'
import { isActorPath, refusalOf } from './actor-paths.js'
import { dropOurHeaders, isDelivered } from './delivered.js'
import { FrameworkApplication } from './framework-application.js'

export type { LeaveReason } from '../calls/machine/effect.js'
export type { ActorKey } from '../calls/machine/ownership.js'
export { BerthError } from '../errors/berth-error.js'
export type { HostOptions } from '../sidecar/serve.js'
export type { Sidecar } from '../sidecar/sidecar.js'
export { actorOf, type DeliveredActor } from './delivered.js'

/** How an application of Fastify is a host. */
export interface FastifyHostOptions extends HostOptions {
  /** How long `app.close()` may wait until all is handed over, in ms. Default: 25,000. */
  readonly leaveTimeoutMs?: number
}

declare module 'fastify' {
  interface FastifyInstance {
    /** @throws BerthError `unavailable` before the application is ready */
    readonly berth: Sidecar
  }
}

/** Of the time that Fastify gives a hook, the part after which we say ourselves what is missing. */
const ownShare = 0.9
const defaultTimeoutMs = 30_000
const defaultLeaveTimeoutMs = 25_000

const plugin: FastifyPluginAsync<FastifyHostOptions> = async (app, given) => {
  const options = { log: app.log, ...given, timeoutMs: readTimeout(app, given) }
  const host: { sidecar: Sidecar | null; application: FrameworkApplication | null } = {
    sidecar: null,
    application: null,
  }
  const types = () => [...given.host.types, ...(host.sidecar?.state().types ?? [])]
  const listener = (request: FastifyRequest['raw'], response: FastifyReply['raw']) => {
    app.server.emit('request', request, response)
  }
  app.decorate('berth', { getter: () => sidecarOf(host.sidecar) })
  app.addHook('onRequest', async (request, reply) => {
    const { raw } = request
    if (isDelivered(raw)) return
    dropOurHeaders(raw)
    const paths = [raw.url ?? '', request.originalUrl, request.routeOptions.url ?? '']
    if (paths.some((path) => isActorPath(types(), path))) return refuse(request, reply)
  })
  app.addHook('onRoute', (route) => {
    const { handler } = route
    route.handler = function (request, reply) {
      const running = handler.call(this, request, reply)
      if (running instanceof Promise) host.application?.track(request.raw, running)
      return running
    }
  })
  app.addHook('onReady', async () => {
    const make = (hooks: ActorHookFunctions) => {
      host.application = new FrameworkApplication(listener, hooks)
      return host.application
    }
    host.sidecar = await serveApplication(options, make, (...all) =>
      host.application?.answer(...all),
    )
    // Added now, it runs before Fastify's own: that one ends the routes.
    const { leaveTimeoutMs = defaultLeaveTimeoutMs } = given
    app.addHook('onClose', async () => handOver(app, host.sidecar, leaveTimeoutMs))
  })
}

/**
 * Makes an application of Fastify a host: a call for an actor that this host owns comes to its
 * route `/{type}/{id}/{path}`, with the headers `Berth-Token`, `Berth-Generation` and
 * `Berth-Actor`. Register it on the root, before all routes.
 *
 * The host takes calls on `host.name` and joins while the application gets ready: `app.ready()`
 * and `app.listen()` resolve when it owns its share. `app.berth` is its sidecar. `app.close()`
 * hands over first: until then the application goes on, and no call is lost.
 *
 * The other routes of the application are answered on that port as well, whether it listens by
 * itself or not. Its actors are not, on no port: a path that begins with one of the host's types
 * is answered with 404 where no call brings it.
 *
 * A handler that returns a promise is waited for before its actor leaves.
 *
 * Options: as of `serve` of `berth/sidecar`, without `application`, and `leaveTimeoutMs`. `log` is
 * `app.log` unless said otherwise; `timeoutMs` fits into the `pluginTimeout` of the application.
 * @throws BerthError from `app.ready()`, as `serve` of `berth/sidecar`
 */
export const berth = fastifyPlugin(plugin, { name: 'berth', fastify: '5.x' })

function sidecarOf(sidecar: Sidecar | null): Sidecar {
  if (sidecar !== null) return sidecar
  throw new BerthError('unavailable', 'This host has not joined yet: await app.ready() first.')
}

/** Fastify ends a hook that takes longer than its `pluginTimeout`, without a word of why. */
function readTimeout(app: FastifyInstance, { timeoutMs }: HostOptions): number {
  const mostMs = app.initialConfig.pluginTimeout ?? 0
  const ownMs = mostMs === 0 ? Number.POSITIVE_INFINITY : Math.floor(mostMs * ownShare)
  if (timeoutMs === undefined) return Math.min(defaultTimeoutMs, ownMs)
  if (timeoutMs <= ownMs) return timeoutMs
  const remedy = `Give Fastify a longer pluginTimeout (${mostMs} ms now), or take less.`
  const detail = `berth/fastify: timeoutMs may be ${ownMs} ms at most here. ${remedy}`
  throw new BerthError('invalid_config', detail)
}

function refuse({ raw }: FastifyRequest, reply: FastifyReply): FastifyReply {
  const error = refusalOf(raw)
  return reply.code(error.status).type(problemType).send(problemBody(error))
}

async function handOver(
  app: FastifyInstance,
  sidecar: Sidecar | null,
  timeoutMs: number,
): Promise<void> {
  try {
    await sidecar?.leave({ timeoutMs })
  } catch (error) {
    const what = 'this host ends without a hand-over; its actors wait until its lease is over'
    app.log.error({ err: error }, what)
  }
}
