/**
 * What a host decides about its node. Times of the protocol are in ticks; all limits have a name
 * and a default, and say what happens there.
 */
import { BerthError } from '../../errors/berth-error.js'
import type { ReplicaId } from '../core/entry.js'
import type { RaftOptions } from '../core/settings.js'
import type { SnapshotThresholds } from './snapshot-maker.js'

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
  /** A larger snapshot of a leader is refused. */
  readonly snapshotBytesMax: number
  /** A larger piece of a snapshot is refused. */
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
  /** Whoever asks whether this replica leads is told `false` by then. */
  readonly confirmationTimeoutTicks: number
  /** Entries that are applied at a time before other work goes on. */
  readonly applySliceEntries: number
  /** A learner that is at most so many entries behind has caught up. */
  readonly promotionLagEntries: number
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
  snapshotBytesMax: 1024 * MiB,
  snapshotChunkBytesMax: 8 * MiB,
  proposalBytesMax: 4 * MiB,
  proposalsMax: 65_536,
  proposalTimeoutTicks: 100,
  readsMax: 65_536,
  readTimeoutTicks: 100,
  confirmationTimeoutTicks: 40,
  applySliceEntries: 64,
  promotionLagEntries: 256,
  raft: {},
}

/** @throws BerthError `invalid_config` that names the setting */
export function completeNodeSettings(options: NodeOptions): NodeSettings {
  const settings: NodeSettings = { ...nodeDefaults, ...options }
  const wholeAboveZero = [
    'id',
    'electionTicks',
    'heartbeatTicks',
    'snapshotBytesMax',
    'snapshotChunkBytesMax',
    'proposalBytesMax',
    'proposalsMax',
    'proposalTimeoutTicks',
    'readsMax',
    'readTimeoutTicks',
    'confirmationTimeoutTicks',
    'applySliceEntries',
  ] as const
  for (const name of wholeAboveZero) {
    if (!Number.isSafeInteger(settings[name]) || settings[name] <= 0) {
      throw new BerthError('invalid_config', `${name} must be a whole number above 0.`)
    }
  }
  if (!(settings.tickMs > 0)) throw new BerthError('invalid_config', 'tickMs must be above 0.')
  if (!(settings.driftPpm >= 0 && settings.driftPpm < 100_000)) {
    throw new BerthError('invalid_config', 'driftPpm must be from 0 to below 100000.')
  }
  if (settings.electionTicks < 3 * settings.heartbeatTicks) {
    const detail = 'electionTicks must be at least three times heartbeatTicks: one may get lost.'
    throw new BerthError('invalid_config', detail)
  }
  if (new Set(settings.initialVoters).size !== settings.initialVoters.length) {
    throw new BerthError('invalid_config', 'initialVoters must not name a replica twice.')
  }
  return settings
}

/** How long a leader may be silent before others elect, in ms. */
export function electionTimeoutMs({ tickMs, electionTicks }: NodeSettings): number {
  return tickMs * electionTicks
}
