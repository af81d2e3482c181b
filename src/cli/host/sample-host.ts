/**
 * A sample host: what a process with actors looks like to Berth, without the actors. It serves
 * `GET /where/{type}/{id}` and `GET /state` on the address that is its name, and lists them at `/`.
 */
import fastify, { type FastifyInstance, type FastifyReply } from 'fastify'
import { watchLifeline } from '../../process/lifeline.js'
import { BerthError, connect, type Sidecar } from '../../sidecar/index.js'
import { reachableFault } from '../../wire/address.js'
import { createHostLog } from './host-log.js'

export interface SampleHostOptions {
  /** `host:port`. */
  readonly name: string
  readonly namespace: string
  readonly appId: string
  readonly types: readonly string[]
  /** WebSocket addresses. */
  readonly replicas: readonly string[]
}

/** Of an id of 1 KiB, percent-encoded. */
const idLengthMax = 3 * 1024

/** A caller of `/where` waits at most this long for an actor that moves, in ms. */
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
  await listen(app, options.name)
  try {
    const { name, appId, types, namespace, replicas } = options
    sidecar = await connect({
      replicas,
      namespace,
      host: { name, appId, types },
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
  'GET /where/{type}/{id}': 'the host that runs the actor; waits while it moves',
  'GET /state': 'what this host knows: its phase, its lease, its table',
}

function createApp(sidecar: () => Sidecar | null): FastifyInstance {
  const unreadable = new BerthError('invalid_request', 'The path cannot be read; see GET /.')
  const app = fastify({
    forceCloseConnections: true,
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
  app.get<{ Params: { type: string; id: string } }>('/where/:type/:id', async (request, reply) => {
    const known = sidecar()
    if (known === null) return refuse(reply, new BerthError('unavailable', 'Joining.'))
    const { type, id } = request.params
    try {
      return await known.where(type, id, { timeoutMs: waitMs })
    } catch (error) {
      if (!(error instanceof BerthError)) throw error
      return refuse(reply, error)
    }
  })
  return app
}

function refuse(reply: FastifyReply, error: BerthError): FastifyReply {
  return reply.code(error.status).send({ code: error.code, detail: error.message })
}

async function listen(app: FastifyInstance, name: string): Promise<void> {
  const fault = reachableFault(name)
  if (fault !== null) {
    throw new BerthError('invalid_config', `--name: "${name}" is not host:port: ${fault}.`)
  }
  const at = name.lastIndexOf(':')
  const host = name.slice(0, at).replace(/^\[(.*)\]$/, '$1')
  const port = Number(name.slice(at + 1))
  try {
    await app.listen({ host, port })
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new BerthError('unavailable', `This host cannot serve on ${name}: ${reason}`, { cause })
  }
}
