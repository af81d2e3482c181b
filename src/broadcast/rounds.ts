/**
 * The rounds of one namespace during one leadership: when the next one starts, what is published,
 * who gets the orders directly, and when the finish is recorded. At most one round runs.
 *
 * Invariants (design §6):
 * - The first change starts a round at once; what changes during it, or within the coalescing time
 *   after it, makes one next round. While more changes are on their way into the log a round waits
 *   for them, `gatherMsMax` at most.
 * - No unlock is published before the log records that generation as disseminated.
 * - A lock states the disseminated generation and nothing more; so does a beacon.
 * - A few beacons follow each round, for whoever missed its end; then the namespace is at rest, and
 *   nothing is done for it until its table changes.
 * - An acknowledgement, a fence and a look at the time cost the same however many hosts there are.
 */

import type { Admission } from '../fsm/admission.js'
import type { Instant } from '../fsm/instant.js'
import { Budget } from '../jobs/job.js'
import type { Table } from '../table/table.js'
import { type Comparison, DifferenceJob } from '../table/table-change.js'
import type { Beacon, Lock, Order, Update } from '../wire/messages.js'
import { DirectDelivery, type DirectOrders } from './direct-delivery.js'
import { type Leases, Round, type RoundSpan } from './round.js'

/** What the rounds read of the replicated state of their namespace. */
export interface NamespaceView {
  readonly newest: number
  readonly disseminated: number
  /** The disseminated table. */
  readonly table: Table
  readonly newestTable: Table
}

/** What is to be done, in order. */
export type RoundsEffect<L extends Admission> =
  /** To everyone, over NATS. What cannot be sent is lost; nothing depends on it. */
  | { readonly kind: 'publish'; readonly order: Order }
  /** To these hosts over their WebSockets. */
  | DirectOrders<L>
  /** Puts "disseminated" into the log; `recordFailed` is called when that cannot be. */
  | { readonly kind: 'record'; readonly generation: number }
  | { readonly kind: 'remove-stragglers'; readonly leases: readonly L[] }
  /** A round began or (null) none runs any more. */
  | { readonly kind: 'running'; readonly to: number | null }

export interface RoundsTimes {
  readonly roundDeadlineMs: number
  readonly coalesceMs: number
  readonly beaconMs: number
}

export interface RoundsIdentity {
  readonly namespace: string
  readonly lineage: string
  readonly term: number
}

/** A round that ended, for people to read. */
export interface FinishedRound {
  readonly term: number
  readonly from: number
  readonly to: number
  readonly startedAtMs: number
  readonly finishedAtMs: number
  readonly waitedFor: number
  readonly stragglers: readonly Admission[]
}

/**
 * Replicas hear again of a running round after this long: what was said before they knew the leader
 * of this term was lost.
 */
export const tellAgainMs = 500
/** A round that could begin waits no longer than this for changes that are on their way. */
export const gatherMsMax = 500
/** Stragglers are named again after this long, for as long as they are missing. */
export const stragglersAgainMs = 1_000
/** Beacons after the end of a round, and of a leadership's first looks. */
export const beaconsAfterRound = 3
/** How many finished rounds are remembered. */
export const finishedRoundsMax = 64
/** A round of few hosts is prepared at once: what a budget of so many units does. */
const atOnceUnits = 1_000

/** What differs is being found: nothing is said yet. */
interface ComingRound {
  readonly span: RoundSpan
  readonly job: DifferenceJob
}

interface RunningRound<L extends Admission> {
  readonly round: Round<L>
  readonly direct: DirectDelivery<L>
  recording: boolean
  /** When the replicas were told of it last. */
  toldAtMs: number
  /** When its stragglers were named last. */
  stragglersAtMs: number
}

export class Rounds<L extends Admission> {
  readonly #identity: RoundsIdentity
  readonly #leases: Leases<L>
  readonly #times: () => RoundsTimes
  readonly #view: () => NamespaceView
  readonly #finished: FinishedRound[] = []
  #effects: RoundsEffect<L>[] = []
  #coming: ComingRound | null = null
  #running: RunningRound<L> | null = null
  #quietUntilMs = Number.NEGATIVE_INFINITY
  /** Since when the next round could have begun; null when none could. */
  #dueSinceMs: number | null = null
  #beaconAtMs = Number.NEGATIVE_INFINITY
  #beaconsLeft = beaconsAfterRound
  #natsIsUp: boolean

