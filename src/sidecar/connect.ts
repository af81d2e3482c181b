/** Makes a sidecar from what a user knows: some replicas, a namespace, and who the host is. */
import { randomBytes, randomUUID } from 'node:crypto'
import { validateHeaderName, validateHeaderValue } from 'node:http'
import type { ActorAnswer } from '../calls/http/actor-function.js'
import type { CallServerTls } from '../calls/http/call-server.js'
import { FunctionApplication } from '../calls/http/function-application.js'
import { problemBody } from '../calls/http/problem-answer.js'
import { BerthError } from '../errors/berth-error.js'
import { messageOf } from '../errors/message-of.js'
import { problemType } from '../errors/problem-document.js'
import { createHasher } from '../hash/hasher.js'
import { parseServer } from '../nats/server-address.js'
import { patienceMsDefault, type SystemLookup } from '../network/name-lookup.js'
import { createNames, processNames } from '../network/process-names.js'
import { createTableContext } from '../table/table-context.js'
import { createChecks } from '../wire/validate.js'
import { SidecarDriver } from './driver.js'
import { composeHello } from './hello.js'
import { HostLease } from './host-lease.js'
import { guarded, type SidecarLog, silentLog } from './log.js'
import type { NatsOptions } from './nats-listener.js'
import { connectTimeoutMsDefault } from './replica-link.js'
import { parseReplicaUrl } from './replica-url.js'
import { Sidecar } from './sidecar.js'
import { type CallParts, SidecarCalls } from './sidecar-calls.js'
import { TableKeeper } from './table-keeper.js'
import { timerMsMax } from './waiters.js'

export interface ConnectOptions {
  /**
   * WebSocket addresses of one or more replicas, `ws://host:port`, or `wss://host/prefix` behind a
   * proxy; the others are learned. Neither login nor query: see `headers`.
   */
  readonly replicas: readonly string[]
  /** Default: `default`. */
  readonly namespace?: string
  /** Refuse a cluster of another name. */
  readonly cluster?: string
  /** Who this host is. Absent: an observer, which only looks up and is never waited for. */
  readonly host?: {
    /** Its address, `host:port`: the name by which everybody knows it. */
    readonly name: string
    readonly appId: string
    /** Actor types that it can run, at most 256; none until `setTypes` names some. */
    readonly types: readonly string[]
  }
  /** Give up when it has not joined after this, in ms. Default: 30,000. */
  readonly timeoutMs?: number
  readonly signal?: AbortSignal
  /**
   * A replica that takes longer to accept a connection is given up for another one, in ms, from 1
   * to 2,147,483,647. Default: 500. While no replica answers it doubles, up to 5,000, and where a
   * connect took long the next one may take twice as long. The lookup of a name has as long.
   */
  readonly connectTimeoutMs?: number
  /** How long the last table answers when nobody is heard of any more, in ms. Default: 60,000. */
  readonly staleTableMs?: number
  /** Sent with the WebSocket handshake. */
  readonly headers?: Readonly<Record<string, string>>
  /** How to log in to NATS; `false` to live without NATS. */
  readonly nats?: NatsOptions | false
  /** How names of hosts are looked up: as `dns.lookup` with `all`, which is the default. */
  readonly lookup?: SystemLookup
  /**
   * Certificates in PEM for calls between hosts, by mutual TLS: `ca`, `cert` and `key`. Absent:
   * plain HTTP. All hosts of a cluster have the same way.
   */
  readonly callTls?: CallServerTls
  /** Where log lines go; a pino logger fits. Default: nowhere. */
  readonly log?: SidecarLog
}

const defaultTimeoutMs = 30_000
const defaultStaleTableMs = 60_000

/**
 * Connects a sidecar. Resolves when it has a table and, for a host, a lease and its place in the
 * table: then it owns its share.
 * @throws BerthError `invalid_config` when an option is wrong; `timeout` with what it waited for
 */
export async function connect(options: ConnectOptions): Promise<Sidecar> {
  const application = new FunctionApplication(refuseCall)
  const { driver, openCalls } = await start(options, { application, options: {} })
  const sidecar = new Sidecar(driver, null, openCalls)
  await join(sidecar, options)
  return sidecar
}

/** What runs at a host that has connected alone does not take calls. */
export function refuseCall(): ActorAnswer {
  const detail = 'This host runs the actor and takes no calls for it: start it with serve().'
  const body = problemBody(new BerthError('unavailable', detail))
  return { status: 503, headers: { 'content-type': problemType }, body }
}

