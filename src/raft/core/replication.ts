/**
 * What a leader sends: commands go into its log, its peers' logs are brought to its own (Raft
 * §5.3), and signs of life go out in numbered rounds (Raft §5.2, thesis §6.4). And what the
 * answers mean. A follower refuses commands and names the leader: they are never forwarded, for
 * the one who decides must be the one who proposes (design §3).
 *
 * Sending is decided anew at each output from the state of each peer, so that many
 * proposals leave as one append; the leader's own disk works at the same time (thesis §10.2.1).
 *
 * A round that a quorum has answered proves that no later leader had been elected when the round
 * was sent: reads rest on it, and with the host's time stamps leases do.
 */
import { type CoreState, reportOf } from './core-state.js'
import type { Entry } from './entry.js'
import { invariant } from './invariant.js'
import type { LeaderState } from './leader-state.js'
import { entryOverheadBytes } from './limits.js'
import { entryBytes } from './log.js'
import type { AppendAccepted, AppendRejected, HeartbeatResponse } from './message.js'
import type { Progress } from './progress.js'
import { confirmReads } from './read-index.js'
import { type Proposed, refused } from './refusal.js'
import { appendEntry } from './roles.js'
import { offerHandOver } from './transfer.js'

const noEntries: readonly Entry[] = []

/** The last run of entries that was cut from the log: peers that are level share it. */
interface Run {
  from: number
  entries: readonly Entry[]
  bytes: number
}

/**
 * Appends a command. Refused as `overloaded` while too much is uncommitted, or in memory, already;
 * one proposal of any size that fits into the log passes when nothing is uncommitted.
 * @param data kept as it is: it must not be changed afterwards
 */
export function propose(core: CoreState, data: Uint8Array): Proposed {
  const { leadership, log, settings } = core
  if (leadership === null) return refused(core.leader === 0 ? 'no_leader' : 'not_leader')
  if (leadership.transferee !== 0) return refused('transferring')
  if (!(data instanceof Uint8Array)) return refused('data_invalid', 'a command is bytes')
  const { uncommittedBytes } = leadership
  const bytes = data.length + entryOverheadBytes
  if (bytes > settings.logBytesMax) return refused('too_large')
  if (log.bytes + bytes > settings.logBytesMax) return refused('overloaded')
  if (uncommittedBytes > 0 && uncommittedBytes + bytes > settings.uncommittedBytesMax) {
    return refused('overloaded')
  }
  const index = appendEntry(core, leadership, 'command', data)
  return { kind: 'accepted', index, term: core.term }
}

/** Sends to every peer what it may be sent now. */
export function flushAppends(core: CoreState, leadership: LeaderState): void {
  const run: Run = { from: 0, entries: noEntries, bytes: 0 }
  for (const peer of leadership.peers) {
    while (sendAppend(core, peer, run)) {
      // As long as the window of this peer is open and there is something to send.
    }
  }
}

/** Whether flushing would send anything. */
export function hasAppendsToFlush(core: CoreState, leadership: LeaderState): boolean {
  return leadership.peers.some((peer) => !peer.isBlocked && isDue(core, peer))
}

function hasNews(core: CoreState, peer: Progress): boolean {
  return peer.next <= core.log.lastIndex && !peer.inflights.isFull
}

/** Whether there is a reason to send. A silent peer is not worth a snapshot. */
function isDue(core: CoreState, peer: Progress): boolean {
  const isReason = hasNews(core, peer) || peer.appendDue || peer.wouldLearn(core.log.committedIndex)
  return isReason && (peer.recentlyActive || peer.next > core.log.compacted.index)
}

/** Sends one append or snapshot if there is a reason to. Returns whether there may be more. */
function sendAppend(core: CoreState, peer: Progress, run: Run): boolean {
  if (peer.isBlocked) return false
  const { log } = core
  const isNews = hasNews(core, peer)
  if (!isDue(core, peer)) return false
  const prevIndex = peer.next - 1
  const prevTerm = log.termAt(prevIndex)
  if (prevTerm === undefined) {
    sendSnapshot(core, peer)
    return false
  }
  if (isNews) cutRun(core, peer.next, run)
  const entries = isNews ? run.entries : noEntries
  const commit = log.committedIndex
  const { id: from, term } = core
  core.outbox.send({
    kind: 'append',
    from,
    to: peer.id,
    term,
    prevIndex,
    prevTerm,
    entries,
    commit,
  })
  peer.appendSent(entries.length, isNews ? run.bytes : 0, commit)
  return isNews
}

function cutRun(core: CoreState, from: number, run: Run): void {
  if (run.from === from) return
  const { entriesPerMessageMax, messageBytesMax } = core.settings
  run.from = from
  run.entries = core.log.slice(from, core.log.lastIndex, entriesPerMessageMax, messageBytesMax)
  run.bytes = 0
  for (const entry of run.entries) run.bytes += entryBytes(entry)
}

/** The peer needs entries that were compacted (Raft §7). */
function sendSnapshot(core: CoreState, peer: Progress): void {
  const { id: from, term, log } = core
  const { snapshot } = log
  invariant(snapshot !== null, 'entries were compacted without a snapshot', reportOf(core))
  peer.snapshotSent(snapshot.index)
  core.outbox.send({ kind: 'snapshot', from, to: peer.id, term, snapshot })
}

export function handleAppendAccepted(
  core: CoreState,
  leadership: LeaderState,
  message: AppendAccepted,
): void {
  const peer = leadership.peer(message.from)
  if (peer === undefined || message.index > core.log.lastIndex) return
  if (!peer.accepted(message.index, core.log.compacted.index)) return
  leadership.advanceCommit(core)
  offerHandOver(core, leadership, peer)
}

export function handleAppendRejected(
  core: CoreState,
  leadership: LeaderState,
  message: AppendRejected,
): void {
  const peer = leadership.peer(message.from)
  if (peer === undefined) return
  const { index, hintIndex, hintTerm } = message
  const hint = hintTerm > 0 ? core.log.agreementHint(hintIndex, hintTerm) : hintIndex
  peer.rejected(index, hint)
}

/** The transport could not reach a peer: what was sent ahead is probably lost. */
export function reportUnreachable(leadership: LeaderState, id: number): void {
  leadership.peer(id)?.unreachable()
}

/** Sends the round that is due. Returns its number, 0 if none is or the leader is muted (L1). */
export function flushHeartbeats(core: CoreState, leadership: LeaderState): number {
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
  leadership: LeaderState,
  message: HeartbeatResponse,
): void {
  const peer = leadership.peer(message.from)
  if (peer === undefined || message.round > core.round) return
  if (peer.answered(message.round, core.log.lastIndex)) advanceConfirmedRound(core, leadership)
  offerHandOver(core, leadership, peer)
}

/** Call when an answer has come in or the configuration has changed. */
export function advanceConfirmedRound(core: CoreState, leadership: LeaderState): void {
  const round = leadership.advanceConfirmedRound(core.quorum, core.round)
  if (round > 0) confirmReads(core, round)
}
