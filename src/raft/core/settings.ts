/** What a host decides about its replica's core: identity, times in ticks, limits, and chance. */
import { BerthError } from '../../errors/berth-error.js'
import type { ReplicaId } from './entry.js'
import { entriesPerAppendMax, ticksMax } from './limits.js'

export interface RaftSettings {
  readonly id: ReplicaId
  /**
   * Names this run of the replica: a number that no earlier run of the same id had (the incarnation
   * of its database, say). It keeps answers to reads of an earlier run apart (bug S17).
   */
  readonly session: number
  /** A number from 0 (included) to 1 (excluded); spreads election timeouts. */
  readonly random: () => number
  /** Ticks without a leader before an election; each wait is 1 to 2 times as long (Raft §5.2). */
  readonly electionTimeoutTicks: number
  /** Ticks between heartbeats; less than the election timeout. */
  readonly heartbeatTicks: number
  /** Ask before campaigning (thesis §9.6), so that a replica cut off disturbs nobody. */
  readonly preVote: boolean
  /** A leader that no quorum answers for an election timeout steps down (thesis §6.2). */
  readonly checkQuorum: boolean
  /**
   * The host of some replica answers reads under a lease; the same on all replicas. Whoever has
   * answered a heartbeat then gives no vote and seeks none for an election timeout of its own
   * ticks, but for a hand-over; so a round that a quorum has answered is a lease for that long from
   * its sending, less what the clocks differ by. Forgetting a leader is refused.
   */
  readonly leaseReads: boolean
  /**
   * Grant no vote for one election timeout after the start: this replica may have promised a
   * leader its silence before it was restarted. Campaigning waits as long.
   */
  readonly suppressVotesAtStart: boolean
  /** Most entries in one append; no more than every receiver takes (`entriesPerAppendMax`). */
  readonly entriesPerMessageMax: number
  /** Most bytes of entries in one append; one entry alone may be larger. */
  readonly messageBytesMax: number
  /** Most appends to one peer that are not acknowledged; more wait in the log. */
  readonly inflightAppendsMax: number
  /** Most bytes to one peer that are not acknowledged; the append that crosses it still goes. */
  readonly inflightBytesMax: number
  /** Most bytes proposed and not committed; beyond it proposals are refused as `overloaded`. */
  readonly uncommittedBytesMax: number
  /**
   * Most bytes of the log in memory. Beyond it a leader refuses proposals as `overloaded`, and a
   * follower leaves appends unanswered for as long as compaction could make room: the host makes
   * snapshots and calls `compact` well before. Above the largest command and what is kept behind a
   * snapshot.
   */
  readonly logBytesMax: number
  /** Most bytes handed out to be applied and not reported as applied; the rest waits in the log. */
  readonly applyBytesMax: number
  /** Most bytes of entries in one append record; one entry alone may be larger. */
  readonly recordBytesMax: number
  /** Most appends handed out to the disk and not completed; the rest waits and leaves as one. */
  readonly appendsUnderWayMax: number
  /** Most reads that wait for an index; beyond it they are refused as `overloaded`. */
  readonly readsMax: number
  /** Ticks after which a peer that was sent a snapshot is probed again without a report (L11). */
  readonly snapshotTicksMax: number
}

type Given = 'id' | 'session' | 'random'
/** The settings of which there is no default, and any others. */
export type RaftOptions = Pick<RaftSettings, Given> & Partial<RaftSettings>

const MiB = 1024 * 1024

export const raftDefaults: Omit<RaftSettings, Given> = {
  electionTimeoutTicks: 10,
  heartbeatTicks: 1,
  preVote: true,
  checkQuorum: true,
  leaseReads: false,
  suppressVotesAtStart: false,
  entriesPerMessageMax: 4096,
  messageBytesMax: MiB,
  inflightAppendsMax: 256,
  inflightBytesMax: 16 * MiB,
  uncommittedBytesMax: 64 * MiB,
  logBytesMax: 512 * MiB,
  applyBytesMax: 4 * MiB,
  recordBytesMax: 4 * MiB,
  appendsUnderWayMax: 64,
  readsMax: 65_536,
  snapshotTicksMax: 1200,
}

/** Highest value of each number above 0 that is a setting. */
const highest = {
  id: Number.MAX_SAFE_INTEGER,
  electionTimeoutTicks: ticksMax,
  heartbeatTicks: ticksMax,
  snapshotTicksMax: ticksMax,
  entriesPerMessageMax: entriesPerAppendMax,
  messageBytesMax: Number.MAX_SAFE_INTEGER,
  inflightAppendsMax: Number.MAX_SAFE_INTEGER,
  inflightBytesMax: Number.MAX_SAFE_INTEGER,
  uncommittedBytesMax: Number.MAX_SAFE_INTEGER,
  logBytesMax: Number.MAX_SAFE_INTEGER,
  applyBytesMax: Number.MAX_SAFE_INTEGER,
  recordBytesMax: Number.MAX_SAFE_INTEGER,
  appendsUnderWayMax: Number.MAX_SAFE_INTEGER,
  readsMax: Number.MAX_SAFE_INTEGER,
} as const satisfies Partial<Record<keyof RaftSettings, number>>

const switches = ['preVote', 'checkQuorum', 'leaseReads', 'suppressVotesAtStart'] as const

/** @throws BerthError `invalid_config` that names the setting */
export function completeSettings(options: RaftOptions): RaftSettings {
  const settings: RaftSettings = { ...raftDefaults, ...options }
  for (const [name, most] of Object.entries(highest)) {
    const value = settings[name as keyof typeof highest]
    if (Number.isSafeInteger(value) && value > 0 && value <= most) continue
    throw invalid(`${name} must be a whole number from 1 to ${most}.`)
  }
  for (const name of switches) {
    if (typeof settings[name] !== 'boolean') throw invalid(`${name} must be true or false.`)
  }
  if (!Number.isSafeInteger(settings.session) || settings.session < 0) {
    throw invalid('session must be a whole number from 0.')
  }
  if (typeof settings.random !== 'function') throw invalid('random must be a function.')
  if (settings.electionTimeoutTicks <= settings.heartbeatTicks) {
    throw invalid('electionTimeoutTicks must be above heartbeatTicks.')
  }
  if (settings.leaseReads && !settings.checkQuorum) throw invalid('leaseReads needs checkQuorum.')
  return settings
}

function invalid(detail: string): BerthError {
  return new BerthError('invalid_config', detail)
}
