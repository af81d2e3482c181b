/**
 * Whether a peer may talk to this replica, judged by the versions that it speaks and by its hello
 * (design §3, Identity); whose certificate it has, is judged where there is TLS. All reasons why
 * not, with their codes, are here. Pure functions.
 *
 * Once there is a cluster, nobody is let in who does not show its id, unless the database is on
 * record, or it is a member that nobody has met yet: one that was just added. And only to those who
 * show it is said why they are refused; others hear the least that an operator needs.
 *
 * The rule that must never raise a false alarm is the one about lost data: who is told
 * `identity_lost` latches that for ever. Three facts make it safe. Within one run of a process
 * nothing can be lost, so a run that was met before is not compared again. A run that is new here
 * is compared by what its database held when the run *began*: everything that earlier runs promised
 * was durable before it. And an index is compared within one term only, and only with what was
 * acknowledged in that term, for a newer leader may cut off an uncommitted tail.
 */
import { highestCommon, rangeInWords } from '../../../versions/range.js'
import type { VersionRange } from '../../../versions/versions.js'
import type { ReplicaId } from '../../core/entry.js'
import type { PeerRecord } from '../disk/storage.js'
import type { DurablePosition, Handshake, PeerHello } from './handshake.js'

/** Why a replica does not talk to a peer: all that it says. Other builds may say others. */
export const refusalCodes = [
  // By the connection alone, before anything is said.
  ...(['older_protocol', 'newer_protocol', 'wrong_certificate'] as const),
  // By what the peer shows.
  ...(['foreign_cluster', 'another_replica', 'replica_id_taken', 'invalid_config'] as const),
  ...(['removed', 'identity_lost', 'unavailable'] as const),
] as const

export type RefusalCode = (typeof refusalCodes)[number]

export interface PeerRejection {
  readonly code: RefusalCode
  /** For the log here. */
  readonly detail: string
  /** For the peer. */
  readonly told: string
  /** Whether the peer shows that it belongs here, and may be shown a whole handshake. */
  readonly confides: boolean
}

export type PeerVerdict =
  | { readonly kind: 'accept' }
  | ({ readonly kind: 'refuse' } & PeerRejection)

/** What the judging replica knows. */
export interface Judge {
  readonly id: ReplicaId
  readonly clusterName: string
  readonly clusterId: string | null
  readonly isEmpty: boolean
  readonly initialVoters: readonly ReplicaId[] | null
  /** Whether the peer's id is in the configuration. */
  readonly isMember: boolean
  /** What the peer has shown so far. */
  readonly record: PeerRecord | undefined
  /** The peer's last run that this run of the judge has met. */
  readonly runMet: number | undefined
  /**
   * Whether the peer's id was removed from the cluster. It is told for good only once this replica
   * cannot forget the removal in a crash (`settled`).
   */
  readonly removal: PeerRemoval
}

/** See `removalOf`. */
export type PeerRemoval = 'none' | 'unknown' | 'unsettled' | 'settled'

type ShownFault = Exclude<RefusalCode, 'older_protocol' | 'newer_protocol' | 'wrong_certificate'>

/** What a peer that has not shown the id of the cluster is told. */
const toStrangers: Readonly<Record<ShownFault, string>> = {
  foreign_cluster: 'It is of another cluster.',
  another_replica: 'Another replica is meant.',
  replica_id_taken: 'Another replica has its id.',
  invalid_config: 'It was not told the same.',
  removed: 'It was removed; its id is never used again.',
  identity_lost: 'It has lost data. Remove it and add it under a new id with an empty database.',
  unavailable: 'It is no member here yet. If it is new, add it.',
}

/** Before anything is said: whether there is a version of the protocol that both speak. */
export function judgeVersions(own: VersionRange, theirs: VersionRange): PeerRejection | null {
  if (highestCommon(own, theirs) !== null) return null
  const versions = `peer protocol ${rangeInWords(theirs)} instead of ${rangeInWords(own)}`
  const isOlder = theirs.newest < own.oldest
  const detail = `It speaks ${versions}: upgrade ${isOlder ? 'it' : 'this replica'}.`
  const code = isOlder ? 'older_protocol' : 'newer_protocol'
  return { code, detail, told: detail, confides: false }
}

/** What a peer showed earlier, by the facts of now. */
export function judgePeer(judge: Judge, shown: Handshake): PeerVerdict {
  return judgeHello(judge, { to: judge.id, shown }, null)
}

/**
 * What a peer says when a connection begins; both sides judge the other one.
 * @param dialled whom this replica called; null for one that has called
 */
export function judgeHello(
  judge: Judge,
  hello: Pick<PeerHello, 'to' | 'shown'>,
  dialled: ReplicaId | null,
): PeerVerdict {
  const { shown: peer } = hello
  const fault =
    findForeign(judge, peer) ?? findMisled(judge, hello, dialled) ?? findFault(judge, peer)
  if (fault === null) return { kind: 'accept' }
  const { clusterId } = judge
  const confides = clusterId === null || peer.clusterId === clusterId
  const told = confides ? fault.detail : toStrangers[fault.code]
  return { kind: 'refuse', ...fault, told, confides }
}

/** Whether these two mean each other: an address may be old, or somebody else's. */
export function isMeant(
  self: ReplicaId,
  { to, shown }: { readonly to: ReplicaId; readonly shown: { readonly replicaId: ReplicaId } },
  dialled: ReplicaId | null,
): boolean {
  return to === self && (dialled === null || shown.replicaId === dialled)
}

interface Fault {
  readonly code: ShownFault
  readonly detail: string
}

