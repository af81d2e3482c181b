/**
 * A sample host: what a process with actors looks like to Berth. Its actors count. On the address
 * that is its name it takes calls of other hosts, and serves people: `/call/{type}/{id}/add` calls
 * an actor wherever it runs; what else there is, `/` lists.
 */
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import { watchLifeline } from '../../process/lifeline.js'
import { BerthError, type Sidecar, serve } from '../../sidecar/index.js'
import { reachableFault } from '../../wire/address.js'
import { Counters } from './counters.js'
import { createHostLog } from './host-log.js'

export interface SampleHostOptions {
  /** `host:port`. */
  readonly name: string
  readonly namespace: string
  readonly appId: string
  readonly types: readonly string[]
  /** WebSocket addresses. */
  readonly replicas: readonly string[]
  /** Whether it may serve where others than this machine reach it. */
  readonly insecure: boolean
}

/** Of an id of 1 KiB, percent-encoded. */
const idLengthMax = 3 * 1024

/** Who asks for an actor that moves, or calls it, waits at most this long, in ms. */
const waitMs = 20_000

/** Runs until SIGINT or SIGTERM. @throws BerthError `invalid_config`, `unavailable` */
export async function runSampleHost(options: SampleHostOptions): Promise<void> {
  const log = createHostLog()
  let sidecar: Sidecar | null = null
  const app = createApp(() => sidecar)
  const stopped = new AbortController()
  const stop = async () => {
    if (stopped.signal.aborted) return
    stopped.abort()
    // Its place is kept: what starts next under this name takes it over at once.
    await sidecar?.close()
    await app.close()
  }
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => void stop())
  watchLifeline(() => process.exit(1))
  checkName(options.name)
  await app.ready()
  const { name, appId, types, namespace, replicas, insecure } = options
  const counters = new Counters(name)
  try {
    sidecar = await serve({
      replicas,
      namespace,
      host: { name, appId, types },
      application: counters.answer,
      onLeave: counters.forget,
      others: (request, response) => app.routing(request, response),
      insecure,
      log,
      signal: stopped.signal,
      timeoutMs: 2 ** 31 - 1,
    })
  } catch (error) {
    if (stopped.signal.aborted) return
    await app.close()
    throw error
  }
  sidecar.onRelease(({ types }) => log.info(`Let go of what moves away: ${types.join(', ')}.`))
  sidecar.onFenced(({ reason }) => log.warn(`Stopped all actors: ${reason}.`))
}

/** What it serves, with what that tells. */
const paths = {
  'GET /call/{type}/{id}': 'calls the actor wherever it runs: its number',
  'GET /call/{type}/{id}/add': 'the same, and adds one to it',
  'GET /where/{type}/{id}': 'the host that runs the actor; waits while it moves',
  'GET /state': 'what this host knows: its phase, its lease, its table',
}

function createApp(sidecar: () => Sidecar | null): FastifyInstance {
  const unreadable = new BerthError('invalid_request', 'The path cannot be read; see GET /.')
  const app = fastify({
    routerOptions: { maxParamLength: idLengthMax },
    frameworkErrors: (_error, _request, reply) => void refuse(reply, unreadable),
  })
  app.setNotFoundHandler((request, reply) => {
    const detail = `${request.method} is not served at this path; GET / lists what is.`
    return refuse(reply, new BerthError('not_found', detail))
  })
  app.get('/', async () => ({ paths }))
  app.get('/state', async () => {
    const state = sidecar()?.state() ?? null
    return { ready: state?.phase === 'serving' && !state.isFenced, ...state }
  })
  const whenJoined =
    (act: (known: Sidecar, request: FastifyRequest, reply: FastifyReply) => Promise<unknown>) =>
    async (request: FastifyRequest, reply: FastifyReply) => {
      const known = sidecar()
      if (known === null) return refuse(reply, new BerthError('unavailable', 'Joining.'))
      try {
        return await act(known, request, reply)
      } catch (error) {
        if (!(error instanceof BerthError)) throw error
        return refuse(reply, error)
      }
    }
  const where = whenJoined((known, { params }) => {
    const { type, id } = params as ActorParams
    return known.where(type, id, { timeoutMs: waitMs })
  })
  app.get('/where/:type/:id', where)
  app.get('/call/:type/:id', whenJoined(call))
  app.get('/call/:type/:id/:action', whenJoined(call))
  return app
}

interface ActorParams {
  readonly type: string
  readonly id: string
  readonly action?: string
}

/** Calls an actor in the name of whoever asks, who may go away meanwhile. */
async function call(known: Sidecar, request: FastifyRequest, reply: FastifyReply) {
  const { type, id, action } = request.params as ActorParams
  const gone = new AbortController()
  reply.raw.once('close', () => gone.abort(new BerthError('unavailable', 'The caller is gone.')))
  const { status, headers, body } = await known.call(type, id, {
    // A browser or curl gets; what adds is never sent twice.
    method: action === undefined ? 'GET' : 'POST',
    path: action === undefined ? '' : `/${encodeURIComponent(action)}`,
    timeoutMs: waitMs,
    signal: gone.signal,
  })
  for (const name of ['content-type', 'retry-after']) {
    if (headers[name] !== undefined) void reply.header(name, headers[name])
  }
  return reply.code(status).send(body)
}

function refuse(reply: FastifyReply, error: BerthError): FastifyReply {
  return reply.code(error.status).send({ code: error.code, detail: error.message })
}

/** @throws BerthError `invalid_config` */
function checkName(name: string): void {
  const fault = reachableFault(name)
  if (fault === null) return
  throw new BerthError('invalid_config', `--name: "${name}" is not host:port: ${fault}.`)
}
