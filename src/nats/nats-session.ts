/**
 * A connection to NATS for as long as it is wanted: made, lost and made again, at whichever of the
 * servers answers. Reconnecting is not left to the client: it gives up what this bounds.
 */
import { setTimeout as pause } from 'node:timers/promises'
import type { ConnectionOptions, Msg, NatsConnection } from 'nats'
import type { NameLookup } from '../network/name-lookup.js'
import { processNames } from '../network/process-names.js'
import { connectBounded } from './bounded-connection.js'
import { type Forbidden, ForbiddenSubjects, type SubjectNeeds } from './forbidden-subjects.js'
import { parseServer, type ServerAddress, toldServers } from './server-address.js'

export interface NatsSubscription {
  readonly subject: string
  readonly queue?: string
  /** @param error of the subscription; then there is no message */
  readonly callback: (error: Error | null, message: Msg) => void
}

export interface NatsSessionOptions {
  /** At least one, each with its login. Those that a server tells of are tried after these. */
  readonly servers: readonly string[]
  /** What else the client takes; servers and reconnecting are not its business. */
  readonly client: ConnectionOptions
  /** Made on each connection, and again for as long as the server refuses them. */
  readonly subscriptions?: readonly NatsSubscription[]
  /** All that the server has to allow, these among them. */
  readonly needs?: SubjectNeeds
  /** By which names of hosts are looked up; those of the process by default. */
  readonly names?: NameLookup
  /**
   * For each server: to the end of the login, in ms, once its name is looked up. Doubled for each
   * round in which no server could be connected to, up to 10,000.
   */
  readonly connectTimeoutMs?: number
  /** Between two rounds of tries at least so long, at most twice as long, in ms. */
  readonly retryMs?: number
  /** Subscriptions that were refused are tried again this often, in ms. */
  readonly forbiddenRetryMs?: number
}

export interface NatsSessionEvents {
  /** A new connection, that all subscriptions have been asked for on. */
  opened(connection: NatsConnection): void
  /** The server has answered for these: those that it does not forbid stand. */
  subscribed?(): void
  /** What the server forbids now of what is needed has changed. */
  forbidden?(list: readonly Forbidden[]): void
  /** The connection that was opened last is gone. */
  lost(reason: string): void
  /** No server could be connected to, for these reasons; it goes on trying. */
  failed(detail: string): void
}

const connectTimeoutMsDefault = 2_000
/** However many rounds have failed, in ms; more if it begins with more. */
export const connectTimeoutMsMax = 10_000
const retryMsDefault = 250
/** Servers of which it is told why they could not be connected to. */
const detailsMax = 8
/** The server writes each refusal into its log, and thousands of sidecars may be refused. */
const forbiddenRetryMsDefault = 30_000
/** A server that stands still does not hold up the end for longer, in ms. */
const drainTimeoutMs = 2_000

export class NatsSession {
  readonly #options: NatsSessionOptions
  readonly #events: NatsSessionEvents
  #isClosed = false
  /**
   * Cuts short what is waited for now. One for each wait: those who listen to a signal may keep
   * what they hold for as long as it lives.
   */
  #waiting: AbortController | null = null
  #connection: NatsConnection | null = null
  readonly #given: readonly ServerAddress[]
  /** The next to try first. */
  #servers: readonly ServerAddress[]
  /** The one of the newest connection; null before the first. */
  #last: ServerAddress | null = null
  #leftOut = 0
  /** Since a server was connected to. */
  #failedRounds = 0
  readonly #forbidden: ForbiddenSubjects
  /** While something is forbidden. */
  #retrying: NodeJS.Timeout | null = null

  constructor(options: NatsSessionOptions, events: NatsSessionEvents) {
    this.#options = options
    this.#events = events
    this.#given = options.servers.map(parseServer)
    this.#servers = shuffled(this.#given)
    this.#forbidden = new ForbiddenSubjects(options.needs ?? { publish: [], subscribe: [] })
  }

  /** While there is one that takes messages. */
  get connection(): NatsConnection | null {
    return this.isClosed || this.#connection?.isClosed() === true ? null : this.#connection
  }

  /** Messages that were too large, or had too much of a head, to be looked at. */
  get leftOut(): number {
    return this.#leftOut
  }

  /** Of what is needed, what the server does not let this connection do. */
  get forbidden(): readonly Forbidden[] {
    return this.#forbidden.list
  }

  get isClosed(): boolean {
    return this.#isClosed
  }

  /** Connects, and goes on trying for ever; returns at once. */
  start(): void {
    void this.#run()
  }

  /** @param how drained: what was published goes out first, if the server takes it */
  async close(how: 'at once' | 'drained'): Promise<void> {
    this.#isClosed = true
    this.#waiting?.abort()
    clearInterval(this.#retrying ?? undefined)
    const connection = this.#connection
    if (connection === null) return
    if (how === 'drained') {
      const drained = connection.drain().catch(() => undefined)
      await Promise.race([drained, pause(drainTimeoutMs, undefined, { ref: false })])
    }
    await connection.close()
  }

  async #run(): Promise<void> {
    while (!this.isClosed) {
      const connection = await this.#tryAll()
      if (connection !== null) await this.#hold(connection)
      // Whoever lost the same server comes back at some other time.
      const { retryMs = retryMsDefault } = this.#options
      const pauseMs = retryMs * (connection === null ? 1 + Math.random() : Math.random())
      await this.#unlessClosed((signal) => pause(pauseMs, undefined, { signal })).catch(() => {})
    }
  }

  /** Whichever was lost last comes last. */
  get #inOrder(): readonly ServerAddress[] {
    const last = this.#last === null ? '' : hostOf(this.#last)
    const isLast = (server: ServerAddress) => Number(hostOf(server) === last)
    return [...this.#servers].sort((a, b) => isLast(a) - isLast(b))
  }