/** A sidecar that has begun to connect. @throws BerthError `invalid_config` */
export async function start(
  options: ConnectOptions,
  calls: Pick<CallParts, 'application' | 'options' | 'lastCallsMs'>,
): Promise<{ readonly driver: SidecarDriver; readonly openCalls: () => SidecarCalls }> {
  const { namespace = 'default', cluster, host, staleTableMs = defaultStaleTableMs } = options
  const { connectTimeoutMs = connectTimeoutMsDefault, lookup, callTls = null } = options
  if (!(connectTimeoutMs >= 1 && connectTimeoutMs <= timerMsMax)) {
    const detail = `connectTimeoutMs must be from 1 to ${timerMsMax}, in ms.`
    throw new BerthError('invalid_config', detail)
  }
  const replicas = options.replicas.map(parseReplicaUrl)
  checkHeaders(options.headers ?? {})
  if (options.nats !== false) checkServers(options.nats?.servers)
  if (replicas.length === 0) throw new BerthError('invalid_config', 'Name at least one replica.')
  const machineOptions = {
    replicas,
    namespace,
    instance: randomUUID(),
    secret: randomBytes(32).toString('base64url'),
    staleTableMs,
    connectTimeoutMs,
    ...(cluster === undefined ? {} : { cluster }),
    ...(host === undefined ? {} : { host: saidOf(host) }),
  }
  const checks = createChecks()
  const context = createTableContext(await createHasher())
  try {
    const nothing = new TableKeeper(context)
    checks.hostMessage(
      composeHello(machineOptions, host?.types ?? [], null, nothing, new HostLease()),
    )
  } catch (error) {
    if (!(error instanceof BerthError)) throw error
    throw new BerthError('invalid_config', error.message.replace(/^hello: /, 'connect: '))
  }
  const names = lookup === undefined ? processNames : createNames(lookup)
  const log = guarded(options.log ?? silentLog)
  const driver = new SidecarDriver(machineOptions, {
    headers: options.headers ?? {},
    nats: options.nats === false ? null : (options.nats ?? {}),
    log,
    names,
    checks,
    context,
  })
  const edge = { tls: callTls, lookup: names.within(patienceMsDefault), log }
  return { driver, openCalls: () => new SidecarCalls(driver, { ...calls, ...edge }) }
}

/** Waits until it is ready, and closes it when that is in vain. @throws as `connect` does */
export async function join(
  sidecar: Sidecar,
  { timeoutMs = defaultTimeoutMs, signal }: ConnectOptions,
): Promise<void> {
  try {
    await sidecar.ready({ timeoutMs, ...(signal === undefined ? {} : { signal }) })
  } catch (error) {
    const { replica } = sidecar.state()
    await sidecar.close()
    if (replica !== null || !(error instanceof BerthError) || error.code !== 'timeout') throw error
    throw new BerthError('timeout', `${error.message} ${noReplica}`)
  }
}

const saidFields: readonly string[] = ['name', 'appId', 'types']

/** What a hello says of a host; whatever else it was given is its own. */
function saidOf(host: NonNullable<ConnectOptions['host']>): typeof host {
  const said = Object.entries(host).filter(([field]) => saidFields.includes(field))
  return { ...(Object.fromEntries(said) as typeof host), types: [...new Set(host.types)] }
}

const noReplica = 'See that the replicas run, and that this machine reaches one of these addresses.'

/** What cannot be written in HTTP would fail later, where nobody waits for it. */
function checkHeaders(headers: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(headers)) {
    try {
      validateHeaderName(name)
      validateHeaderValue(name, value)
    } catch (error) {
      const reason = messageOf(error)
      throw new BerthError('invalid_config', `connect: headers: ${reason}.`)
    }
  }
}

/** The same of the NATS servers, which are needed once a replica has answered. */
function checkServers(servers: unknown): void {
  if (servers === undefined) return
  if (!Array.isArray(servers) || servers.length === 0) {
    const detail = 'connect: nats.servers is a list of one or more addresses.'
    throw new BerthError('invalid_config', detail)
  }
  servers.forEach((server: unknown, i) => {
    try {
      parseServer(String(server))
    } catch (error) {
      if (!(error instanceof BerthError)) throw error
      throw new BerthError('invalid_config', `connect: nats.servers[${i}]: ${error.message}`)
    }
  })
}
