/**
 * Handing leadership over (thesis §3.10): bring the target's log level, accept no proposals
 * meanwhile, tell it to campaign at once, and take the reins back after an election timeout (L13).
 *
 * Once somebody was told to campaign, votes are given in spite of this leader's lease, so
 * `handedOver` stays set for the rest of the term (bug S19).
 */
import type { CoreState } from './core-state.js'
import type { ReplicaId } from './entry.js'
import type { LeaderState } from './leader-state.js'
import type { Progress } from './progress.js'
import type { Refusal } from './refusal.js'

/** Begins a transfer, or changes its target. null when it has begun. */
export function transferLeader(core: CoreState, target: ReplicaId): Refusal | null {
  const { leadership } = core
  if (leadership === null) return core.leader === 0 ? 'no_leader' : 'not_leader'
  const peer = leadership.peer(target)
  if (peer === undefined || !core.quorum.has(target)) return 'target_invalid'
  if (leadership.transferee === target) return null
  leadership.beginTransfer(target)
  offerHandOver(core, leadership, peer)
  return null
}

/** Tells the target to campaign if it is level. Repeated at each answer of it: one may be lost. */
export function offerHandOver(core: CoreState, leadership: LeaderState, peer: Progress): void {
  if (peer.id !== leadership.transferee || peer.match !== core.log.lastIndex) return
  sendTimeoutNow(core, leadership, peer.id)
}

/** A leader that is no longer a voter lets the voter with the most of its log campaign. */
export function handOverOnRemoval(core: CoreState, leadership: LeaderState): void {
  let best: Progress | null = null
  for (const peer of leadership.peers) {
    if (!core.quorum.has(peer.id) || !peer.recentlyActive) continue
    if (best === null || peer.match > best.match) best = peer
  }
  if (best !== null) sendTimeoutNow(core, leadership, best.id)
}

export function tickTransfer(core: CoreState, leadership: LeaderState): void {
  if (leadership.transferee === 0) return
  const ticks = leadership.transferTick()
  if (ticks >= core.settings.electionTimeoutTicks) leadership.abortTransfer()
}

function sendTimeoutNow(core: CoreState, leadership: LeaderState, to: ReplicaId): void {
  const { id: from, term } = core
  leadership.handOver()
  core.outbox.send({ kind: 'timeout-now', from, to, term })
}
