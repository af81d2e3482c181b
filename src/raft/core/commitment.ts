/**
 * When a leader takes an entry for committed (Raft §5.3, §5.4.2): once a quorum has it on disk, and
 * only if it is of the leader's own term. Earlier entries are committed with it, never by
 * themselves (bug S1). The quorum is counted anew each time, learners are not in it (S8, S21).
 */
import type { CoreState } from './core-state.js'
import type { Leadership } from './leadership.js'
import { entryBytes } from './log.js'

/** Call when a match, the own disk or the configuration has moved on. */
export function advanceCommit(core: CoreState, leadership: Leadership): void {
  const { log, disk, quorum } = core
  const index = leadership.matchedBy(quorum, disk.stableIndex)
  const before = log.committedIndex
  if (index <= before || log.termAt(index) !== core.term) return
  log.commitTo(index)
  for (let at = before + 1; at <= index; at += 1) {
    leadership.uncommittedBytes -= entryBytes(log.entryAt(at))
  }
}

/** Whether an entry of the own term is committed: then it knows all that is (thesis §6.4). */
export function hasCommittedInTerm(core: CoreState, leadership: Leadership): boolean {
  return core.log.committedIndex >= leadership.termStartIndex
}
