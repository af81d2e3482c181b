/**
 * The public face of `berth/express`: an application of Express, or of any framework whose
 * application is a request listener of Node, is a host.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ActorHookFunctions } from '../calls/http/actor-hooks.js'
import { answerError } from '../calls/http/problem-answer.js'
import { ServerSink } from '../calls/http/server-sink.js'
import { BerthError } from '../errors/berth-error.js'
import { type HostOptions, serveApplication } from '../sidecar/serve.js'
import type { Sidecar } from '../sidecar/sidecar.js'
import { isActorPath, refusalOf } from './actor-paths.js'
import { dropOurHeaders, isDelivered } from './delivered.js'
import { FrameworkApplication, type NodeListener } from './framework-application.js'

export type { LeaveReason } from '../calls/machine/effect.js'
export type { ActorKey } from '../calls/machine/ownership.js'
export { BerthError } from '../errors/berth-error.js'
export type { HostOptions } from '../sidecar/serve.js'
export type { Sidecar } from '../sidecar/sidecar.js'
export { actorOf, type DeliveredActor } from './delivered.js'
export type { NodeListener } from './framework-application.js'

/**
 * Starts a host whose actors are routes of an application: a call for an actor that this host owns
 * comes to its route `/{type}/{id}/{path}`, with the headers `Berth-Token`, `Berth-Generation` and
 * `Berth-Actor`. Takes calls on `host.name`, joins, and resolves when this host owns its share.
 * `call` of the sidecar calls any actor; `leave` hands over.
 *
 * The other routes of the application are answered on that port as well. Its actors are not: a
 * path that begins with one of the host's types is answered with 404 where no call brings it.
 * Where the application also listens by itself, put `callsOnly` before the routes of actors.
 *
 * @param app of Express, or `(request, response)` as for `http.createServer`; a promise that it
 *   returns says how long it runs
 * @throws BerthError as `serve` of `berth/sidecar`
 */
export async function serve(app: NodeListener, options: HostOptions): Promise<Sidecar> {
  if (typeof app !== 'function') {
    const detail = 'serve: app must be an application of Express, or (request, response) => …'
    throw new BerthError('invalid_config', detail)
  }
  const host: { sidecar: Sidecar | null; application: FrameworkApplication | null } = {
    sidecar: null,
    application: null,
  }
  const make = (hooks: ActorHookFunctions) => {
    host.application = new FrameworkApplication(app, hooks)
    return host.application
  }
  const others = (request: IncomingMessage, response: ServerResponse) => {
    dropOurHeaders(request)
    const types = [...options.host.types, ...(host.sidecar?.state().types ?? [])]
    if (isActorPath(types, request.url ?? '')) refuse(request, response)
    else host.application?.answer(request, response)
  }
  host.sidecar = await serveApplication(options, make, others)
  return host.sidecar
}

/**
 * Goes before the routes of actors, as in `app.use('/Cart', callsOnly)`: lets in calls that Berth
 * brings, and answers all else with 404.
 */
export function callsOnly(
  request: IncomingMessage,
  response: ServerResponse,
  next: () => void,
): void {
  if (isDelivered(request)) next()
  else refuse(request, response)
}

function refuse(request: IncomingMessage, response: ServerResponse): void {
  answerError(new ServerSink(response, null), refusalOf(request), false)
}
