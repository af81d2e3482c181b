/**
 * Answers to requests for a table, as they go out over NATS: encoded and signed once for all who
 * ask, of each namespace the newest. Pure.
 *
 * Invariants: what is given was made of the answer that is asked for, round and all; no more than
 * `bytesMax`, with what keeping them takes, and no more than `answerCacheEntriesMax` are kept; the
 * answers that were not asked for longest go first.
 */
import type { TableAnswer } from '../wire/messages.js'
import { encodeAnswer } from './order-codec.js'

/** Default of what is kept, in bytes. */
export const answerCacheBytesMax = 32 * 1024 * 1024
/** Two for each namespace that a cluster may have, and as many with a list of replicas. */
export const answerCacheEntriesMax = 8_192
/** What an answer takes beside its parts, rounded up: its names, its version, its place. */
export const entryOverheadBytes = 1_024
/** What a part takes beside its bytes: its signature and the objects around them. */
export const partOverheadBytes = 512

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

  /** What is kept now and what keeping it takes, in bytes. */
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
    // For who has the table already, and for who has another one or none; the same of the list.
    const list = answer.registry === undefined ? '' : ' list'
    const slot = `${namespace} ${from === to ? 'same' : 'whole'}${list}`
    const version = versionOf(answer, payloadBytesMax)
    const before = this.#kept.get(slot)
    if (before !== undefined) this.#drop(slot, before)
    const isSame = before?.version === version
    const kept = isSame ? before : this.#encode(version, answer, payloadBytesMax)
    this.#keep(slot, kept)
    return kept.parts
  }

  /** The same, of what is not worth keeping. */
  once(answer: TableAnswer, payloadBytesMax: number): readonly SignedPart[] {
    return encodeAnswer(answer, payloadBytesMax).map((encoded) => {
      // The encoder gives parts of larger rooms, which would be kept with them.
      const payload = new Uint8Array(encoded)
      return { payload, signature: this.#sign(payload) }
    })
  }

  #encode(version: string, answer: TableAnswer, payloadBytesMax: number): Kept {
    const parts = this.once(answer, payloadBytesMax)
    const bytes = parts.reduce((sum, { payload }) => sum + payload.length + partOverheadBytes, 0)
    return { version, parts, bytes: bytes + entryOverheadBytes }
  }

  #keep(slot: string, kept: Kept): void {
    this.#kept.set(slot, kept)
    this.#bytes += kept.bytes
    for (const [oldest, each] of this.#kept) {
      if (this.#bytes <= this.#bytesMax && this.#kept.size <= answerCacheEntriesMax) return
      this.#drop(oldest, each)
    }
  }

  #drop(slot: string, kept: Kept): void {
    this.#kept.delete(slot)
    this.#bytes -= kept.bytes
  }
}

/** All by which two answers of a namespace can differ. */
function versionOf(answer: TableAnswer, payloadBytesMax: number): string {
  const { lineage, change, round, registry } = answer
  const all = `${lineage} ${payloadBytesMax} ${registry?.version ?? ''}`
  const table = `${all} ${change.from} ${change.to} ${change.digest}`
  if (round === undefined) return table
  const { term, deadlineMs } = round
  return `${table} ${term} ${deadlineMs} ${round.change.to} ${round.change.digest}`
}
