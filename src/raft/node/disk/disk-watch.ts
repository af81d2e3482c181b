/**
 * What to do about disks that do not answer (design §3; bugs L1, L2). A disk stalls when the oldest
 * thing that it owes is older than an election timeout.
 *
 * A leader whose disk stalls hands over to a peer whose disk answered something since then, and if
 * that does not help stops its heartbeats, so that others elect. As long as no peer's disk is known
 * to answer it keeps leading: where all disks stall together, an election would only add harm. A
 * follower whose disk stalls does not campaign.
 *
 * Invariant: a peer counts as well only by what it said lately, of a write that it completed after
 * the stall began.
 */
import type { ReplicaId } from '../../core/entry.js'
import type { DiskHealth } from '../frame.js'

export interface DiskWatchSettings {
  readonly electionTimeoutMs: number
  /** What a peer said longer ago counts for nothing, in ms. */
  readonly freshMs: number
}

export type DiskAdvice =
  | { readonly kind: 'none' }
  /** To one of these. */
  | { readonly kind: 'hand-over'; readonly to: readonly ReplicaId[] }
  | { readonly kind: 'mute' }

interface PeerHealth {
  readonly heardMs: number
  readonly waitingMs: number
  /** When a write was last completed there, by the own clock, at the latest; null if none was. */
  readonly answeredAtMs: number | null
}

export class DiskWatch {
  readonly #settings: DiskWatchSettings
  /** Of members alone. */
  readonly #peers = new Map<ReplicaId, PeerHealth>()
  #answeredAtMs: number | null = null
  /** When this leader began to hand over because of its disk; null if it did not. */
  #handingOverSinceMs: number | null = null

  constructor(settings: DiskWatchSettings) {
    this.#settings = settings
  }

  /** Time since the own disk completed a write; null if it has not yet. */
  answeredMs(nowMs: number): number | null {
    return this.#answeredAtMs === null ? null : Math.max(0, nowMs - this.#answeredAtMs)
  }

  /** The own disk completed a write. */
  answered(nowMs: number): void {
    this.#answeredAtMs = nowMs
  }

  heard(peer: ReplicaId, { waitingMs, answeredMs }: DiskHealth, nowMs: number): void {
    const answeredAtMs = answeredMs === null ? null : nowMs - answeredMs
    this.#peers.set(peer, { heardMs: nowMs, waitingMs, answeredAtMs })
  }

  /** The peer was removed for good. */
  forget(peer: ReplicaId): void {
    this.#peers.delete(peer)
  }

  isStalled(oldestMs: number): boolean {
    return oldestMs > this.#settings.electionTimeoutMs
  }

  /**
   * A leader's disk stalls and it asks whether this one answers: a small write shows it.
   * @returns whether one should be made, because none was completed lately
   */
  shouldTry({ waitingMs }: DiskHealth, oldestMs: number, nowMs: number): boolean {
    if (waitingMs <= this.#settings.electionTimeoutMs || oldestMs > 0) return false
    const answeredMs = this.answeredMs(nowMs)
    return answeredMs === null || answeredMs > this.#settings.electionTimeoutMs / 2
  }

  /**
   * What a leader should do now.
   * @param oldestMs age of the oldest thing that its disk owes
   * @param voters other replicas that could lead
   */
  advise(oldestMs: number, voters: readonly ReplicaId[], nowMs: number): DiskAdvice {
    if (!this.isStalled(oldestMs)) {
      this.#handingOverSinceMs = null
      return { kind: 'none' }
    }
    const to = voters.filter((id) => this.#isWell(id, nowMs - oldestMs, nowMs))
    if (to.length === 0) return { kind: 'none' }
    this.#handingOverSinceMs ??= nowMs
    const triedMs = nowMs - this.#handingOverSinceMs
    return triedMs > this.#settings.electionTimeoutMs ? { kind: 'mute' } : { kind: 'hand-over', to }
  }

  /** Those of the given peers whose disks, by what they said lately, owe nothing for long. */
  sound(peers: readonly ReplicaId[], nowMs: number): readonly ReplicaId[] {
    return peers.filter((id) => {
      const peer = this.#peers.get(id)
      const isFresh = peer !== undefined && nowMs - peer.heardMs <= this.#settings.freshMs
      return isFresh && !this.isStalled(peer.waitingMs)
    })
  }

  /** This replica leads no more. */
  reset(): void {
    this.#handingOverSinceMs = null
  }

  #isWell(id: ReplicaId, sinceMs: number, nowMs: number): boolean {
    const peer = this.#peers.get(id)
    if (peer === undefined || nowMs - peer.heardMs > this.#settings.freshMs) return false
    const hasAnswered = peer.answeredAtMs !== null && peer.answeredAtMs > sinceMs
    return hasAnswered && !this.isStalled(peer.waitingMs)
  }
}
