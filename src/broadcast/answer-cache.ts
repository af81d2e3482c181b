/**
 * Answers to requests for a table, as they go out over NATS: encoded and signed once for all who
 * ask, of each namespace the newest. Pure.
 *
 * Invariants: what is given was made of the answer that is asked for, round and all; no more than
 * `bytesMax` are kept, the answers that were not asked for longest go first.
 */
import type { TableAnswer } from '../wire/messages.js'
import { encodeAnswer } from './order-codec.js'

/** Default of what is kept, in bytes. */
export const answerCacheBytesMax = 32 * 1024 * 1024

export interface SignedPart {
  readonly payload: Uint8Array
  /** As it stands in the header. */
  readonly signature: string
}

interface Kept {
  readonly version: string
  readonly parts: readonly SignedPart[]
  readonly bytes: number
}

export class AnswerCache {
  readonly #sign: (payload: Uint8Array) => string
  readonly #bytesMax: number
  /** By namespace and kind of answer; the one that was asked for last at the end. */
  readonly #kept = new Map<string, Kept>()
  #bytes = 0

  constructor(sign: (payload: Uint8Array) => string, bytesMax = answerCacheBytesMax) {
    this.#sign = sign
    this.#bytesMax = bytesMax
  }

  /** What is kept now, in bytes. */
  get bytes(): number {
    return this.#bytes
  }

  /**
   * The answer in parts, each a payload.
   * @param answer of this namespace; must not change afterwards
   * @param payloadBytesMax what the server takes in one message
   */
  parts(namespace: string, answer: TableAnswer, payloadBytesMax: number): readonly SignedPart[] {
    const { from, to } = answer.change
    // For who has the table already, and for who has another one or none.
    const slot = `${namespace} ${from === to ? 'same' : 'whole'}`
    const version = versionOf(answer, payloadBytesMax)
    const before = this.#kept.get(slot)
    if (before !== undefined) this.#drop(slot, before)
    const isSame = before?.version === version
    const kept = isSame ? before : this.#encode(version, answer, payloadBytesMax)
    this.#keep(slot, kept)
    return kept.parts
  }

  #encode(version: string, answer: TableAnswer, payloadBytesMax: number): Kept {
    const payloads = encodeAnswer(answer, payloadBytesMax)
    const parts = payloads.map((payload) => ({ payload, signature: this.#sign(payload) }))
    return { version, parts, bytes: payloads.reduce((sum, { length }) => sum + length, 0) }
  }

  #keep(slot: string, kept: Kept): void {
    this.#kept.set(slot, kept)
    this.#bytes += kept.bytes
    for (const [oldest, each] of this.#kept) {
      if (this.#bytes <= this.#bytesMax) return
      this.#drop(oldest, each)
    }
  }

  #drop(slot: string, kept: Kept): void {
    this.#kept.delete(slot)
    this.#bytes -= kept.bytes
  }
}

/** All by which two answers of a namespace can differ. */
function versionOf({ lineage, change, round }: TableAnswer, payloadBytesMax: number): string {
  const table = `${lineage} ${change.from} ${change.to} ${change.digest} ${payloadBytesMax}`
  if (round === undefined) return table
  const { term, deadlineMs } = round
  return `${table} ${term} ${deadlineMs} ${round.change.to} ${round.change.digest}`
}
