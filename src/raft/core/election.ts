/**
 * Elections (Raft §5.2, §5.4.1; pre-vote: thesis §9.6; stickiness: thesis §4.2.3).
 *
 * Invariants: one vote a term (S6); nobody campaigns with a committed membership change that is not
 * applied (S3), nor while a snapshot replaces its log; the own vote, too, counts only once it is
 * durable. Votes are given whether or not the candidate is known here: the configuration here may
 * be the one that is behind (L8).
 */
import type { CoreState } from './core-state.js'
import type { OwnVote } from './disk-queue.js'
import type { ReplicaId } from './entry.js'
import { termMax } from './limits.js'
import type { VoteRequest, VoteResponse } from './message.js'
import type { Refusal } from './refusal.js'
import {
  becomeCandidate,
  becomeFollower,
  becomeLeader,
  becomePreCandidate,
  giveVote,
  passTick,
} from './roles.js'

/** `pre`: ask first; `vote`: campaign; `transfer`: campaign because the leader said so. */
type Campaign = 'pre' | 'vote' | 'transfer'

/** Whether this replica could lead: a voter whose log is its own. */
function isPromotable(core: CoreState): boolean {
  return core.quorum.has(core.id) && core.log.pendingSnapshot === null
}

/** The host wants an election now. null when it has begun. */
export function campaign(core: CoreState): Refusal | null {
  if (areVotesSuppressed(core)) return 'just_started'
  if (hasPromisedSilence(core)) return 'silence_promised'
  return start(core, core.settings.preVote ? 'pre' : 'vote')
}

/**
 * The leader hands over. A leader that was removed does so while its successor has yet to apply
 * that removal: the order then stands until it has, or for an election timeout (L13).
 */
export function handleTimeoutNow(core: CoreState, from: ReplicaId): void {
  if (core.leader !== 0 && core.leader !== from) return
  core.order = { term: core.term, tick: core.tick }
  campaignAsOrdered(core)
}

/** Call when entries were applied. No pre-vote: this is no return from a partition. */
export function campaignAsOrdered(core: CoreState): void {
  const { order } = core
  if (order === null || order.term !== core.term || core.role !== 'follower') return
  if (core.tick - order.tick >= core.settings.electionTimeoutTicks) return
  if (start(core, 'transfer') === null) core.order = null
}

/**
 * A follower or candidate has waited for one tick more. Whoever may not campaign goes on waiting:
 * the silence of its leader is what sets its vote free for others.
 */
export function tickElection(core: CoreState): void {
  passTick(core)
  if (core.electionTicks < core.timeoutTicks || areVotesSuppressed(core)) return
  start(core, core.settings.preVote ? 'pre' : 'vote')
}

function start(core: CoreState, kind: Campaign): Refusal | null {
  if (core.role === 'leader') return 'is_leader'
  if (!isPromotable(core) || core.term >= termMax) return 'not_promotable'
  const { log, apply } = core
  if (log.hasConfigurationIn(apply.appliedIndex, log.committedIndex)) return 'change_pending'
  run(core, kind)
  return null
}

function run(core: CoreState, kind: Campaign): void {
  const pre = kind === 'pre'
  if (pre) becomePreCandidate(core)
  else becomeCandidate(core)
  const { id: from, log, outbox, quorum } = core
  const term = pre ? core.term + 1 : core.term
  const { lastIndex, lastTerm } = log
  const fact = commitFact(core)
  const transfer = kind === 'transfer'
  outbox.voteForOneself({ term, pre })
  const voters = new Set([...quorum.incoming.ids, ...quorum.outgoing.ids])
  voters.delete(from)
  for (const to of [...voters].sort((a, b) => a - b)) {
    const kind = 'vote-request'
    const request = { kind, from, to, term, pre, lastIndex, lastTerm, transfer, ...fact } as const
    if (pre) outbox.send(request)
    else outbox.sendWhenDurable(request)
  }
}

/**
 * A leader that is alive keeps its followers from voting for others, and a replica that has just
 * started may have promised one its silence. Only a transfer overrides that: the leader that began
 * it trusts its lease no more. One who is behind is told so all the same: that is no vote (L3).
 */
