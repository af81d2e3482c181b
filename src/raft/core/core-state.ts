/**
 * The state of one replica's core: one record that the functions of the neighbouring files read
 * and change. Nobody outside of src/raft/core sees it.
 */
import { BerthError } from '../../errors/berth-error.js'
import { ApplyQueue } from './apply-queue.js'
import { contradictionIn } from './configuration-check.js'
import { DiskQueue, Outbox, type Promised } from './disk-queue.js'
import type { Configuration, Entry, HardState, ReplicaId, SnapshotMeta } from './entry.js'
import { InvariantError } from './invariant.js'
import type { LeaderState } from './leader-state.js'
import { Log, type LogPosition } from './log.js'
import type { Role, Standing } from './output.js'
import { JointQuorum } from './quorum.js'
import { ReadQueue } from './read-queue.js'
import { completeSettings, type RaftOptions, type RaftSettings } from './settings.js'

/** What a replica's storage held when it started. */
export interface RestoredState {
  readonly hardState: HardState
  /** The log after `compacted`, without gaps. */
  readonly entries: readonly Entry[]
  readonly compacted: LogPosition
  /** The newest whole snapshot; null for none. */
  readonly snapshot: SnapshotMeta | null
  /** What the host's state machine has applied: usually the index of its snapshot, else 0. */
  readonly applied: number
  /**
   * The configuration that was active at `applied`. At the very start of a cluster: the same
   * initial voters at each of them. A replica that is added later: empty.
   */
  readonly configuration: Configuration
}

/** How far what others say has raised the term lately. */
export interface TermReach {
  /** When the time began in which `risen` was counted. */
  sinceTick: number
  /** So far what others said has raised the term since then. */
  risen: number
  /** Messages that were not taken for their terms, since the start. */
  refused: number
}

export interface CoreState {
  readonly settings: RaftSettings
  readonly id: ReplicaId
  readonly log: Log
  readonly disk: DiskQueue<Promised>
  readonly apply: ApplyQueue
  readonly outbox: Outbox
  readonly reads: ReadQueue

  term: number
  vote: ReplicaId
  /** How far what others said has raised the term lately, see step.ts. */
  readonly reach: TermReach
  role: Role
  /** The leader of `term` as far as known; 0 for none. */
  leader: ReplicaId
  /** Not null exactly while this replica is leader. */
  leadership: LeaderState | null
  /** When and in which term the leader told this replica to campaign; null once it has. */
  order: { readonly term: number; readonly tick: number } | null
  /** Answers to the candidacy of a (pre-)candidate; empty in other roles. */
  readonly votes: Map<ReplicaId, boolean>

  /** Active: changed where an entry that changes it is applied. */
  configuration: Configuration
  quorum: JointQuorum
  /** Last entry that removed somebody and was applied since the start; 0 for none. */
  removalIndex: number

  /** Ticks since the start. */
  tick: number
  /** Followers: ticks since a sign of life of a leader. Leaders: since the last quorum check. */
  electionTicks: number
  heartbeatTicks: number
  /** When this replica last answered a leader's heartbeat, in ticks since the start. */
  answeredTick: number
  /** This follower's or candidate's own election timeout, drawn anew for every wait. */
  timeoutTicks: number
  /** Number of the last heartbeat round. Never begins anew. */
  round: number
  /** The host forbids messages that keep followers quiet, for its disk stalls (bug L1). */
  muted: boolean

  /** What the last append record and the last output said. */
  handedHardState: HardState
  /** Index of the snapshot that was last handed out to be installed; 0 for none. */
  handedSnapshotIndex: number
  shownStanding: Standing
  shownConfiguration: Configuration
  shownConfirmedRound: number
}

/** @throws BerthError `invalid_config`; InvariantError if what was restored cannot be */
export function createCore(options: RaftOptions, restored: RestoredState): CoreState {
  const settings = completeSettings(options)
  const { hardState, entries, compacted, snapshot, applied, configuration } = restored
  const contradiction = contradictionIn(configuration)
  if (contradiction !== null) {
    throw new BerthError('invalid_config', `A configuration cannot be where ${contradiction}.`)
  }
  const disk = new DiskQueue<Promised>(compacted.index + entries.length)
  const committed = Math.max(hardState.commit, compacted.index, applied)
  const log = new Log(compacted, entries, committed, snapshot, disk)
  checkRestored(log, restored)
  const { term, vote } = hardState
  return {
    settings,
    id: settings.id,
    log,
    disk,
    apply: new ApplyQueue(applied, settings.applyBytesMax),
    outbox: new Outbox(),
    reads: new ReadQueue(),
    term,
    vote,
    reach: { sinceTick: 0, risen: 0, refused: 0 },
    role: 'follower',
    leader: 0,
    leadership: null,
    order: null,
    votes: new Map(),
    configuration,
    quorum: new JointQuorum(configuration.voters, configuration.votersOutgoing),
    removalIndex: 0,
    tick: 0,
    electionTicks: 0,
    heartbeatTicks: 0,
    answeredTick: Number.NEGATIVE_INFINITY,
    timeoutTicks: drawTimeout(settings),
    round: 0,
    muted: false,
    handedHardState: hardState,
    handedSnapshotIndex: 0,
    shownStanding: standing('follower', term),
    shownConfiguration: configuration,
    shownConfirmedRound: 0,
  }
}

function checkRestored(log: Log, restored: RestoredState): void {
  const { hardState, compacted, snapshot, applied } = restored
  const { term, vote, commit } = hardState
  const possible =
    [term, vote, commit, applied, compacted.index, compacted.term].every(isNatural) &&
    (snapshot === null || contradictionIn(snapshot.configuration) === null) &&
    log.lastTerm <= hardState.term &&
    applied >= compacted.index &&
    (snapshot === null ? compacted.index === 0 : snapshot.index >= compacted.index)
  if (!possible) {
    const report = { hardState, snapshot, applied, ...log.report() }
    throw new InvariantError('what was restored does not fit together', report)
  }
}

function isNatural(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0
}

/**
 * One to two election timeouts (Raft §5.2).
 * @throws BerthError `invalid_config` for chance that is none: nobody would ever wait as he should
 */
export function drawTimeout(settings: RaftSettings): number {
  const { electionTimeoutTicks, random } = settings
  const drawn = random()
  if (!(drawn >= 0 && drawn < 1)) {
    throw new BerthError('invalid_config', `random gave ${drawn}, not a number from 0 to below 1.`)
  }
  return electionTimeoutTicks + Math.floor(drawn * electionTimeoutTicks)
}

function standing(role: Role, term: number): Standing {
  return { role, term, leader: 0, transferee: 0, handedOver: false, appliedOwnTerm: false }
}

/** Plain facts for the report of a broken invariant. */
export function reportOf(core: CoreState): Readonly<Record<string, unknown>> {
  const { id, term, vote, role, leader, configuration } = core
  const { appliedIndex } = core.apply
  return { id, term, vote, role, leader, configuration, appliedIndex, ...core.log.report() }
}
