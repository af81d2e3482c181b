/**
 * Connections to other sidecars: a client for each host that calls went to lately. One that was not
 * used for a while is closed; of too many, the one that was used longest ago goes first.
 */
import type { LookupFunction } from 'node:net'
import type { AttemptEvents } from './answer-relay.js'
import { CallClient, type ClientTls } from './call-client.js'
import { type CallClientLimits, hostClientLimits } from './call-limits.js'
import { callPrefix } from './call-target.js'
import type { Attempt, Exchange } from './exchange.js'

export interface HostClientOptions {
  /** For mutual TLS; null for plain HTTP. */
  readonly tls: ClientTls | null
  readonly lookup: LookupFunction | null
  readonly limits?: Partial<CallClientLimits>
  /** Hosts with connections at a time. */
  readonly hostsMax?: number
  /** A client without calls for so long is closed, in ms. */
  readonly idleMs?: number
}

const hostsMaxDefault = 2_048
const idleMsDefault = 60_000
const looksMax = 64

interface Entry {
  readonly client: CallClient
  usedAtMs: number
}

export class HostClients {
  readonly #options: HostClientOptions
  #tls: ClientTls | null
  readonly #limits: CallClientLimits
  readonly #hostsMax: number
  readonly #idleMs: number
  /** By host, the one that was used longest ago first. */
  readonly #entries = new Map<string, Entry>()
  readonly #timer: NodeJS.Timeout

  constructor(options: HostClientOptions) {
    this.#options = options
    this.#tls = options.tls
    this.#limits = { ...hostClientLimits, ...options.limits }
    this.#hostsMax = options.hostsMax ?? hostsMaxDefault
    this.#idleMs = options.idleMs ?? idleMsDefault
    this.#timer = setInterval(() => this.#closeIdle(performance.now()), this.#idleMs / 4).unref()
  }

  /** Hosts with a client now. */
  get size(): number {
    return this.#entries.size
  }

  /**
   * @param host its name, `host:port`
   * @param ours headers beside those of the request, flat: name, value
   */
  forward(
    exchange: Exchange,
    host: string,
    ours: readonly string[],
    events: AttemptEvents,
  ): Attempt | null {
    const entry = this.#entryOf(host)
    if (typeof entry === 'string') {
      events.ended({ kind: 'refused', canSendAgain: true, reason: entry })
      return null
    }
    return entry.client.send(exchange, callPrefix + exchange.request.path, ours, events)
  }

  /** Calls from now on go over new connections, by these certificates; those under way go on. */
  useTls(tls: ClientTls): void {
    this.#tls = tls
    const clients = [...this.#entries.values()].map(({ client }) => client)
    this.#entries.clear()
    for (const client of clients) void client.close()
  }

  /** Ends all connections: what is under way is lost. */
  async close(): Promise<void> {
    clearInterval(this.#timer)
    const clients = [...this.#entries.values()].map(({ client }) => client)
    this.#entries.clear()
    await Promise.all(clients.map((client) => client.destroy()))
  }

  /** @returns or why there is none */
  #entryOf(host: string): Entry | string {
    const now = performance.now()
    const known = this.#entries.get(host)
    if (known !== undefined) {
      // The order is needed where hosts are many, and kept to the second.
      if (now - known.usedAtMs < 1_000) return known
      known.usedAtMs = now
      this.#entries.delete(host)
      this.#entries.set(host, known)
      return known
    }
    if (this.#entries.size >= this.#hostsMax && !this.#makeRoom()) {
      return `this sidecar is busy with ${this.#hostsMax} other hosts`
    }
    const origin = `${this.#tls === null ? 'http' : 'https'}://${host}`
    if (!URL.canParse(origin)) return 'the name of the host is no address'
    const entry = { client: this.#open(origin), usedAtMs: now }
    this.#entries.set(host, entry)
    return entry
  }

  #open(origin: string): CallClient {
    const { lookup } = this.#options
    return new CallClient(
      { origin, socketPath: null, answerer: 'sidecar', lookup, tls: this.#tls },
      this.#limits,
    )
  }

  /** Looks at some of those that were used longest ago: where these are in use, so are most. */
  #makeRoom(): boolean {
    let looks = looksMax
    for (const [host, { client }] of this.#entries) {
      looks -= 1
      if (looks < 0) return false
      if (client.size > 0) continue
      this.#entries.delete(host)
      void client.close()
      return true
    }
    return false
  }

  #closeIdle(now: number): void {
    for (const [host, { client, usedAtMs }] of this.#entries) {
      if (now - usedAtMs < this.#idleMs) return
      if (client.size > 0) continue
      this.#entries.delete(host)
      void client.close()
    }
  }
}
