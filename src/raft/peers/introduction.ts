/**
 * What two replicas say to each other before they exchange messages, and why one may refuse. The
 * dialler says `hello`; the listener answers `accept` (with the same fields about itself) or
 * `refuse` (with them as well, so that it can be told whose word that is); a dialler that does not
 * like the answer says `refuse` too. Pure.
 *
 * Anybody may say hello. Whoever does not show the id of the cluster is told neither that id nor
 * anything else by which he could pose as a replica, nor why exactly he is refused.
 */
import { BerthError } from '../../errors/berth-error.js'
import { highestCommon, rangeInWords } from '../../versions/range.js'
import type { VersionRange } from '../../versions/versions.js'
import { decode, encode } from '../../wire/msgpack.js'
import type { ReplicaId } from '../core/entry.js'

/** What a replica shows of itself, beside its id. */
export interface Shown {
  /** null before the replica took part in a cluster. */
  readonly clusterId: string | null
  /** Whatever the node wants judged: opaque here. */
  readonly identity: unknown
}

/** What a peer showed: to be judged. */
export interface PeerShown extends Shown {
  readonly id: ReplicaId
  /** Where it says that it can be reached: host:port. */
  readonly advertised: string
}

/**
 * Why two replicas do not talk. The transport itself gives `older_protocol`, `newer_protocol`,
 * `another_cluster`, `another_replica` and `invalid`; the node's judgement gives codes of its own
 * (`identity_lost`, `removed`).
 */
export interface PeerRefusal {
  readonly code: string
  /** For people, in a sentence. */
  readonly detail: string
}

export type Judgement =
  | {
      readonly kind: 'accept'
      /** Names the process at the other end: what comes by this connection comes from it. */
      readonly run: number
    }
  | ({
      readonly kind: 'refuse'
      /** What the peer is told instead of `detail`. */
      readonly told: string
      /** Whether the peer may be shown all of this replica. */
      readonly confides: boolean
    } & PeerRefusal)

/** A judgement against the peer. */
export type Rejection = Omit<Extract<Judgement, { kind: 'refuse' }>, 'kind'>

/** Fields of `hello` and `accept`. */
export interface Introduction extends PeerShown {
  /** Name of the cluster. */
  readonly cluster: string
  /** Whom it means to talk to. */
  readonly to: ReplicaId
}

/** Texts of a handshake are cut or refused beyond this. */
const textLengthMax = 1_024
/** Most values of a handshake: of each known peer it has five. */
const valuesMax = 1_024

export function encodeIntroduction(introduction: Introduction): Uint8Array {
  return encode(toFields(introduction))
}

/** @throws BerthError `invalid_message` */
export function decodeIntroduction(body: Uint8Array): Introduction {
  return toIntroduction(decode(body, valuesMax))
}

/** @param by who refuses; null where the other side may not even understand that */
export function encodeRefusal({ code, detail }: PeerRefusal, by: Introduction | null): Uint8Array {
  const fields = by === null ? null : toFields(by)
  return encode({ code, detail: detail.slice(0, textLengthMax), by: fields })
}

/** @throws BerthError `invalid_message` */
export function decodeRefusal(
  body: Uint8Array,
): PeerRefusal & { readonly by: Introduction | null } {
  const { code, detail, by = null } = toRecord(decode(body, valuesMax))
  if (!isText(code) || code === '') throw invalid('code')
  if (!isText(detail)) throw invalid('detail')
  return { code, detail, by: by === null ? null : toIntroduction(by) }
}

/** Why these versions do not talk; null if they do. */
export function refuseVersion(own: VersionRange, theirs: VersionRange): PeerRefusal | null {
  if (highestCommon(own, theirs) !== null) return null
  const versions = `peer protocol ${rangeInWords(theirs)} instead of ${rangeInWords(own)}`
  return theirs.newest < own.oldest
    ? { code: 'older_protocol', detail: `It speaks ${versions}: upgrade it.` }
    : { code: 'newer_protocol', detail: `It speaks ${versions}: upgrade this replica.` }
}

/** All that is said to whoever does not show the id of the cluster. */
const toStrangers = {
  another_cluster: 'It belongs to another cluster.',
  another_replica: 'Another replica is meant.',
} as const

/** Why the transport refuses an introduction before anybody judges it; null if it does not. */
export function refuseIntroduction(own: Introduction, theirs: Introduction): Rejection | null {
  const refusal = findFault(own, theirs)
  if (refusal === null) return null
  const confides = own.clusterId === null || theirs.clusterId === own.clusterId
  return { ...refusal, confides, told: confides ? refusal.detail : toStrangers[refusal.code] }
}

function findFault(own: Introduction, theirs: Introduction): IntroductionFault | null {
  if (theirs.cluster !== own.cluster) {
    const detail = `It belongs to cluster "${theirs.cluster}", this is "${own.cluster}".`
    return { code: 'another_cluster', detail }
  }
  if (theirs.id !== own.to || theirs.to !== own.id) {
    const detail = `This is replica ${own.id} for ${own.to}, it is ${theirs.id} for ${theirs.to}.`
    return { code: 'another_replica', detail }
  }
  if (theirs.clusterId !== null && own.clusterId !== null && theirs.clusterId !== own.clusterId) {
    const ids = `id ${theirs.clusterId}, this is ${own.clusterId}`
    const detail = `It belongs to another cluster "${own.cluster}": ${ids}.`
    return { code: 'another_cluster', detail }
  }
  return null
}

interface IntroductionFault {
  readonly code: keyof typeof toStrangers
  readonly detail: string
}

function toFields({ cluster, clusterId, id, to, advertised, identity }: Introduction): object {
  return { cluster, clusterId, id, to, advertised, identity }
}

function toIntroduction(value: unknown): Introduction {
  const { cluster, clusterId, id, to, advertised, identity = null } = toRecord(value)
  if (!isText(cluster)) throw invalid('cluster')
  if (clusterId !== null && !isText(clusterId)) throw invalid('clusterId')
  if (!isReplicaId(id)) throw invalid('id')
  if (!isReplicaId(to)) throw invalid('to')
  if (!isText(advertised)) throw invalid('advertised')
  return { cluster, clusterId, id, to, advertised, identity }
}

function toRecord(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return value as Readonly<Record<string, unknown>>
  }
  throw new BerthError('invalid_message', 'A handshake must be a map.')
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.length <= textLengthMax
}

function isReplicaId(value: unknown): value is ReplicaId {
  return Number.isSafeInteger(value) && (value as number) > 0
}

function invalid(field: string): BerthError {
  return new BerthError('invalid_message', `The field "${field}" of a handshake is not valid.`)
}
