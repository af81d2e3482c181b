/**
 * Members that speak and are not listened to: their process is another one than was met, or their
 * terms lie beyond all reach. For a moment that is as it should be, after a restart, or while the
 * own term goes towards theirs; for longer somebody must look, for everything else says that the
 * peer is well.
 *
 * Bound: one for each member.
 */
import type { ReplicaId } from '../../core/entry.js'

/** `unmet`: its run is not the one that was met; `far-term`: see step.ts. */
export type IgnoredWhy = 'unmet' | 'far-term'

export interface IgnoredPeer {
  readonly peer: ReplicaId
  readonly why: IgnoredWhy
  /** How long nothing that it said has counted, in ms. */
  readonly forMs: number
  /** What it said meanwhile. */
  readonly frames: number
}

interface Ignored {
  readonly why: IgnoredWhy
  readonly sinceMs: number
  lastMs: number
  frames: number
}

/** One that is ignored for longer is told of, in ms. */
const longMs = 5_000
/** One that was silent for longer is ignored no more, in ms. */
const silentMs = 5_000

export class IgnoredPeers {
  readonly #ignored = new Map<ReplicaId, Ignored>()

  /** A frame of this member was ignored. */
  note(peer: ReplicaId, why: IgnoredWhy, nowMs: number): void {
    const before = this.#ignored.get(peer)
    if (before === undefined || nowMs - before.lastMs > silentMs) {
      this.#ignored.set(peer, { why, sinceMs: nowMs, lastMs: nowMs, frames: 1 })
      return
    }
    before.lastMs = nowMs
    before.frames += 1
  }

  /** What the peer says counts, or is not ignored for this any more. */
  heard(peer: ReplicaId, why: IgnoredWhy): void {
    if (this.#ignored.get(peer)?.why === why) this.#ignored.delete(peer)
  }

  /** The peer was removed for good. */
  forget(peer: ReplicaId): void {
    this.#ignored.delete(peer)
  }

  /** Those who are ignored for long and still speak. */
  list(nowMs: number): readonly IgnoredPeer[] {
    return [...this.#ignored].flatMap(([peer, { why, sinceMs, lastMs, frames }]) => {
      const forMs = nowMs - sinceMs
      const isAlarm = forMs > longMs && nowMs - lastMs <= silentMs
      return isAlarm ? [{ peer, why, forMs, frames }] : []
    })
  }
}
