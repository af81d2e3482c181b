/**
 * The leader's signs of life, sent in numbered rounds (Raft §5.2, thesis §6.4). A round that a
 * quorum has answered proves that no later leader had been elected when the round was sent: reads
 * rest on it, and with the host's time stamps leases do.
 */
import type { CoreState } from './core-state.js'
import type { Leadership } from './leadership.js'
import type { HeartbeatResponse } from './message.js'
import { confirmReads } from './read-index.js'
import { offerHandOver } from './transfer.js'

/** Sends the round that is due. Returns its number, 0 if none is or the leader is muted (L1). */
export function flushHeartbeats(core: CoreState, leadership: Leadership): number {
  if (!leadership.heartbeatDue || core.muted) return 0
  leadership.roundSent()
  core.round += 1
  const { id: from, term, round, log } = core
  for (const peer of leadership.peers) {
    // What this peer has not acknowledged may differ there: it may not take it for committed (S14).
    const commit = Math.min(peer.match, log.committedIndex)
    peer.heartbeatSent(commit)
    core.outbox.send({ kind: 'heartbeat', from, to: peer.id, term, commit, round })
  }
  advanceConfirmedRound(core, leadership)
  return round
}

export function handleHeartbeatResponse(
  core: CoreState,
  leadership: Leadership,
  message: HeartbeatResponse,
): void {
  const peer = leadership.peer(message.from)
  if (peer === undefined || message.round > core.round) return
  if (peer.answered(message.round, core.log.lastIndex)) advanceConfirmedRound(core, leadership)
  offerHandOver(core, leadership, peer)
}

/** Call when an answer has come in or the configuration has changed. */
export function advanceConfirmedRound(core: CoreState, leadership: Leadership): void {
  const round = leadership.advanceConfirmedRound(core.quorum, core.round)
  if (round > 0) confirmReads(core, round)
}
