/**
 * The rounds of one namespace during one leadership: when the next one starts, what is published,
 * who gets the orders directly, and when the finish is recorded. At most one round runs.
 *
 * Invariants (design §6):
 * - The first change starts a round at once; what changes during it, or within the coalescing time
 *   after it, makes one next round.
 * - No unlock is published before the log records that generation as disseminated.
 * - A lock states the disseminated generation and nothing more; so does a beacon.
 * - A few beacons follow each round, for whoever missed its end; then the namespace is at rest, and
 *   nothing is done for it until its table changes.
 */

import type { Admission } from '../fsm/admission.js'
import type { Instant } from '../fsm/instant.js'
import type { Table } from '../table/table.js'
import { difference } from '../table/table-change.js'
import type { Beacon, Lock, Order, Update } from '../wire/messages.js'
import { type Awaited, type Fences, Round } from './round.js'

/** What the rounds read of the replicated state of their namespace. */
export interface NamespaceView {
  readonly newest: number
  readonly disseminated: number
  /** The disseminated table. */
  readonly table: Table
  readonly newestTable: Table
}

export interface RoundsPorts {
  /** To everyone, over NATS. What cannot be sent is lost; nothing depends on it. */
  publish(order: Order): void
  /** To these hosts over their WebSockets. */
  sendDirectly(admissions: readonly Admission[], orders: readonly Order[]): void
  /** Whether orders over NATS reach this host, as far as known now. */
  isListening(admission: Admission): boolean
  /** Puts "disseminated" into the log. `failed` is called when that cannot be. */
  record(generation: number, now: Instant, failed: () => void): void
  removeStragglers(admissions: readonly Admission[], now: Instant): void
  /** A round began or (null) none runs any more. */
  running(to: number | null): void
}

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

/** Without an acknowledgement for this long, a host gets the orders over its WebSocket. */
export const directAfterMs = 250
/** And again after this long. */
export const directAgainMs = 1_000
/**
 * Replicas hear again of a running round after this long: what was said before they knew the leader
 * of this term was lost.
 */
export const tellAgainMs = 500
/** Beacons after the end of a round, and of a leadership's first looks. */
export const beaconsAfterRound = 3
/** How many finished rounds are remembered. */
export const finishedRoundsMax = 64

interface RunningRound {
  readonly round: Round
  readonly orders: readonly [Lock, Update]
  recording: boolean
  /** When the replicas were told of it last. */
  toldAtMs: number
}

export class Rounds {
  readonly #identity: RoundsIdentity
  readonly #ports: RoundsPorts
  readonly #fences: Fences
  readonly #times: () => RoundsTimes
  readonly #view: () => NamespaceView
  readonly #finished: FinishedRound[] = []
  #running: RunningRound | null = null
  #quietUntilMs = Number.NEGATIVE_INFINITY
  #beaconAtMs = Number.NEGATIVE_INFINITY
  #beaconsLeft = beaconsAfterRound

  constructor(
    identity: RoundsIdentity,
    view: () => NamespaceView,
    times: () => RoundsTimes,
    fences: Fences,
    ports: RoundsPorts,
  ) {
    this.#identity = identity
    this.#view = view
    this.#times = times
    this.#fences = fences
    this.#ports = ports
  }

