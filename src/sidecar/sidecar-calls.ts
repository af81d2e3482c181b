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
import { type CallOptions, defaultCallSettings } from '../calls/machine/settings.js'
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
/** Answers that are under way when a port closes may take so long, in ms. */
const lastAnswersMs = 1_000

export class SidecarCalls {
  readonly #driver: CallDriver
  readonly #binding: CallBinding
  readonly #caller: LocalCaller
  readonly #parts: CallParts
  readonly #hosts: HostClients
  #server: CallServer | null = null

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
    if (hasLeft && this.#server !== null) await setTimeout(lingerMs)
    this.#driver.close()
    const server = this.#server
    this.#server = null
    if (server !== null) {
      await within(lastAnswersMs, server.stop(), undefined)
      await server.destroy()
    }
    await this.#hosts.close()
    await this.#parts.application.close()
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
