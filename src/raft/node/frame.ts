/**
 * What nodes say to one another once the handshakes are accepted: a union on `kind`. Plain values;
 * `encodeFrame` makes bytes of them, and `parseFrame` checks what arrives. Frames may be lost,
 * repeated, delayed and reordered, like everything on a network.
 */
import { BerthError } from '../../errors/berth-error.js'
import { encode } from '../../wire/msgpack.js'
import type { Entry, ReplicaId } from '../core/entry.js'
import type { InstallSnapshot, Message } from '../core/message.js'
import { parseMessage } from '../core/parse-message.js'
import { digestPointsMax, digestUnitsMax, reasonUnitsMax } from './frame-limits.js'
import { UnknownFields } from './unknown-fields.js'

/** A message of the core. A snapshot's travels in the offer. */
export interface RaftFrame {
  readonly kind: 'raft'
  readonly message: Exclude<Message, InstallSnapshot>
}

/** The leader has a snapshot for this replica, which answers with `snapshot-progress`. */
export interface SnapshotOffer {
  readonly kind: 'snapshot-offer'
  /** Names the transfer among those of the sender. */
  readonly transfer: number
  readonly message: InstallSnapshot
  readonly chunks: number
  readonly bytes: number
  /** Chunks that were sent before this offer, from the first on; 0 where it is not said. */
  readonly sent?: number
}

export interface SnapshotChunk {
  readonly kind: 'snapshot-chunk'
  readonly transfer: number
  /** From 0. */
  readonly chunk: number
  /** CRC-32C of the bytes. */
  readonly crc32c: number
  readonly bytes: Uint8Array
}

export interface SnapshotProgress {
  readonly kind: 'snapshot-progress'
  readonly transfer: number
  /** So many chunks, from the first on, are on the receiver's disk. */
  readonly stored: number
  /** Those from here on were sent before an offer that came, and did not come; absent for none. */
  readonly missingFrom?: number
  /** `installed`: the receiver's core has it; `refused`: it never will, and `reason` says why. */
  readonly state: 'receiving' | 'installed' | 'refused'
  readonly reason: string
}

/** Which index must be applied for a `default` read? One question serves many reads. */
export interface ReadQuestion {
  readonly kind: 'read-question'
  /** Never used again by a run of the asking replica. */
  readonly number: number
  /** Names that run. */
  readonly run: number
}

export interface ReadAnswer {
  readonly kind: 'read-answer'
  readonly number: number
  readonly run: number
  /** null: this replica cannot say; ask whoever leads now. */
  readonly index: number | null
}

/** How the sender's disk does, and what it has promised to keep. */
export interface DiskHealth {
  readonly kind: 'health'
  /** Age of the oldest write that is not durable, in ms; 0 for none. */
  readonly waitingMs: number
  /** Time since a write was last completed, in ms; null if none was. */
  readonly answeredMs: number | null
  /** A term that is durable here, and the highest index acknowledged or led with in it. */
  readonly term: number
  readonly index: number
  /** Everything up to here is known to be committed after any restart of the sender. */
  readonly commit: number
}

/** Digests of the state machine right after these indexes. */
export interface Digests {
  readonly kind: 'digests'
  readonly points: readonly DigestPoint[]
}

export interface DigestPoint {
  readonly index: number
  readonly digest: string
}

/** The receiver was removed from the cluster by the entry at `index`. */
export interface Removed {
  readonly kind: 'removed'
  readonly replica: ReplicaId
  readonly index: number
}

export type Frame =
  | RaftFrame
  | SnapshotOffer
  | SnapshotChunk
  | SnapshotProgress
  | ReadQuestion
  | ReadAnswer
  | DiskHealth
  | Digests
  | Removed

/**
 * A frame made of the known fields of an unknown value; unknown fields are left behind.
 * @throws BerthError `invalid_message` that names the field
 */
