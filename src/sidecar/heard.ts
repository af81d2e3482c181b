/**
 * When this sidecar heard of the cluster last, over which way, and what follows: whether orders
 * reach it over NATS, and whether its table is too old to answer with.
 */

/** After so many pulses missed, NATS counts as silent. */
export const silentPulses = 3

export class Heard {
  readonly #staleTableMs: number
  #replicaAtMs = Number.NEGATIVE_INFINITY
  #orderAtMs = Number.NEGATIVE_INFINITY
  #pulseAtMs = Number.NEGATIVE_INFINITY
  #natsSinceMs: number | null = null

  /** @param staleTableMs without word from anybody for this long, the table answers no more */
  constructor(staleTableMs: number) {
    this.#staleTableMs = staleTableMs
  }

  get isNatsUp(): boolean {
    return this.#natsSinceMs !== null
  }

  /** @returns whether the table was stale until now */
  replica(nowMs: number): boolean {
    const wasStale = this.isStale(nowMs)
    this.#replicaAtMs = nowMs
    return wasStale
  }

  /** The leader's pulse, over NATS: it says nothing of a table. */
  pulse(nowMs: number): void {
    this.#pulseAtMs = nowMs
  }

  /**
   * What is said of the table over NATS: an order of the leader, an answer of a replica.
   * @returns whether the table was stale until now
   */
  order(nowMs: number): boolean {
    const wasStale = this.isStale(nowMs)
    this.#orderAtMs = nowMs
    return wasStale
  }

  nats(isUp: boolean, nowMs: number): void {
    this.#natsSinceMs = isUp ? nowMs : null
  }

  replicaSilentMs(nowMs: number): number {
    return nowMs - this.#replicaAtMs
  }

  ordersSilentMs(nowMs: number): number {
    return nowMs - this.#orderAtMs
  }

  /** Whether orders reach this sidecar over NATS: connected, and pulses come through. */
  isListening(nowMs: number, beaconMs: number): boolean {
    const sinceMs = this.#natsSinceMs
    if (sinceMs === null) return false
    return nowMs - Math.max(sinceMs, this.#orderAtMs, this.#pulseAtMs) < silentPulses * beaconMs
  }

  /** Nobody has said anything of the table for so long, in ms. */
  silentMs(nowMs: number): number {
    return nowMs - Math.max(this.#replicaAtMs, this.#orderAtMs)
  }

  isStale(nowMs: number): boolean {
    return this.silentMs(nowMs) > this.#staleTableMs
  }
}
