/** Why a host was fenced, in words for whoever reads the log. Pure. */
import type { FenceReason } from './effect.js'

const words: Readonly<Record<FenceReason, string>> = {
  lease_expired:
    'its lease ran out: no replica renewed it in time, or this process stood still. See that ' +
    'replicas run and are reached',
  expired: 'the cluster removed it, because its lease had run out there',
  evicted: 'the cluster removed it, because an operator asked for that',
  straggler:
    'the cluster removed it, because it had not let go of what moves away before the deadline of ' +
    'the round. See what keeps its actors from ending',
  replaced: 'another instance under the same name took its place',
  unknown_epoch: 'the cluster does not know this instance of it',
  ahead: 'its table is newer than that of the cluster, which may have been set back',
  digest_mismatch: 'its table is not that of the cluster',
  other_lineage: 'the cluster has begun a new history',
  behind: 'its table fell behind that of the cluster',
  overtaken: 'the cluster went on to another table without it',
  readmitted: 'the cluster had removed it, and let it in again',
}

export const fenceWords = (reason: FenceReason): string => words[reason]
