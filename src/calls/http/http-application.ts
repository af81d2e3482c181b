/** An application that is reached over HTTP, on loopback or a unix socket. */
import type { LeaveReason } from '../machine/effect.js'
import type { ActorKey } from '../machine/ownership.js'
import type { AttemptEvents } from './answer-relay.js'
import type { Application, Delivery } from './application.js'
import { ApplicationTeller, type Telling, type TellingFailed } from './application-teller.js'
import { CallClient, type CallPlace } from './call-client.js'
import { type ApplicationLimits, applicationClientLimits } from './call-limits.js'
import { deliveryHeaders } from './delivery-headers.js'
import type { Attempt, Exchange } from './exchange.js'

export interface HttpApplicationOptions {
  /** `http://127.0.0.1:8080`, or `unix:/path/of/a/socket`. */
  readonly url: string
  /** What it wants to be told of. */
  readonly telling: Telling
  /** Told whenever it has not let go of actors, or not taken in a fence, and is asked again. */
  readonly onFailure?: TellingFailed
  readonly limits?: Partial<ApplicationLimits>
}

export class HttpApplication implements Application {
  readonly #client: CallClient
  readonly #teller: ApplicationTeller

  /** @throws TypeError for what is no such URL */
  constructor({ url, telling, onFailure, limits }: HttpApplicationOptions) {
    const place = placeOf(url)
    const all = { ...applicationClientLimits, ...limits }
    this.#client = new CallClient(place, all)
    this.#teller = new ApplicationTeller(place, all, telling, onFailure ?? (() => undefined))
  }

  /** The application has said what it wants. Holds for what comes. */
  tell(telling: Telling): void {
    this.#teller.telling = telling
  }

  deliver(exchange: Exchange, delivery: Delivery, events: AttemptEvents): Attempt | null {
    const { path } = exchange.request
    const ours = deliveryHeaders(exchange.request, delivery)
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

function placeOf(url: string): CallPlace {
  const socketPath = url.startsWith('unix:') ? url.slice('unix:'.length) : null
  const origin = socketPath === null ? new URL(url).origin : 'http://localhost'
  return { origin, socketPath, answerer: 'application', lookup: null, tls: null }
}
