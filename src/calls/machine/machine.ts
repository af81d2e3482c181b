/**
 * The machine of calls: what is done with each call for an actor, from its arrival until it is
 * over. It knows no socket, clock or promise; every input carries the time, and what is to be done
 * is given out behind it by `takeEffects`.
 *
 * Invariants:
 * - A call is given to the application only if this host owns the actor at that instant, or if it
 *   is part of a call that runs on the actor while the host lets go of it (`decision.ts`). That is
 *   asked at its arrival, whenever it leaves a line, and right before it is written.
 * - A call that may have reached an application is sent again only if it is repeatable.
 * - Calls for one actor that wait are sent in the order in which they came here.
 * - Each call ends once: by its answer, by a problem before its deadline or at it, or because its
 *   caller went away. Once its answer has begun no deadline ends it.
 * - A release or fence is over only when nothing of it runs (`departures.ts`).
 */

import { DeadlineHeap } from '../../jobs/deadline-heap.js'
import { Budget } from '../../jobs/job.js'
import { type Actor, Actors } from './actors.js'
import { type CallArrival, chainLengthMax } from './arrival.js'
import { Call, type CutReason } from './call.js'
import { type Decision, decide, refuse, type Situation, whyWaited } from './decision.js'
import { Departures } from './departures.js'
import type { CallEffect } from './effect.js'
import { EffectList } from './effect-list.js'
import { type Explanation, explanationOf, noteOutcome } from './explanation.js'
import { Forwarded } from './forwarded.js'
import { Grants, grantMsMax } from './grants.js'
import type { CallInputs } from './inputs.js'
import type { Line } from './line.js'
import { Lines } from './lines.js'
import { MeasureBook } from './measure-book.js'
import type { CallEnd, CallMeasures } from './measures.js'
import type { CallOutcome } from './outcome.js'
import type { Grant, Held, MovingKeys, Ownership } from './ownership.js'
import { type CallProblem, lateProblem, lostProblem, unsentProblem } from './problem.js'
import { type FailedOutcome, refusalOf } from './refusal.js'
import type { CallOptions, CallSettings } from './settings.js'

/** What a line costs to ask, and a call to send. */
const askUnits = 3
const callUnits = 3
/** What one input may do at once of what can be much; the rest is work. */
const inputUnits = 300
/** What is due is done in so many pieces at a tick; the rest at the next one, which is due. */
const duePerTickMax = 1_000
/** Another sidecar gets less time than there is, so that its answer comes in time, in ms. */
const hopAllowanceMs = 100
/** A table is asked for again after so long, in ms. */
const refreshAgainMs = 200

/** What the machine asks beside the ownership. */
export interface CallTools {
  /** In [0, 1). */
  readonly random: () => number
}

type MutableSituation = { -readonly [K in keyof Situation]: Situation[K] }

export class CallMachine implements CallInputs {
  readonly #settings: CallSettings
  readonly #ownership: Ownership
  readonly #random: () => number
  readonly #effects = new EffectList()
  readonly #calls = new Map<number, Call>()
  /** Of all calls whose answer has not begun. */
  readonly #deadlines = new DeadlineHeap<Call>()
  readonly #lines: Lines
  readonly #forwarded: Forwarded
  /** Those of them whose former owner had its time, within one tick. */
  readonly #astray: Call[] = []
  readonly #actors: Actors
  readonly #grants = new Grants()
  readonly #departures: Departures
  readonly #book = new MeasureBook()
  #options: CallOptions
  #turns: ReadonlySet<string>
  #runs = 0
  #running = 0
  #remote = 0
  #refreshed = { generation: -1, atMs: Number.NEGATIVE_INFINITY }
  #isClosed = false

  constructor(settings: CallSettings, ownership: Ownership, tools: CallTools) {
    this.#settings = settings
    this.#options = settings
    this.#turns = new Set(settings.turns)
    this.#ownership = ownership
    this.#random = tools.random
    this.#lines = new Lines(settings)
    this.#forwarded = new Forwarded(ownership)
    this.#actors = new Actors(settings.actorsMax)
    this.#departures = new Departures(this.#actors, this.#grants, this.#effects)
  }

