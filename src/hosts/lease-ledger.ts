/**
 * The leader's account of leases: when it last answered each admission, and from when on it may
 * count that admission as past its fence. Lives for one leadership; a new leader starts an empty
 * one and waits out what its predecessors may have granted.
 *
 * Invariants (docs/safety.md argues each):
 * - An admission counts as past its fence only when it said so itself, or when no lease that any
 *   leader granted to it can still run by its own clock.
 * - Whoever was admitted, or counted as past its fence, while a round runs is answered again only
 *   at that round's generation or above (its floor).
 * - Everything is kept by (namespace, name, epoch), never by name.
 * - A lease is changed by the verbs of this file alone.
 */
import type { Admission } from '../fsm/admission.js'
import type { NamespaceState, Standing } from '../fsm/namespace-state.js'
import { type AnswerGroup, AnswerOrder } from './answer-order.js'
import type { Route } from './relay-message.js'

/** Times of a leadership, from the settings of the cluster. */
export interface LeaseTimes {
  readonly fenceAfterMs: number
  readonly fenceMarginMs: number
  readonly hostTimeoutMs: number
  /** The largest hostTimeout that was ever in force: what an earlier leader may have granted. */
  readonly hostTimeoutCeilingMs: number
}

export interface Lease extends Admission {
  /** When this leader last answered a heartbeat of it, or admitted it; null for neither. */
  readonly answeredAtMs: number | null
  /** It was past its fence once, and was not answered since. */
  readonly wasPastFence: boolean
  /** It said that it stopped everything (fenced, bye). */
  readonly stopped: boolean
  /** It did not let go within the deadline of a round: it is answered no more. */
  readonly straggling: boolean
  /** A bye came: the place is kept until the lease is out. */
  readonly ended: boolean
  /** A removal was proposed and is not applied yet. */
  readonly removing: boolean
  /** It is no member any more. */
  readonly removed: boolean
  /** Heartbeats below this generation are not answered. */
  readonly floor: number
  /** Where it was heard of last, by the number of the heartbeat. */
  readonly route: Route | null
  readonly heardNumber: number
  /** Whether orders reach it over NATS, as it said last. */
  readonly listening: boolean
}

type Account = { -readonly [K in keyof Lease]: Lease[K] }

export class LeaseLedger {
  readonly #leases = new Map<string, Account>()
  /** Of those that may have to be removed: not of those that are removed, or about to be. */
  readonly #expiring = new AnswerOrder<Account>()
  /** Those that the log did not remove when it was asked to: few, and looked at one by one. */
  readonly #kept = new Set<Account>()
  /** Of those that were not past their fence since they were answered. */
  readonly #fencing = new AnswerOrder<Account>()
  /** As of the state of the namespace that each was asked for in last. */
  readonly #standings = new WeakMap<Lease, { in: NamespaceState; standing: Standing }>()
  readonly #times: () => LeaseTimes
  #graceFromMs: number

  /** @param graceFromMs when the election was won */
  constructor(times: () => LeaseTimes, graceFromMs: number) {
    this.#times = times
    this.#graceFromMs = graceFromMs
  }

  /** After a stall of the leader: the silence was its own, so nobody is blamed for it. */
  restartGrace(nowMs: number): void {
    this.#graceFromMs = nowMs
    this.#expiring.restartGrace()
    this.#fencing.restartGrace()
  }

  get(admission: Admission): Lease | undefined {
    return this.#leases.get(keyOf(admission))
  }

  /** The lease of an admission that the state knows; made when it is not there yet. */
  of(admission: Admission): Lease {
    const key = keyOf(admission)
    const known = this.#leases.get(key)
    if (known !== undefined) return known
    const lease: Account = {
      namespace: admission.namespace,
      name: admission.name,
      epoch: admission.epoch,
      answeredAtMs: null,
      wasPastFence: false,
      stopped: false,
      straggling: false,
      ended: false,
      removing: false,
      removed: false,
      floor: 0,
      route: null,
      heardNumber: 0,
      listening: false,
    }
    this.#leases.set(key, lease)
    this.#expiring.place(lease, 'unanswered')
    this.#fencing.place(lease, 'unanswered')
    return lease
  }

  /** What its admission is to the namespace; found anew when that has changed. */
  standing(lease: Lease, namespace: NamespaceState): Standing {
    const known = this.#standings.get(lease)
    if (known?.in === namespace) return known.standing
    const standing = namespace.standingOf(lease.name, lease.epoch)
    this.#standings.set(lease, { in: namespace, standing })
    return standing
  }

  // ---- what became of it ---------------------------------------------------------------------

  /** An admission that this leadership committed; no other leader can have answered it. */
  admitted(admission: Admission, floor: number, nowMs: number): Lease {
    const lease = this.of(admission)
    this.answered(lease, nowMs)
    this.raiseFloor(lease, floor)
    return lease
  }

  /** A heartbeat of it is answered now. */
  answered(lease: Lease, nowMs: number): void {
    const account = this.#account(lease)
    account.answeredAtMs = nowMs
    account.wasPastFence = false
    const group: AnswerGroup = nowMs >= this.#graceFromMs ? 'answeredSince' : 'answeredBefore'
    const expires = this.#expiring.has(account) || this.#kept.delete(account)
    if (expires) this.#expiring.place(account, group)
    this.#fencing.place(account, account.stopped ? 'stopped' : group)
  }

