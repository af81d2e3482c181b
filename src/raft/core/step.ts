/**
 * The way of messages and of time into the core. Of a message first what its term means here (Raft
 * §5.1), then what its kind means in this role. Whatever a peer sends, this never throws: messages
 * that make no sense here are ignored, as lost ones would be. One tick is the host's unit; a pause
 * of the host should count as one tick.
 */
import { tickSnapshots } from './compaction.js'
import type { CoreState } from './core-state.js'
import {
  answerVote,
  handleTimeoutNow,
  handleVoteRequest,
  handleVoteResponse,
  isVoteWithheld,
  tickElection,
} from './election.js'
import type { ReplicaId } from './entry.js'
import { handleAppend, handleHeartbeat, handleSnapshot } from './following.js'
import type { LeaderState } from './leader-state.js'
import { termMax, termRiseMax, termWalkMax } from './limits.js'
import { isMember, leaveJointWhenDue, switchConfiguration } from './membership.js'
import type { Message } from './message.js'
import { handleReadIndexRequest, handleReadIndexResponse } from './read-index.js'
import {
  handleAppendAccepted,
  handleAppendRejected,
  handleHeartbeatResponse,
} from './replication.js'
import { becomeFollower, isHeartbeatDue, isQuorumCheckDue, obeyLeader, passTick } from './roles.js'
import { tickTransfer } from './transfer.js'

export function step(core: CoreState, message: Message): void {
  const { from, to, term } = message
  if (to !== core.id || from === core.id) return
  if (isAnswer(message) && !isMember(core, from)) return
  const isFar = !isWithinReach(core, term)
  if (message.kind === 'vote-request' && isVoteWithheld(core, message)) return
  if (isFar) approachTerm(core, message)
  else if (term < core.term) answerOutdated(core, message)
  else {
    if (term > core.term) followTerm(core, message)
    handle(core, message)
  }
}

/** Answers count only from members: a removed replica's must not depose anybody (bug L7). */
function isAnswer({ kind }: Message): boolean {
  return (
    kind === 'vote-response' ||
    kind === 'append-accepted' ||
    kind === 'append-rejected' ||
    kind === 'heartbeat-response' ||
    kind === 'higher-term'
  )
}

function isFromLeader({ kind }: Message): boolean {
  return kind === 'append' || kind === 'heartbeat' || kind === 'snapshot'
}

/** A pre-vote and its grant only speak of a later term. */
function showsTerm(message: Message): boolean {
  if (message.kind === 'vote-request') return !message.pre
  if (message.kind === 'vote-response') return !(message.pre && message.granted)
  return true
}

function isGrantable({ log }: CoreState, message: Message): boolean {
  return message.kind === 'vote-request' && log.isUpToDate(message.lastIndex, message.lastTerm)
}

/** There is a later term. */
function followTerm(core: CoreState, message: Message): void {
  if (!showsTerm(message)) return
  const { from, term } = message
  termRises(core, term)
  becomeFollower(core, term, isFromLeader(message) ? from : 0)
}

/**
 * The message is of a term beyond reach: it is not taken, but it may show the way. So does a
 * pre-vote that would be granted, for the vote would come next, and raise the term. Whoever does
 * not campaign (a learner that has yet to hear that it votes) may be needed, and hear nothing else.
 */
function approachTerm(core: CoreState, message: Message): void {
  if (!showsTerm(message) && !isGrantable(core, message)) return
  const term = termTowards(core, message.term, isFromLeader(message))
  if (term === core.term) return
  termRises(core, term)
  becomeFollower(core, term, 0)
}

/**
 * An outdated leader and an outdated candidate are told the term; everything else is ignored.
 * Without this, a replica that has gone ahead in its term (a partition, a vote lost) would neither
 * win an election nor be taken back by the leader (bugs L3, L4).
 */
function answerOutdated(core: CoreState, message: Message): void {
  const { id: from, term, outbox } = core
  const { from: to } = message
  if (message.kind === 'vote-request') {
    answerVote(core, message, false)
  } else if (isFromLeader(message)) {
    const { checkQuorum, preVote } = core.settings
    if (checkQuorum || preVote) outbox.sendWhenDurable({ kind: 'higher-term', from, to, term })
  }
}

