/**
 * Tells an application over HTTP which actors leave, and that the host was fenced, as far as it
 * wants to know. What it does not answer is asked again, for as long as it takes: who does not let
 * go holds up its own keys, and the cluster's time limit ends that.
 */
import { Pool } from 'undici'
import { messageOf } from '../../errors/message-of.js'
import type { LeaveReason } from '../machine/effect.js'
import type { ActorKey } from '../machine/ownership.js'
import { spellActor } from './actor-spelling.js'
import type { CallPlace } from './call-client.js'
import type { ApplicationLimits } from './call-limits.js'
import { Repeats } from './repeats.js'

export interface Telling {
  /**
   * `each`: `DELETE /berth/actors/{type}/{id}`. `together`: `POST /berth/release` with the actors.
   * `none`: it is not told, and lets go at once.
   */
  readonly actors: 'each' | 'together' | 'none'
  /** Whether it has `POST /berth/fenced`. */
  readonly fenced: boolean
}

/** Requests of these at a time. One that hangs takes one of them, until its time is over. */
const requestsMax = 512
/** An ask is given twice the time of the one before, so many times. */
const doublingsMax = 4

interface Request {
  readonly method: 'DELETE' | 'POST'
  readonly path: string
  readonly body: string | null
}

interface Asking {
  readonly why: LeaveReason
  /** The how manieth this is, from 0 on. */
  readonly tries: number
}

/**
 * Told of each request that the application has not done: it is asked again.
 * @param what method and path, and what came of it
 */
export type TellingFailed = (what: string) => void

/** Answers to DELETE of who does not know the actor, or has no such method: it need not be told. */
const hasNone = [404, 410, 405, 501]

export class ApplicationTeller {
  telling: Telling
  readonly #pool: Pool
  readonly #repeats = new Repeats()
  readonly #askTimeoutMs: number
  readonly #onFailure: TellingFailed
  #isClosed = false

  constructor(
    place: CallPlace,
    limits: ApplicationLimits,
    telling: Telling,
    onFailure: TellingFailed,
  ) {
    this.#askTimeoutMs = limits.askTimeoutMs
    this.telling = telling
    this.#onFailure = onFailure
    const { origin, socketPath } = place
    this.#pool = new Pool(origin, {
      connections: requestsMax,
      pipelining: 1,
      keepAliveTimeout: limits.keepAliveTimeoutMs,
      keepAliveMaxTimeout: limits.keepAliveTimeoutMs,
      connect: {
        timeout: limits.connectTimeoutMs,
        ...(socketPath === null ? {} : { socketPath }),
      },
    })
  }

  /**
   * Each try asks as the application wants it by then: one that has come back may be another.
   * @param told called once for each, when the application has let go of it
   */
  leave(actors: readonly ActorKey[], why: LeaveReason, told: (actor: ActorKey) => void): void {
    const parts = this.telling.actors === 'each' ? actors.map((actor) => [actor]) : [actors]
    for (const part of parts) {
      const left = new Set(part)
      const leaves = (actor: ActorKey) => {
        if (!this.#isClosed && left.delete(actor)) told(actor)
      }
      this.#repeats.ask(
        async (tries) => {
          await this.#release(left, { why, tries }, leaves)
          return left.size === 0
        },
        () => undefined,
      )
    }
  }

  async fenced(isFinal: boolean): Promise<void> {
    const body = JSON.stringify({ final: isFinal })
    const request = { method: 'POST', path: '/berth/fenced', body } as const
    await new Promise<void>((resolve) => {
      this.#repeats.ask(async (tries) => {
        return !this.telling.fenced || this.#try(request, { why: 'fenced', tries })
      }, resolve)
    })
  }

  async close(): Promise<void> {
    this.#isClosed = true
    this.#repeats.close()
    await this.#pool.destroy()
  }

  /** @param leaves called with each that the application has let go of */
  async #release(
    actors: ReadonlySet<ActorKey>,
    of: Asking,
    leaves: (actor: ActorKey) => void,
  ): Promise<void> {
    switch (this.telling.actors) {
      case 'none':
        for (const actor of [...actors]) leaves(actor)
        return
      case 'each':
        await Promise.all([...actors].map((actor) => this.#releaseOne(actor, of, leaves)))
        return
      case 'together': {
        const all = [...actors]
        const list = all.map(({ type, id }) => ({ type, id }))
        const body = JSON.stringify({ why: of.why, actors: list })
        const isDone = await this.#try({ method: 'POST', path: '/berth/release', body }, of)
        if (isDone) for (const actor of all) leaves(actor)
        return
      }
      default:
        this.telling.actors satisfies never
    }
  }

  async #releaseOne(actor: ActorKey, of: Asking, leaves: (actor: ActorKey) => void): Promise<void> {
    const path = `/berth/actors/${spellActor(actor)}`
    if (await this.#try({ method: 'DELETE', path, body: null }, of)) leaves(actor)
  }

  /** @returns whether it is done */
  async #try(request: Request, of: Asking): Promise<boolean> {
    const fault = await this.#send(request, of).catch(messageOf)
    if (fault !== null && !this.#isClosed) {
      this.#onFailure(`${request.method} ${request.path}: ${fault}`)
    }
    return fault === null
  }

  /**
   * @returns why it has not let go; null when it has. An actor that it does not know (404, 410) has
   *   left
   */
  async #send({ method, path, body }: Request, { why, tries }: Asking): Promise<string | null> {
    const headers = { 'content-type': 'application/json', 'berth-reason': why }
    // The application may take as long as the cluster lets it: it is only asked once more, behind
    // all others, and what it has let go of meanwhile it can say then.
    const ms = this.#askTimeoutMs * 2 ** Math.min(tries, doublingsMax)
    const times = { headersTimeout: ms, bodyTimeout: ms }
    const answer = await this.#pool.request({ method, path, body, headers, ...times })
    await answer.body.dump()
    const { statusCode } = answer
    const isDone =
      (statusCode >= 200 && statusCode < 300) ||
      (method === 'DELETE' && hasNone.includes(statusCode))
    return isDone ? null : `status ${statusCode}`
  }
}