  get round(): Round | null {
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

  /** Whether something is to be done before the next beacon. */
  get isBusy(): boolean {
    return this.#running !== null || this.#view().newest > this.#view().disseminated
  }

  /** Whether nothing is to be done until the table changes. */
  get isAtRest(): boolean {
    return !this.isBusy && this.#beaconsLeft === 0
  }

  /** A table changed, a record was applied, an acknowledgement or a fence came, or time passed. */
  advance(now: Instant): void {
    const nowMs = now.monotonicMs
    if (this.#beaconsLeft > 0 && nowMs >= this.#beaconAtMs) this.#beacon(nowMs)
    this.#finish(nowMs)
    if (this.#running === null) this.#start(nowMs)
    if (this.#running !== null) this.#judge(this.#running, now)
  }

  /** The leader stood still: that time does not count against the deadline. */
  stalled(gapMs: number): void {
    this.#running?.round.extend(gapMs)
  }

  acknowledge(admission: Admission, term: number, generation: number, now: Instant): void {
    const running = this.#running
    if (running?.round.acknowledge(admission, term, generation)) this.#judge(running, now)
  }

  #start(nowMs: number): void {
    const view = this.#view()
    const { newest, table, newestTable: to } = view
    if (newest === view.disseminated || nowMs < this.#quietUntilMs) return
    const { namespace, term } = this.#identity
    const { roundDeadlineMs } = this.#times()
    const span = { namespace, term, from: table, to, startedAtMs: nowMs, roundDeadlineMs }
    const change = difference(table, to)
    const lock: Lock = {
      ...this.#head('lock'),
      from: table.generation,
      digest: table.digest,
      to: newest,
      touched: touchedBy(table, to, change.upserts, change.removes ?? []),
    }
    const parts = { part: 1, parts: 1, change }
    const update: Update = { ...this.#head('update'), deadlineMs: roundDeadlineMs, ...parts }
    this.#running = {
      round: new Round(span, this.#fences),
      orders: [lock, update],
      recording: false,
      toldAtMs: nowMs,
    }
    this.#ports.running(newest)
    this.#ports.publish(lock)
    this.#ports.publish(update)
  }

  #judge(running: RunningRound, now: Instant): void {
    if (now.monotonicMs >= running.toldAtMs + tellAgainMs) {
      running.toldAtMs = now.monotonicMs
      this.#ports.running(running.round.to)
    }
    if (running.recording) return
    const verdict = running.round.judge(now.monotonicMs)
    switch (verdict.kind) {
      case 'complete':
        running.recording = true
        this.#ports.record(running.round.to, now, () => {
          running.recording = false
        })
        return
      case 'stragglers':
        this.#ports.removeStragglers(verdict.admissions, now)
        break
      case 'wait':
        break
    }
    this.#sendDirectly(running, now.monotonicMs)
  }

  #sendDirectly({ round, orders }: RunningRound, nowMs: number): void {
    const late = nowMs >= round.span.startedAtMs + directAfterMs
    const due: Awaited[] = []
    for (const awaited of round.missing()) {
      const before = awaited.sentDirectlyAtMs
      const isDue =
        before === null
          ? late || !this.#ports.isListening(awaited)
          : nowMs >= before + directAgainMs
      if (!isDue) continue
      awaited.sentDirectlyAtMs = nowMs
      due.push(awaited)
    }
    if (due.length > 0) this.#ports.sendDirectly(due, orders)
  }

  #finish(nowMs: number): void {
    const running = this.#running
    if (running === null) return
    const { round } = running
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
    this.#ports.publish(unlock)
    const direct = [...round.awaited()].filter(
      (awaited) => awaited.sentDirectlyAtMs !== null || !this.#ports.isListening(awaited),
    )
    if (direct.length > 0) this.#ports.sendDirectly(direct, [unlock])
    this.#ports.running(null)
    this.#remember(round, nowMs)
  }

  #remember(round: Round, nowMs: number): void {
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
    this.#ports.publish(beacon)
  }

  #head<K extends Order['kind']>(kind: K): RoundsIdentity & { readonly kind: K } {
    return { kind, ...this.#identity }
  }
}

/** Type sets of the members that a change touches, as they were or as they will be. */
function touchedBy(
  from: Table,
  to: Table,
  upserts: readonly { readonly name: string }[],
  removes: readonly string[],
): number[] {
  const touched = new Set<number>()
  const names = [...removes, ...upserts.map(({ name }) => name)]
  for (const table of [from, to]) {
    for (const name of names) {
      const member = table.member(name)
      if (member !== undefined) touched.add(member.typeSet.id)
    }
  }
  return [...touched].sort((a, b) => a - b)
}
