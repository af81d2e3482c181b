/**
 * How long a leader may answer reads by itself (design §3, `default`; Raft thesis §6.4.1).
 *
 * A peer that answered a heartbeat grants no vote for an election timeout by its own clock: the
 * core keeps that promise (`leaseReads`). So from the *send* of a round that a quorum answered, no
 * other leader can be elected for (election ticks - 1) × tick, less the tolerance of tick-clock.ts,
 * by the followers' clocks; and with clock rates that are off by at most ρ each, for (1 - 2ρ) of
 * that by this one's.
 *
 * There is none: before an entry of the own term is applied; for the rest of a term in which
 * somebody was told to campaign (bug S19); from a round that was sent before a stall.
 *
 * Invariant: `untilMs` comes only from rounds of the current term that were sent since the last
 * stall, and from the time before their first message left.
 */
import type { Standing } from '../../core/output.js'

/** Most rounds without an answer that are remembered; of more the oldest count for nothing. */
const roundsMax = 4096

interface SentRound {
  readonly round: number
  readonly sentMs: number
}

export class LeaderLease {
  readonly #lengthMs: number
  #sent: SentRound[] = []
  #term = 0
  #startMs = Number.NEGATIVE_INFINITY
  #isAllowed = false

  /** @param lengthMs of a lease, from the send of the round */
  constructor(lengthMs: number) {
    this.#lengthMs = lengthMs
  }

  /** What the core says of this replica, whenever it changed. */
  standingChanged({ role, term, handedOver, appliedOwnTerm }: Standing): void {
    this.#isAllowed = role === 'leader' && appliedOwnTerm && !handedOver
    if (role === 'leader' && term === this.#term) return
    this.#term = term
    this.#drop()
  }

  /** The process stood still: what it learned before is not relied on. */
  stalled(): void {
    this.#drop()
  }

  /** A round of heartbeats is about to leave. */
  roundSent(round: number, nowMs: number): void {
    this.#sent.push({ round, sentMs: nowMs })
    if (this.#sent.length > roundsMax) this.#sent.shift()
  }

  /** A quorum has answered this round and all before. */
  roundConfirmed(round: number): void {
    let newest: SentRound | undefined
    while (this.#sent.length > 0 && this.#sent[0]!.round <= round) newest = this.#sent.shift()
    if (newest !== undefined) this.#startMs = Math.max(this.#startMs, newest.sentMs)
  }

  /** What is left of it, in ms; 0 for none. */
  leftMs(nowMs: number): number {
    if (!this.#isAllowed) return 0
    return Math.max(0, this.#startMs + this.#lengthMs - nowMs)
  }

  #drop(): void {
    this.#sent = []
    this.#startMs = Number.NEGATIVE_INFINITY
  }
}

/** Length of the lease of a round, in ms. */
export function leaseLengthMs(settings: {
  readonly tickMs: number
  readonly electionTicks: number
  readonly toleranceMs: number
  /** Bound on how far a clock's rate is off, in parts per million. */
  readonly driftPpm: number
}): number {
  const { tickMs, electionTicks, toleranceMs, driftPpm } = settings
  const promisedMs = (electionTicks - 1) * tickMs - toleranceMs
  return promisedMs * (1 - (2 * driftPpm) / 1_000_000)
}