/** The term of the message is the own one, or it is a pre-vote or its grant. */
function handle(core: CoreState, message: Message): void {
  const { leadership } = core
  switch (message.kind) {
    case 'append':
      if (follow(core, message.from)) handleAppend(core, message)
      break
    case 'heartbeat':
      if (follow(core, message.from)) handleHeartbeat(core, message)
      break
    case 'snapshot': {
      const configuration = follow(core, message.from) ? handleSnapshot(core, message) : null
      if (configuration !== null) switchConfiguration(core, configuration)
      break
    }
    case 'vote-request':
      handleVoteRequest(core, message)
      break
    case 'vote-response':
      handleVoteResponse(core, message)
      break
    case 'append-accepted':
      if (leadership !== null) handleAppendAccepted(core, leadership, message)
      break
    case 'append-rejected':
      if (leadership !== null) handleAppendRejected(core, leadership, message)
      break
    case 'heartbeat-response':
      if (leadership !== null) handleHeartbeatResponse(core, leadership, message)
      break
    case 'read-index-request':
      handleReadIndexRequest(core, message)
      break
    case 'read-index-response':
      handleReadIndexResponse(core, message)
      break
    case 'timeout-now':
      handleTimeoutNow(core, message.from)
      break
    case 'higher-term':
      break
  }
}

/**
 * The leader of this term has spoken. Returns false for a second leader of the same term, which
 * cannot be: such a message is not obeyed.
 */
function follow(core: CoreState, from: ReplicaId): boolean {
  if (core.role === 'leader') return false
  if (core.leader !== 0 && core.leader !== from) return false
  if (core.role !== 'follower') becomeFollower(core, core.term, from)
  obeyLeader(core, from)
  return true
}

/** What time does. */
export function tick(core: CoreState): void {
  core.tick += 1
  core.reads.expire(core.tick)
  if (core.leadership === null) tickElection(core)
  else tickLeader(core, core.leadership)
}

function tickLeader(core: CoreState, leadership: LeaderState): void {
  passTick(core)
  if (isQuorumCheckDue(core) && !checkQuorum(core, leadership)) return
  tickTransfer(core, leadership)
  tickSnapshots(core, leadership)
  leaveJointWhenDue(core)
  if (isHeartbeatDue(core)) leadership.requestRound(core.round)
}

/** Steps down if no quorum was heard from for an election timeout. Returns whether it leads on. */
function checkQuorum(core: CoreState, leadership: LeaderState): boolean {
  if (core.settings.checkQuorum && !leadership.isHeardByQuorum(core.quorum)) {
    becomeFollower(core, core.term, 0)
    return false
  }
  leadership.quorumChecked()
  return true
}

// ---- how far a term may rise -------------------------------------------------------------
//
// Raft trusts every term that it is shown, and more is needed than that. One forged or damaged
// message of the last term there is would end all elections for ever: nobody could campaign in a
// later one, and after a restart the disk still says so.
//
// What others say raises the term by at most `termRiseMax` in an election timeout. A message of a
// later term is not taken, nothing of it is believed; but the term goes towards its own by what is
// left of that reach. So a replica that is further behind than one message may raise it, for the
// terms were forged meanwhile, arrives after a few election timeouts of hearing of them; and a
// forger gains no more than by terms within reach. To raise a term is always safe: it is as if
// somebody had campaigned in it whom nobody else heard.
//
// Two kinds of terms are not gone towards. Beyond `termMax` nobody is. And what lies further above
// than `termWalkMax` only a leader can speak of truly, for a majority came there with it. In any
// other mouth it is damage of that one replica, for which the others would go without a leader for
// as long as they are on the way.
//
// A replica that has no configuration yet is the exception to all of this but `termMax`: it was
// added to a cluster whose terms may be any (each recovery adds 2^32), knows nothing that it could
// lose, and takes the term of whoever brings it the log.

/** Whether a message of this term may be taken. One that may not is counted. */
function isWithinReach(core: CoreState, term: number): boolean {
  if (term <= core.term) return true
  const mayTake = term <= termMax && (knowsNobody(core) || term - core.term <= leftOf(core))
  if (!mayTake) core.reach.refused += 1
  return mayTake
}

/** The term to rise to on the way to one beyond reach; the own one to stay where it is. */
function termTowards(core: CoreState, far: number, isLed: boolean): number {
  const isGoal = far <= termMax && (isLed || far - core.term <= termWalkMax)
  return isGoal ? core.term + leftOf(core) : core.term
}

/** A message has raised the term. Call it before the term is changed. */
function termRises(core: CoreState, term: number): void {
  if (!knowsNobody(core)) core.reach.risen += term - core.term
}

function leftOf({ reach, tick, settings }: CoreState): number {
  if (tick - reach.sinceTick >= settings.electionTimeoutTicks) {
    reach.sinceTick = tick
    reach.risen = 0
  }
  return termRiseMax - reach.risen
}

function knowsNobody({ configuration }: CoreState): boolean {
  return configuration.voters.length === 0
}