  /** @param natsIsUp whether orders go out over NATS now */
  constructor(
    identity: RoundsIdentity,
    view: () => NamespaceView,
    times: () => RoundsTimes,
    leases: Leases<L>,
    natsIsUp: boolean,
  ) {
    this.#identity = identity
    this.#view = view
    this.#times = times
    this.#leases = leases
    this.#natsIsUp = natsIsUp
  }

  get round(): Round<L> | null {
    return this.#running?.round ?? null
  }

  /** Newest first. */
  get finished(): readonly FinishedRound[] {
    return this.#finished
  }

  /** Generation of the running round, null when none runs. */
  get runningTo(): number | null {
    return this.#running?.round.to ?? null
  }

  /** Whoever is admitted now is answered at this generation or above. */
  get floor(): number {
    return this.runningTo ?? this.#coming?.span.to.generation ?? 0
  }

  /** Whether something is to be done before the next beacon. */
  get isBusy(): boolean {
    return this.#running !== null || this.#view().newest > this.#view().disseminated
  }

  /** Whether nothing is to be done until the table changes. */
  get isAtRest(): boolean {
    return !this.isBusy && this.#beaconsLeft === 0
  }

  /** Whether `work` would do anything now. */
  get hasWork(): boolean {
    return this.#coming !== null || (this.#running !== null && !this.#running.round.isPrepared)
  }

  /** What is to be done since it was asked last. */
  takeEffects(): readonly RoundsEffect<L>[] {
    const effects = this.#effects
    this.#effects = []
    return effects
  }

