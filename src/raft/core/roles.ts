/**
 * The one writer of term, vote, role, leader and the time of a role: the changes of role (Raft
 * figure 4), and what of that changes within one. Who changes when is decided in election.ts and
 * step.ts.
 *
 * Invariants: the term never falls; a vote is never changed within its term (bug S6); a leader
 * begins with an entry of its own term (Raft §8).
 */
import { encodeChange } from './configuration-codec.js'
import { type CoreState, drawTimeout, reportOf } from './core-state.js'
import type { EntryKind, ReplicaId } from './entry.js'
import { invariant } from './invariant.js'
import { LeaderState } from './leader-state.js'
import { entryBytes } from './log.js'

const noData = new Uint8Array()

/**
 * Follows, in `term` or in the own one. The wait for a leader goes on where a mere follower only
 * learns of a term: hearing of a candidate is no sign of life of a leader (Raft §5.2).
 * @param leader 0 if not known
 */
export function becomeFollower(core: CoreState, term: number, leader: ReplicaId): void {
  if (term > core.term) beginTerm(core, term, 0)
  if (core.role !== 'follower' || leader !== 0) restartWait(core)
  endRole(core)
  core.role = 'follower'
  core.leader = leader
}

/** Asks whether an election could be won. Term and vote stay. */
export function becomePreCandidate(core: CoreState): void {
  invariant(core.role !== 'leader', 'a leader asked for votes', reportOf(core))
  restartWait(core)
  endRole(core)
  core.role = 'pre-candidate'
}

/** Campaigns in the next term, voting for itself. */
export function becomeCandidate(core: CoreState): void {
  invariant(core.role !== 'leader', 'a leader campaigned', reportOf(core))
  beginTerm(core, core.term + 1, core.id)
  restartWait(core)
  endRole(core)
  core.role = 'candidate'
}

/**
 * Leads the term in which it was a candidate. A log without any entry begins with the configuration
 * that the cluster starts from, all others get a noop.
 */
export function becomeLeader(core: CoreState): void {
  const { log, configuration, settings } = core
  invariant(core.role === 'candidate', 'only a candidate wins elections', reportOf(core))
  restartWait(core)
  endRole(core)
  core.role = 'leader'
  core.leader = core.id
  let uncommittedBytes = 0
  for (let index = log.committedIndex + 1; index <= log.lastIndex; index += 1) {
    uncommittedBytes += entryBytes(log.entryAt(index))
  }
  const leadership = new LeaderState(core.term, log.lastIndex + 1, core.id, uncommittedBytes)
  leadership.setMembers(configuration, log.lastIndex + 1, settings)
  core.leadership = leadership
  if (log.lastIndex > 0) appendEntry(core, leadership, 'noop', noData)
  else
    appendEntry(core, leadership, 'configuration', encodeChange({ kind: 'begin', configuration }))
}

/** The leader of this term has spoken to a follower: its wait begins anew. */
export function obeyLeader(core: CoreState, leader: ReplicaId): void {
  core.leader = leader
  core.electionTicks = 0
}

/** Lets a follower vote for others although its leader was heard from. */
export function forgetLeader(core: CoreState): void {
  core.leader = 0
  core.reads.abandonAll()
}

/** Votes for another replica, and gives it time. */
export function giveVote(core: CoreState, candidate: ReplicaId): void {
  core.vote = candidate
  core.electionTicks = 0
}

/** One tick more in this role. */
export function passTick(core: CoreState): void {
  core.electionTicks += 1
  core.heartbeatTicks += 1
}

/** Whether a leader has not checked its quorum for an election timeout; the next wait begins. */
export function isQuorumCheckDue(core: CoreState): boolean {
  if (core.electionTicks < core.settings.electionTimeoutTicks) return false
  core.electionTicks = 0
  return true
}

/** Whether a leader's next round of heartbeats is due; the next wait begins. */
export function isHeartbeatDue(core: CoreState): boolean {
  if (core.heartbeatTicks < core.settings.heartbeatTicks) return false
  core.heartbeatTicks = 0
  return true
}

/** Adds an entry of the own term to the leader's log. Returns its index. */
export function appendEntry(
  core: CoreState,
  leadership: LeaderState,
  kind: EntryKind,
  data: Uint8Array,
): number {
  const { log } = core
  const entry = { index: log.lastIndex + 1, term: core.term, kind, data }
  log.append(entry)
  leadership.appended(entry)
  return entry.index
}

function beginTerm(core: CoreState, term: number, vote: ReplicaId): void {
  invariant(Number.isSafeInteger(term), 'terms are used up', reportOf(core))
  core.term = term
  core.vote = vote
  core.timeoutTicks = drawTimeout(core.settings)
}

function restartWait(core: CoreState): void {
  core.electionTicks = 0
  core.heartbeatTicks = 0
  core.timeoutTicks = drawTimeout(core.settings)
}

/** What belongs to a role or to a leader ends with it. */
function endRole(core: CoreState): void {
  core.leader = 0
  core.leadership = null
  core.votes.clear()
  core.reads.abandonAll()
}
