/** What runs the actors of this host, as the edge of calls sees it. */
import type { LeaveReason } from '../machine/effect.js'
import type { ActorKey, Held } from '../machine/ownership.js'
import type { AttemptEvents } from './answer-relay.js'
import type { Attempt, Exchange } from './exchange.js'

/** What a call is told of the actor when it gets to the application. */
export interface Delivery {
  readonly held: Held
  /** With the name of this run at its end. */
  readonly chain: readonly string[]
  /** Until the answer has to begin, in ms. */
  readonly remainingMs: number
}

export interface Application {
  /**
   * Hands a call over, now. `events` is told of it, perhaps before this returns.
   * @returns null where it is over already
   */
  deliver(exchange: Exchange, delivery: Delivery, events: AttemptEvents): Attempt | null
  /**
   * These actors leave.
   * @param told called once for each, when the application has let go of it
   */
  leave(actors: readonly ActorKey[], why: LeaveReason, told: (actor: ActorKey) => void): void
  /** The host was fenced. Resolves when the application knows; rejects when it does not. */
  fenced(isFinal: boolean): Promise<void>
  /** Ends all connections to it. */
  close(): Promise<void>
}
