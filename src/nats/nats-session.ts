/**
 * A connection to NATS for as long as it is wanted: made, lost and made again, at whichever of the
 * servers answers.
 *
 * Why not by the client itself: for each try at a server that accepts and then says nothing (one
 * that is stopped, say), version 2.29 leaves a socket open for ever. A replica would run out of
 * descriptors within the hour, and take its hosts with it. So each try first hears by a socket of
 * its own whether the server speaks.
 */
import { setTimeout as pause } from 'node:timers/promises'
import type { ConnectionOptions, NatsConnection } from 'nats'
import { connectBounded } from './bounded-connection.js'
import { firstWord } from './first-word.js'

export interface NatsSessionOptions {
  /** At least one. Those that a server tells of its cluster are tried after these. */
  readonly servers: readonly string[]
  /** What else the client takes; servers and reconnecting are not its business. */
  readonly client: ConnectionOptions
}

export interface NatsSessionEvents {
  /** A new connection, that knows of nothing: subscribe. */
  opened(connection: NatsConnection): void
  /** The connection that was opened last is gone. */
  lost(reason: string): void
  /** No server could be connected to; it goes on trying. */
  failed(detail: string): void
}

/** For each server: to its first word, and to the end of the login; in ms. */
const connectTimeoutMs = 2_000
/** Servers that one may tell of beside those that were given; of more, any so many are kept. */
const learnedServersMax = 32
/** What is longer is no host and port. */
const learnedLengthMax = 300
/** A server that stands still does not hold up the end for longer, in ms. */
const drainTimeoutMs = 2_000
/** Between two rounds of tries at least so long, at most twice as long, in ms. */
const retryMs = 250

export class NatsSession {
  readonly #options: NatsSessionOptions
  readonly #events: NatsSessionEvents
  readonly #closing = new AbortController()
  #connection: NatsConnection | null = null
  /** The next to try first. */
  #servers: readonly string[]
  /** The one of the newest connection; empty before the first. */
  #last = ''
  #leftOut = 0

  constructor(options: NatsSessionOptions, events: NatsSessionEvents) {
    this.#options = options
    this.#events = events
    this.#servers = shuffled(options.servers)
  }

  /** While there is one that takes messages. */
  get connection(): NatsConnection | null {
    return this.isClosed || this.#connection?.isClosed() === true ? null : this.#connection
  }

  /** Messages that were too large, or had too much of a head, to be looked at. */
  get leftOut(): number {
    return this.#leftOut
  }

  get isClosed(): boolean {
    return this.#closing.signal.aborted
  }

  /** Connects, and goes on trying for ever; returns at once. */
  start(): void {
    void this.#run()
  }

  /** @param how drained: what was published goes out first, if the server takes it */
  async close(how: 'at once' | 'drained'): Promise<void> {
    this.#closing.abort()
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
      const pauseMs = retryMs * (connection === null ? 1 + Math.random() : Math.random())
      await pause(pauseMs, undefined, { signal: this.#closing.signal }).catch(() => undefined)
    }
  }

  /** Whichever was lost last comes last. */
  get #inOrder(): readonly string[] {
    const isLast = (server: string) => Number(server === this.#last)
    return [...this.#servers].sort((a, b) => isLast(a) - isLast(b))
  }

  async #tryAll(): Promise<NatsConnection | null> {
    let detail = ''
    for (const server of this.#inOrder) {
      try {
        const connection = await this.#try(server)
        this.#last = server
        if (!this.isClosed && !connection.isClosed()) return connection
        await connection.close()
      } catch (error) {
        detail = error instanceof Error ? error.message : String(error)
      }
      if (this.isClosed) return null
    }
    this.#events.failed(detail)
    return null
  }

  async #try(server: string): Promise<NatsConnection> {
    const { client } = this.#options
    // Behind TLS from the first byte the server waits for the client to speak.
    if (client.tls?.handshakeFirst !== true) {
      await firstWord(server, connectTimeoutMs, this.#closing.signal)
    }
    return connectBounded(
      {
        timeout: connectTimeoutMs,
        pingInterval: 1_000,
        maxPingOut: 2,
        ...client,
        servers: [server],
      },
      {
        informed: ({ connectUrls }) => this.#learn(connectUrls),
        leftOut: () => {
          this.#leftOut += 1
        },
      },
    )
  }

  async #hold(connection: NatsConnection): Promise<void> {
    const ended = connection.closed()
    this.#connection = connection
    this.#events.opened(connection)
    const failure = await ended
    this.#connection = null
    const reason = failure instanceof Error ? failure.message : 'the connection ended'
    if (!this.isClosed) this.#events.lost(reason)
  }

  /** Those that this was given come first: what a server says of others may be anything. */
  #learn(told: readonly string[]): void {
    const { servers: given } = this.#options
    const others = told.filter((url) => !given.includes(url) && url.length <= learnedLengthMax)
    const learned = shuffled([...new Set(others)]).slice(0, learnedServersMax)
    this.#servers = [...shuffled(given), ...learned]
  }
}

function shuffled(servers: readonly string[]): string[] {
  return servers
    .map((server) => ({ server, rank: Math.random() }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ server }) => server)
}