  /** From now on its heartbeats count only at `generation` or above; a floor is never lowered. */
  raiseFloor(lease: Lease, generation: number): void {
    const account = this.#account(lease)
    account.floor = Math.max(account.floor, generation)
  }

  /**
   * A heartbeat of it came. An older session may still be heard of, through a relay that lost its
   * leader for a while: what it says of the way counts for nothing.
   */
  heard(lease: Lease, route: Route, number: number, listening: boolean): void {
    const account = this.#account(lease)
    if (number <= account.heardNumber) return
    account.heardNumber = number
    account.route = route
    account.listening = listening
  }

  /**
   * From now on this session speaks for it.
   * @param number of the last heartbeat of the sessions before it: those may be on their way still
   * @returns where it was attached before; null for nowhere else
   */
  attach(lease: Lease, route: Route, number: number): Route | null {
    const account = this.#account(lease)
    const before = account.route
    if (before?.replica === route.replica && before.session === route.session) return null
    account.route = route
    account.listening = false
    account.heardNumber = Math.max(account.heardNumber, number)
    return before
  }

  /** It is told by this way that it may go. */
  leaves(lease: Lease, route: Route): void {
    this.#account(lease).route = route
  }

  /** Its removal is on its way: until that is known it expires no more. */
  removing(lease: Lease): void {
    const account = this.#account(lease)
    account.removing = true
    this.#expiring.leave(account)
    this.#kept.delete(account)
  }

  /** What became of its removal is known. Whoever is still a member may expire at once. */
  removalEnded(lease: Lease): void {
    const account = this.#account(lease)
    account.removing = false
    if (!account.removed) this.#kept.add(account)
  }

  /** It did not let go in time. @returns whether that was not said before */
  straggled(lease: Lease): boolean {
    if (lease.straggling) return false
    this.#account(lease).straggling = true
    return true
  }

  /**
   * Its host said that nothing runs under it any more.
   * @param ended by a bye. A fence that was told before it stands: its place is not kept.
   */
  stopped(lease: Lease, ended: boolean): void {
    const account = this.#account(lease)
    account.ended = ended && (!account.stopped || account.ended)
    account.stopped = true
    if (!account.ended && this.#expiring.has(account)) this.#expiring.place(account, 'stopped')
    if (this.#fencing.has(account)) this.#fencing.place(account, 'stopped')
  }

  /** It is no member any more: there is nothing left to expire. */
  removed(lease: Lease): void {
    const account = this.#account(lease)
    account.removed = true
    this.#expiring.leave(account)
    this.#kept.delete(account)
  }

  forget(lease: Lease): void {
    const account = this.#account(lease)
    this.removed(account)
    this.#fencing.leave(account)
    this.#leases.delete(keyOf(account))
  }

  // ---- what may be counted on ----------------------------------------------------------------

  /** From this instant on the admission may be counted as past its fence. */
  pastFenceAtMs(lease: Lease): number {
    if (lease.stopped || lease.wasPastFence) return Number.NEGATIVE_INFINITY
    const { fenceAfterMs, fenceMarginMs } = this.#times()
    return this.#latest(lease, fenceAfterMs + fenceMarginMs)
  }

  /** From this instant on a silent member is removed. */
  expiresAtMs(lease: Lease): number {
    if (lease.stopped && !lease.ended) return Number.NEGATIVE_INFINITY
    return this.#latest(lease, this.#times().hostTimeoutMs)
  }

  isListening({ listening }: Lease): boolean {
    return listening
  }

  isPastFence(lease: Lease, nowMs: number): boolean {
    return nowMs >= this.pastFenceAtMs(lease)
  }

  /** Those that are silent for their time, or stopped, and were not removed. */
  *expired(nowMs: number): Generator<Lease> {
    const isDue = (lease: Lease) => nowMs >= this.expiresAtMs(lease)
    for (const lease of this.#kept) if (isDue(lease)) yield lease
    yield* this.#expiring.due(isDue)
  }

  /** Those that came to be past their fence; each is given out once after an answer. */
  *pastFence(nowMs: number): Generator<Lease> {
    for (const lease of this.#fencing.due((each) => this.isPastFence(each, nowMs))) {
      this.#fencing.leave(lease)
      lease.wasPastFence = true
      yield lease
    }
  }

  /** `afterMs` from the last answer; the whole grace for one that was silent since it began. */
  #latest(lease: Lease, afterMs: number): number {
    const answered = lease.answeredAtMs
    if (answered !== null && answered >= this.#graceFromMs) return answered + afterMs
    const graceEndMs = this.#graceFromMs + this.#times().hostTimeoutCeilingMs
    return answered === null ? graceEndMs : Math.max(answered + afterMs, graceEndMs)
  }

  /** All leases are of this ledger. */
  #account(lease: Lease): Account {
    return lease as Account
  }
}

function keyOf({ namespace, name, epoch }: Admission): string {
  return `${namespace}/${name}#${epoch}`
}