export function isVoteWithheld(core: CoreState, message: VoteRequest): boolean {
  if (message.transfer) return false
  if (areVotesSuppressed(core)) return true
  if (hasPromisedSilence(core) && message.term >= core.term) return true
  const { checkQuorum, electionTimeoutTicks } = core.settings
  const hasLeader = core.leader !== 0 && core.electionTicks < electionTimeoutTicks
  return checkQuorum && hasLeader && message.term > core.term
}

/** `term` of the message is not below the own one, and equal to it unless this is a pre-vote. */
export function handleVoteRequest(core: CoreState, message: VoteRequest): void {
  const { from: to, pre, lastIndex, lastTerm } = message
  learnCommit(core, message)
  const isFree =
    core.vote === to || (core.vote === 0 && core.leader === 0) || (pre && message.term > core.term)
  const granted = isFree && core.log.isUpToDate(lastIndex, lastTerm)
  answerVote(core, message, granted)
  if (!granted || pre) return
  giveVote(core, to)
}

/** A grant names the term that was asked for; a refusal the later of both terms. */
export function answerVote(core: CoreState, message: VoteRequest, granted: boolean): void {
  const { from: to, pre } = message
  const known = pre ? message.term - 1 : message.term
  const term = granted ? message.term : Math.max(core.term, known)
  const { id: from } = core
  const kind = 'vote-response'
  core.outbox.sendWhenDurable({ kind, from, to, term, pre, granted, ...commitFact(core) })
}

export function handleVoteResponse(core: CoreState, message: VoteResponse): void {
  const { from, pre, granted, term } = message
  learnCommit(core, message)
  if (core.role !== (pre ? 'pre-candidate' : 'candidate')) return
  if (granted && term !== candidacyTerm(core)) return
  recordVote(core, from, granted)
}

function commitFact({ log }: CoreState): { commit: number; commitTerm: number } {
  const commit = log.committedIndex
  return { commit, commitTerm: log.termAt(commit) ?? 0 }
}

/**
 * Takes over what another replica knows to be committed, if the log here has it. Without this, the
 * voters of a new configuration that do not know of its commit could need the votes of replicas
 * which do, have left the quorum with it, and will not vote because their logs are longer (L8).
 * A candidacy that turns out to rest on an outdated configuration ends (S3).
 */
function learnCommit(core: CoreState, fact: { commit: number; commitTerm: number }): void {
  const { log, apply, role } = core
  if (role === 'leader' || !log.has(fact.commit, fact.commitTerm)) return
  if (!log.commitTo(fact.commit) || role === 'follower') return
  if (log.hasConfigurationIn(apply.appliedIndex, log.committedIndex)) {
    becomeFollower(core, core.term, 0)
  }
}

/** The own vote has become durable. */
export function ownVoteIsDurable(core: CoreState, { term, pre }: OwnVote): void {
  if (core.role !== (pre ? 'pre-candidate' : 'candidate') || term !== candidacyTerm(core)) return
  recordVote(core, core.id, true)
}

function candidacyTerm(core: CoreState): number {
  return core.role === 'pre-candidate' ? core.term + 1 : core.term
}

function recordVote(core: CoreState, from: ReplicaId, granted: boolean): void {
  const { votes, quorum } = core
  if (!votes.has(from)) votes.set(from, granted)
  const result = quorum.result((id) => votes.get(id))
  if (result === 'lost') becomeFollower(core, core.term, 0)
  // Without the own vote the own disk has not answered, and must not be led by (L2).
  if (result !== 'won' || votes.get(core.id) !== true) return
  if (core.role === 'pre-candidate') run(core, 'vote')
  else becomeLeader(core)
}

function areVotesSuppressed(core: CoreState): boolean {
  const { suppressVotesAtStart, electionTimeoutTicks } = core.settings
  return suppressVotesAtStart && core.tick < electionTimeoutTicks
}

/**
 * With `leaseReads` whoever has answered a leader's heartbeat gives no vote, and seeks none, for an
 * election timeout: that leader's lease counts on it (thesis §6.4.1). The promise is to whoever was
 * answered, so it stands although that leader is forgotten meanwhile: a late refusal of a pre-vote
 * may tell of a later term in which nobody leads.
 */
function hasPromisedSilence({ settings, tick, answeredTick }: CoreState): boolean {
  return settings.leaseReads && tick - answeredTick < settings.electionTimeoutTicks
}
