/**
 * Who gets the orders of one round over its WebSocket: whom NATS does not reach, at once; whoever
 * has not acknowledged after a while; and both again and again. Looks at nobody twice who waits for
 * nothing: what was sent stands in the order of time.
 */
import type { Admission } from '../fsm/admission.js'
import type { Order } from '../wire/messages.js'
import type { Round } from './round.js'

/** Without an acknowledgement for this long, a host gets the orders over its WebSocket. */
export const directAfterMs = 250
/** And this much later for each host: so long do acknowledgements of so many take to come in. */
export const directAfterPerHostMs = 0.1
/** And again after this long. */
export const directAgainMs = 1_000

/** Orders for these hosts. */
export interface DirectOrders<L extends Admission> {
  readonly kind: 'send-directly'
  readonly leases: readonly L[]
  readonly orders: readonly Order[]
}

export class DirectDelivery<L extends Admission> {
  readonly #round: Round<L>
  readonly #orders: readonly Order[]
  readonly #isReached: (lease: L) => boolean
  /** Those that were sent the orders, or would be: the unlock goes to them as well. */
  readonly #told = new Set<L>()
  /** When each of them was sent them last, the longest ago first. */
  readonly #sentAtMs = new Map<L, number>()
  /** Whether NATS is away, or was. */
  #isAllUnreached = false
  /** Whether all that were missing when it was late were sent them. */
  #isLateDone = false

  /** @param isReached whether orders over NATS reach a host, as far as it said */
  constructor(round: Round<L>, orders: readonly Order[], isReached: (lease: L) => boolean) {
    this.#round = round
    this.#orders = orders
    this.#isReached = isReached
  }

  get told(): ReadonlySet<L> {
    return this.#told
  }

  /** These came onto the wait list. */
  entered(leases: readonly L[], nowMs: number): DirectOrders<L> | null {
    if (this.#isLate(nowMs)) return this.#send(leases, nowMs)
    return this.#send(
      leases.filter((lease) => !this.#isReached(lease)),
      nowMs,
    )
  }

  /** Orders over NATS reach it no more. */
  unreached(lease: L, nowMs: number): DirectOrders<L> | null {
    if (this.#round.missing().has(lease)) {
      return this.#sentAtMs.has(lease) ? null : this.#send([lease], nowMs)
    }
    if (this.#round.isAwaited(lease)) this.#told.add(lease)
    return null
  }

  /** NATS is away: by the next look all that are missing are sent them. */
  allUnreached(): void {
    this.#isAllUnreached = true
    this.#isLateDone = false
  }

  /** Time passed. */
  due(nowMs: number): DirectOrders<L> | null {
    const missing = this.#round.missing()
    const leases: L[] = []
    for (const [lease, atMs] of this.#sentAtMs) {
      if (nowMs < atMs + directAgainMs) break
      this.#sentAtMs.delete(lease)
      if (missing.has(lease)) leases.push(lease)
    }
    if (this.#isLate(nowMs) && !this.#isLateDone) {
      this.#isLateDone = true
      for (const lease of missing) if (!this.#told.has(lease)) leases.push(lease)
    }
    return this.#send(leases, nowMs)
  }

  #isLate(nowMs: number): boolean {
    const { span, waitCount } = this.#round
    const afterMs = directAfterMs + waitCount * directAfterPerHostMs
    return this.#isAllUnreached || nowMs >= span.startedAtMs + afterMs
  }

  #send(leases: readonly L[], nowMs: number): DirectOrders<L> | null {
    if (leases.length === 0) return null
    for (const lease of leases) {
      this.#told.add(lease)
      this.#sentAtMs.set(lease, nowMs)
    }
    return { kind: 'send-directly', leases, orders: this.#orders }
  }
}