  takeEffects(): readonly CallEffect[] {
    return this.#effects.take()
  }

  // ---- questions -----------------------------------------------------------------------------

  get hasWork(): boolean {
    return this.#departures.hasWork || this.#lines.hasNext || this.#forwarded.hasWork
  }

  get nextDueMs(): number {
    const { idleMs } = this.#options
    const idlest = idleMs === null ? undefined : this.#actors.idlest
    const idleAtMs = idlest === undefined ? Number.POSITIVE_INFINITY : idlest.idleSinceMs + idleMs!
    const [deadlineMs, attemptMs] = [this.#deadlines.nextMs, this.#lines.nextDueMs]
    return Math.min(deadlineMs, attemptMs, this.#departures.nextDueMs, idleAtMs)
  }

  get measures(): CallMeasures {
    const { waiting } = this.#lines
    const [running, forwarded, actors] = [this.#running, this.#remote, this.#actors.size]
    return this.#book.with({ waiting, running, forwarded, actors })
  }

  explanationOf(number: number, now: number): Explanation | null {
    const call = this.#calls.get(number)
    return call === undefined ? null : explanationOf(call, now)
  }

  grant(type: string, id: string, now: number): Grant | null {
    const location = this.#ownership.locate(type, id)
    if (location.kind !== 'here') return null
    const holdsMs = Math.max(0, Math.min(grantMsMax, location.leaseLeftMs))
    this.#grants.add(type, id, now + holdsMs, now)
    return { ...location.held, holdsMs }
  }

  mayBegin(number: number): boolean {
    const call = this.#calls.get(number)
    if (call?.phase !== 'local' || call.cut !== null) return false
    const { type, id, chain } = call.arrival
    const location = this.#ownership.locate(type, id)
    if (!('held' in location) || location.held?.token !== call.token) return false
    if (location.kind === 'here') return true
    const others = chain.filter((run) => run !== call.run)
    return this.#actors.get(type, id)?.runs(others) === true
  }

  // ---- calls ---------------------------------------------------------------------------------

  arrived(number: number, arrival: CallArrival, now: number): void {
    if (this.#calls.has(number)) throw new Error(`call ${number} has arrived before`)
    const call = new Call(number, arrival, now)
    const isCrowded = this.#calls.size >= this.#settings.callsMax
    this.#calls.set(number, call)
    const refusal = this.#refusalOf(call, isCrowded)
    if (refusal !== null) {
      this.#do(call, refusal, null, now)
      return
    }
    const { type, id } = arrival
    const line = this.#lines.get(type, id)
    const at = this.#situation(type, id, now)
    const decision = decide(call, line, at)
    const isInOrder = decision.kind === 'deliver' || decision.kind === 'forward'
    const isFirst = line?.first(at.location.kind === 'here') === undefined
    // Whoever waits already goes first.
    if (!isFirst && isInOrder && !decision.isAside) {
      this.#wait(call, false, 'others wait for the actor', now)
    } else this.#do(call, decision, at, now)
  }

  sent(number: number, canSendAgain: boolean, _now: number): void {
    const call = this.#calls.get(number)
    if (call === undefined) return
    call.wasSent = true
    if (!canSendAgain || !call.arrival.isRepeatable) this.#forwarded.delete(call)
  }

  answering(number: number, now: number): void {
    const call = this.#calls.get(number)
    if (call === undefined || call.phase === 'waiting') return
    call.answerBegan = true
    this.#deadlines.remove(call)
    this.#forwarded.delete(call)
    call.log?.add(now, 'answering', call.host, call.generation)
    this.#reached(call)
  }

  ended(number: number, outcome: CallOutcome, now: number): void {
    const call = this.#calls.get(number)
    if (call === undefined || call.phase === 'waiting') {
      throw new Error(`call ${number} ended and was not sent`)
    }
    noteOutcome(call, outcome, now)
    if (outcome.kind === 'answered' || outcome.kind === 'lost') this.#reached(call)
    const wasLocal = call.phase === 'local'
    this.#comeBack(call, now)
    this.#conclude(call, outcome, now)
    if (wasLocal) this.#afterRun(call.arrival.type, call.arrival.id, now)
  }

  gone(number: number, now: number): void {
    const call = this.#calls.get(number)
    if (call === undefined) return
    if (call.phase === 'waiting') {
      this.#leaveLine(call, now)
      this.#over(call, 'gone', now)
    } else {
      call.isGone = true
      this.#effects.cut(call, 'gone')
    }
  }

  // ---- ownership -----------------------------------------------------------------------------

  ownershipChanged(_now: number): void {
    this.#lines.askAll()
    this.#forwarded.lookAtAll()
  }

  letGo(release: number, keys: MovingKeys, deadlineMs: number, now: number): void {
    // Half of the time is the application's, to say that it has let go.
    const drainMs = Math.min(this.#options.drainMs, deadlineMs / 2)
    this.#departures.letGo(release, keys, now + drainMs, now)
    this.#lines.askAll()
  }

  fenced(fence: number, keys: MovingKeys, isFinal: boolean, now: number): void {
    this.#departures.fenced(fence, keys, isFinal, now)
    this.#lines.askAll()
  }

  told(type: string, id: string, now: number): void {
    if (this.#departures.told(type, id, now)) this.#serveNow(type, id, now)
  }

  toldFenced(fence: number, now: number): void {
    this.#departures.toldFenced(fence, now)
  }

  configure(options: CallOptions, _now: number): void {
    this.#options = options
    this.#turns = new Set(options.turns)
    this.#lines.askAll()
  }

  close(now: number): void {
    this.#isClosed = true
    for (const call of [...this.#calls.values()]) {
      if (call.phase !== 'waiting') this.#effects.cut(call, 'closed')
      else {
        this.#leaveLine(call, now)
        this.#answer(call, unsentProblem('unavailable', call, 'this process ends'), now)
      }
    }
  }

  // ---- time ----------------------------------------------------------------------------------

  tick(now: number): void {
    for (let count = 0; count < duePerTickMax; count += 1) {
      const call = this.#deadlines.first
      if (call === undefined || call.dueMs > now) break
      this.#due(call, now)
    }
    for (let count = 0; count < duePerTickMax; count += 1) {
      const line = this.#lines.takeDue(now)
      if (line === undefined) break
      this.#lines.ask(line)
    }
    this.#departures.tick(now)
    this.#leaveIdle(now)
    const astray = this.#astray.splice(0)
    for (const call of astray) this.#effects.cut(call, 'astray')
    // What comes back takes its place in its line before others of the line are sent.
    if (astray.length === 0) this.#serveSome(new Budget(inputUnits), now)
  }

  work(budget: Budget, now: number): void {
    this.#departures.step(budget)
    // As above: what comes back goes first.
    if (this.#forwarded.step(budget, (call) => this.#lostOwner(call, now))) return
    this.#serveSome(budget, now)
  }

  #due(call: Call, now: number): void {
    if (now < call.deadlineMs) {
      this.#deadlines.set(call, call.deadlineMs)
      if (call.phase !== 'waiting') {
        if (this.#forwarded.isAstray(call)) this.#astray.push(call)
        return
      }
      // It has waited for a table long enough.
      const { type, id } = call.arrival
      const at = this.#situation(type, id, now)
      if (at.location.kind === 'here') this.#serveNow(type, id, now)
      else this.#serveOne(call, this.#lines.get(type, id)!, at, now)
      return
    }
    if (call.phase !== 'waiting') {
      this.#deadlines.remove(call)
      this.#effects.cut(call, 'deadline')
      return
    }
    const { type, id } = call.arrival
    const line = this.#lines.get(type, id)
    const decision = decide(call, line, this.#situation(type, id, now))
    const { code, why } = decision.kind === 'wait' ? decision : whyWaited(line)
    this.#leaveLine(call, now)
    this.#answer(call, lateProblem(code, call, why), now)
  }

  #leaveIdle(now: number): void {
    const { idleMs } = this.#options
    if (idleMs === null) return
    for (let count = 0; count < duePerTickMax; count += 1) {
      const { idlest } = this.#actors
      if (idlest === undefined || now < idlest.idleSinceMs + idleMs) return
      this.#departures.leaveIdle(idlest)
    }
  }

  // ---- lines ---------------------------------------------------------------------------------

  #serveSome(budget: Budget, now: number): void {
    while (!budget.isSpent) {
      const line = this.#lines.next()
      if (line === undefined) return
      budget.spend(askUnits)
      this.#serve(line, budget, now)
    }
  }

  #serveNow(type: string, id: string, now: number): void {
    const line = this.#lines.get(type, id)
    if (line !== undefined) this.#serve(line, new Budget(inputUnits), now)
  }

  /** Sends what can go, in order. Where the actor is now is asked once, in this very turn. */
  #serve(line: Line, budget: Budget, now: number): void {
    const at = this.#situation(line.type, line.id, now)
    const isHere = at.location.kind === 'here'
    for (const call of line.aside(at.location.kind)) {
      this.#serveOne(call, line, at, now)
      budget.spend(callUnits)
    }
    for (let call = line.first(isHere); call !== undefined; call = line.first(isHere)) {
      if (!this.#serveOne(call, line, at, now)) return
      budget.spend(callUnits)
      if (budget.isSpent) {
        this.#lines.ask(line)
        return
      }
    }
  }

  /** @returns whether it waits no more */
  #serveOne(call: Call, line: Line, at: MutableSituation, now: number): boolean {
    if (now >= call.deadlineMs) {
      this.#due(call, now)
      return true
    }
    const decision = decide(call, line, at)
    if (decision.kind === 'wait') {
      if (decision.isForTable) this.#awaitTable(call, now)
      return false
    }
    this.#leaveLine(call, now)
    this.#do(call, decision, at, now)
    return true
  }

  #wait(call: Call, isForTable: boolean, why: string, now: number): void {
    const { type, id, chain } = call.arrival
    const isInner = this.#actors.get(type, id)?.runs(chain) === true
    const full = this.#lines.add(call, isInner)
    if (full !== null) {
      this.#answer(call, unsentProblem('too_many_calls', call, full), now)
      return
    }
    call.phase = 'waiting'
    call.waitsSinceMs ??= now
    call.log?.add(now, 'wait', why, this.#ownership.generation)
    this.#deadlines.set(call, call.deadlineMs)
    if (isForTable) this.#awaitTable(call, now)
  }

  /** Another sidecar sent it by a table that is not here yet. It waits for that for a while. */
  #awaitTable(call: Call, now: number): void {
    const { generation } = call.arrival
    if (generation === null) return
    const untilMs = call.arrivedMs + this.#settings.generationWaitMs
    this.#deadlines.set(call, Math.min(untilMs, call.deadlineMs))
    this.#refresh(generation, now)
  }

  // ---- what is done with one -----------------------------------------------------------------

  #situation(type: string, id: string, now: number): MutableSituation {
    const location = this.#ownership.locate(type, id)
    return {
      now,
      location,
      generation: this.#ownership.generation,
      actor: this.#actors.get(type, id),
      hasTurns: this.#turns.has(type),
      isFenced: location.kind === 'moving' && this.#departures.isFenced(type, id),
      hasRoom: !this.#actors.isFull,
      generationWaitMs: this.#settings.generationWaitMs,
    }
  }

  #refusalOf(call: Call, isCrowded: boolean): Decision | null {
    if (this.#isClosed) return refuse('unavailable', call, 'this process ends')
    if (isCrowded) return refuse('too_many_calls', call, 'as many calls are open as may be')
    if (call.arrival.timeoutMs <= 0) return refuse('call_moving', call, 'no time was left for it')
    if (call.arrival.chain.length <= chainLengthMax) return null
    const why = `it is within more than ${chainLengthMax} other calls`
    return refuse('invalid_request', call, why)
  }

  #do(call: Call, decision: Decision, at: MutableSituation | null, now: number): void {
    switch (decision.kind) {
      case 'wait':
        this.#wait(call, decision.isForTable, decision.why, now)
        return
      case 'answer':
        if (at !== null && !at.hasRoom) this.#makeRoom()
        this.#answer(call, decision.problem, now)
        return
      case 'deliver': {
        const { type, id } = call.arrival
        const actor = at?.actor ?? this.#openActor(type, id)
        if (at !== null) Object.assign(at, { actor, hasRoom: !this.#actors.isFull })
        this.#deliver(call, actor, decision.held, now)
        return
      }
      case 'forward':
        this.#forward(call, decision.host, decision.generation, now)
        return
      default:
        decision satisfies never
    }
  }

  #deliver(call: Call, actor: Actor, held: Held, now: number): void {
    this.#runs += 1
    const run = `${this.#settings.runPrefix}${this.#runs.toString(36)}`
    this.#actors.begin(actor, run, call)
    this.#running += 1
    this.#sending(call, 'local')
    Object.assign(call, { run, host: null, generation: held.generation, token: held.token })
    call.log?.add(now, 'deliver', null, held.generation)
    const chain = [...call.arrival.chain, run]
    const remainingMs = call.deadlineMs - now
    this.#effects.push({ kind: 'deliver', call: call.number, held, chain, remainingMs })
  }

  #forward(call: Call, host: string, generation: number | null, now: number): void {
    this.#remote += 1
    this.#forwarded.add(call)
    this.#sending(call, 'remote')
    Object.assign(call, { host, generation, hops: call.hops + 1, wasSent: false })
    if (generation === null) call.askedHolderAt = this.#ownership.generation ?? -1
    call.log?.add(now, 'forward', host, generation)
    const leftMs = call.deadlineMs - now
    const remainingMs = leftMs - Math.min(hopAllowanceMs, leftMs / 10)
    const { chain } = call.arrival
    const to = { call: call.number, host, generation }
    this.#effects.push({ kind: 'forward', ...to, chain, remainingMs })
  }

  /** The host to which it was forwarded does not own the actor any more. */
  #lostOwner(call: Call, now: number): void {
    if (call.cut !== null) return
    if (!call.wasSent) this.#effects.push({ kind: 'retract', call: call.number })
    // What was sent may be answered yet.
    const untilMs = now + this.#settings.formerOwnerWaitMs
    this.#deadlines.set(call, Math.min(untilMs, call.dueMs))
  }

  #sending(call: Call, hop: 'local' | 'remote'): void {
    call.phase = hop
    call.hop = hop
    this.#deadlines.set(call, call.deadlineMs)
  }

