/**
 * What the machine of calls is told and asked. Each input carries the time in ms, of a clock that
 * never goes back. Behind every input the edge takes the effects, until there are none.
 */
import type { Budget } from '../../jobs/job.js'
import type { CallArrival } from './arrival.js'
import type { CallEffect } from './effect.js'
import type { Explanation } from './explanation.js'
import type { CallMeasures } from './measures.js'
import type { CallOutcome } from './outcome.js'
import type { Grant, MovingKeys } from './ownership.js'
import type { CallOptions } from './settings.js'

export interface CallInputs {
  /** A call came. @param call a number that rises with each, of this process */
  arrived(call: number, arrival: CallArrival, now: number): void
  /**
   * Something of a `forward` goes out now that an application may see.
   * @param canSendAgain whether its body is held, or it has none
   */
  sent(call: number, canSendAgain: boolean, now: number): void
  /** The answer of a `deliver` or `forward` begins to be passed on: no deadline ends it then. */
  answering(call: number, now: number): void
  /** A `deliver` or `forward` is over. */
  ended(call: number, outcome: CallOutcome, now: number): void
  /** The caller went away. Still answered by `ended` where it was sent. */
  gone(call: number, now: number): void
  /** Answers of the ownership may have changed. */
  ownershipChanged(now: number): void
  /**
   * This host has to let go of keys.
   * @param deadlineMs until whoever has not let go is removed, in ms
   */
  letGo(release: number, keys: MovingKeys, deadlineMs: number, now: number): void
  /** This host has to stop keys at once. @param isFinal whether the admission is over */
  fenced(fence: number, keys: MovingKeys, isFinal: boolean, now: number): void
  /** The application has let go of an actor that `tell-application` named. */
  told(type: string, id: string, now: number): void
  /** The application has heard of a fence. */
  toldFenced(fence: number, now: number): void
  /** The application has said what it wants. Holds for what comes. */
  configure(options: CallOptions, now: number): void
  /** Time has passed: not needed before `nextDueMs`. */
  tick(now: number): void
  /** A slice of long work, behind all input that waits. */
  work(budget: Budget, now: number): void
  /** This process ends: what waits is answered, what runs is cut, and nothing is let in. */
  close(now: number): void

  /**
   * Whether the application may still get a call that a `deliver` named: asked right before its
   * first byte goes out, since it may have waited for a connection. If not, it ends as `refused`.
   */
  mayBegin(call: number): boolean
  /** Whether this host owns the actor, and for how long that may be believed; null when not. */
  grant(type: string, id: string, now: number): Grant | null
  /** What happened to a call that is not over; null when nobody asked for it. */
  explanationOf(call: number, now: number): Explanation | null
  readonly measures: CallMeasures
  /** Whether `work` has something to do. */
  readonly hasWork: boolean
  /** When the next `tick` is due, infinite for never. */
  readonly nextDueMs: number
  takeEffects(): readonly CallEffect[]
}
