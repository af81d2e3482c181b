/**
 * Tells an application over HTTP which actors leave, and that the host was fenced, as far as it
 * wants to know. What it does not answer is asked again, for as long as it takes: who does not let
 * go holds up its own keys, and the cluster's time limit ends that.
 */
import { Pool } from 'undici'
import type { LeaveReason } from '../machine/effect.js'
import type { ActorKey } from '../machine/ownership.js'
import { spellActor } from './actor-spelling.js'
import type { CallPlace } from './call-client.js'
import type { CallClientLimits } from './call-limits.js'

export interface Telling {
  /**
   * `each`: `DELETE /berth/actors/{type}/{id}`. `together`: `POST /berth/release` with the actors.
   * `none`: it is not told, and lets go at once.
   */
  readonly actors: 'each' | 'together' | 'none'
  /** Whether it has `POST /berth/fenced`. */
  readonly fenced: boolean
}

/** Requests of these at a time; one that hangs takes one of them. */
const requestsMax = 512
/** First wait behind a failure, and the longest, in ms. */
const retryMinMs = 50
const retryMaxMs = 1_000

interface Request {
  readonly method: 'DELETE' | 'POST'
  readonly path: string
  readonly body: string | null
  readonly why: LeaveReason
}

/** Answers to DELETE of who does not know the actor, or has no such method: it need not be told. */
const hasNone = [404, 410, 405, 501]

export class ApplicationTeller {
  telling: Telling
  readonly #pool: Pool
  readonly #timers = new Set<NodeJS.Timeout>()
  #isClosed = false

  constructor(place: CallPlace, limits: CallClientLimits, telling: Telling) {
    this.telling = telling
    const { origin, socketPath } = place
    this.#pool = new Pool(origin, {
      connections: requestsMax,
      pipelining: 1,
      keepAliveTimeout: limits.keepAliveTimeoutMs,
      keepAliveMaxTimeout: limits.keepAliveTimeoutMs,
      // It may take as long as the cluster lets it.
      headersTimeout: 0,
      bodyTimeout: 0,
      connect: {
        timeout: limits.connectTimeoutMs,
        ...(socketPath === null ? {} : { socketPath }),
      },
    })
  }

  /** @param told called once for each, when the application has let go of it */
  leave(actors: readonly ActorKey[], why: LeaveReason, told: (actor: ActorKey) => void): void {
    switch (this.telling.actors) {
      case 'none':
        for (const actor of actors) told(actor)
        return
      case 'each':
        for (const actor of actors) {
          const path = `/berth/actors/${spellActor(actor)}`
          this.#ask({ method: 'DELETE', path, body: null, why }, () => told(actor))
        }
        return
      case 'together': {
        const body = JSON.stringify({ why, actors: actors.map(({ type, id }) => ({ type, id })) })
        this.#ask({ method: 'POST', path: '/berth/release', body, why }, () => {
          for (const actor of actors) told(actor)
        })
        return
      }
      default:
        this.telling.actors satisfies never
    }
  }

  async fenced(isFinal: boolean): Promise<void> {
    if (!this.telling.fenced) return
    const body = JSON.stringify({ final: isFinal })
    await new Promise<void>((resolve) => {
      this.#ask({ method: 'POST', path: '/berth/fenced', body, why: 'fenced' }, resolve)
    })
  }

  async close(): Promise<void> {
    this.#isClosed = true
    for (const timer of this.#timers) clearTimeout(timer)
    this.#timers.clear()
    await this.#pool.destroy()
  }

  #ask(request: Request, done: () => void, retryMs = retryMinMs): void {
    this.#send(request).then(
      (isDone) => {
        if (this.#isClosed) return
        if (isDone) done()
        else this.#askLater(request, done, retryMs)
      },
      () => this.#askLater(request, done, retryMs),
    )
  }

  #askLater(request: Request, done: () => void, retryMs: number): void {
    if (this.#isClosed) return
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      this.#ask(request, done, Math.min(retryMs * 2, retryMaxMs))
    }, retryMs)
    this.#timers.add(timer)
  }

  /** @returns whether it has let go; an actor that it does not know (404, 410) has left */
  async #send({ method, path, body, why }: Request): Promise<boolean> {
    const headers = { 'content-type': 'application/json', 'berth-reason': why }
    const answer = await this.#pool.request({ method, path, body, headers })
    await answer.body.dump()
    const { statusCode } = answer
    return (
      (statusCode >= 200 && statusCode < 300) ||
      (method === 'DELETE' && hasNone.includes(statusCode))
    )
  }
}
