/**
 * The composition root of a sidecar process: the sidecar, its calls, the application that it
 * watches, and the ports around them. Decides nothing.
 *
 * Order of opening: the application is asked first, for its types go into the hello; then the local
 * API opens, then the call port, for calls come as soon as this host is in a table.
 */
import type { Logger } from 'pino'
import type { Application } from '../../calls/http/application.js'
import type { CallServerTls } from '../../calls/http/call-server.js'
import { FunctionApplication } from '../../calls/http/function-application.js'
import { HttpApplication } from '../../calls/http/http-application.js'
import { type CallOptions, defaultCallSettings } from '../../calls/machine/settings.js'
import { BerthError } from '../../errors/berth-error.js'
import { messageOf } from '../../errors/message-of.js'
import { LimitedLog } from '../../log/limited-log.js'
import { refuseCall } from '../../sidecar/connect.js'
import { type OpenSidecar, open } from '../../sidecar/open.js'
import { drainFault } from '../../sidecar/serving-checks.js'
import { addressParts } from '../../wire/address.js'
import { createLocalApi, type LocalApi } from '../api/create-local-api.js'
import type { LocalPort } from '../api/local-port.js'
import type { LocalEvent, LocalState } from '../api/local-state.js'
import type { ApplicationConfig } from '../application/config-document.js'
import type { OfferOutcome } from '../application/watch-effect.js'
import type { HostConfiguration, SidecarConfiguration } from '../settings/configuration.js'
import { ApplicationWatchDriver } from './application-watch-driver.js'
import { CallTlsFiles, readCallTls } from './call-tls.js'
import { HostEvents } from './host-events.js'
import { openPort, shownAddress } from './listening.js'
import { createMetrics } from './metrics.js'

/** Why a sidecar ends by itself. */
export interface StopReason {
  /** `left`: everything was handed over, as the application has asked. `failed`: start it anew. */
  readonly code: 'left' | 'failed'
  readonly detail: string
}

export interface RunningSidecar {
  /** Settles when it is to end by itself: why. */
  readonly stopped: Promise<StopReason>
  /** Certificates and the application's configuration are read anew. */
  reload(): void
  /** Hands everything over, and closes when what is under way has ended. */
  stop(): Promise<void>
}

/** @param typesFault what is wrong with a list of types; null for nothing */
export type TypesFault = (types: readonly string[]) => string | null

/**
 * Resolves when its ports are open; it joins then, for as long as that takes.
 * @throws BerthError one line that says what to do
 */
export async function runSidecar(
  configuration: SidecarConfiguration,
  typesFault: TypesFault,
  log: Logger,
): Promise<RunningSidecar> {
  const sidecar = new SidecarProcess(configuration, typesFault, log)
  try {
    await sidecar.start()
  } catch (error) {
    await sidecar.close()
    throw error
  }
  return sidecar
}

interface Leaving {
  readonly handedOver: Promise<void>
  readonly closed: Promise<void>
}

class SidecarProcess implements RunningSidecar, LocalPort {
  readonly stopped: Promise<StopReason>
  readonly #configuration: SidecarConfiguration
  readonly #log: Logger
  /** An application that is away fails for each of its actors. */
  readonly #seldom: LimitedLog
  readonly #application: HttpApplication | null
  readonly #watch: ApplicationWatchDriver | null
  readonly #metrics = createMetrics()
  #resolveStopped: (reason: StopReason) => void = () => undefined
  /** What the application is offered for now. */
  #types: readonly string[] = []
  #callOptions: CallOptions = defaultCallSettings
  #open: OpenSidecar | null = null
  /** Set once the hello has the types; others are set behind it. */
  #opening: Promise<OpenSidecar> | null = null
  #events: HostEvents | null = null
  #api: LocalApi | null = null
  #files: CallTlsFiles | null = null
  /** Set once it hands everything over. */
  #leaving: Leaving | null = null

  constructor(configuration: SidecarConfiguration, typesFault: TypesFault, log: Logger) {
    this.#configuration = configuration
    this.#log = log
    this.#seldom = new LimitedLog(log)
    this.stopped = new Promise((resolve) => {
      this.#resolveStopped = resolve
    })
    const { host } = configuration
    this.#application = host === null ? null : this.#makeApplication(host.app)
    this.#watch = host === null ? null : this.#makeWatch(host, typesFault)
  }

