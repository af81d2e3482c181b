/**
 * What a host decides about its node. Times of the protocol are in ticks; all limits have a name
 * and a default, and say what happens there.
 */
import { BerthError } from '../../errors/berth-error.js'
import type { ReplicaId } from '../core/entry.js'
import { entryOverheadBytes, isReplicaId, membersMax, ticksMax } from '../core/limits.js'
import { completeSettings, type RaftOptions } from '../core/settings.js'
import { entryDataBytesMax, handshakeTextUnitsMax, payloadBytesMax } from './frame-limits.js'
import type { SnapshotThresholds } from './snapshots/snapshot-maker.js'

export interface NodeSettings {
  readonly id: ReplicaId
  /** Replicas of another cluster name are refused. */
  readonly clusterName: string
  /**
   * Whom the cluster begins with, the same on all of them; without this replica, it waits to be
   * added. Counts only while the database is empty.
   */
  readonly initialVoters: readonly ReplicaId[]
  /** Period of the driver's ticks, in ms. */
  readonly tickMs: number
  /** Ticks without a leader before an election; each wait is 1 to 2 times as long. */
  readonly electionTicks: number
  readonly heartbeatTicks: number
  /** Bound on how far a clock's rate is off, in parts per million. */
  readonly driftPpm: number
  readonly snapshot: SnapshotThresholds
  /** Entries before the newest snapshot that are kept for peers that lag a little. */
  readonly trailingEntries: number
  /** Most bytes of those; fewer are kept where they are large. */
  readonly trailingBytes: number
  /** A larger snapshot of a leader is refused. */
  readonly snapshotBytesMax: number
  /** A larger piece of a snapshot is refused; the state machine gives none. */
  readonly snapshotChunkBytesMax: number
  /** A larger proposal is refused as `too_large`. */
  readonly proposalBytesMax: number
  /** Of more callers that wait for a proposal, the next is refused as `overloaded`. */
  readonly proposalsMax: number
  /** A proposal that is not applied by then has an unknown outcome (`timeout`). */
  readonly proposalTimeoutTicks: number
  /** Of more reads that wait, the next is refused as `overloaded`. */
  readonly readsMax: number
  readonly readTimeoutTicks: number
  /** Of more who ask whether this replica leads, the next is told `false`. */
  readonly confirmationsMax: number
  /** Whoever asks whether this replica leads is told `false` by then. */
  readonly confirmationTimeoutTicks: number
  /** Work on the state machine at a time before other input gets its turn, in units of a budget. */
  readonly sliceUnits: number
  /** Limits of the core, see `RaftSettings`. */
  readonly raft: Partial<RaftOptions>
}

type Given = 'id' | 'clusterName' | 'initialVoters'
/** The settings of which there is no default, and any others. */
export type NodeOptions = Pick<NodeSettings, Given> & Partial<NodeSettings>

const MiB = 1024 * 1024

export const nodeDefaults: Omit<NodeSettings, Given> = {
  tickMs: 50,
  electionTicks: 20,
  heartbeatTicks: 2,
  driftPpm: 500,
  snapshot: { entries: 8192, intervalMs: 120_000, bytes: 64 * MiB },
  trailingEntries: 10_240,
  trailingBytes: 64 * MiB,
  snapshotBytesMax: 1024 * MiB,
  snapshotChunkBytesMax: 8 * MiB,
  proposalBytesMax: 4 * MiB,
  proposalsMax: 65_536,
  proposalTimeoutTicks: 100,
  readsMax: 65_536,
  readTimeoutTicks: 100,
  confirmationsMax: 65_536,
  confirmationTimeoutTicks: 40,
  sliceUnits: 2_000,
  raft: {},
}

/** Highest value of each number above 0 that is a setting. */
const highest = {
  id: Number.MAX_SAFE_INTEGER,
  electionTicks: ticksMax,
  heartbeatTicks: ticksMax,
  proposalTimeoutTicks: ticksMax,
  readTimeoutTicks: ticksMax,
  confirmationTimeoutTicks: ticksMax,
  snapshotBytesMax: Number.MAX_SAFE_INTEGER,
  snapshotChunkBytesMax: payloadBytesMax,
  proposalBytesMax: entryDataBytesMax,
  proposalsMax: Number.MAX_SAFE_INTEGER,
  readsMax: Number.MAX_SAFE_INTEGER,
  confirmationsMax: Number.MAX_SAFE_INTEGER,
  sliceUnits: Number.MAX_SAFE_INTEGER,
} as const satisfies Partial<Record<keyof NodeSettings, number>>