  #openActor(type: string, id: string): Actor {
    if (this.#actors.isCrowded) this.#makeRoom()
    return this.#actors.add(type, id)
  }

  #makeRoom(): void {
    const { idlest } = this.#actors
    if (idlest !== undefined) this.#departures.leaveIdle(idlest)
  }

  // ---- how it ends ---------------------------------------------------------------------------

  /** It is not under way any more. */
  #comeBack(call: Call, now: number): void {
    if (call.phase === 'remote') {
      this.#remote -= 1
      this.#forwarded.delete(call)
    } else {
      const { type, id } = call.arrival
      this.#running -= 1
      this.#actors.end(this.#actors.get(type, id)!, call.run!, now)
    }
    call.phase = 'waiting'
    call.run = null
  }

  #conclude(call: Call, outcome: CallOutcome, now: number): void {
    const { cut } = call
    call.cut = null
    if (outcome.kind === 'answered') this.#over(call, 'answered', now)
    else if (call.isGone) this.#over(call, 'gone', now)
    else if (outcome.kind === 'full') {
      this.#answer(call, unsentProblem('too_many_calls', call, outcome.reason), now)
    } else if (outcome.kind !== 'lost') this.#notTaken(call, outcome, cut, now)
    else if (call.answerBegan || outcome.answerBegan) this.#over(call, 'broken', now)
    else this.#lost(call, outcome, cut, now)
  }

  /** No application has seen it. */
  #notTaken(
    call: Call,
    outcome: Extract<CallOutcome, { kind: 'declined' | 'refused' }>,
    cut: CutReason | null,
    now: number,
  ): void {
    if (this.#isClosed) {
      this.#answer(call, unsentProblem('unavailable', call, 'this process ends'), now)
    } else if (cut === 'deadline' || now >= call.deadlineMs) {
      const why = `${call.host ?? 'the application'} did not take it in time`
      this.#answer(call, lateProblem('call_unreachable', call, why), now)
    } else if (!outcome.canSendAgain) {
      const isMoving = outcome.kind === 'declined'
      const code = isMoving ? 'call_moving' : 'call_unreachable'
      const why = `${call.host ?? 'the application'} did not take it, and its body is used up`
      this.#answer(call, unsentProblem(code, call, why), now)
    } else this.#again(call, outcome, now)
  }

  #lost(
    call: Call,
    outcome: Extract<CallOutcome, { kind: 'lost' }>,
    cut: CutReason | null,
    now: number,
  ): void {
    call.mayHaveReached = true
    if (cut === 'deadline' || now >= call.deadlineMs) {
      this.#answer(call, lateProblem('call_timeout', call, 'it had no answer'), now)
      return
    }
    const mayRepeat = call.arrival.isRepeatable && outcome.canSendAgain && !call.isGuest
    if (mayRepeat && !this.#isClosed) this.#again(call, outcome, now)
    else this.#answer(call, lostProblem(call, cut, outcome.reason), now)
  }

  /** It waits for another attempt, in its old place. */
  #again(call: Call, outcome: FailedOutcome, now: number): void {
    this.#book.sentAgain()
    call.failures += 1
    const { generation } = this.#ownership
    const refusal = refusalOf(call, outcome, generation, this.#settings, this.#random(), now)
    this.#wait(call, false, refusal.reason, now)
    const line = this.#lines.get(call.arrival.type, call.arrival.id)
    if (line === undefined) return
    // The host that may still have had the actor was only asked.
    if (call.hop === 'local' || call.generation !== null) this.#lines.refused(line, refusal)
    if (refusal.needs !== null) this.#refresh(refusal.needs, now)
    this.#lines.ask(line)
  }

  #reached(call: Call): void {
    if (call.phase !== 'local') return
    const actor = this.#actors.get(call.arrival.type, call.arrival.id)
    if (actor !== undefined) actor.wasReached = true
  }

  /** A call of the actor has ended here: the actor may leave now, or the next one have its turn. */
  #afterRun(type: string, id: string, now: number): void {
    const actor = this.#actors.get(type, id)
    if (actor !== undefined && actor.running.size > 0) return
    if (actor !== undefined) this.#departures.drained(actor, now)
    this.#serveNow(type, id, now)
  }

  #answer(call: Call, problem: CallProblem, now: number): void {
    this.#over(call, problem.code === 'call_declined' ? 'declined' : problem.code, now)
    call.log?.add(now, 'answer', problem.code, this.#ownership.generation)
    const explanation = explanationOf(call, now)
    this.#effects.push({ kind: 'answer', call: call.number, problem, explanation })
  }

  #over(call: Call, end: CallEnd, now: number): void {
    endWait(call, now)
    this.#calls.delete(call.number)
    this.#deadlines.remove(call)
    this.#book.over(call, end)
  }

  #leaveLine(call: Call, now: number): void {
    this.#lines.remove(call)
    endWait(call, now)
  }

  /** The own table should catch up with one that another sidecar has. */
  #refresh(generation: number, now: number): void {
    if (generation <= (this.#ownership.generation ?? -1)) return
    const { generation: asked, atMs } = this.#refreshed
    if (generation <= asked && now < atMs + refreshAgainMs) return
    this.#refreshed = { generation, atMs: now }
    this.#effects.push({ kind: 'refresh', generation })
  }
}

function endWait(call: Call, now: number): void {
  if (call.waitsSinceMs === null) return
  call.waitedMs += now - call.waitsSinceMs
  call.waitsSinceMs = null
}
