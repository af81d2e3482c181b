/**
 * Linearizable reads without a write (thesis §6.4): the leader notes its commit index, has a quorum
 * answer a heartbeat round that begins afterwards, and then the index is good for all reads that
 * were waiting, its own and those that followers asked for. All reads between two outputs share
 * one round; a follower's share one question.
 */
import type { CoreState } from './core-state.js'
import type { LeaderState } from './leader-state.js'
import type { ReadIndexRequest, ReadIndexResponse } from './message.js'
import { type ReadAsked, refused } from './refusal.js'

/** Asks for an index for one read of this replica. */
export function readIndex(core: CoreState): ReadAsked {
  if (core.leader === 0) return refused('no_leader')
  if (core.reads.waiting >= core.settings.readsMax) return refused('overloaded')
  return { kind: 'accepted', read: core.reads.collect(expiry(core)) }
}

/** Sends on what was collected, or has it confirmed by a heartbeat round. */
export function flushReads(core: CoreState): void {
  const { reads, leadership } = core
  if (leadership !== null) {
    if (reads.hasUnconfirmed && leadership.hasCommittedInTerm(core.log)) {
      reads.confirmBy(leadership.requestRound(core.round), core.log.committedIndex)
    }
  } else if (reads.hasCollected) {
    const { id: from, leader: to, term } = core
    const { session } = core.settings
    const batch = reads.forward(expiry(core))
    core.outbox.send({ kind: 'read-index-request', from, to, term, session, batch })
  }
}

/** A quorum has answered a round of this leader: what waited for it is good. */
export function confirmReads(core: CoreState, round: number): void {
  for (const { index, questions } of core.reads.confirmed(round)) {
    const { id: from, term } = core
    for (const { from: to, session, batch } of questions) {
      core.outbox.send({ kind: 'read-index-response', from, to, term, session, batch, index })
    }
  }
}

/** A leader takes the question; anybody else, and a leader with too many, says so at once. */
export function handleReadIndexRequest(core: CoreState, message: ReadIndexRequest): void {
  const { from: asking, session, batch } = message
  if (core.leadership !== null && core.reads.waiting < core.settings.readsMax) {
    core.reads.ask({ from: asking, session, batch })
    return
  }
  const { id: from, term } = core
  core.outbox.send({
    kind: 'read-index-response',
    from,
    to: asking,
    term,
    session,
    batch,
    index: null,
  })
}

/** Only the leader's answer to a question of this very run counts (bug S17). */
export function handleReadIndexResponse(core: CoreState, message: ReadIndexResponse): void {
  if (message.from !== core.leader || message.session !== core.settings.session) return
  if (message.index === null) core.reads.refused(message.batch)
  else core.reads.answered(message.batch, message.index)
}

/** Nobody waits longer than an election timeout for an answer that was lost. */
function expiry(core: CoreState): number {
  return core.tick + core.settings.electionTimeoutTicks
}

/** Whether a round of the leader would confirm anything. */
export function hasReadsToFlush(core: CoreState, leadership: LeaderState | null): boolean {
  if (leadership === null) return core.reads.hasCollected
  return core.reads.hasUnconfirmed && leadership.hasCommittedInTerm(core.log)
}
