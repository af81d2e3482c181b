/** An application that is reached over HTTP, on loopback or a unix socket. */
import type { LeaveReason } from '../machine/effect.js'
import type { ActorKey } from '../machine/ownership.js'
import { spellActor } from './actor-spelling.js'
import type { AttemptEvents } from './answer-relay.js'
import type { Application, Delivery } from './application.js'
import { ApplicationTeller, type Telling } from './application-teller.js'
import { CallClient, type CallPlace } from './call-client.js'
import { berthHeaders, writeTimeout } from './call-headers.js'
import { type ApplicationLimits, applicationClientLimits } from './call-limits.js'
import type { Attempt, CallRequest, Exchange } from './exchange.js'

export interface HttpApplicationOptions {
  /** `http://127.0.0.1:8080`, or `unix:/path/of/a/socket`. */
  readonly url: string
  /** What it wants to be told of. */
  readonly telling: Telling
  readonly limits?: Partial<ApplicationLimits>
}

export class HttpApplication implements Application {
  readonly #client: CallClient
  readonly #teller: ApplicationTeller

  /** @throws TypeError for what is no such URL */
  constructor({ url, telling, limits }: HttpApplicationOptions) {
    const place = placeOf(url)
    const all = { ...applicationClientLimits, ...limits }
    this.#client = new CallClient(place, all)
    this.#teller = new ApplicationTeller(place, all, telling)
  }

  /** The application has said what it wants. Holds for what comes. */
  tell(telling: Telling): void {
    this.#teller.telling = telling
  }

  deliver(exchange: Exchange, delivery: Delivery, events: AttemptEvents): Attempt | null {
    const { path } = exchange.request
    const { held, chain, remainingMs } = delivery
    const ours = [
      berthHeaders.token,
      String(held.token),
      berthHeaders.generation,
      String(held.generation),
      berthHeaders.actor,
      actorOf(exchange.request),
      berthHeaders.chain,
      chain.length === 1 ? (chain[0] as string) : chain.join(','),
      berthHeaders.timeout,
      writeTimeout(remainingMs),
    ]
    return this.#client.send(exchange, path, ours, events)
  }

  leave(actors: readonly ActorKey[], why: LeaveReason, told: (actor: ActorKey) => void): void {
    this.#teller.leave(actors, why, told)
  }

  async fenced(isFinal: boolean): Promise<void> {
    await this.#teller.fenced(isFinal)
  }

  async close(): Promise<void> {
    await Promise.all([this.#client.destroy(), this.#teller.close()])
  }
}

const isSpeltOut = /^[\w.~-]+\/[\w.~-]+$/

/** Most actors have names in which nothing is to be encoded. */
function actorOf({ type, id, path, restAt }: CallRequest): string {
  const asItCame = path.slice(1, restAt)
  return isSpeltOut.test(asItCame) ? asItCame : spellActor({ type, id })
}

function placeOf(url: string): CallPlace {
  const socketPath = url.startsWith('unix:') ? url.slice('unix:'.length) : null
  const origin = socketPath === null ? new URL(url).origin : 'http://localhost'
  return { origin, socketPath, answerer: 'application', lookup: null, tls: null }
}
