/** A call from its arrival to its end: the exchange, and the one attempt that may be under way. */
import type { CallArrival } from '../machine/arrival.js'
import type { CallOutcome } from '../machine/outcome.js'
import type { AttemptEvents } from './answer-relay.js'
import type { AnswerSink } from './answer-sink.js'
import type { Attempt, CallRequest, Exchange } from './exchange.js'

/** Who carries it. */
export interface Carrier {
  mayBegin(call: number): boolean
  explained(call: number): readonly string[]
  sent(call: number, canSendAgain: boolean): void
  answering(call: number): void
  ended(call: CarriedCall, outcome: CallOutcome): void
}

export class CarriedCall implements Exchange, AttemptEvents {
  readonly call: number
  readonly request: CallRequest
  readonly sink: AnswerSink
  readonly isExplained: boolean
  readonly isPart: boolean
  /** Whether its caller went away. */
  isGone = false
  readonly #carrier: Carrier
  #attempt: Attempt | null = null
  #isUnderWay = false

  constructor(
    call: number,
    request: CallRequest,
    sink: AnswerSink,
    { isExplained, chain }: Pick<CallArrival, 'isExplained' | 'chain'>,
    carrier: Carrier,
  ) {
    this.call = call
    this.request = request
    this.sink = sink
    this.isExplained = isExplained
    this.isPart = chain.length > 0
    this.#carrier = carrier
  }

  /** Whether an attempt was begun that has not ended. */
  get isUnderWay(): boolean {
    return this.#isUnderWay
  }

  /** @param start begins an attempt, which may end before this returns */
  attempt(start: (events: AttemptEvents) => Attempt | null): void {
    this.#isUnderWay = true
    const attempt = start(this)
    if (this.#isUnderWay) this.#attempt = attempt
  }

  /** Breaks the attempt that is under way; it ends by that. */
  cut(): void {
    this.#attempt?.cut()
  }

  /** Breaks it unless something of it was sent. */
  retract(): void {
    this.#attempt?.retract()
  }

  // ---- what the attempt says -----------------------------------------------------------------

  mayBegin(): boolean {
    return this.#carrier.mayBegin(this.call)
  }

  explained(): readonly string[] {
    return this.#carrier.explained(this.call)
  }

  sent(canSendAgain: boolean): void {
    this.#carrier.sent(this.call, canSendAgain)
  }

  answering(): void {
    this.#carrier.answering(this.call)
  }

  ended(outcome: CallOutcome): void {
    this.#attempt = null
    this.#isUnderWay = false
    this.#carrier.ended(this, outcome)
  }
}
