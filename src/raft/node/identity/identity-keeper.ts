/**
 * Who this replica is, whom it has met, and what of that is still to be written (design §3). It
 * joins the pure rules of peer-judgement.ts and bootstrap.ts to what is durable.
 *
 * Invariant: a handshake, and what peers are told of this replica's progress, shows only what is
 * durable here.
 */

import type { HardState, ReplicaId } from '../../core/entry.js'
import { invariant } from '../../core/invariant.js'
import { membersMax, termRiseMax } from '../../core/limits.js'
import type { AppendAccepted } from '../../core/message.js'
import type { IdentityChange, StoredState } from '../disk/storage.js'
import type { NodeSettings } from '../node-options.js'
import { Bootstrap, type Meeting, type Stage } from './bootstrap.js'
import type { DurablePosition, Glimpse, Handshake, PeerHello } from './handshake.js'
import { PeerBook } from './peer-book.js'
import { type Judge, judgeHello, judgePeer, type PeerVerdict } from './peer-judgement.js'

/** What peers have acknowledged goes along with an append at most this often, in ticks. */
const bookTicks = 10

/** Peers of whom is kept what they showed; members stay in any case. */
const metMax = 2 * membersMax

/** What this replica has promised to keep: see `Health`. */
export interface PromisedPosition {
  readonly term: number
  readonly index: number
}

export class IdentityKeeper {
  readonly book: PeerBook
  readonly run: number
  readonly #settings: NodeSettings
  readonly #uuid: string
  readonly #incarnation: number
  readonly #started: DurablePosition
  readonly #bootstrap: Bootstrap
  readonly #isMember: (id: ReplicaId) => boolean
  /** What each peer showed when it was let in last; of others than members only some are kept. */
  readonly #met = new Map<ReplicaId, Handshake>()
  #clusterId: string | null
  #initialVoters: readonly ReplicaId[] | null
  #durable: DurablePosition
  #durableCommit: number
  #promised: PromisedPosition = { term: 0, index: 0 }
  #bookTick = 0

  /**
   * @param run a number that no other run of any replica has
   * @param isMember whether an id is in the configuration that is active here
   */
  constructor(
    settings: NodeSettings,
    stored: StoredState,
    run: number,
    isMember: (id: ReplicaId) => boolean,
  ) {
    const { identity, hardState, entries, compacted } = stored
    this.#settings = settings
    this.#isMember = isMember
    this.run = run
    this.book = new PeerBook(identity.peers, (term) => {
      return this.stage !== 'member' || term <= this.#durable.term + termRiseMax
    })
    this.#uuid = identity.uuid
    this.#incarnation = identity.incarnation
    this.#clusterId = identity.clusterId
    this.#initialVoters = identity.initialVoters
    const lastIndex = entries.at(-1)?.index ?? compacted.index
    this.#started = { term: hardState.term, lastIndex }
    this.#durable = this.#started
    this.#durableCommit = hardState.commit
    this.#bootstrap = new Bootstrap(settings.id, settings.initialVoters, stored)
  }

  get stage(): Stage {
    return this.#bootstrap.stage
  }

  /** Why this replica takes no part yet, for people. */
  get waitsFor(): string {
    return this.#bootstrap.reason
  }

  get uuid(): string {
    return this.#uuid
  }

  get clusterId(): string | null {
    return this.#clusterId
  }

  get durablePosition(): DurablePosition {
    return this.#durable
  }

  /** Everything up to here is known to be committed after any restart. */
  get durableCommit(): number {
    return this.#durableCommit
  }

  get promised(): PromisedPosition {
    const { term } = this.#durable
    return this.#promised.term === term ? this.#promised : { term, index: 0 }
  }

  /** What to say when a connection begins. Compose it then, not earlier. */
  hello(): Handshake {
    const { id, clusterName, initialVoters } = this.#settings
    const isEmpty = this.stage !== 'member'
    const told = initialVoters.includes(id) ? initialVoters : null
    return {
      clusterName,
      clusterId: this.#clusterId,
      replicaId: id,
      uuid: this.#uuid,
      run: this.run,
      incarnation: this.#incarnation,
      started: this.#started,
      durable: this.#durable,
      isEmpty,
      initialVoters: isEmpty ? told : this.#initialVoters,
      knownPeers: this.book.records().map((peer) => ({ id: peer.id, uuid: peer.uuid })),
    }
  }

