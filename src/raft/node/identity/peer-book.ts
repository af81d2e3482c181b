/**
 * What each peer has shown of itself (design §3, Identity): its database, and how far that database
 * has come, as promised by votes and acknowledgements. A peer that later shows less has lost data;
 * peer-judgement.ts finds that out.
 *
 * Only what a peer promised to be durable is written down. An index is one that the peer
 * acknowledged to a leader of that very term, for only there nothing is cut off any more: the end
 * of a log that is merely there may be uncommitted, and a newer leader may shorten it.
 *
 * A term beyond reach (see core/step.ts) is nobody's: noted once, it would be held against the
 * peer for ever.
 *
 * Invariants: (term, index) of a record never falls, term first. It is that of the incarnation
 * beside it, or an earlier one: of a peer that was only heard of nothing is noted, for what its run
 * promises could be held against what an older run began with.
 */
import type { ReplicaId } from '../../core/entry.js'
import { membersMax } from '../../core/limits.js'
import type { PeerRecord } from '../disk/storage.js'
import type { Handshake } from './handshake.js'

/** `now`: another database; `soon`: how far one has come, which may go along with other writes. */
export type Unsaved = 'nothing' | 'soon' | 'now'

/** Nothing is noted of further peers: no cluster has as many members. */
const recordsMax = membersMax

export class PeerBook {
  readonly #records = new Map<ReplicaId, PeerRecord>()
  readonly #isCredible: (term: number) => boolean
  #unsaved: Unsaved = 'nothing'

  /** @param isCredible whether anybody may hold this term; of one beyond reach nothing is noted */
  constructor(stored: readonly PeerRecord[], isCredible: (term: number) => boolean = () => true) {
    this.#isCredible = isCredible
    for (const record of stored) this.#records.set(record.id, record)
  }

  get(id: ReplicaId): PeerRecord | undefined {
    return this.#records.get(id)
  }

  /** What of this is not in storage. */
  get unsaved(): Unsaved {
    return this.#unsaved
  }

  /** All records by id. */
  records(): readonly PeerRecord[] {
    return [...this.#records.values()].sort((a, b) => a.id - b.id)
  }

  /** The records, for an operation that writes them. */
  takeUnsaved(): readonly PeerRecord[] {
    this.#unsaved = 'nothing'
    return this.records()
  }

  /** The peer's handshake was accepted. */
  showed({ replicaId, uuid, incarnation, durable }: Handshake): void {
    const before = this.#records.get(replicaId)
    if (before === undefined) {
      const term = this.#isCredible(durable.term) ? durable.term : 0
      this.#put({ id: replicaId, uuid, incarnation, term, index: 0 }, 'now')
      return
    }
    if (incarnation > before.incarnation) this.#put({ ...before, incarnation }, 'now')
    this.promised(replicaId, durable.term)
  }

  /** What another replica has recorded of a peer that this one has not met. */
  heardOf(id: ReplicaId, uuid: string): void {
    if (this.#records.has(id)) return
    this.#put({ id, uuid, incarnation: 0, term: 0, index: 0 }, 'now')
  }

  /** The peer's database holds `term`: it gave a vote in it, say. */
  promised(id: ReplicaId, term: number): void {
    const before = this.#shownBy(id, term)
    if (before !== undefined && term > before.term) this.#put({ ...before, term, index: 0 }, 'soon')
  }

  /** The peer told a leader of `term` that the log up to `index` is durable. */
  acknowledged(id: ReplicaId, term: number, index: number): void {
    const before = this.#shownBy(id, term)
    if (before === undefined) return
    const further = term > before.term || (term === before.term && index > before.index)
    if (further) this.#put({ ...before, term, index }, 'soon')
  }

  /** The replica was removed for good; its id says so from now on. */
  forget(id: ReplicaId): void {
    if (this.#records.delete(id) && this.#unsaved === 'nothing') this.#unsaved = 'soon'
  }

  /** The record of a peer that has shown itself, for something that it promised in this term. */
  #shownBy(id: ReplicaId, term: number): PeerRecord | undefined {
    const record = this.#isCredible(term) ? this.#records.get(id) : undefined
    return record === undefined || record.incarnation === 0 ? undefined : record
  }

  #put(record: PeerRecord, unsaved: 'soon' | 'now'): void {
    if (!this.#records.has(record.id) && this.#records.size >= recordsMax) return
    this.#records.set(record.id, record)
    if (this.#unsaved !== 'now') this.#unsaved = unsaved
  }
}
