/**
 * What two replicas say to each other before anything else, and its form on the wire. The dialler
 * says `hello`; the listener answers `accept`, with the same about itself, or `refuse`; a dialler
 * that does not like the answer says `refuse` too. Whoever refuses shows itself, so that it can be
 * told whose word that is. Values only: whether a peer may talk is decided in peer-judgement.ts.
 *
 * Whoever may not belong here gets a glimpse and no more: ids of databases and of the cluster are
 * what a stranger would need to pose as a replica.
 *
 * A handshake is composed when the connection stands, never earlier, and shows only what is
 * durable: a replica that crashes right after it can always show as much again.
 */
import { decode, encode } from '../../../wire/msgpack.js'
import type { ReplicaId } from '../../core/entry.js'
import { membersMax } from '../../core/limits.js'
import { handshakeTextUnitsMax, helloTextUnitsMax, helloValuesMax } from '../frame-limits.js'
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

/** What anybody may know of a replica: what it is called, and that it takes part in a cluster. */
export interface Glimpse {
  readonly clusterName: string
  readonly replicaId: ReplicaId
  /** Never took part in a cluster, nor in forming one. */
  readonly isEmpty: boolean
}

export interface Handshake extends Glimpse {
  /** null until the sender took part in a cluster that has begun. */
  readonly clusterId: string | null
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
  /** Of an empty replica: as it was told to begin with. Else: as recorded; null if it joined. */
  readonly initialVoters: readonly ReplicaId[] | null
  /** Whose databases the sender has recorded. */
  readonly knownPeers: readonly KnownPeer[]
}

/** What is said in `hello`, in `accept`, and of whoever says `refuse`. */
export interface PeerHello<Shown extends Glimpse = Handshake> {
  /** Whom it means to talk to. */
  readonly to: ReplicaId
  /** Where it says that it can be reached: host:port. */
  readonly advertised: string
  readonly shown: Shown
}

/** Why a peer does not talk. A code of another build may be none that is known here. */
export interface PeerRefusal {
  readonly code: string
  /** For people, in a sentence. */
  readonly detail: string
}

export function glimpseOf({ clusterName, replicaId, isEmpty }: Glimpse): Glimpse {
  return { clusterName, replicaId, isEmpty }
}

export function isWhole(shown: Handshake | Glimpse): shown is Handshake {
  return 'uuid' in shown
}

export function encodeHello(hello: PeerHello): Uint8Array {
  return encode(helloFields(hello))
}

/** @throws BerthError `invalid_message` that names the field */
export function decodeHello(body: Uint8Array): PeerHello {
  return parseHello(decode(body, helloValuesMax), parseHandshake)
}

/** @param by who refuses; null where the other side may not even understand that */
export function encodeRefusal(
  { code, detail }: PeerRefusal,
  by: PeerHello<Handshake | Glimpse> | null,
): Uint8Array {
  const fields = by === null ? null : helloFields(by)
  return encode({ code, detail: detail.slice(0, helloTextUnitsMax), by: fields })
}

/** @throws BerthError `invalid_message` that names the field */
export function decodeRefusal(
  body: Uint8Array,
): PeerRefusal & { readonly by: PeerHello<Handshake | Glimpse> | null } {
  const fields = new UnknownFields(decode(body, helloValuesMax), 'Refusal')
  const code = fields.text('code', helloTextUnitsMax)
  const detail = fields.textOrEmpty('detail', helloTextUnitsMax)
  const by = fields.get('by') ?? null
  return { code, detail, by: by === null ? null : parseHello(by, parseShown) }
}

/** On the wire who speaks stands before the identity as well. */
function helloFields({ to, advertised, shown }: PeerHello<Handshake | Glimpse>) {
  const { clusterName: cluster, replicaId: id } = shown
  const clusterId = isWhole(shown) ? shown.clusterId : null
  return { cluster, clusterId, id, to, advertised, identity: shown }
}

function parseHello<Shown extends Handshake | Glimpse>(
  value: unknown,
  parse: (identity: unknown) => Shown,
): PeerHello<Shown> {
  const fields = new UnknownFields(value, 'Hello')
  const to = fields.positive('to')
  const advertised = fields.textOrEmpty('advertised', helloTextUnitsMax)
  const shown = parse(fields.get('identity'))
  const again = helloFields({ to, advertised, shown })
  for (const name of ['cluster', 'clusterId', 'id'] as const) {
    if (fields.get(name) !== again[name]) throw fields.invalid(name, 'what its identity says')
  }
  return { to, advertised, shown }
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

/** Of whoever refuses: a whole handshake has a database. */
function parseShown(value: unknown): Handshake | Glimpse {
  const isHandshake = typeof value === 'object' && value !== null && 'uuid' in value
  if (isHandshake) return parseHandshake(value)
  const fields = new UnknownFields(value, 'Glimpse')
  return {
    clusterName: fields.text('clusterName', handshakeTextUnitsMax),
    replicaId: fields.positive('replicaId'),
    isEmpty: fields.flag('isEmpty'),
  }
}

function position(fields: UnknownFields): DurablePosition {
  return { term: fields.natural('term'), lastIndex: fields.natural('lastIndex') }
}
