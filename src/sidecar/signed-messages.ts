/**
 * What comes over NATS, where anybody may have published it: bytes, their signature, and what the
 * headers say of who signed them. Nothing of the bytes is read before the signature is verified,
 * for reading costs far more than verifying: a megabyte can spell out a hundred thousand maps.
 *
 * A header chooses the key, and does no more: one that lies makes the verification fail, and what
 * is read afterwards must say the same as the header.
 */
import { BerthError } from '../errors/berth-error.js'
import type { Order, Pulse, TableAnswer } from '../wire/messages.js'
import { decode } from '../wire/msgpack.js'
import type { Check, Checks } from '../wire/validate.js'
import type { SidecarLog } from './log.js'

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

/** Read payloads whose signature was verified; null for what cannot be read. */
export interface PayloadReaders {
  readonly order: (payload: Uint8Array) => Order | null
  readonly pulse: (payload: Uint8Array) => Pulse | null
  readonly answer: (payload: Uint8Array) => TableAnswer | null
}

export function createPayloadReaders(checks: Checks, log: SidecarLog): PayloadReaders {
  let isTold = false
  const read = <T>(check: Check<T>, payload: Uint8Array): T | null => {
    try {
      return check(decode(payload))
    } catch (error) {
      if (!(error instanceof BerthError)) throw error
      const message = 'what a replica has signed could not be read; further ones are counted'
      if (!isTold) log.warn({ detail: error.message }, message)
      isTold = true
      return null
    }
  }
  return {
    order: (payload) => read(checks.order, payload),
    pulse: (payload) => read(checks.pulse, payload),
    answer: (payload) => read(checks.tableAnswer, payload),
  }
}
