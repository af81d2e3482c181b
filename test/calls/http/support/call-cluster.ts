/**
 * Hosts that carry calls, in this process, with real sockets between them. Who owns what is said by
 * a test, in the place of the tables of a cluster.
 */

import type { Application } from '../../../../src/calls/http/application.js'
import { CallDriver } from '../../../../src/calls/http/call-driver.js'
import type { CallHost, CallHostEvents } from '../../../../src/calls/http/call-host.js'
import type { CallServerLimits } from '../../../../src/calls/http/call-limits.js'
import { CallServer, type CallServerTls } from '../../../../src/calls/http/call-server.js'
import { heldBytesInAllMaxDefault } from '../../../../src/calls/http/held-bytes.js'
import { type HostClientOptions, HostClients } from '../../../../src/calls/http/host-clients.js'
import { LocalCaller } from '../../../../src/calls/http/local-caller.js'
import { CallMachine } from '../../../../src/calls/machine/machine.js'
import type { Location, MovingKeys, Ownership } from '../../../../src/calls/machine/ownership.js'
import { type CallSettings, defaultCallSettings } from '../../../../src/calls/machine/settings.js'

/** Who owns each actor, as all hosts know it; and as a host that is behind believes. */
export class Owners {
  generation = 1
  /** By `type/id`; what is not there is of `rest`. */
  readonly #by = new Map<string, string>()
  readonly #moving = new Set<string>()
  rest: string | null = null

  move(type: string, id: string, host: string): void {
    this.generation += 1
    this.#moving.delete(`${type}/${id}`)
    this.#by.set(`${type}/${id}`, host)
  }

  lock(type: string, id: string): void {
    this.#moving.add(`${type}/${id}`)
  }

  ownerOf(type: string, id: string): string | null {
    return this.#by.get(`${type}/${id}`) ?? this.rest
  }

  locate(self: string, type: string, id: string): Location {
    const host = this.ownerOf(type, id)
    if (this.#moving.has(`${type}/${id}`)) return { kind: 'moving', held: null, holder: null }
    if (host === null) return { kind: 'no_owner' }
    const { generation } = this
    if (host !== self) return { kind: 'there', host, generation }
    return { kind: 'here', held: { token: generation, generation }, leaseLeftMs: 10_000 }
  }
}

class TestHost implements CallHost, Ownership {
  name = ''
  readonly refreshes: number[] = []
  events: CallHostEvents | null = null
  owners: Owners

  constructor(owners: Owners) {
    this.owners = owners
  }

  get generation(): number {
    return this.owners.generation
  }

  locate(type: string, id: string): Location {
    return this.owners.locate(this.name, type, id)
  }

  listen(events: CallHostEvents): () => void {
    this.events = events
    return () => {
      this.events = null
    }
  }

  refresh(generation: number): void {
    this.refreshes.push(generation)
  }
}

export interface HostOptions {
  readonly application: Application
  readonly owners: Owners
  readonly settings?: Partial<CallSettings>
  readonly limits?: Partial<CallServerLimits>
  readonly clients?: Partial<HostClientOptions>
  /** Of the call port, and of calls to others; null for plain HTTP. */
  readonly tls?: CallServerTls | null
  readonly heldBytesInAllMax?: number
}

export class CarryingHost {
  readonly driver: CallDriver
  readonly caller: LocalCaller
  readonly clients: HostClients
  readonly application: Application
  readonly #host: TestHost
  readonly #servers: readonly CallServer[]
  /** The port of the local side. */
  port = 0
  /** The port for other sidecars. */
  callPort = 0
  readonly failures: unknown[] = []

  constructor(options: HostOptions) {
    const { application, owners, settings, limits, clients, tls = null } = options
    const { heldBytesInAllMax = heldBytesInAllMaxDefault } = options
    this.#host = new TestHost(owners)
    this.application = application
    this.clients = new HostClients({ tls, lookup: null, ...clients })
    const machine = new CallMachine(
      { ...defaultCallSettings, runPrefix: 'r', ...settings },
      this.#host,
      { random: () => 0.5 },
    )
    const note = (fields: object) => this.failures.push(fields)
    const log = { info: note, warn: note, error: note }
    const edge = { host: this.#host, application, hosts: this.clients, log }
    const parts = { ...edge, heldBytesInAllMax }
    this.driver = new CallDriver(machine, parts)
    this.caller = new LocalCaller(this.driver)
    const common = { others: null, limits: limits ?? {} }
    this.#servers = [
      new CallServer(this.driver, { ...common, origin: 'application', tls: null }),
      new CallServer(this.driver, { ...common, origin: 'sidecar', tls }),
    ]
  }

  get name(): string {
    return this.#host.name
  }

  get refreshes(): readonly number[] {
    return this.#host.refreshes
  }

  /** What a test says as the sidecar would. */
  get events(): CallHostEvents {
    if (this.#host.events === null) throw new Error('nobody listens')
    return this.#host.events
  }

  /** From now on this host believes what these say. */
  believe(owners: Owners): void {
    this.#host.owners = owners
    this.events.changed()
  }

  async start(): Promise<void> {
    const [local, calls] = this.#servers as [CallServer, CallServer]
    this.port = await local.listen({ host: '127.0.0.1', port: 0 })
    this.callPort = await calls.listen({ host: '127.0.0.1', port: 0 })
    this.#host.name = `127.0.0.1:${this.callPort}`
  }

  async stop(): Promise<void> {
    this.driver.close()
    await Promise.all(this.#servers.map((server) => server.destroy()))
    await this.clients.close()
    await this.application.close()
  }
}

export async function startHost(options: HostOptions): Promise<CarryingHost> {
  const host = new CarryingHost(options)
  await host.start()
  return host
}

export function keysOf(...actors: readonly (readonly [type: string, id: string])[]): MovingKeys {
  const has = (type: string, id: string) => actors.some(([t, i]) => t === type && i === id)
  return { types: [...new Set(actors.map(([type]) => type))].sort(), has }
}