export function parseFrame(value: unknown): Frame {
  const fields = new UnknownFields(value, 'Frame of a replica')
  switch (fields.get('kind')) {
    case 'raft':
      return { kind: 'raft', message: raftMessage(fields.get('message')) }
    case 'snapshot-offer':
    case 'snapshot-chunk':
    case 'snapshot-progress':
      return snapshotFrame(fields)
    case 'read-question':
      return { kind: 'read-question', number: fields.natural('number'), run: fields.natural('run') }
    case 'read-answer': {
      const index = fields.isNull('index') ? null : fields.natural('index')
      const [number, run] = [fields.natural('number'), fields.natural('run')]
      return { kind: 'read-answer', number, run, index }
    }
    case 'health':
      return {
        kind: 'health',
        waitingMs: fields.duration('waitingMs'),
        answeredMs: fields.isNull('answeredMs') ? null : fields.duration('answeredMs'),
        term: fields.natural('term'),
        index: fields.natural('index'),
        commit: fields.natural('commit'),
      }
    case 'digests': {
      const points = fields.records('points', digestPointsMax).map((point) => ({
        index: point.natural('index'),
        digest: point.text('digest', digestUnitsMax),
      }))
      return { kind: 'digests', points }
    }
    case 'removed':
      return {
        kind: 'removed',
        replica: fields.positive('replica'),
        index: fields.positive('index'),
      }
    default:
      throw new BerthError('invalid_message', 'Frame of a replica: kind is unknown.')
  }
}

function snapshotFrame(fields: UnknownFields): Frame {
  const transfer = fields.natural('transfer')
  switch (fields.get('kind')) {
    case 'snapshot-offer': {
      const message = parseMessage(fields.get('message'))
      if (message.kind !== 'snapshot') {
        throw new BerthError('invalid_message', 'Frame of a replica: message is no snapshot.')
      }
      const chunks = fields.positive('chunks')
      const [bytes, sent] = [fields.natural('bytes'), fields.naturalOr('sent', 0)]
      return { kind: 'snapshot-offer', transfer, message, chunks, bytes, sent }
    }
    case 'snapshot-chunk': {
      const chunk = fields.natural('chunk')
      const crc32c = fields.natural('crc32c')
      return { kind: 'snapshot-chunk', transfer, chunk, crc32c, bytes: fields.bytes('bytes') }
    }
    default: {
      const state = fields.get('state')
      if (state !== 'receiving' && state !== 'installed' && state !== 'refused') {
        throw new BerthError('invalid_message', 'Frame of a replica: state is unknown.')
      }
      const reason = state === 'refused' ? fields.text('reason', reasonUnitsMax) : ''
      const stored = fields.natural('stored')
      const missingFrom = fields.naturalOr('missingFrom', null)
      const missing = missingFrom === null ? {} : { missingFrom }
      return { kind: 'snapshot-progress', transfer, stored, ...missing, state, reason }
    }
  }
}

function raftMessage(value: unknown): Exclude<Message, InstallSnapshot> {
  const message = parseMessage(value)
  if (message.kind !== 'snapshot') return message
  throw new BerthError('invalid_message', 'Frame of a replica: a snapshot needs an offer.')
}

const noEntries: readonly Entry[] = []
/** Of fewer, to put the bytes together costs more than to encode them again. */
const sharedEntriesMin = 16

/** By the list that the core shares among its messages; gone with it. */
const encodedEntries = new WeakMap<readonly Entry[], Uint8Array>()

/**
 * The bytes of a frame. A leader sends the same entries to all peers that are level: many of them
 * are encoded once, and what differs, who it is for, is put before them. The bytes are those of one
 * plain value all the same.
 *
 * @param frame of the node, or of whoever shares its links
 */
export function encodeFrame(frame: { readonly kind: string }): Uint8Array {
  return isRaft(frame) ? encodeRaft(frame) : encode(frame)
}

function isRaft(frame: { readonly kind: string }): frame is RaftFrame {
  return frame.kind === 'raft'
}

function encodeRaft(frame: RaftFrame): Uint8Array {
  const { message, ...around } = frame
  if (message.kind !== 'append' || message.entries.length < sharedEntriesMin) return encode(frame)
  const { entries, ...head } = message
  // Last of all, so that the list, here an empty one of one byte, ends the bytes.
  const before = encode({ ...around, message: { ...head, entries: noEntries } })
  const list = encodedList(entries)
  const bytes = new Uint8Array(before.length - 1 + list.length)
  bytes.set(before)
  bytes.set(list, before.length - 1)
  return bytes
}

function encodedList(entries: readonly Entry[]): Uint8Array {
  const known = encodedEntries.get(entries)
  if (known !== undefined) return known
  const list = encode(entries)
  encodedEntries.set(entries, list)
  return list
}
