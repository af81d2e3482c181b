/**
 * The core's side of asynchronous storage: what the next append record holds, and what its
 * completion sets free. The disk is always behind and never waited for.
 *
 * Invariants: hard state and entries travel in one record (bugs S4, S13); the commit index in it
 * never leads the log that is durable with it, nor is it behind what was known when its entries
 * came in (S3 rests on that after a restart); promises leave after their record (S5, S20).
 */
import { type CoreState, reportOf } from './core-state.js'
import { addPromise, type Promised } from './disk-queue.js'
import { ownVoteIsDurable } from './election.js'
import type { Entry, HardState } from './entry.js'
import { InvariantError } from './invariant.js'
import type { AppendRecord } from './output.js'

const noEntries: readonly Entry[] = []

/**
 * Whether there is anything that must get to the disk. A commit index alone can wait, unless it has
 * removed a replica: whoever forgot that could need the vote of one that has left.
 */
export function hasUnwritten(core: CoreState): boolean {
  const { term, vote, handedHardState, log, disk, removalIndex } = core
  return (
    handedHardState.commit < removalIndex ||
    term !== handedHardState.term ||
    vote !== handedHardState.vote ||
    log.lastIndex > disk.handedIndex ||
    isSnapshotUnwritten(core)
  )
}

function isSnapshotUnwritten(core: CoreState): boolean {
  const { pendingSnapshot } = core.log
  return pendingSnapshot !== null && core.handedSnapshotIndex !== pendingSnapshot.index
}

/**
 * Hands out what is to be written, in one record; null for nothing, or while too many records are
 * under way. What waits although nothing is left to write waits for the newest record under way.
 */
export function takeAppend(core: CoreState): AppendRecord | null {
  const { disk, outbox } = core
  if (!hasUnwritten(core)) {
    if (outbox.hasWaiting) promiseWithNewest(core)
    return null
  }
  if (disk.underWay >= core.settings.appendsUnderWayMax) return null
  return isSnapshotUnwritten(core) ? takeSnapshot(core) : takeEntries(core)
}

function takeSnapshot(core: CoreState): AppendRecord {
  const snapshot = core.log.pendingSnapshot!
  core.handedSnapshotIndex = snapshot.index
  const token = core.disk.handOut(snapshot.index, snapshot.index, core.outbox.takeWaiting(true))
  return { token, hardState: takeHardState(core, snapshot.index), entries: noEntries, snapshot }
}

/** Of a record that ends before the log does nothing is promised yet: what waits, waits for all. */
function takeEntries(core: CoreState): AppendRecord {
  const { log, disk, outbox, settings } = core
  const from = disk.handedIndex + 1
  const { lastIndex } = log
  const all = Number.POSITIVE_INFINITY
  const entries =
    from > lastIndex ? noEntries : log.slice(from, lastIndex, all, settings.recordBytesMax)
  const through = disk.handedIndex + entries.length
  const waiting = through < lastIndex ? { messages: [], ownVote: null } : outbox.takeWaiting(false)
  const token = disk.handOut(through, 0, waiting)
  return { token, hardState: takeHardState(core, through), entries, snapshot: null }
}

/** @param durableIndex last index of the log that is durable with this record */
function takeHardState(core: CoreState, durableIndex: number): HardState | null {
  const { term, vote, handedHardState: before } = core
  const commit = Math.min(core.log.committedIndex, durableIndex)
  if (term === before.term && vote === before.vote && commit === before.commit) return null
  const hardState = { term, vote, commit }
  core.handedHardState = hardState
  return hardState
}

function promiseWithNewest(core: CoreState): void {
  const promised = core.outbox.takeWaiting(false)
  const { newest } = core.disk
  if (newest === undefined) {
    keep(core, promised)
    return
  }
  for (const message of promised.messages) addPromise(newest.messages, message)
  newest.ownVote = promised.ownVote ?? newest.ownVote
}

/**
 * What waits although everything is durable already is free. It may set more in motion (a pre-vote
 * won by the own vote alone), so this runs until nothing waits in vain.
 */
export function releaseIdle(core: CoreState): void {
  const { outbox, disk } = core
  while (outbox.hasWaiting && disk.underWay === 0 && !hasUnwritten(core)) {
    keep(core, outbox.takeWaiting(false))
  }
}

/** The host completed a record. Returns the index of the snapshot that it installed; 0 for none. */
export function completeAppend(core: CoreState, token: number): { snapshotIndex: number } {
  const { waiting, snapshotIndex } = core.disk.complete(token)
  keep(core, waiting)
  core.leadership?.advanceCommit(core)
  return { snapshotIndex }
}

/** The host's state is that of an installed snapshot. A newer one may wait to take its place. */
export function restored(core: CoreState, index: number): void {
  const { log, apply } = core
  if (index > log.compacted.index) {
    const report = { index, ...reportOf(core) }
    throw new InvariantError('restored what was never installed', report)
  }
  apply.replaced(index)
  log.restored(index)
}

/**
 * Everything that was promised is durable now: the own vote counts, the messages may leave. What
 * was promised in a former term stays: a newer leader may have cut the entries off before they were
 * ever written (bug S15), and nobody waits for the answer but a leader that is deposed.
 */
function keep(core: CoreState, { messages, ownVote }: Promised): void {
  if (ownVote !== null) ownVoteIsDurable(core, ownVote)
  for (const message of messages) if (message.term >= core.term) core.outbox.send(message)
}
