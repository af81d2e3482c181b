/**
 * The bytes of a frame. A leader sends the same entries to all peers that are level: many of them
 * are encoded once, and what differs, who it is for, is put before them. The bytes are those of one
 * plain value all the same.
 */
import { encode } from '../../wire/msgpack.js'
import type { Entry } from '../core/entry.js'
import type { RaftFrame } from './frame.js'

const noEntries: readonly Entry[] = []
/** Of fewer, to put the bytes together costs more than to encode them again. */
const sharedEntriesMin = 16

/** By the list that the core shares among its messages; gone with it. */
const encodedEntries = new WeakMap<readonly Entry[], Uint8Array>()

/** @param frame of the node, or of whoever shares its links */
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
