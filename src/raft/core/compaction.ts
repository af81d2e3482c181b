/**
 * Compaction and snapshots as the core sees them (Raft §7): which snapshot peers are sent, how much
 * of the log may go, what became of a transfer. The data are the host's.
 */
import { type CoreState, reportOf } from './core-state.js'
import type { ReplicaId, SnapshotMeta } from './entry.js'
import { InvariantError } from './invariant.js'
import type { LeaderState } from './leader-state.js'
import type { LogPosition } from './log.js'

/**
 * Names a snapshot of the state that is applied now, with the configuration that is active in it:
 * never one that is only proposed (bug S9). null when there is nothing to name: nothing was
 * applied, or another replica's snapshot is just taking the place of the state.
 */
export function nameSnapshot(core: CoreState): SnapshotMeta | null {
  const { log, apply, configuration } = core
  const index = apply.appliedIndex
  if (index === 0 || log.pendingSnapshot !== null) return null
  const term = log.termAt(index)
  if (term === undefined) throw new InvariantError('the applied entry is gone', reportOf(core))
  return { index, term, configuration }
}

/** A snapshot of the own state is whole and on disk: from now on it is the one to send. */
export function snapshotTaken(core: CoreState, snapshot: SnapshotMeta): void {
  const { log, apply } = core
  if (snapshot.index > apply.appliedIndex) {
    throw new InvariantError('a snapshot of the future', { snapshot, ...reportOf(core) })
  }
  log.snapshotTaken(snapshot)
}

/**
 * Drops the log up to `index`, or less: never beyond the newest snapshot, nor beyond one that a
 * live peer is being sent, which would need another one at once (bug L14). Returns where the log
 * begins now.
 */
export function compact(core: CoreState, index: number): LogPosition {
  const { log, apply, leadership } = core
  let through = Math.min(index, apply.appliedIndex, log.snapshot?.index ?? 0)
  for (const peer of leadership?.peers ?? []) {
    if (peer.state === 'snapshot' && peer.recentlyActive) {
      through = Math.min(through, peer.pendingSnapshotIndex)
    }
  }
  log.compact(through)
  return log.compacted
}

/** The transfer of a snapshot has ended. A probe follows the next sign of life (bugs L9, L11). */
export function reportSnapshot(leadership: LeaderState, id: ReplicaId, ok: boolean): void {
  const peer = leadership.peer(id)
  if (peer === undefined || peer.state !== 'snapshot') return
  peer.snapshotEnded(ok)
}

/** Nobody reported for very long: the peer is probed again, which shows what it needs (L11). */
export function tickSnapshots(core: CoreState, leadership: LeaderState): void {
  for (const peer of leadership.peers) {
    if (peer.state !== 'snapshot') continue
    const ticks = peer.snapshotTick()
    if (ticks >= core.settings.snapshotTicksMax) reportSnapshot(leadership, peer.id, false)
  }
}
