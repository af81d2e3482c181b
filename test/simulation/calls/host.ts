/**
 * One host: the machine of calls, what a sidecar knows, and an application, in one process. The
 * edge between them is as the one of the product, in virtual time; it checks what the machine wants
 * done (`host-checks.ts`).
 */
import type { CallArrival } from '../../../src/calls/machine/arrival.js'
import type { CallEffect, Deliver, Forward } from '../../../src/calls/machine/effect.js'
import { CallMachine } from '../../../src/calls/machine/machine.js'
import type { CallOutcome } from '../../../src/calls/machine/outcome.js'
import type { ActorKey, MovingKeys } from '../../../src/calls/machine/ownership.js'
import type { CallProblem } from '../../../src/calls/machine/problem.js'
import type { CallSettings } from '../../../src/calls/machine/settings.js'
import { Budget } from '../../../src/jobs/job.js'
import type { Network } from '../kernel/network.js'
import type { Random } from '../kernel/random.js'
import type { Planned } from '../kernel/schedule.js'
import type { SimProcess } from '../kernel/sim-process.js'
import { Application, type ApplicationPace, type Delivery } from './application.js'
import type { Book, Request } from './book.js'
import { callKind } from './event-kinds.js'
import { HostChecks } from './host-checks.js'
import type { CallResult, OpenCall } from './open-call.js'
import type { News, Placement } from './placement.js'
import { SimSidecar } from './sidecar.js'

/** The leader, for the network. */
export const leaderId = 1
const lookMs = 50
const heartbeatMs = 100

export interface HostParts {
  readonly placement: Placement
  readonly network: Network
  readonly book: Book
  readonly random: Random
  readonly settings: CallSettings
  readonly pace: ApplicationPace
  /** Chance that a connection breaks. */
  readonly chances: { broken: number; lostNews: number }
  readonly hostOf: (name: string) => SimHost
}

type Lost = Extract<CallOutcome, { kind: 'lost' }>

export class SimHost {
  readonly id: number
  readonly name: string
  readonly process: SimProcess
  readonly application: Application
  readonly open = new Map<number, OpenCall>()
  readonly #parts: HostParts
  #machine: CallMachine | null = null
  #sidecar: SimSidecar | null = null
  #checks: HostChecks | null = null
  #calls = 0
  #lives = 0
  #timer: Planned | null = null
  #works = false
  #isDraining = false

  constructor(id: number, process: SimProcess, parts: HostParts) {
    this.id = id
    this.name = `h${id}`
    this.process = process
    this.#parts = parts
    const { book, random, placement, settings, pace } = parts
    this.application = new Application(
      {
        ...{ host: this.name, book, process, random, keys: placement.keys },
        turns: settings.turns,
        call: (key, chain, whenOver) => this.#callWithin(key, chain, whenOver),
      },
      pace,
    )
  }

  get machine(): CallMachine | null {
    return this.#machine
  }

  get sidecar(): SimSidecar | null {
    return this.#sidecar
  }

  /** Whether actors are about to leave. */
  get isAnyLeaving(): boolean {
    return this.#checks?.isAnyLeaving === true
  }

