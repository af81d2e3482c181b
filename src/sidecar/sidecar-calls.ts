/** Calls of one sidecar: their machine, its connections, and a call port where it serves. */
import { randomBytes } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ListenOptions, LookupFunction } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import type { Application } from '../calls/http/application.js'
import { CallDriver } from '../calls/http/call-driver.js'
import { CallServer, type CallServerTls } from '../calls/http/call-server.js'
import { HostClients } from '../calls/http/host-clients.js'
import { LocalCaller } from '../calls/http/local-caller.js'
import { CallMachine } from '../calls/machine/machine.js'
import type { CallMeasures } from '../calls/machine/measures.js'
import type { Grant } from '../calls/machine/ownership.js'
import { type CallOptions, defaultCallSettings } from '../calls/machine/settings.js'
import type { BerthError } from '../errors/berth-error.js'
import type { Log } from '../log/log.js'
import { CallBinding } from './call-binding.js'
import type { SidecarDriver } from './driver.js'

export interface CallParts {
  readonly application: Application
  readonly options: Partial<CallOptions>
  /** Of the call port, and of calls to other hosts; null for plain HTTP. */
  readonly tls: CallServerTls | null
  readonly lookup: LookupFunction
  readonly log: Log
  /** Behind a hand-over calls that are under way may take so long, in ms. Default: 1,000. */
  readonly lastCallsMs?: number
}

/** A side for what is on this machine: its calls come from within. */
export interface LocalSide {
  readonly others: OtherRequests
  /** Why a request may not come in; null when it may. */
  readonly guard: (request: IncomingMessage) => BerthError | null
}

/** What is no call, on the call port. */
export type OtherRequests = (request: IncomingMessage, response: ServerResponse) => void

/** A host that closes waits so long for actors that do not end, in ms. */
const closeMs = 5_000
/**
 * A host that has left refuses calls for so long, in ms: other hosts hear a little later that it is
 * gone, and a call on a connection that is just being closed is lost.
 */
const lingerMs = 1_000
const lastCallsMsDefault = 1_000
/** Between two looks whether calls have ended, in ms. */
const lookAgainMs = 20
/** Answers that are under way when a port closes may take so long, in ms. */
const lastAnswersMs = 1_000

export class SidecarCalls {
  readonly #driver: CallDriver
  readonly #binding: CallBinding
  readonly #caller: LocalCaller
  readonly #parts: CallParts
  readonly #hosts: HostClients
  #server: CallServer | null = null
  #local: CallServer | null = null
  #isClosed = false

  constructor(driver: SidecarDriver, parts: CallParts) {
    const { application, options, tls, lookup, log } = parts
    this.#parts = parts
    this.#binding = new CallBinding(driver)
    this.#hosts = new HostClients({ tls, lookup })
    const runPrefix = `${randomBytes(12).toString('hex')}.`
    const machine = new CallMachine(
      { ...defaultCallSettings, ...options, runPrefix },
      this.#binding,
      { random: () => Math.random() },
    )
    this.#driver = new CallDriver(machine, {
      host: this.#binding,
      application,
      hosts: this.#hosts,
      log,
    })
    this.#caller = new LocalCaller(this.#driver)
  }

  readonly call: LocalCaller['call'] = (type, id, call) => this.#caller.call(type, id, call)

  /** Opens the call port. @throws what listening throws */
  async listen(where: ListenOptions, others: OtherRequests | null): Promise<void> {
    const { tls } = this.#parts
    const server = new CallServer(this.#driver, { origin: 'sidecar', tls, others })
    await server.listen(where)
    this.#server = server
  }

  /** Opens a port for what is on this machine. @throws what listening throws */
  async listenLocally(where: ListenOptions, { others, guard }: LocalSide): Promise<void> {
    const server = new CallServer(this.#driver, { origin: 'application', tls: null, others, guard })
    await server.listen(where)
    this.#local = server
  }

  /** Whether this host owns the actor now, and how long that may be believed; null when not. */
  grant(type: string, id: string): Grant | null {
    return this.#isClosed ? null : this.#driver.machine.grant(type, id, this.#driver.now)
  }

  get measures(): CallMeasures {
    return this.#driver.machine.measures
  }

  /** What the application has chosen anew: holds for what comes. */
  configure(options: CallOptions): void {
    this.#driver.input((machine, now) => machine.configure(options, now))
  }

  /** Other certificates, for connections that are made from now on. */
  useTls(tls: CallServerTls): void {
    this.#server?.useTls(tls)
    this.#hosts.useTls(tls)
  }

  /**
   * Lets nothing in any more, and ends what runs.
   * @param types of actors that may run here
   * @returns whether nothing runs
   */
  async stop(types: readonly string[]): Promise<boolean> {
    this.#driver.input((machine, now) => machine.close(now))
    const letGo = this.#binding.letGo({ types, has: () => true }, closeMs).then(() => true)
    return within(closeMs, letGo, false)
  }

  /** Ends all that is left, and the connections. @param hasLeft whether all was handed over */
  async close(hasLeft: boolean): Promise<void> {
    const local = this.#local
    const localStop = local?.stop()
    if (hasLeft) await this.#lastCalls()
    this.#isClosed = true
    this.#driver.close()
    if (local !== null) {
      await within(lastAnswersMs, Promise.resolve(localStop), undefined)
      await local.destroy()
    }
    const server = this.#server
    this.#server = null
    if (server !== null) {
      await within(lastAnswersMs, server.stop(), undefined)
      await server.destroy()
    }
    await this.#hosts.close()
    await this.#parts.application.close()
  }

  /** Others hear that this host is gone, and what is under way comes to its end. */
  async #lastCalls(): Promise<void> {
    const { lastCallsMs = lastCallsMsDefault } = this.#parts
    const untilMs = this.#driver.now + lastCallsMs
    if (this.#server !== null) await setTimeout(Math.min(lingerMs, lastCallsMs))
    while (this.#driver.size > 0 && this.#driver.now < untilMs) await setTimeout(lookAgainMs)
  }
}

async function within<T>(ms: number, promise: Promise<T>, otherwise: T): Promise<T> {
  const settled = new AbortController()
  const late = setTimeout(ms, otherwise, { signal: settled.signal })
  // It ends by the abort when it is not needed.
  late.catch(() => undefined)
  try {
    return await Promise.race([promise, late])
  } finally {
    settled.abort()
  }
}