  /** @param dialled whom this replica called; null for one that has called */
  judgeHello(hello: PeerHello, dialled: ReplicaId | null, removal: Judge['removal']): PeerVerdict {
    return judgeHello(this.#judgeOf(hello.shown, removal), hello, dialled)
  }

  /** What a peer showed earlier. */
  judge(shown: Handshake, removal: Judge['removal']): PeerVerdict {
    return judgePeer(this.#judgeOf(shown, removal), shown)
  }

  #judgeOf({ replicaId }: Handshake, removal: Judge['removal']): Judge {
    const self = this.hello()
    return {
      id: self.replicaId,
      clusterName: self.clusterName,
      clusterId: self.clusterId,
      isEmpty: self.isEmpty,
      initialVoters: self.initialVoters,
      isMember: this.#isMember(replicaId),
      record: this.book.get(replicaId),
      runMet: this.#met.get(replicaId)?.run,
      removal,
    }
  }

  /**
   * Whether this is the run of the peer that this replica has connected to and let in. A new run
   * may send by its own connection before the one to it stands: what it says then would be noted as
   * if the run before had promised it, and held against it as lost data. And whoever else shows
   * this id, by a connection of his own, is not the run that was met.
   */
  hasMet(id: ReplicaId, run: number): boolean {
    return this.#met.get(id)?.run === run
  }

  /** A peer is let in. Of a member it is noted at once, of others once they are one. */
  met(peer: Handshake): Meeting {
    this.#met.delete(peer.replicaId)
    this.#met.set(peer.replicaId, peer)
    for (const id of this.#met.keys()) {
      if (this.#met.size <= metMax) break
      if (id !== peer.replicaId && !this.#isMember(id)) this.#met.delete(id)
    }
    this.#note(peer)
    return this.#bootstrap.met(peer)
  }

  /**
   * The configuration has changed: its members are noted.
   * @returns those of whom nothing is known that may be connected all the same: greet them
   */
  configured(members: readonly ReplicaId[]): readonly ReplicaId[] {
    for (const peer of this.#met.values()) this.#note(peer)
    return members.filter((id) => id !== this.#settings.id && !this.#met.has(id))
  }

  /**
   * Whether a peer that shows no more than this may know this replica: what it says of it, only a
   * member of the same cluster knows. One that has a cluster shows more to whoever shows its id.
   */
  mayBeOfThisCluster({ clusterName, replicaId, isEmpty }: Glimpse): boolean {
    const { id, clusterName: own } = this.#settings
    return this.#clusterId === null && clusterName === own && replicaId !== id && !isEmpty
  }

  /** A peer has refused this replica. */
  refusedBy(peer: Glimpse): void {
    this.#bootstrap.refusedBy(peer)
  }

  /** Whether a peer that campaigns showed itself before it began: it may recognise this replica. */
  isOutdated(peer: ReplicaId): boolean {
    return this.#bootstrap.sawEmpty(peer)
  }

  /** An election timeout has passed since the start. */
  listened(): Meeting {
    return this.#bootstrap.listened()
  }

  lost(peer: ReplicaId): void {
    // Before the cluster begins an empty peer may come back as another.
    if (this.stage !== 'member') this.#met.delete(peer)
    this.#bootstrap.lost(peer)
  }

  /** What is to be durable before this replica takes part. */
  begin(meeting: Extract<Meeting, { kind: 'begin' }>): IdentityChange {
    for (const peer of meeting.met) this.book.showed(peer)
    for (const { id, uuid } of meeting.heardOf) this.book.heardOf(id, uuid)
    this.#initialVoters = meeting.voters
    const { id: replicaId } = this.#settings
    return { replicaId, initialVoters: meeting.voters, peers: this.book.takeUnsaved() }
  }

  /** The change of `begin` is durable. */
  begun(): void {
    this.#becameMember()
  }

  /** The log and hard state on the disk; from the first entry on this replica is a member. */
  durable({ term, commit }: HardState, lastIndex: number): void {
    this.#durable = { term, lastIndex }
    this.#durableCommit = commit
    if (lastIndex > 0 && this.stage !== 'member') this.#becameMember()
  }

  /** An acknowledgement leaves: this much will be there for as long as `term` lasts. */
  acknowledged({ term, index }: AppendAccepted): void {
    const { term: before, index: beforeIndex } = this.#promised
    if (term > before || (term === before && index > beforeIndex)) this.#promised = { term, index }
  }

  /** This replica leads `term`, and its own log is durable so far: nobody will cut it off. */
  led(term: number): void {
    if (this.#durable.term !== term) return
    this.#promised = { term, index: this.#durable.lastIndex }
  }

  /** The state machine has learned the id of the cluster. Returns what is to be written. */
  clusterFormed(clusterId: string): IdentityChange | null {
    const before = this.#clusterId
    invariant(before === null || before === clusterId, 'the cluster has two ids', {
      before,
      clusterId,
    })
    if (before !== null) return null
    this.#clusterId = clusterId
    return { clusterId }
  }

  /** Whether the peers' records should be written although no append waits. */
  get isUrgent(): boolean {
    return this.stage === 'member' && this.book.unsaved === 'now'
  }

  /** What may go along with an append. */
  toPiggyback(tick: number): IdentityChange | null {
    const { unsaved } = this.book
    const isDue = unsaved === 'now' || (unsaved === 'soon' && tick - this.#bookTick >= bookTicks)
    if (!isDue || this.stage !== 'member') return null
    this.#bookTick = tick
    return { peers: this.book.takeUnsaved() }
  }

  /** What is noted of a peer later on is of the run that it was met in. */
  #becameMember(): void {
    this.#bootstrap.becameMember()
    for (const peer of this.#met.values()) this.#note(peer)
  }

  /** Strangers would fill the book, and take the places of those who are to come. */
  #note(peer: Handshake): void {
    if (this.stage === 'member' && this.#isMember(peer.replicaId)) this.book.showed(peer)
  }
}
