/** Puts together what the host is to do next. Everything is handed out once. */
import type { CoreState } from './core-state.js'
import { reportOf } from './core-state.js'
import { hasUnwritten, releaseIdle, takeAppend } from './durability.js'
import { flushHeartbeats } from './heartbeats.js'
import { InvariantError } from './invariant.js'
import type { Output, Standing } from './output.js'
import { flushReads, hasReadsToFlush } from './read-index.js'
import { flushAppends, hasAppendsToFlush } from './replication.js'

export function takeOutput(core: CoreState): Output {
  releaseIdle(core)
  const round = flush(core)
  const append = takeAppend(core)
  checkState(core)
  return {
    messages: core.outbox.takeReady(),
    append,
    committed: core.apply.take(core.log, core.disk.stableIndex),
    reads: core.reads.takeAnswered(),
    abandonedReads: core.reads.takeAbandoned(),
    round,
    confirmedRound: takeConfirmedRound(core),
    standing: takeStanding(core),
    configuration: takeConfiguration(core),
  }
}

/** Whether an output would hold anything. */
export function hasOutput(core: CoreState): boolean {
  const { outbox, disk, apply, log, reads, leadership, muted } = core
  const due = leadership !== null && !muted && leadership.heartbeatDue
  return (
    due ||
    outbox.hasReady ||
    (outbox.hasWaiting && disk.underWay === 0) ||
    (disk.underWay < core.settings.appendsUnderWayMax && hasUnwritten(core)) ||
    apply.hasNext(log, disk.stableIndex) ||
    reads.hasResults ||
    hasReadsToFlush(core, leadership) ||
    (leadership !== null && !muted && hasAppendsToFlush(core, leadership)) ||
    (leadership !== null && leadership.confirmedRound > core.shownConfirmedRound) ||
    !isShown(core) ||
    core.configuration !== core.shownConfiguration
  )
}

/** What the role sends by itself. Returns the heartbeat round that was begun; 0 for none. */
function flush(core: CoreState): number {
  flushReads(core)
  const { leadership } = core
  if (leadership === null || core.muted) return 0
  const round = flushHeartbeats(core, leadership)
  flushAppends(core, leadership)
  return round
}

function takeConfirmedRound(core: CoreState): number {
  const confirmed = core.leadership?.confirmedRound ?? 0
  if (confirmed <= core.shownConfirmedRound) return 0
  core.shownConfirmedRound = confirmed
  return confirmed
}

function takeStanding(core: CoreState): Standing | null {
  if (isShown(core)) return null
  core.shownStanding = standingOf(core)
  return core.shownStanding
}

export function standingOf(core: CoreState): Standing {
  const { role, term, leader, leadership } = core
  return {
    role,
    term,
    leader,
    transferee: leadership?.transferee ?? 0,
    handedOver: leadership?.handedOver ?? false,
    appliedOwnTerm: hasAppliedOwnTerm(core),
  }
}

function isShown(core: CoreState): boolean {
  const { shownStanding: shown, leadership } = core
  return (
    shown.role === core.role &&
    shown.term === core.term &&
    shown.leader === core.leader &&
    shown.transferee === (leadership?.transferee ?? 0) &&
    shown.handedOver === (leadership?.handedOver ?? false) &&
    shown.appliedOwnTerm === hasAppliedOwnTerm(core)
  )
}

function hasAppliedOwnTerm({ leadership, apply }: CoreState): boolean {
  return leadership !== null && apply.appliedIndex >= leadership.termStartIndex
}

function takeConfiguration(core: CoreState): CoreState['configuration'] | null {
  if (core.configuration === core.shownConfiguration) return null
  core.shownConfiguration = core.configuration
  return core.configuration
}

/** The invariants that tie the parts together, cheap enough to be asked every time. */
function checkState(core: CoreState): void {
  const { log, disk, apply, leadership, term } = core
  const holds =
    disk.stableIndex <= disk.handedIndex &&
    disk.handedIndex <= log.lastIndex &&
    apply.appliedIndex <= apply.handedIndex &&
    apply.appliedIndex <= log.committedIndex &&
    log.lastTerm <= term &&
    (leadership !== null) === (core.role === 'leader') &&
    (leadership === null || (leadership.term === term && core.leader === core.id))
  if (!holds) throw new InvariantError('the parts of the core do not fit together', reportOf(core))
}
