/**
 * What a replica says of itself when a connection begins, before anything else. Values only; what
 * is made of it is decided in peer-judgement.ts and bootstrap.ts.
 *
 * Whoever may not belong here gets a glimpse and no more: ids of databases and of the cluster are
 * what a stranger would need to pose as a replica.
 *
 * A handshake is composed when the connection stands, never earlier, and shows only what is
 * durable: a replica that crashes right after it can always show as much again.
 */
import type { ReplicaId } from '../../core/entry.js'
import { membersMax } from '../../core/limits.js'
import { handshakeTextUnitsMax } from '../frame-limits.js'
import { UnknownFields } from '../unknown-fields.js'

/** How far a database has come. */
export interface DurablePosition {
  readonly term: number
  readonly lastIndex: number
}

export interface KnownPeer {
  readonly id: ReplicaId
  readonly uuid: string
}

export interface Handshake {
  readonly clusterName: string
  /** null until the sender took part in a cluster that has begun. */
  readonly clusterId: string | null
  readonly replicaId: ReplicaId
  /** Of the sender's database. */
  readonly uuid: string
  /** Names this run of the process: no two runs have the same. */
  readonly run: number
  /** Of the database when this run began; every run has a higher one than the run before. */
  readonly incarnation: number
  /** What the database held when this run began. */
  readonly started: DurablePosition
  /** What is durable now. */
  readonly durable: DurablePosition
  /** Never took part in a cluster, nor in forming one. */
  readonly isEmpty: boolean
  /** Of an empty replica: as it was told to begin with. Else: as recorded; null if it joined. */
  readonly initialVoters: readonly ReplicaId[] | null
  /** Whose databases the sender has recorded. */
  readonly knownPeers: readonly KnownPeer[]
}

/** What anybody may know of a replica: what it is called, and that it takes part in a cluster. */
export interface Glimpse {
  readonly clusterName: string
  readonly replicaId: ReplicaId
  readonly isEmpty: boolean
}

/**
 * A glimpse made of the known fields of an unknown value, which may be a whole handshake.
 * @throws BerthError `invalid_message` that names the field
 */
export function parseGlimpse(value: unknown): Glimpse {
  const fields = new UnknownFields(value, 'Glimpse')
  return {
    clusterName: fields.text('clusterName', handshakeTextUnitsMax),
    replicaId: fields.positive('replicaId'),
    isEmpty: fields.flag('isEmpty'),
  }
}

/** What is shown of a refusing peer: a whole handshake has a database. */
export function parseShown(value: unknown): Handshake | Glimpse {
  const isWhole = typeof value === 'object' && value !== null && 'uuid' in value
  return isWhole ? parseHandshake(value) : parseGlimpse(value)
}

export function isWhole(shown: Handshake | Glimpse): shown is Handshake {
  return 'uuid' in shown
}

/**
 * A handshake made of the known fields of an unknown value; unknown fields are left behind.
 * @throws BerthError `invalid_message` that names the field
 */
export function parseHandshake(value: unknown): Handshake {
  const fields = new UnknownFields(value, 'Handshake')
  return {
    clusterName: fields.text('clusterName', handshakeTextUnitsMax),
    clusterId: fields.isNull('clusterId') ? null : fields.text('clusterId', handshakeTextUnitsMax),
    replicaId: fields.positive('replicaId'),
    uuid: fields.text('uuid', handshakeTextUnitsMax),
    run: fields.natural('run'),
    incarnation: fields.natural('incarnation'),
    started: position(fields.record('started')),
    durable: position(fields.record('durable')),
    isEmpty: fields.flag('isEmpty'),
    initialVoters: fields.isNull('initialVoters')
      ? null
      : fields.positives('initialVoters', membersMax),
    knownPeers: fields.records('knownPeers', membersMax).map((peer) => ({
      id: peer.positive('id'),
      uuid: peer.text('uuid', handshakeTextUnitsMax),
    })),
  }
}

function position(fields: UnknownFields): DurablePosition {
  return { term: fields.natural('term'), lastIndex: fields.natural('lastIndex') }
}
