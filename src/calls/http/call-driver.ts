/**
 * Drives the machine of calls: gives it what arrives and what ends, and executes its effects, by
 * connections, an application and the sidecar of this host. Decides nothing.
 *
 * Invariants:
 * - An effect is executed behind the input that it comes of, in order. What it brings about at once
 *   is an input behind it.
 * - Each deliver and forward is ended once, also behind a cut.
 * - A caller that has seen the beginning of an answer sees no other: it is broken off.
 */
import { Budget } from '../../jobs/job.js'
import type { Log } from '../../log/log.js'
import type { CallArrival } from '../machine/arrival.js'
import type { CallEffect, Deliver, Forward } from '../machine/effect.js'
import type { CallInputs } from '../machine/inputs.js'
import type { CallOutcome } from '../machine/outcome.js'
import type { AnswerSink } from './answer-sink.js'
import type { Application } from './application.js'
import { berthHeaders, writeTimeout } from './call-headers.js'
import type { CallHost } from './call-host.js'
import { CarriedCall, type Carrier } from './carried-call.js'
import type { CallRequest } from './exchange.js'
import { HeldBytes } from './held-bytes.js'
import type { HostClients } from './host-clients.js'
import { answerProblem, explanationHeader } from './problem-answer.js'

export interface CallDriverParts {
  readonly host: CallHost
  readonly application: Application
  readonly hosts: HostClients
  readonly log: Log
  /** Bodies that are held, of all calls together, in bytes: 256 MiB unless said otherwise. */
  readonly heldBytesInAllMax?: number
}

/** What a slice of long work may cost, in microseconds or so. */
const sliceUnits = 2_000
/** Longest delay of a timer of Node, in ms. */
const delayMsMax = 2 ** 31 - 1

/** What of the machine alters nothing. */
type Questions = Pick<CallInputs, 'grant' | 'explanationOf' | 'measures'>

export class CallDriver implements Carrier {
  /** To be asked, and told nothing. */
  readonly machine: Questions
  /** Whoever opens a call whose body is held has taken the room for it; its end gives it back. */
  readonly heldBytes: HeldBytes
  readonly #machine: CallInputs
  readonly #parts: CallDriverParts
  readonly #calls = new Map<number, CarriedCall>()
  readonly #releases = new Map<number, () => void>()
  readonly #fences = new Map<number, () => void>()
  readonly #unlisten: () => void
  #lastCall = 0
  #lastOrder = 0
  #isDraining = false
  #immediate: NodeJS.Immediate | null = null
  #timer: NodeJS.Timeout | null = null
  #timerDueMs = Number.POSITIVE_INFINITY
  #isClosed = false

