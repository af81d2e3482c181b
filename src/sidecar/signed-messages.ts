/**
 * What comes over NATS, where anybody may have published it: bytes, their signature, and what the
 * headers say of who signed them. Nothing of the bytes is read before the signature is verified,
 * for reading costs far more than verifying: a megabyte can spell out a hundred thousand maps.
 *
 * A header chooses the key, and does no more: one that lies makes the verification fail, and what
 * is read afterwards must say the same as the header.
 */
import type { Order, Pulse, TableAnswer } from '../wire/messages.js'
import { decode } from '../wire/msgpack.js'
import type { Checks } from '../wire/validate.js'

export interface SignedMessage {
  readonly payload: Uint8Array
  /** Ed25519 over the payload; 64 bytes if it is one. */
  readonly signature: Uint8Array
}

/** An order or a pulse, and the term whose leader signed it, as the header says. */
export interface SignedByLeader extends SignedMessage {
  readonly term: number
}

/** A part of an answer, and the id of the replica that signed it, as the header says. */
export interface SignedByReplica extends SignedMessage {
  readonly replica: number
}

/** Read payloads whose signature was verified. Throw a BerthError for what cannot be read. */
export interface PayloadReaders {
  readonly order: (payload: Uint8Array) => Order
  readonly pulse: (payload: Uint8Array) => Pulse
  readonly answer: (payload: Uint8Array) => TableAnswer
}

/** Whether this is the signature over the payload by this key, base64url. */
export type Verify = (key: string, payload: Uint8Array, signature: Uint8Array) => boolean

export function createPayloadReaders(checks: Checks): PayloadReaders {
  return {
    order: (payload) => checks.order(decode(payload)),
    pulse: (payload) => checks.pulse(decode(payload)),
    answer: (payload) => checks.tableAnswer(decode(payload)),
  }
}