function findMisled(
  { id }: Judge,
  hello: Pick<PeerHello, 'to' | 'shown'>,
  dialled: ReplicaId | null,
): Fault | null {
  if (isMeant(id, hello, dialled)) return null
  const { to, shown } = hello
  const own = `This is replica ${id} for ${dialled ?? shown.replicaId}`
  return refuse('another_replica', `${own}, it is ${shown.replicaId} for ${to}.`)
}

function findFault(judge: Judge, peer: Handshake): Fault | null {
  const { record, runMet } = judge
  if (peer.replicaId === judge.id) {
    return refuse('replica_id_taken', `Two replicas were started with id ${judge.id}.`)
  }
  const different = findOtherBeginning(judge, peer)
  if (different !== null) return different
  if (judge.removal === 'unknown') {
    return refuse('unavailable', `Replica ${judge.id} has yet to apply what it has stored.`)
  }
  if (judge.removal === 'unsettled') {
    return refuse('unavailable', `Replica ${peer.replicaId} is just being removed.`)
  }
  if (judge.removal === 'settled') {
    return refuse('removed', `Replica ${peer.replicaId} was removed; its id is never used again.`)
  }
  if (record === undefined) return mayBeNew(judge, peer) ? null : unknown(judge, peer)
  if (peer.uuid !== record.uuid) {
    const databases = `its database is ${peer.uuid}, but ${record.uuid} is known`
    return lost(peer, databases)
  }
  return peer.run === runMet ? null : judgeProgress(record, runMet, peer)
}

/** Nothing is known of it: it was added a moment ago, here or as far as it knows. */
function mayBeNew({ clusterId, isMember }: Judge, peer: Handshake): boolean {
  return clusterId === null || peer.clusterId === clusterId || isMember
}

function unknown({ id }: Judge, { replicaId }: Handshake): Fault {
  const detail = `Replica ${replicaId} is no member of the cluster of replica ${id}.`
  return refuse('unavailable', `${detail} If it is new, add it.`)
}

/** A peer that does not belong here at all. */
function findForeign(judge: Judge, peer: Handshake): Fault | null {
  if (peer.clusterName !== judge.clusterName) {
    const names = `"${peer.clusterName}", replica ${judge.id} to "${judge.clusterName}"`
    return refuse('foreign_cluster', `Replica ${peer.replicaId} belongs to cluster ${names}.`)
  }
  const { clusterId } = judge
  if (clusterId !== null && peer.clusterId !== null && clusterId !== peer.clusterId) {
    const ids = `id ${peer.clusterId}, that of replica ${judge.id} ${clusterId}`
    return refuse('foreign_cluster', `The cluster of replica ${peer.replicaId} has ${ids}.`)
  }
  return null
}

/** A peer that began with others, or was not told the same at the first start. */
function findOtherBeginning(judge: Judge, peer: Handshake): Fault | null {
  if (beganAlike(judge.initialVoters, peer.initialVoters)) return null
  if (!judge.isEmpty && !peer.isEmpty) {
    const detail = `Replica ${peer.replicaId} comes from a cluster that began with`
    return refuse('foreign_cluster', `${detail} ${peer.initialVoters?.join(', ')}.`)
  }
  if (!judge.isEmpty || !peer.isEmpty) return null
  const [theirs, ours] = [peer.initialVoters?.join(', '), judge.initialVoters?.join(', ')]
  const detail = `Replica ${peer.replicaId} is to begin with ${theirs}, replica ${judge.id} with`
  return refuse('invalid_config', `${detail} ${ours}. Give all of them the same list.`)
}

/** A replica that joins later has no such list, and fits to all. */
function beganAlike(a: readonly ReplicaId[] | null, b: readonly ReplicaId[] | null): boolean {
  return a === null || b === null || isSameSet(a, b)
}

/** Whether two lists name the same replicas, in whatever order. */
export function isSameSet(a: readonly ReplicaId[], b: readonly ReplicaId[]): boolean {
  return a.length === b.length && a.every((id) => b.includes(id))
}

function judgeProgress(
  record: PeerRecord,
  runMet: number | undefined,
  peer: Handshake,
): Fault | null {
  if (peer.incarnation < record.incarnation) {
    const shown = `incarnation ${peer.incarnation} after ${record.incarnation}`
    return lost(peer, `it shows ${shown}: it was restored, or an older process of it still runs`)
  }
  if (peer.incarnation > record.incarnation) return judgePosition(record, peer, peer.started)
  if (runMet !== undefined) {
    const shown = `incarnation ${peer.incarnation}, which another process of it had`
    return lost(peer, `it shows ${shown}: it was restored, or runs twice`)
  }
  // The run that the record is about; this replica is the one that was restarted.
  return judgePosition(record, peer, peer.durable)
}

function judgePosition(
  record: PeerRecord,
  peer: Handshake,
  position: DurablePosition,
): Fault | null {
  if (position.term < record.term) {
    return lost(peer, `it is in term ${position.term}, but has taken part in ${record.term}`)
  }
  if (position.term === record.term && position.lastIndex < record.index) {
    const ends = `its log ends at ${position.lastIndex}`
    return lost(peer, `${ends}, but it has acknowledged ${record.index} in that term`)
  }
  return null
}

function lost({ replicaId }: Handshake, reason: string): Fault {
  const advice = 'Remove it and add it under a new id with an empty database.'
  return refuse('identity_lost', `Replica ${replicaId} has lost data: ${reason}. ${advice}`)
}

function refuse(code: ShownFault, detail: string): Fault {
  return { code, detail }
}
