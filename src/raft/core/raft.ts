/**
 * One replica's Raft, as a machine without clock, I/O or chance of its own: inputs go in by the
 * methods, everything that is to be done comes out of `takeOutput`. docs/raft.md states the
 * host's duties and their order. Sources: the Raft paper (extended version) and thesis, cited at
 * each part.
 *
 * After an InvariantError the machine must not be used any more. No message makes it throw; wrong
 * calls of the host (a token out of order, an index never handed out) do.
 */

import { compact, nameSnapshot, reportSnapshot, snapshotTaken } from './compaction.js'
import { type CoreState, createCore, type RestoredState, reportOf } from './core-state.js'
import { completeAppend, hasUnwritten, releaseIdle, restored, takeAppend } from './durability.js'
import { campaign, campaignAsOrdered } from './election.js'
import type {
  Configuration,
  ConfigurationProposal,
  Entry,
  ReplicaId,
  SnapshotMeta,
} from './entry.js'
import { InvariantError } from './invariant.js'
import type { LogPosition } from './log.js'
import { applyChange, leaveJointWhenDue, proposeConfChange } from './membership.js'
import type { Message } from './message.js'
import type { Output, Role, Standing } from './output.js'
import { flushReads, hasReadsToFlush, readIndex } from './read-index.js'
import type { Proposed, ReadAsked, Refusal } from './refusal.js'
import {
  flushAppends,
  flushHeartbeats,
  hasAppendsToFlush,
  propose,
  reportUnreachable,
} from './replication.js'
import { forgetLeader } from './roles.js'
import type { RaftOptions } from './settings.js'
import { hasAppliedOwnTerm, type Status, standingOf, statusOf } from './status.js'
import { step, tick } from './step.js'
import { transferLeader } from './transfer.js'

export class Raft {
  readonly #core: CoreState

  /**
   * Starts as a follower from what its storage held.
   * @throws BerthError `invalid_config` for settings or a configuration that cannot be
   * @throws InvariantError when the restored state contradicts itself
   */
  constructor(options: RaftOptions, restored: RestoredState) {
    this.#core = createCore(options, restored)
  }

  get id(): ReplicaId {
    return this.#core.id
  }

  get term(): number {
    return this.#core.term
  }

  get role(): Role {
    return this.#core.role
  }

  /** The leader as far as known here; 0 for none. */
  get leader(): ReplicaId {
    return this.#core.leader
  }

  get committedIndex(): number {
    return this.#core.log.committedIndex
  }

  get appliedIndex(): number {
    return this.#core.apply.appliedIndex
  }

  /** What the log takes in memory; `compact` well before it reaches `logBytesMax`. */
  get logBytes(): number {
    return this.#core.log.bytes
  }

  /** Messages that were not taken since the start, for their terms lie beyond all reach. */
  get farTerms(): number {
    return this.#core.reach.refused
  }

  /** Active now: the one at `appliedIndex`, or of a snapshot that is being installed. */
  get configuration(): Configuration {
    return this.#core.configuration
  }