  start(): void {
    if (this.process.isUp) return
    this.process.start()
    this.#lives += 1
    const { placement, settings, random } = this.#parts
    const sidecar = new SimSidecar(this.name, placement.keys, () => this.process.nowMs, {
      letGo: (release, keys, deadlineMs) => {
        this.#checks?.letGo(release, keys, deadlineMs)
        this.#input((machine, now) => machine.letGo(release, keys, deadlineMs, now))
      },
      fenced: (fence, keys, isFinal, isLate) => this.#fenced(fence, keys, isFinal, isLate),
      changed: () => this.#input((machine, now) => machine.ownershipChanged(now)),
    })
    const runPrefix = `${this.name}.${this.#lives}.`
    this.#sidecar = sidecar
    this.#machine = new CallMachine({ ...settings, runPrefix }, sidecar, {
      random: () => random.next(),
    })
    this.#checks = new HostChecks(this, this.#parts.book, settings)
    this.process.every(lookMs, () => {
      sidecar.tick()
      this.#checks?.look()
    })
    this.process.every(heartbeatMs, () => this.#heartbeat())
  }

  /** kill -9, with its application. */
  crash(): void {
    if (!this.process.isUp) return
    this.process.kill()
    this.application.forget()
    this.#machine = null
    this.#sidecar = null
    this.#checks = null
    this.#timer = null
    this.#works = false
    const calls = [...this.open.values()]
    this.open.clear()
    for (const call of calls) call.reply({ kind: 'broken' })
  }

  pause(): void {
    this.process.pause()
    this.application.beyondLease(() => true)
  }

  // ---- callers -------------------------------------------------------------------------------

  /** @returns the number of the call here; null when the host is not there */
  call(
    key: ActorKey,
    request: Request,
    more: Partial<CallArrival>,
    reply: (result: CallResult) => void,
  ): number | null {
    if (!this.process.isUp || this.process.isPaused) return null
    const arrival: CallArrival = {
      ...{ ...key, origin: 'application', timeoutMs: 1_000, generation: null, chain: [] },
      ...{ isRepeatable: request.isRepeatable, isExplained: false, ...more },
    }
    this.#calls += 1
    const number = this.#calls
    const arrivedMs = this.process.nowMs
    this.open.set(number, {
      ...{ number, request, arrival, arrivedMs, phase: 'waiting', run: null },
      ...{ sentTo: null, cut: null, retract: null, answerBegan: false, isGone: false, reply },
    })
    const mustGo = this.#checks!.mustGo(number)
    this.#input((machine, now) => machine.arrived(number, arrival, now))
    this.#checks?.arrived(number, mustGo)
    return number
  }

  gone(number: number): void {
    const call = this.open.get(number)
    if (call === undefined || !this.process.isUp) return
    call.isGone = true
    if (call.phase === 'waiting') this.open.delete(number)
    this.#input((machine, now) => machine.gone(number, now))
  }

  /** Somebody asks whether the host owns the actor. */
  ask({ type, id }: ActorKey): void {
    const grant = this.#machine?.grant(type, id, this.process.nowMs) ?? null
    if (grant !== null) this.#checks!.believes(type, id, this.process.nowMs + grant.holdsMs)
  }

  stop(keys: MovingKeys): void {
    if (this.#sidecar?.hasLease) this.#sidecar.stop(keys)
  }

  heard(news: News): void {
    this.process.input(callKind.placement, () => this.#sidecar?.heard(news))
  }

  #callWithin(key: ActorKey, chain: readonly string[], whenOver: () => void): void {
    const { book, random } = this.#parts
    const request = book.request(`${key.type}/${key.id}`, random.chance(0.5))
    const timeoutMs = 100 + random.exponential(800)
    const made = this.call(key, request, { chain, timeoutMs }, (result) => {
      conclude(book, request, result)
      whenOver()
    })
    if (made === null) whenOver()
  }

  // ---- the leader ----------------------------------------------------------------------------

  #heartbeat(): void {
    const sidecar = this.#sidecar
    if (sidecar === null || sidecar.isFencing) return
    const { placement } = this.#parts
    const [epoch, sentMs] = [sidecar.epoch, this.process.nowMs]
    const { acknowledged } = sidecar
    this.#toLeader(() => {
      if (epoch === 0) {
        const admitted = placement.admit(this.name)
        this.#fromLeader(() => sidecar.epoch === 0 && sidecar.admitted(admitted, sentMs))
      } else {
        const news = placement.heartbeat({ host: this.name, epoch, acknowledged })
        this.#fromLeader(() => sidecar.answered(epoch, sentMs, news))
      }
    })
  }

  #toLeader(act: () => void): void {
    const { network } = this.#parts
    if (network.isCut(this.id, leaderId)) return
    // It is on its way whatever becomes of the host.
    this.process.inputAfter(0, callKind.placement, act)
  }

  #fromLeader(act: () => void): void {
    const { network } = this.#parts
    if (network.isCut(leaderId, this.id)) return
    this.process.inputAfter(network.delayUs(), callKind.placement, act)
  }

  // ---- the machine ---------------------------------------------------------------------------

  #input(act: (machine: CallMachine, now: number) => void): void {
    const machine = this.#machine
    if (machine === null) return
    act(machine, this.process.nowMs)
    this.#drain(machine)
  }

  #drain(machine: CallMachine): void {
    if (this.#isDraining) return
    this.#isDraining = true
    try {
      for (;;) {
        const effects = machine.takeEffects()
        if (effects.length === 0) break
        for (const effect of effects) this.#do(effect)
      }
    } finally {
      this.#isDraining = false
    }
    if (this.#machine !== machine) return
    this.#workLater(machine)
    this.#wakeLater(machine)
  }

  #workLater(machine: CallMachine): void {
    if (this.#works || !machine.hasWork) return
    this.#works = true
    this.process.soon(() => {
      this.#works = false
      const units = this.#parts.random.pick([0, 20, 2_000])
      this.#input((each, now) => each.work(new Budget(units), now))
    })
  }

  #wakeLater(machine: CallMachine): void {
    if (this.#timer !== null) this.#timer.act = null
    this.#timer = null
    const dueMs = machine.nextDueMs
    if (dueMs === Number.POSITIVE_INFINITY) return
    this.#timer = this.process.after(Math.max(0, dueMs - this.process.nowMs), () => {
      this.#timer = null
      this.#input((each, now) => each.tick(now))
    })
  }

  #fenced(fence: number, keys: MovingKeys, isFinal: boolean, isLate: boolean): void {
    this.#checks?.fenced(fence, keys)
    if (isLate) this.application.beyondLease((type, id) => keys.has(type, id))
    this.#input((machine, now) => machine.fenced(fence, keys, isFinal, now))
  }

  // ---- what the machine wants done -----------------------------------------------------------

  #do(effect: CallEffect): void {
    const { process } = this
    switch (effect.kind) {
      case 'deliver':
        this.#checks!.sends(effect.call, 'local')
        this.#checks!.delivers(effect)
        this.#deliver(effect)
        return
      case 'forward':
        this.#checks!.sends(effect.call, 'remote')
        this.#forward(effect)
        return
      case 'answer': {
        const call = this.open.get(effect.call)
        if (call === undefined) throw new Error(`an answer to call ${effect.call}, which is over`)
        this.open.delete(effect.call)
        call.reply({ kind: 'problem', problem: effect.problem })
        return
      }
      case 'cut':
        this.#cut(effect.call)
        return
      case 'retract':
        this.#retract(effect.call)
        return
      case 'tell-application':
        for (const key of effect.actors) {
          this.#checks!.tells(key)
          this.application.leave(key, () => {
            this.#checks?.told(key)
            this.#input((machine, now) => machine.told(key.type, key.id, now))
          })
        }
        return
      case 'tell-fenced':
        process.inputAfter(1_000, callKind.application, () =>
          this.#input((machine, now) => machine.toldFenced(effect.fence, now)),
        )
        return
      case 'released':
        this.#checks!.released(effect.release)
        this.#sidecar!.released(effect.release)
        this.#heartbeat()
        return
      case 'stopped':
        this.#checks!.stopped(effect.fence)
        if (this.#sidecar!.stopped(effect.fence)) this.#heartbeat()
        return
      case 'refresh':
        this.#toLeader(() => {
          const { news } = this.#parts.placement
          this.#fromLeader(() => this.#sidecar?.heard(news))
        })
        return
      default:
        effect satisfies never
    }
  }

  /** @param result for the caller, if the call is over with it */
  #ended(number: number, outcome: CallOutcome, result: CallResult = { kind: 'answered' }): void {
    const call = this.open.get(number)
    if (call === undefined) return
    call.phase = 'waiting'
    call.cut = null
    call.retract = null
    const isOver =
      outcome.kind === 'answered' || call.isGone || (outcome.kind === 'lost' && call.answerBegan)
    if (isOver) {
      this.open.delete(number)
      call.reply(outcome.kind === 'answered' ? result : { kind: 'broken' })
    }
    this.#input((machine, now) => machine.ended(number, outcome, now))
  }

  #answering(call: OpenCall): void {
    const { random } = this.#parts
    call.answerBegan = true
    this.#input((machine, now) => machine.answering(call.number, now))
    const { cut } = call
    this.process.inputAfter(random.exponential(2_000), callKind.application, () => {
      if (call.cut === cut && cut !== null) this.#ended(call.number, { kind: 'answered' })
    })
  }

  #lost(answerBegan: boolean, reason: string): Lost {
    const canSendAgain = this.#parts.random.chance(0.8)
    return { kind: 'lost', answerBegan, canSendAgain, reason }
  }

  #deliver(effect: Deliver): void {
    const call = this.open.get(effect.call)!
    const { type, id } = call.arrival
    const end = (outcome: CallOutcome) => {
      if (call.cut === cut) this.#ended(call.number, outcome)
    }
    const delivery: Delivery = {
      ...{ request: call.request, effect, key: { type, id } },
      refused: () =>
        end({ kind: 'refused', canSendAgain: true, reason: 'the application is down' }),
      done: () => call.cut === cut && this.#answering(call),
      broken: () => end(this.#lost(false, 'the application crashed')),
    }
    const cut = () => this.application.cut(delivery)
    call.cut = cut
    this.application.take(delivery)
  }

  /** One hop: a request on its way, or its answer, until somebody is gone or the path is cut. */
  #forward(effect: Forward): void {
    const { network, random, chances, hostOf } = this.#parts
    const call = this.open.get(effect.call)!
    call.sentTo = effect.host
    const other = hostOf(effect.host)
    let guest: number | null = null
    let wasSent = false
    const { life } = other.process
    const cut = () => {
      this.process.inputAfter(network.delayUs(), callKind.hop, () => {
        if (guest === null || other.process.life !== life) return
        const gone = guest
        other.process.input(callKind.hop, () => other.gone(gone))
      })
      return wasSent
    }
    call.cut = cut
    call.retract = cut
    const end = (outcome: CallOutcome) => {
      if (call.cut === cut) this.#ended(call.number, outcome)
    }
    const isReachable = () => !network.isCut(this.id, other.id) && !network.isCut(other.id, this.id)
    const lose = () => end(this.#lost(false, 'the connection broke'))
    this.process.inputAfter(network.delayUs(), callKind.hop, () => {
      if (call.cut !== cut) return
      if (!isReachable() || !other.process.isUp || other.process.life !== life) {
        end({ kind: 'refused', canSendAgain: true, reason: 'nobody is there' })
        return
      }
      wasSent = true
      call.retract = null
      this.#input((machine, now) => machine.sent(call.number, true, now))
      if (call.cut !== cut) return
      if (random.chance(chances.broken / 2)) return lose()
      other.process.input(callKind.hop, () => {
        if (call.cut !== cut) return
        const { chain, generation, remainingMs: timeoutMs } = effect
        const how = { origin: 'sidecar', chain, generation, timeoutMs } as const
        const { type, id, isRepeatable } = call.arrival
        guest = other.call({ type, id }, call.request, { ...how, isRepeatable }, (result) => {
          if (!this.process.isUp) return
          const isBroken = !isReachable() || random.chance(chances.broken / 2)
          this.process.inputAfter(network.delayUs(), callKind.hop, () => {
            if (call.cut !== cut) return
            if (isBroken || result.kind === 'broken') lose()
            else if (result.kind === 'answered') this.#answering(call)
            else this.#problem(call, result.problem)
          })
        })
      })
    })
  }

  /** A problem of the other sidecar: how the hop ended, or passed on as it is. */
  #problem(call: OpenCall, problem: CallProblem): void {
    if (problem.code === 'call_declined') {
      // The other host may have begun to read a body that streams.
      const canSendAgain = this.#parts.random.chance(0.9)
      const { generation } = problem
      this.#ended(call.number, { kind: 'declined', generation, canSendAgain })
    } else if (problem.code === 'call_lost') {
      this.#ended(call.number, this.#lost(false, problem.detail))
    } else this.#ended(call.number, { kind: 'answered' }, { kind: 'problem', problem })
  }

  /** Nothing of it was sent, or nothing is done. */
  #retract(number: number): void {
    const call = this.open.get(number)
    if (call?.retract == null) return
    call.retract()
    const reason = 'it was not sent in time'
    this.#ended(number, { kind: 'refused', canSendAgain: true, reason })
  }

  #cut(number: number): void {
    const call = this.open.get(number)
    if (call?.cut == null) throw new Error(`call ${number} is cut and was not sent`)
    this.#checks!.cuts(call)
    const mayHaveReached = call.cut() || call.answerBegan
    const { answerBegan } = call
    const outcome = mayHaveReached
      ? this.#lost(answerBegan, 'it was cut')
      : ({ kind: 'refused', canSendAgain: true, reason: 'it was cut' } as const)
    this.#ended(number, outcome)
  }
}

/** What the caller makes of what came. */
export function conclude(book: Book, request: Request, result: CallResult): void {
  if (result.kind === 'problem') book.answer(request, result.problem)
  else if (result.kind === 'answered') book.answer(request, null)
  else book.abandon(request)
}
