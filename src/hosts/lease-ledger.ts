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
 */
import type { Admission } from '../fsm/admission.js'
import { ExpiryOrder } from './expiry-order.js'
import type { Route } from './relay-message.js'

/** Times of a leadership, from the settings of the cluster. */
export interface LeaseTimes {
  readonly fenceAfterMs: number
  readonly fenceMarginMs: number
  readonly hostTimeoutMs: number
  /** The largest hostTimeout that was ever in force: what an earlier leader may have granted. */
  readonly hostTimeoutCeilingMs: number
}

/** When it expires is changed by the ledger alone, which keeps the order of that. */
export interface Lease extends Admission {
  /** When this leader last answered a heartbeat of it, or admitted it; null for neither. */
  answeredAtMs: number | null
  /** It said that it stopped everything (fenced, bye). */
  stopped: boolean
  /** It did not let go within the deadline of a round: it is answered no more. */
  straggling: boolean
  /** A bye came: the place is kept until the lease is out. */
  ended: boolean
  /** A removal was proposed and is not applied yet. */
  removing: boolean
  /** Heartbeats below this generation are not answered. */
  floor: number
  /** Where it was heard of last, by the number of the heartbeat. */
  route: Route | null
  heardNumber: number
  /** Whether orders reach it over NATS, as it said last. */
  listening: boolean
}

export class LeaseLedger {
  readonly #leases = new Map<string, Lease>()
  /** Of those that may have to be removed: not of those that are removed. */
  readonly #order = new ExpiryOrder<Lease>()
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
    this.#order.restartGrace()
  }

  get(admission: Admission): Lease | undefined {
    return this.#leases.get(keyOf(admission))
  }

  /** The lease of an admission that the state knows; made when it is not there yet. */
  of(admission: Admission): Lease {
    const key = keyOf(admission)
    let lease = this.#leases.get(key)
    if (lease === undefined) {
      lease = {
        namespace: admission.namespace,
        name: admission.name,
        epoch: admission.epoch,
        answeredAtMs: null,
        stopped: false,
        straggling: false,
        ended: false,
        removing: false,
        floor: 0,
        route: null,
        heardNumber: 0,
        listening: false,
      }
      this.#leases.set(key, lease)
      this.#order.enter(lease)
    }
    return lease
  }

  /** An admission that this leadership committed; no other leader can have answered it. */
  admitted(admission: Admission, floor: number, nowMs: number): Lease {
    const lease = this.of(admission)
    this.answered(lease, nowMs)
    lease.floor = Math.max(lease.floor, floor)
    return lease
  }

  /** A heartbeat of it is answered now. */
  answered(lease: Lease, nowMs: number): void {
    lease.answeredAtMs = nowMs
    this.#order.answered(lease, nowMs >= this.#graceFromMs)
  }

  /**
   * Its host said that nothing runs under it any more.
   * @param ended by a bye. A fence that was told before it stands: its place is not kept.
   */
  stopped(lease: Lease, ended: boolean): void {
    lease.ended = ended && (!lease.stopped || lease.ended)
    lease.stopped = true
    if (!lease.ended) this.#order.stopped(lease)
  }

  /** It is no member any more: there is nothing left to expire. */
  removed(lease: Lease): void {
    this.#order.leave(lease)
  }

  forget(admission: Admission): void {
    const lease = this.get(admission)
    if (lease === undefined) return
    this.#order.leave(lease)
    this.#leases.delete(keyOf(lease))
  }

  /** From this instant on the admission may be counted as past its fence. */
  pastFenceAtMs(lease: Lease): number {
    if (lease.stopped) return Number.NEGATIVE_INFINITY
    const { fenceAfterMs, fenceMarginMs } = this.#times()
    return this.#latest(lease, fenceAfterMs + fenceMarginMs)
  }

  /** From this instant on a silent member is removed. */
  expiresAtMs(lease: Lease): number {
    if (lease.stopped && !lease.ended) return Number.NEGATIVE_INFINITY
    return this.#latest(lease, this.#times().hostTimeoutMs)
  }

  isPastFence(lease: Lease, nowMs: number): boolean {
    return nowMs >= this.pastFenceAtMs(lease)
  }

  /** Those that are silent for their time, or stopped, and were not removed. */
  expired(nowMs: number): Generator<Lease> {
    return this.#order.due((lease) => nowMs >= this.expiresAtMs(lease))
  }

  /** `afterMs` from the last answer; the whole grace for one that was silent since it began. */
  #latest(lease: Lease, afterMs: number): number {
    const answered = lease.answeredAtMs
    if (answered !== null && answered >= this.#graceFromMs) return answered + afterMs
    const graceEndMs = this.#graceFromMs + this.#times().hostTimeoutCeilingMs
    return answered === null ? graceEndMs : Math.max(answered + afterMs, graceEndMs)
  }
}

function keyOf({ namespace, name, epoch }: Admission): string {
  return `${namespace}/${name}#${epoch}`
}