  constructor(machine: CallInputs, parts: CallDriverParts) {
    this.machine = machine
    this.#machine = machine
    this.#parts = parts
    this.heldBytes = new HeldBytes(parts.heldBytesInAllMax)
    this.#unlisten = parts.host.listen({
      changed: () => this.#input((now) => machine.ownershipChanged(now)),
      release: (keys, deadlineMs) =>
        this.#order(this.#releases, (n, now) => machine.letGo(n, keys, deadlineMs, now)),
      fence: (keys, isFinal) =>
        this.#order(this.#fences, (n, now) => machine.fenced(n, keys, isFinal, now)),
    })
  }

  /** Calls that are not over. */
  get size(): number {
    return this.#calls.size
  }

  /** The time as the machine is told it, in ms. */
  get now(): number {
    return performance.now()
  }

  /** A call came. Its answer goes to `sink`. */
  open(request: CallRequest, sink: AnswerSink, arrival: CallArrival): CarriedCall {
    this.#lastCall += 1
    const call = new CarriedCall(this.#lastCall, request, sink, arrival, this)
    this.#calls.set(call.call, call)
    this.#machine.arrived(call.call, arrival, this.now)
    this.#drain()
    return call
  }

  /** The caller went away. */
  gone(call: CarriedCall): void {
    if (this.#calls.get(call.call) !== call) return
    call.isGone = true
    if (!call.isUnderWay) this.#forget(call)
    this.#input((now) => this.#machine.gone(call.call, now))
  }

  /** Whatever else is to be told to the machine. */
  input(act: (machine: CallInputs, now: number) => void): void {
    this.#input((now) => act(this.#machine, now))
  }

  /** Answers what waits, cuts what runs, and lets nothing in any more. */
  close(): void {
    if (this.#isClosed) return
    this.#input((now) => this.#machine.close(now))
    this.#isClosed = true
    this.#unlisten()
    if (this.#immediate !== null) clearImmediate(this.#immediate)
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
  }

  // ---- what carried calls say ----------------------------------------------------------------

  mayBegin(call: number): boolean {
    return this.#machine.mayBegin(call)
  }

  explained(call: number): readonly string[] {
    const explanation = this.#machine.explanationOf(call, this.now)
    return explanation === null ? [] : explanationHeader(explanation)
  }

  sent(call: number, canSendAgain: boolean): void {
    this.#machine.sent(call, canSendAgain, this.now)
  }

  answering(call: number): void {
    this.#machine.answering(call, this.now)
    this.#drain()
  }

  ended(carried: CarriedCall, outcome: CallOutcome): void {
    const isOver = outcome.kind === 'answered' || (outcome.kind === 'lost' && outcome.answerBegan)
    if (isOver) this.#forget(carried)
    if (outcome.kind === 'lost' && outcome.answerBegan) carried.sink.breakOff()
    this.#machine.ended(carried.call, outcome, this.now)
    this.#drain()
    // Whose caller is gone is not answered any more.
    if (carried.isGone && !carried.isUnderWay) this.#forget(carried)
  }

  /** It is over. */
  #forget(carried: CarriedCall): void {
    if (!this.#calls.delete(carried.call)) return
    const { body } = carried.request
    if (body instanceof Buffer) this.heldBytes.give(body.length)
  }

  // ---- the machine ---------------------------------------------------------------------------

  /** The one way into the machine; questions alone are asked of it beside. */
  #input(act: (now: number) => void): void {
    act(this.now)
    this.#drain()
  }

  #drain(): void {
    if (this.#isDraining) return
    this.#isDraining = true
    try {
      for (;;) {
        const effects = this.#machine.takeEffects()
        if (effects.length === 0) break
        for (const effect of effects) this.#execute(effect)
      }
    } finally {
      this.#isDraining = false
      this.#schedule()
    }
  }

  /** A timer that rings too early is left: times move with each call, mostly into the future. */
  #schedule(): void {
    if (this.#machine.hasWork) this.#immediate ??= setImmediate(() => this.#work())
    const dueMs = this.#machine.nextDueMs
    if (dueMs >= this.#timerDueMs || this.#isClosed) return
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timerDueMs = dueMs
    const delayMs = Math.min(Math.ceil(Math.max(0, dueMs - this.now)), delayMsMax)
    this.#timer = setTimeout(() => this.#ring(), delayMs)
  }

  #ring(): void {
    this.#timer = null
    this.#timerDueMs = Number.POSITIVE_INFINITY
    this.#input((now) => this.#machine.tick(now))
  }

  #work(): void {
    this.#immediate = null
    this.#input((now) => this.#machine.work(new Budget(sliceUnits), now))
  }

  /** Something that the sidecar wants to hear the end of. */
  #order(
    orders: Map<number, () => void>,
    tell: (order: number, now: number) => void,
  ): Promise<void> {
    this.#lastOrder += 1
    const order = this.#lastOrder
    return new Promise<void>((resolve) => {
      orders.set(order, resolve)
      this.#input((now) => tell(order, now))
    })
  }

  #settle(orders: Map<number, () => void>, order: number): void {
    orders.get(order)?.()
    orders.delete(order)
  }

  #execute(effect: CallEffect): void {
    switch (effect.kind) {
      case 'deliver':
        this.#deliver(effect)
        return
      case 'forward':
        this.#forward(effect)
        return
      case 'answer': {
        const call = this.#calls.get(effect.call)
        if (call === undefined) return
        this.#forget(call)
        answerProblem(call.sink, effect.problem, effect.explanation)
        return
      }
      case 'cut':
        this.#calls.get(effect.call)?.cut()
        return
      case 'retract':
        this.#calls.get(effect.call)?.retract()
        return
      case 'tell-application':
        this.#parts.application.leave(effect.actors, effect.why, ({ type, id }) =>
          this.#input((now) => this.#machine.told(type, id, now)),
        )
        return
      case 'tell-fenced':
        void this.#tellFenced(effect.fence, effect.isFinal)
        return
      case 'released':
        this.#settle(this.#releases, effect.release)
        return
      case 'stopped':
        this.#settle(this.#fences, effect.fence)
        return
      case 'refresh':
        this.#parts.host.refresh(effect.generation)
        return
      default:
        effect satisfies never
    }
  }

  #deliver({ call, held, chain, remainingMs }: Deliver): void {
    const { application } = this.#parts
    const delivery = { held, chain, remainingMs }
    this.#attempt(call, (carried) =>
      carried.attempt((events) => application.deliver(carried, delivery, events)),
    )
  }

  #forward({ call, host, generation, chain, remainingMs }: Forward): void {
    this.#attempt(call, (carried) => {
      const ours = [
        ...[berthHeaders.hop, '1'],
        ...[berthHeaders.timeout, writeTimeout(remainingMs)],
      ]
      if (generation !== null) ours.push(berthHeaders.generation, String(generation))
      if (chain.length > 0) ours.push(berthHeaders.chain, chain.join(','))
      if (carried.isExplained) ours.push(berthHeaders.explain, '1')
      carried.attempt((events) => this.#parts.hosts.forward(carried, host, ours, events))
    })
  }

  /** What is wanted of a call that is gone is over before it began. */
  #attempt(call: number, begin: (carried: CarriedCall) => void): void {
    const carried = this.#calls.get(call)
    if (carried !== undefined) begin(carried)
    else {
      const reason = 'the caller went away'
      const outcome = { kind: 'refused', canSendAgain: true, reason } as const
      this.#input((now) => this.#machine.ended(call, outcome, now))
    }
  }

  async #tellFenced(fence: number, isFinal: boolean): Promise<void> {
    try {
      await this.#parts.application.fenced(isFinal)
    } catch (error) {
      this.#parts.log.error({ err: error }, 'the application did not take in that it is fenced')
      return
    }
    this.#input((now) => this.#machine.toldFenced(fence, now))
  }
}
