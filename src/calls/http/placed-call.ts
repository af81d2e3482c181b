/** An attempt at one place: it waits for a connection there, or is under way. */
import type { CallOutcome } from '../machine/outcome.js'
import type { AttemptEvents } from './answer-relay.js'
import type { Attempt, Exchange } from './exchange.js'
import type { Waiter } from './place-queue.js'

/** Where it waits. */
export interface Place {
  /** It does not wait any more. */
  gaveUp(call: PlacedCall): void
  /** One was under way, and is over. */
  left(): void
}

export class PlacedCall implements Attempt, AttemptEvents, Waiter<PlacedCall> {
  readonly exchange: Exchange
  readonly path: string
  /** Headers beside those of the request, flat: name, value. */
  readonly ours: readonly string[]
  isLinked = false
  before: PlacedCall | null = null
  after: PlacedCall | null = null
  patientUntilMs = 0
  readonly #place: Place
  readonly #events: AttemptEvents
  #isUnderWay = false
  #attempt: Attempt | null = null

  constructor(
    place: Place,
    exchange: Exchange,
    head: { readonly path: string; readonly ours: readonly string[] },
    events: AttemptEvents,
  ) {
    this.#place = place
    this.exchange = exchange
    this.path = head.path
    this.ours = head.ours
    this.#events = events
  }

  /** @param start begins to send it, which may end before this returns */
  start(start: (call: PlacedCall) => Attempt): void {
    this.#isUnderWay = true
    const attempt = start(this)
    if (this.#isUnderWay) this.#attempt = attempt
  }

  cut(): void {
    if (this.#isUnderWay) this.#attempt?.cut()
    else {
      this.#place.gaveUp(this)
      this.refuse('the call was cut before it was sent')
    }
  }

  retract(): void {
    if (this.#isUnderWay) this.#attempt?.retract()
    else this.cut()
  }

  /** It has not begun, and does not. */
  refuse(reason: string): void {
    this.#events.ended({ kind: 'refused', canSendAgain: true, reason })
  }

  // ---- what the attempt says -----------------------------------------------------------------

  mayBegin(): boolean {
    return this.#events.mayBegin()
  }

  explained(): readonly string[] {
    return this.#events.explained()
  }

  sent(canSendAgain: boolean): void {
    this.#events.sent(canSendAgain)
  }

  answering(): void {
    this.#events.answering()
  }

  ended(outcome: CallOutcome): void {
    this.#isUnderWay = false
    this.#attempt = null
    this.#place.left()
    this.#events.ended(outcome)
  }
}