/** @throws BerthError `invalid_config` that names the setting */
export function completeNodeSettings(options: NodeOptions): NodeSettings {
  const settings: NodeSettings = { ...nodeDefaults, ...options }
  for (const [name, most] of Object.entries(highest)) {
    const value = settings[name as keyof typeof highest]
    if (isWhole(value) && value > 0 && value <= most) continue
    throw invalid(`${name} must be a whole number from 1 to ${most}.`)
  }
  for (const name of ['trailingEntries', 'trailingBytes'] as const) {
    if (!isWhole(settings[name])) throw invalid(`${name} must be a whole number from 0.`)
  }
  checkTimes(settings)
  checkCluster(settings)
  checkSnapshots(settings)
  checkCore(settings)
  return settings
}

function checkTimes({ tickMs, driftPpm, electionTicks, heartbeatTicks }: NodeSettings): void {
  if (!isAboveZero(tickMs)) throw invalid('tickMs must be a number above 0.')
  if (!(driftPpm >= 0 && driftPpm < 100_000)) {
    throw invalid('driftPpm must be from 0 to below 100000.')
  }
  if (electionTicks < 3 * heartbeatTicks) {
    throw invalid('electionTicks must be at least three times heartbeatTicks: one may get lost.')
  }
}

/** Peers refuse the handshake of a replica that has more of these. */
function checkCluster({ clusterName, initialVoters }: NodeSettings): void {
  const isName = typeof clusterName === 'string' && clusterName.length > 0
  if (!isName || clusterName.length > handshakeTextUnitsMax) {
    throw invalid(`clusterName must have 1 to ${handshakeTextUnitsMax} characters.`)
  }
  if (!initialVoters.every(isReplicaId)) {
    throw invalid('initialVoters must be whole numbers above 0.')
  }
  if (new Set(initialVoters).size !== initialVoters.length) {
    throw invalid('initialVoters must not name a replica twice.')
  }
  if (initialVoters.length > membersMax) {
    throw invalid(`initialVoters must name at most ${membersMax} replicas.`)
  }
}

function checkSnapshots({ snapshot, snapshotBytesMax, snapshotChunkBytesMax }: NodeSettings): void {
  const { entries, intervalMs, bytes } = snapshot
  for (const [name, value] of Object.entries({ entries, bytes })) {
    if (!isWhole(value) || value === 0) {
      throw invalid(`snapshot.${name} must be a whole number above 0.`)
    }
  }
  if (!isAboveZero(intervalMs)) throw invalid('snapshot.intervalMs must be a number above 0.')
  if (snapshotChunkBytesMax > snapshotBytesMax) {
    throw invalid('snapshotChunkBytesMax must not be above snapshotBytesMax.')
  }
}

/** What the core is given is checked with the rest, and not only once the state is restored. */
function checkCore(settings: NodeSettings): void {
  const { id, raft, electionTicks, heartbeatTicks, proposalBytesMax, trailingBytes } = settings
  const times = { electionTimeoutTicks: electionTicks, heartbeatTicks }
  const { messageBytesMax, logBytesMax } = completeSettings({
    ...raft,
    ...times,
    id,
    session: 0,
    random: () => 0,
  })
  if (messageBytesMax > payloadBytesMax) {
    throw invalid(`raft.messageBytesMax must not be above ${payloadBytesMax}: no peer takes more.`)
  }
  if (Math.max(proposalBytesMax + entryOverheadBytes, 2 * trailingBytes) > logBytesMax) {
    const least = 'above proposalBytesMax, and at least twice trailingBytes'
    throw invalid(`raft.logBytesMax must be ${least}: else nothing could be written for ever.`)
  }
}

function isWhole(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0
}

function isAboveZero(value: number): boolean {
  return Number.isFinite(value) && value > 0
}

function invalid(detail: string): BerthError {
  return new BerthError('invalid_config', detail)
}

/** How long a leader may be silent before others elect, in ms. */
export function electionTimeoutMs({ tickMs, electionTicks }: NodeSettings): number {
  return tickMs * electionTicks
}