  async start(): Promise<void> {
    const { host, callTls: paths, listen } = this.#configuration
    const hostname = host === null ? null : addressParts(host.name).host
    const tls = paths === null ? null : readCallTls(paths, hostname)
    await this.#watch?.begin()
    this.#opening = this.#openSidecar(tls)
    const opened = await this.#opening
    this.#open = opened
    const { calls, driver } = opened
    // The application may have said other things meanwhile.
    calls.configure(this.#callOptions)
    this.#events = new HostEvents(driver, host?.name ?? null)
    const { registry } = this.#metrics
    this.#metrics.measure({ calls: () => calls.measures, state: () => this.state() })
    const api = await createLocalApi({ port: this, log: this.#log, registry })
    this.#api = api
    const side = { others: api.others, guard: api.guard }
    await openPort('--listen', listen, (where) => calls.listenLocally(where, side))
    const fields = { local: shownAddress(listen), application: host?.app ?? null }
    this.#log.info(fields, 'listening')
    if (host !== null) await this.#takeCalls(opened, host, tls)
    if (paths !== null) {
      this.#files = new CallTlsFiles(paths, hostname, this.#log, (read) => calls.useTls(read))
      await this.#files.start()
    }
    driver.onChanged.add(() => this.#endIfBroken())
    void this.#join(opened)
  }

  reload(): void {
    void this.#files?.reload()
    this.#watch?.reload()
  }

  async stop(): Promise<void> {
    await this.#leave()?.closed
  }

  /** Ends what was opened, without a hand-over. */
  async close(): Promise<void> {
    this.#files?.stop()
    this.#seldom.end()
    this.#events?.close()
    await this.#watch?.close()
    await this.#api?.close()
    if (this.#open !== null) await this.#open.sidecar.close()
    else await this.#application?.close()
  }

  // ---- what the local API asks ---------------------------------------------------------------

  readonly where: LocalPort['where'] = (type, id, options) =>
    this.#opened.sidecar.where(type, id, options)

  readonly grant: LocalPort['grant'] = (type, id) => this.#opened.calls.grant(type, id)

  state(): LocalState {
    const { sidecar, calls } = this.#opened
    const { host } = this.#configuration
    const state = sidecar.state()
    const application = this.#watch?.state ?? null
    const { running, waiting, forwarded, actors } = calls.measures
    const { types } = state
    const isIn = state.isMember || types.length === 0
    const hasJoined = state.phase === 'serving' && !state.isFenced && state.generation !== null
    return {
      ready: hasJoined && isIn && (application === null || application.state === 'up'),
      host: host === null ? null : { name: host.name, appId: host.appId, types },
      application,
      sidecar: state,
      calls: { running, waiting, forwarded, actors },
    }
  }

  async leave(): Promise<void> {
    try {
      await this.#leave()?.handedOver
    } catch (error) {
      this.#fail(messageOf(error))
      throw error
    }
    const detail = 'everything was handed over, as the application has asked'
    this.#resolveStopped({ code: 'left', detail })
  }

  listen(handler: (event: LocalEvent) => void): () => void {
    return this.#events?.listen(handler) ?? (() => undefined)
  }

  // ---- the parts -----------------------------------------------------------------------------

  get #opened(): OpenSidecar {
    if (this.#open === null) throw new BerthError('unavailable', 'This sidecar is starting.')
    return this.#open
  }

  #makeApplication(url: string): HttpApplication {
    const message =
      'the application does not confirm that it has stopped actors: it is asked again, ' +
      'and at the deadline of the round this host loses all its actors; see that it answers'
    return new HttpApplication({
      url,
      telling: { actors: 'each', fenced: false },
      onFailure: (reason) => this.#seldom.add('warn', { reason }, message),
    })
  }

  #makeWatch({ app, choices }: HostConfiguration, typesFault: TypesFault): ApplicationWatchDriver {
    return new ApplicationWatchDriver(app, { choices, typesFault }, this.#log, {
      configured: (config) => this.#configured(config),
      offer: (types) => this.#offer(types),
    })
  }

  #openSidecar(tls: CallServerTls | null): Promise<OpenSidecar> {
    const { replicas, namespace, cluster, host, nats, stopLimitMs } = this.#configuration
    const said = host === null ? null : { name: host.name, appId: host.appId, types: this.#types }
    const application: Application = this.#application ?? new FunctionApplication(refuseCall)
    return open(
      {
        ...{ replicas, namespace, nats, log: this.#log },
        ...(cluster === null ? {} : { cluster }),
        ...(said === null ? {} : { host: said }),
        ...(tls === null ? {} : { callTls: tls }),
      },
      // The other half is for the hand-over.
      { application, options: this.#callOptions, lastCallsMs: stopLimitMs / 2 },
    )
  }

  async #takeCalls(
    { calls }: OpenSidecar,
    { callListen }: HostConfiguration,
    tls: CallServerTls | null,
  ): Promise<void> {
    const flag = this.#configuration.callListen === null ? '--name' : '--call-listen'
    const address = { kind: 'tcp', ...callListen } as const
    await openPort(flag, address, (where) => calls.listen(where, null))
    const access = tls === null ? 'everybody who reaches it' : 'hosts with a certificate'
    this.#log.info({ callListen: shownAddress(address), access }, 'taking calls')
  }

  // ---- the application -----------------------------------------------------------------------

  #configured(config: ApplicationConfig): void {
    const { release, fenced, turns, idleMs, drainMs } = config
    this.#application?.tell({ actors: release, fenced })
    this.#callOptions = { turns, idleMs, drainMs: drainMs ?? defaultCallSettings.drainMs }
    this.#open?.calls.configure(this.#callOptions)
    if (this.#open !== null) this.#checkDrain(this.#open)
  }

  /** Before it has begun, they go into the hello. */
  async #offer(types: readonly string[]): Promise<OfferOutcome> {
    this.#types = types
    if (this.#opening === null) return { kind: 'taken' }
    try {
      const { sidecar } = await this.#opening
      await sidecar.setTypes(types)
      return { kind: 'taken' }
    } catch (error) {
      const isKnown = error instanceof BerthError
      const detail = messageOf(error)
      if (isKnown && error.code === 'level_too_low') return { kind: 'later', detail }
      return { kind: 'given-up', detail }
    }
  }

  // ---- the cluster ---------------------------------------------------------------------------

  /** However long it takes: why it waits, log and state say. */
  async #join(opened: OpenSidecar): Promise<void> {
    try {
      await opened.sidecar.ready()
    } catch (error) {
      if (this.#leaving === null) this.#fail(messageOf(error))
      return
    }
    this.#log.info({}, `joined: the sidecar ${opened.sidecar.describe()}`)
    this.#checkDrain(opened)
  }

  /** What a flag says is not cut down in silence; what the application says is cut down aloud. */
  #checkDrain({ sidecar }: OpenSidecar): void {
    const { roundDeadlineMs } = sidecar.state()
    const chosenMs = this.#configuration.drainMs
    const drainMs = chosenMs ?? this.#watch?.config?.drainMs ?? null
    if (drainMs === null || roundDeadlineMs === null) return
    const fault = drainFault(drainMs, roundDeadlineMs)
    if (fault === null) return
    if (chosenMs !== null) this.#fail(`--drain-ms: ${fault}`)
    else this.#log.warn({ reason: fault }, 'calls of keys that move away get less time')
  }

  #endIfBroken(): void {
    const { broken } = this.#opened.driver.machine
    if (broken !== null) this.#fail(broken)
  }

  #fail(detail: string): void {
    this.#resolveStopped({ code: 'failed', detail })
  }

  // ---- the end -------------------------------------------------------------------------------

  #leave(): Leaving | null {
    if (this.#leaving !== null || this.#open === null) return this.#leaving
    const { sidecar, driver } = this.#open
    const ending = sidecar.leave()
    // Calls of others are still refused for a moment then, and what is under way comes to its end.
    const handedOver = driver.handedOver()
    const closed = this.#closeBehind(handedOver, ending)
    // Whoever waits for them hears of it.
    for (const promise of [ending, handedOver, closed]) promise.catch(() => undefined)
    this.#leaving = { handedOver, closed }
    return this.#leaving
  }

  async #closeBehind(handedOver: Promise<void>, ending: Promise<void>): Promise<void> {
    await Promise.allSettled([handedOver])
    this.#files?.stop()
    await this.#watch?.close()
    await this.#api?.close()
    this.#events?.close()
    try {
      await ending
    } finally {
      this.#seldom.end()
    }
  }
}