  /**
   * A table changed, a record was applied, or time passed.
   * @param moreComes whether hosts that come or go are on their way into the log
   */
  advance(now: Instant, moreComes: boolean): void {
    const nowMs = now.monotonicMs
    if (this.#beaconsLeft > 0 && nowMs >= this.#beaconAtMs) this.#beacon(nowMs)
    this.#finish(nowMs)
    if (this.#running === null && this.#coming === null) this.#prepare(nowMs, moreComes)
    if (this.#running !== null) this.#judge(this.#running, nowMs)
  }

  /** Goes on with what was left for later. */
  work(budget: Budget, now: Instant): void {
    const nowMs = now.monotonicMs
    if (this.#coming !== null) this.#compare(this.#coming, budget, nowMs)
    if (this.#running === null) return
    this.#goOn(this.#running, budget, nowMs)
    this.#judge(this.#running, nowMs)
  }

  /** The leader stood still: that time does not count against the deadline. */
  stalled(gapMs: number): void {
    this.#running?.round.extend(gapMs)
  }

  acknowledge(lease: L, term: number, generation: number, now: Instant): void {
    const running = this.#running
    if (running?.round.acknowledge(lease, term, generation)) this.#judge(running, now.monotonicMs)
  }

  /** It is past its fence now. */
  pastFence(lease: L, now: Instant): void {
    const running = this.#running
    if (running?.round.pastFence(lease)) this.#judge(running, now.monotonicMs)
  }

  /** Orders over NATS reach it no more, as it says itself. */
  unreached(lease: L, now: Instant): void {
    const running = this.#running
    if (running !== null) this.#push(running.direct.unreached(lease, now.monotonicMs))
  }

  natsChanged(isUp: boolean): void {
    this.#natsIsUp = isUp
    if (!isUp) this.#running?.direct.allUnreached()
  }

  /** The log does not take the record of this generation. */
  recordFailed(generation: number): void {
    if (this.#running?.round.to === generation) this.#running.recording = false
  }

  /** A round is due when the table has changed: from the disseminated to the newest one. */
  #prepare(nowMs: number, moreComes: boolean): void {
    const view = this.#view()
    const { newest, table: from, newestTable: to } = view
    if (newest === view.disseminated || nowMs < this.#quietUntilMs) return
    this.#dueSinceMs ??= nowMs
    if (moreComes && nowMs < this.#dueSinceMs + gatherMsMax) return
    this.#dueSinceMs = null
    const { namespace, term } = this.#identity
    const { roundDeadlineMs } = this.#times()
    const span = { namespace, term, from, to, startedAtMs: nowMs, roundDeadlineMs }
    const coming = { span, job: new DifferenceJob(from, to) }
    this.#coming = coming
    const budget = new Budget(atOnceUnits)
    this.#compare(coming, budget, nowMs)
    if (this.#running !== null) this.#goOn(this.#running, budget, nowMs)
  }

  #compare({ span, job }: ComingRound, budget: Budget, nowMs: number): void {
    if (!job.step(budget)) return
    this.#coming = null
    // A record may have been applied meanwhile, that an earlier leader had asked for.
    if (this.#view().disseminated !== span.from.generation) return
    this.#start({ ...span, startedAtMs: nowMs }, job.result)
  }

  #start(span: RoundSpan, { change, touched }: Comparison): void {
    const { from, to, startedAtMs, roundDeadlineMs } = span
    const lock: Lock = {
      ...this.#head('lock'),
      from: from.generation,
      digest: from.digest,
      to: to.generation,
      touched,
    }
    const parts = { part: 1, parts: 1, change }
    const update: Update = { ...this.#head('update'), deadlineMs: roundDeadlineMs, ...parts }
    const round = new Round(span, this.#leases)
    const isListening = (lease: L) => this.#leases.isListening(lease)
    const direct = new DirectDelivery(round, [lock, update], isListening)
    if (!this.#natsIsUp) direct.allUnreached()
    const never = Number.NEGATIVE_INFINITY
    this.#running = {
      round,
      direct,
      recording: false,
      toldAtMs: startedAtMs,
      stragglersAtMs: never,
    }
    this.#effects.push({ kind: 'running', to: round.to })
    this.#effects.push({ kind: 'publish', order: lock }, { kind: 'publish', order: update })
  }

  #goOn({ round, direct }: RunningRound<L>, budget: Budget, nowMs: number): void {
    while (!round.isPrepared && !budget.isSpent) {
      this.#push(direct.entered(round.step(budget, nowMs), nowMs))
    }
  }

  #judge(running: RunningRound<L>, nowMs: number): void {
    const { round, direct } = running
    if (nowMs >= running.toldAtMs + tellAgainMs) {
      running.toldAtMs = nowMs
      this.#effects.push({ kind: 'running', to: round.to })
    }
    if (running.recording) return
    const verdict = round.judge(nowMs)
    if (verdict === 'complete') {
      running.recording = true
      this.#effects.push({ kind: 'record', generation: round.to })
      return
    }
    if (verdict === 'overdue' && nowMs >= running.stragglersAtMs + stragglersAgainMs) {
      running.stragglersAtMs = nowMs
      this.#effects.push({ kind: 'remove-stragglers', leases: round.nameStragglers() })
    }
    this.#push(direct.due(nowMs))
  }

  #finish(nowMs: number): void {
    const running = this.#running
    if (running === null) return
    const { round, direct } = running
    if (this.#view().disseminated < round.to) return
    this.#running = null
    this.#quietUntilMs = nowMs + this.#times().coalesceMs
    this.#beaconsLeft = beaconsAfterRound
    this.#beaconAtMs = nowMs + this.#times().beaconMs
    const unlock: Order = {
      ...this.#head('unlock'),
      generation: round.to,
      digest: round.span.to.digest,
    }
    this.#effects.push({ kind: 'publish', order: unlock })
    const told = [...direct.told]
    if (told.length > 0) this.#push({ kind: 'send-directly', leases: told, orders: [unlock] })
    this.#effects.push({ kind: 'running', to: null })
    this.#remember(round, nowMs)
  }

  #push(orders: DirectOrders<L> | null): void {
    if (orders !== null) this.#effects.push(orders)
  }

  #remember(round: Round<L>, nowMs: number): void {
    this.#finished.unshift({
      term: round.span.term,
      from: round.span.from.generation,
      to: round.to,
      startedAtMs: round.span.startedAtMs,
      finishedAtMs: nowMs,
      waitedFor: round.waitCount,
      stragglers: round.stragglers,
    })
    if (this.#finished.length > finishedRoundsMax) this.#finished.pop()
  }

  #beacon(nowMs: number): void {
    this.#beaconAtMs = nowMs + this.#times().beaconMs
    // While a round runs they go on, however long it takes.
    if (this.#running === null) this.#beaconsLeft -= 1
    const { table, newest } = this.#view()
    const beacon: Beacon = {
      ...this.#head('beacon'),
      generation: table.generation,
      digest: table.digest,
      newest,
    }
    this.#effects.push({ kind: 'publish', order: beacon })
  }

  #head<K extends Order['kind']>(kind: K): RoundsIdentity & { readonly kind: K } {
    return { kind, ...this.#identity }
  }
}
