/** A replica's core as people and dashboards see it. Made on demand; nothing in it is live. */
import type { CoreState } from './core-state.js'
import type { Configuration, ReplicaId } from './entry.js'
import type { Standing } from './output.js'
import type { Progress, ProgressState } from './progress.js'

export interface PeerStatus {
  readonly id: ReplicaId
  readonly isLearner: boolean
  readonly state: ProgressState
  /** Highest index that it has on disk. */
  readonly match: number
  /** Next index to send. */
  readonly next: number
  readonly recentlyActive: boolean
  readonly paused: boolean
  /** Appends sent and not acknowledged. */
  readonly inflightAppends: number
  readonly inflightBytes: number
  /** Index of the snapshot it is being sent; 0 for none. */
  readonly pendingSnapshotIndex: number
  readonly answeredRound: number
}

export interface Status extends Standing {
  readonly id: ReplicaId
  readonly vote: ReplicaId
  readonly committedIndex: number
  readonly appliedIndex: number
  readonly lastIndex: number
  readonly lastTerm: number
  /** How far the log is on the own disk. */
  readonly stableIndex: number
  /** The entry before the first one that is kept. */
  readonly compactedIndex: number
  /** Index of the newest snapshot; 0 for none. */
  readonly snapshotIndex: number
  readonly configuration: Configuration
  readonly uncommittedBytes: number
  /** What the log takes in memory; see `logBytesMax`. */
  readonly logBytes: number
  readonly appendsUnderWay: number
  readonly readsWaiting: number
  readonly round: number
  readonly confirmedRound: number
  readonly muted: boolean
  /** Messages that were not taken since the start, for their terms lie beyond all reach. */
  readonly farTerms: number
  /** The other members in the order of their ids; empty unless this replica leads. */
  readonly peers: readonly PeerStatus[]
}

export function statusOf(core: CoreState): Status {
  const { id, vote, log, disk, apply, leadership, configuration, reads, round, muted, reach } = core
  return {
    id,
    ...standingOf(core),
    vote,
    committedIndex: log.committedIndex,
    appliedIndex: apply.appliedIndex,
    lastIndex: log.lastIndex,
    lastTerm: log.lastTerm,
    stableIndex: disk.stableIndex,
    compactedIndex: log.compacted.index,
    snapshotIndex: log.snapshot?.index ?? 0,
    configuration,
    logBytes: log.bytes,
    uncommittedBytes: leadership?.uncommittedBytes ?? 0,
    appendsUnderWay: disk.underWay,
    readsWaiting: reads.waiting,
    round,
    confirmedRound: leadership?.confirmedRound ?? 0,
    muted,
    farTerms: reach.refused,
    peers: leadership?.peers.map((peer) => peerStatus(core, peer)) ?? [],
  }
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

/** Whether this leader has applied an entry of its own term. */
export function hasAppliedOwnTerm({ leadership, apply }: CoreState): boolean {
  return leadership !== null && apply.appliedIndex >= leadership.termStartIndex
}

function peerStatus(core: CoreState, peer: Progress): PeerStatus {
  const { id, state, match, next, recentlyActive, paused, inflights } = peer
  return {
    id,
    isLearner: !core.quorum.has(id),
    state,
    match,
    next,
    recentlyActive,
    paused,
    inflightAppends: inflights.count,
    inflightBytes: inflights.bytes,
    pendingSnapshotIndex: peer.pendingSnapshotIndex,
    answeredRound: peer.answeredRound,
  }
}