  async #tryAll(): Promise<NatsConnection | null> {
    const details = new Set<string>()
    for (const server of this.#inOrder) {
      try {
        const connection = await this.#try(server)
        this.#last = server
        this.#failedRounds = 0
        if (!this.isClosed && !connection.isClosed()) return connection
        await connection.close()
      } catch (error) {
        details.add(messageOf(error))
      }
      if (this.isClosed) return null
    }
    this.#failedRounds += 1
    this.#events.failed([...details].slice(0, detailsMax).join('; '))
    return null
  }

  /** Over a long way each step of a login takes its time, and nobody knows how long the way is. */
  get #timeoutMs(): number {
    const { connectTimeoutMs: ms = connectTimeoutMsDefault } = this.#options
    const doublingsMax = 16
    const grownMs = ms * 2 ** Math.min(this.#failedRounds, doublingsMax)
    return Math.max(ms, Math.min(connectTimeoutMsMax, grownMs))
  }

  async #try(server: ServerAddress): Promise<NatsConnection> {
    const { url, login, isTls } = server
    const { client, names = processNames } = this.#options
    const timeoutMs = this.#timeoutMs
    return this.#unlessClosed((signal) => {
      return connectBounded(
        {
          ...{ pingInterval: 1_000, maxPingOut: 2, ...(isTls ? { tls: {} } : {}) },
          ...{ ...client, ...login, servers: [url] },
        },
        { timeoutMs, signal, lookup: names.within(timeoutMs) },
        {
          informed: ({ connectUrls }) => this.#learn(connectUrls, server),
          leftOut: () => {
            this.#leftOut += 1
          },
          refused: (what) => {
            if (this.#forbidden.refused(what, performance.now())) this.#forbiddenChanged()
          },
        },
      )
    })
  }

  /** Waits for something that is given up when this is closed. */
  async #unlessClosed<T>(wait: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const waiting = new AbortController()
    this.#waiting = waiting
    if (this.#isClosed) waiting.abort()
    try {
      return await wait(waiting.signal)
    } finally {
      this.#waiting = null
    }
  }

  async #hold(connection: NatsConnection): Promise<void> {
    const ended = connection.closed()
    this.#connection = connection
    this.#subscribe(connection, this.#options.subscriptions ?? [])
    this.#events.opened(connection)
    connection.flush().then(
      () => {
        if (this.connection === connection) this.#events.subscribed?.()
      },
      () => undefined,
    )
    const failure = await ended
    this.#connection = null
    const reason = failure instanceof Error ? failure.message : 'the connection ended'
    if (!this.isClosed) this.#events.lost(reason)
    if (this.#forbidden.clear()) this.#forbiddenChanged()
  }

  #subscribe(connection: NatsConnection, subscriptions: readonly NatsSubscription[]): void {
    for (const { subject, queue, callback } of subscriptions) {
      connection.subscribe(subject, { callback, ...(queue === undefined ? {} : { queue }) })
    }
  }

  /** Where the operator allows it meanwhile, the server does not tell. */
  #tryAgain(): void {
    if (this.#forbidden.expire(performance.now())) this.#forbiddenChanged()
    const { connection } = this
    if (connection === null) return
    const { subscriptions = [] } = this.#options
    const tried = subscriptions
      .map(({ subject }) => ({ operation: 'subscribe', subject }) as const)
      .filter((each) => this.#forbidden.isRefused(each))
    if (tried.length === 0) return
    const subjects = new Set(tried.map(({ subject }) => subject))
    const { mark } = this.#forbidden
    this.#subscribe(
      connection,
      subscriptions.filter(({ subject }) => subjects.has(subject)),
    )
    this.#lookWhetherStood(connection, tried, mark)
  }

  /** Something was published there: if it was forbidden, that tells whether it still is. */
  published(subject: string): void {
    const tried = { operation: 'publish', subject } as const
    const { connection } = this
    if (connection === null || !this.#forbidden.isRefused(tried)) return
    this.#lookWhetherStood(connection, [tried], this.#forbidden.mark)
  }

  #lookWhetherStood(connection: NatsConnection, tried: readonly Forbidden[], mark: number): void {
    connection.flush().then(
      () => {
        if (this.connection !== connection) return
        const stood = tried.filter((each) => this.#forbidden.stood(each, mark))
        if (stood.length > 0) this.#forbiddenChanged()
      },
      () => undefined,
    )
  }

  #forbiddenChanged(): void {
    if (this.isClosed) return
    const { list } = this.#forbidden
    if (list.length === 0) {
      clearInterval(this.#retrying ?? undefined)
      this.#retrying = null
    } else {
      const { forbiddenRetryMs = forbiddenRetryMsDefault } = this.#options
      this.#retrying ??= setInterval(() => this.#tryAgain(), forbiddenRetryMs).unref()
    }
    this.#events.forbidden?.(list)
  }

  /** Those that this was given come first: what a server says of others may be anything. */
  #learn(told: readonly string[], by: ServerAddress): void {
    const learned = new Map(toldServers(told, by).map((server) => [hostOf(server), server]))
    for (const server of this.#given) learned.delete(hostOf(server))
    this.#servers = [...shuffled(this.#given), ...shuffled([...learned.values()])]
  }
}

/** Also of a host with several addresses: its error has no message of its own. */
function messageOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) {
    return [...new Set(error.errors.map(messageOf))].join(', ')
  }
  return error instanceof Error ? error.message || error.name : String(error)
}

function hostOf({ url }: ServerAddress): string {
  return url.slice(url.indexOf('://'))
}

function shuffled(servers: readonly ServerAddress[]): ServerAddress[] {
  return servers
    .map((server) => ({ server, rank: Math.random() }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ server }) => server)
}