  /** One unit of time has passed. */
  tick(): void {
    tick(this.#core)
  }

  /** A message has arrived that `parseMessage` has let through. */
  step(message: Message): void {
    step(this.#core, message)
  }

  /** Adds a command to the log, on the leader. `data` must not be changed afterwards. */
  propose(data: Uint8Array): Proposed {
    return propose(this.#core, data)
  }

  /** Adds a membership change to the log, on the leader. It is active where it is applied. */
  proposeConfChange(proposal: ConfigurationProposal): Proposed {
    return proposeConfChange(this.#core, proposal)
  }

  /**
   * Asks for an index: a read that begins now may be answered once it has been applied. On any
   * replica that knows a leader.
   */
  readIndex(): ReadAsked {
    return readIndex(this.#core)
  }

  /**
   * Sends a heartbeat round with the next output. Returns its number, 0 if this is no leader; once
   * `confirmedRound` has reached it in the same term, this was the leader when the round was sent.
   */
  heartbeat(): number {
    const { leadership, round } = this.#core
    return leadership === null ? 0 : leadership.requestRound(round)
  }

  /** Begins to hand over to a voter. null when begun; `standing` shows how it goes. */
  transferLeader(target: ReplicaId): Refusal | null {
    return transferLeader(this.#core, target)
  }

  /** Begins an election now. null when begun. */
  campaign(): Refusal | null {
    return campaign(this.#core)
  }

  /** Lets a follower vote for others although its leader was heard from. null when done. */
  forgetLeader(): Refusal | null {
    const core = this.#core
    if (core.settings.leaseReads) return 'leases_in_use'
    if (core.leadership !== null) return 'is_leader'
    if (core.leader === 0) return null
    forgetLeader(core)
    return null
  }

  /** Forbids (or allows again) messages that keep followers quiet, while the own disk stalls. */
  mute(muted: boolean): void {
    this.#core.muted = muted
  }

  /** Whether `takeOutput` would hold anything. */
  get hasOutput(): boolean {
    return hasOutput(this.#core)
  }

  /** Everything to be done since the last call. Each thing is handed out once. */
  takeOutput(): Output {
    return takeOutput(this.#core)
  }

  /**
   * The append record with this token is durable; one with a snapshot is installed, and the state
   * machine has taken it over.
   * @throws InvariantError out of order
   */
  appended(token: number): void {
    const { snapshotIndex } = completeAppend(this.#core, token)
    if (snapshotIndex > 0) restored(this.#core, snapshotIndex)
  }

  /**
   * As `appended`, for a record with a snapshot that is durable while the state machine has yet to
   * take it over: say `restored` once it has. Meanwhile this replica acknowledges, answers
   * heartbeats and votes, but neither campaigns nor hands out entries.
   * @throws InvariantError out of order
   */
  installed(token: number): void {
    completeAppend(this.#core, token)
  }

  /**
   * The state machine has taken over the snapshot of this index, which is `installed`. One that a
   * newer snapshot has overtaken need not be.
   * @throws InvariantError for an index that was never installed
   */
  restored(index: number): void {
    restored(this.#core, index)
  }

  /**
   * The state machine has applied everything up to `index`. Membership changes in it are active
   * from now on. An index that a snapshot has overtaken is ignored.
   * @throws InvariantError for an index that was never handed out
   */
  applied(index: number): void {
    const core = this.#core
    const { apply, log } = core
    if (index <= apply.appliedIndex) return
    const changes = log.configurationsIn(apply.appliedIndex, index)
    apply.applied(index, log)
    for (const entry of changes) applyChange(core, entry)
    leaveJointWhenDue(core)
    campaignAsOrdered(core)
  }

  /**
   * The name for a snapshot of the state that is applied now; null if nothing is, or while another
   * replica's snapshot is taking its place.
   */
  nameSnapshot(): SnapshotMeta | null {
    return nameSnapshot(this.#core)
  }

  /** A snapshot that `nameSnapshot` named is whole and durable, and can be sent to others. */
  snapshotTaken(snapshot: SnapshotMeta): void {
    snapshotTaken(this.#core, snapshot)
  }

  /**
   * Drops the log up to `index` or as far as may be. Returns the last entry that is gone, for the
   * storage to drop as much.
   */
  compact(index: number): LogPosition {
    return compact(this.#core, index)
  }

  /** The stream of a snapshot to a peer has ended, well or not. Every sent snapshot needs one. */
  reportSnapshot(peer: ReplicaId, ok: boolean): void {
    const { leadership } = this.#core
    if (leadership !== null) reportSnapshot(leadership, peer, ok)
  }

  /** A message to this peer was probably lost. */
  reportUnreachable(peer: ReplicaId): void {
    const { leadership } = this.#core
    if (leadership !== null) reportUnreachable(leadership, peer)
  }

  status(): Status {
    return statusOf(this.#core)
  }

  /** The entries from `from` to `through` that the log still has, for tests and tools. */
  entries(from: number, through: number): readonly Entry[] {
    const { log } = this.#core
    const first = Math.max(from, log.compacted.index + 1)
    const last = Math.min(through, log.lastIndex)
    const all = Number.POSITIVE_INFINITY
    return last < first ? [] : log.slice(first, last, all, all)
  }
}

function takeOutput(core: CoreState): Output {
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

function hasOutput(core: CoreState): boolean {
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
